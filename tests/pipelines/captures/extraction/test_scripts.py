import pytest

from pipelines.captures.extract import html_text
from pipelines.captures.extraction.text import Mode

SAYS = "The harbour was quiet that morning, and nobody on the quay had seen the ship come in before the fog lifted."


def both(html: str) -> list[str]:
    """Return what both modes make of a paragraph."""
    modes: list[Mode] = ["main", "full"]
    return [html_text(f"<p>{SAYS}</p><p>{html}</p>".encode(), mode).rpartition("\n")[2] for mode in modes]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("It weighs 10<sup>5</sup> kg.", "It weighs 10^5 kg."),
        ("It is 10<sup>−3</sup> and 100<sup>2</sup>=10000.", "It is 10^−3 and 100^2=10000."),
        ("Let x<sup>n</sup> and (a+b)<sup>2</sup> and 2<sup>x+1</sup> be.", "Let x^n and (a+b)^2 and 2^x+1 be."),
        ("An area of 5 km<sup>2</sup>.", "An area of 5 km^2."),
        ("The 1<sup>st</sup>, 2<sup>e</sup> and M<sup>lle</sup> X.", "The 1st, 2e and Mlle X."),
        ("Corpus<sup>®</sup> and Hub<sup>™</sup>.", "Corpus® and Hub™."),
        ("Water is H<sub>2</sub>O, and CO<sub>2</sub>.", "Water is H2O, and CO2."),
        ("In binary 10<sub>2</sub> is 2.", "In binary 10_2 is 2."),
        ("So log<sub>10</sub>100 is 2.", "So log10 100 is 2."),
        ("5<sup>2</sup>3 is no 523.", "5^2 3 is no 523."),
        ("It is 10<span style='vertical-align:super'>6</span> kg.", "It is 10^6 kg."),
        ("It is 10<small style='font-size:8px; Vertical-Align: SUPER;'>6</small>.", "It is 10^6."),
        ("An x<span style='vertical-align:sub'>1</span> and 10<i style='vertical-align:sub'>2</i>.", "An x1 and 10_2."),
        ("No 10<span style='vertical-align:super;vertical-align:baseline'>6</span>.", "No 106."),
        ("It is 10<span style='vertical-align:super'><sup>6</sup></span>.", "It is 10^6."),
        ("It is 10 <sup>5</sup> kg.", "It is 10^5 kg."),
        ("It is 10&nbsp;<sup>−5</sup> kg.", "It is 10^−5 kg."),
        ("It is 10\n<sup> 12 </sup>.", "It is 10^12."),
        ("On the 3 <sup>rd</sup> of x <sup>2</sup>.", "On the 3 rd of x 2."),
        ("It is 10<sup> 5 </sup>.", "It is 10^5."),
        ("It is 10<sup> <b> 5</b> </sup>kg.", "It is 10^5 kg."),
        ("It is 10<sup>\n5\n</sup> kg.", "It is 10^5 kg."),
        ("It is 1<sup>1</sup>⁄<sub>2</sub> feet.", "It is 1 1⁄2 feet."),
        ("It is 10 <sup>5</sup>/<sub>8</sub> feet.", "It is 10 5/8 feet."),
        ("It is 10<sup>5</sup>/s.", "It is 10^5/s."),
        ("<math><msup><mi>x</mi><mn>2</mn></msup></math> it is.", "x^2 it is."),
        ("<math><mfrac><mn>1</mn><mn>2</mn></mfrac></math> it is.", "1/2 it is."),
        ("<math><msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup></math> it is.", "x_1^2 it is."),
    ],
)
def test_scripts_do_not_merge_with_their_base(html: str, text: str) -> None:
    """Exponents are marked, and so are indices where digits would meet; ordinals and signs are words."""
    assert both(html) == [text, text]


@pytest.mark.parametrize(
    ("note", "full"),
    [
        ("<sup>[1]</sup>", "[1]"),
        ("<sup><a href=#n1>1</a></sup>", "[1]"),
        ("<sup class=reference><a href=#n1>[12]</a></sup>", "[12]"),
        ("<sup><a href=#n>*</a></sup>", "*"),
    ],
)
def test_references_to_notes_are_full_text_alone(note: str, full: str) -> None:
    """They are no exponents, and no part of the sentence."""
    assert both(f"The ship was lost{note} at sea.") == ["The ship was lost at sea.", f"The ship was lost{full} at sea."]
