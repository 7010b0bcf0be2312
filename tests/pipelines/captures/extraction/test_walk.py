from collections.abc import Callable
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from pipelines.captures.extract import html_text
from pipelines.captures.extraction.outline import Outline
from pipelines.captures.extraction.text import Mode
from pipelines.captures.extraction.walk import outline_of

SAYS = "The harbour was quiet that morning, and nobody on the quay had seen the ship come in before the fog lifted."


def outline(html: str, *, full: bool = True) -> Outline:
    """Return the outline of *html*."""
    return outline_of(LexborHTMLParser(html), full=full)


def full(html: str) -> str:
    """Return all visible text of *html*."""
    return html_text(html.encode(), "full")


def main(html: str) -> str:
    """Return the content of an article that holds *html* between two paragraphs, without these."""
    text = html_text(f"<article><p>{SAYS}</p>{html}<p>{SAYS}</p></article>".encode(), "main")
    assert text.startswith(SAYS)
    assert text.endswith(SAYS)
    return text[len(SAYS) : -len(SAYS)].strip("\n")


BOTH = pytest.mark.parametrize("text_of", [full, main])
TextOf = Callable[[str], str]


@BOTH
@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<ul><li>Take one spoon of salt.<li>200 g flour</ul>", "• Take one spoon of salt.\n• 200 g flour"),
        (
            "<ol start=4><li>Stir it well.</li><li>Wait.</li><li value=9>Eat.</li></ol>",
            "4. Stir it well.\n5. Wait.\n9. Eat.",
        ),
        (
            "<ul><li>Outer one.<ul><li>Inner one.</ul><li><p>Last one.</p></ul>",
            "• Outer one.\n  • Inner one.\n\n• Last one.",
        ),
        ("<ol><li>First.<ul><li>Of it.</ul><li>Second.</ol>", "1. First.\n  • Of it.\n2. Second."),
        ("<menu><li>Soup.<li>Fish.</menu>", "• Soup.\n• Fish."),
    ],
)
def test_lists_keep_their_items_and_marks(html: str, text: str, text_of: TextOf) -> None:
    """Bullets, numbers from where they start, two blanks of indent for each list around."""
    if not html.startswith("<menu") or text_of is full:
        assert text_of(html) == text


@BOTH
@pytest.mark.parametrize(
    "inner",
    [
        "signed on <time datetime=1801-01-01>1 January 1801</time> in Rome.",
        "<label>The name of the ship</label> was painted over.",
        "the <output>42</output> of <data value=3>three</data> ships that <mark>were</mark> seen.",
        "<abbr title=x>Dr.</abbr> <q>Smith</q> wrote <code>x = 1</code> and <kbd>Enter</kbd>.",
        "<my-element>a custom element</my-element> <bdi>and</bdi> <small>others</small>.",
    ],
)
def test_elements_in_a_line_keep_their_text(inner: str, text_of: TextOf) -> None:
    """Whatever an element in a line is called, its text stands in the line."""
    plain = LexborHTMLParser(inner).body
    assert plain is not None
    assert text_of(f"<p>It was {inner}</p>") == f"It was {plain.text()}"


@BOTH
def test_captions_are_kept(text_of: TextOf) -> None:
    """What stands below a picture or above a table is text."""
    assert text_of("<figure><img src=x><figcaption>The quay at dawn.</figcaption></figure>") == "The quay at dawn."
    assert text_of("<table><caption>Ships</caption><tr><td>Anna<td>1801</table>") == "Ships\nAnna\t1801"


@BOTH
@pytest.mark.parametrize("one", ["序", "€", "x", "א", "ก", "🚢", "7", "—"])
def test_text_of_one_character_is_kept(one: str, text_of: TextOf) -> None:
    """A character is text, alone in an element, in a line, and in a cell."""
    html = f"<p>It costs 5<span>{one}</span> in<b>{one}</b>all.</p><table><tr><td>{one}<td>Anna</table>"
    assert text_of(html) == f"It costs 5{one} in{one}all.\n\n{one}\tAnna"


@BOTH
def test_elements_in_a_line_neither_add_nor_lose_blanks(text_of: TextOf) -> None:
    """White space is what it is displayed as."""
    html = "<p>a<b>b</b> <i> c </i>d\n\te<wbr>f<a href=x>g</a>\u00a0&nbsp;h<!-- x -->i<span><span>j</span></span></p>"
    assert text_of(html) == "ab c d efg hij"


@BOTH
def test_breaks_and_preformatted_lines_stay(text_of: TextOf) -> None:
    """A br is a line end; pre keeps its lines and indents."""
    assert text_of("<p>Roses are red.<br> Violets<br/>are blue.</p>") == "Roses are red.\nViolets\nare blue."
    assert text_of("<pre>\nif x:\n    y = <b>1</b>\n\n  z</pre>") == "if x:\n    y = 1\n\n  z"
    assert text_of("<pre><code>a\n<span class=k>\tb</span></code></pre>") == "a\n\tb"


@BOTH
def test_cells_stand_a_tab_apart(text_of: TextOf) -> None:
    """Rows are lines; an empty cell keeps its place; cells that hold blocks stand apart as these do."""
    html = "<table><tr><th>Ship<th>Built<th>Lost<tr><td>Anna<td><td>1801</table>"
    assert text_of(html) == "Ship\tBuilt\tLost\nAnna\t\t1801"


@pytest.mark.parametrize(
    "attributes", ["hidden", 'style="display:none"', 'style="color:red; DISPLAY : none"', 'style="visibility:hidden"']
)
@BOTH
def test_hidden_elements_are_left_out(attributes: str, text_of: TextOf) -> None:
    """Neither mode takes what a browser does not show."""
    assert text_of(f"<p>Seen.</p><div {attributes}><p>{SAYS} Unseen.</p></div>") == "Seen."


@pytest.mark.parametrize(
    ("style", "shown"),
    [
        ("display:none;display:block", True),
        ("display:block;display:none", False),
        ("display:none !important;display:block", False),
        ("display:none;display:nonsense", False),
        ("display:/**/none", False),
        ("/* a */ display : none", False),
        ("/* display:none */", True),
        ("visibility:hidden;visibility:visible", True),
        ("visibility:visible;VISIBILITY:Collapse", False),
        ("--display:none; x-visibility:hidden", True),
        ("content:'; display:none'; background:url(a;display:none)", True),
    ],
)
@BOTH
def test_the_last_declaration_of_a_style_counts(style: str, shown: bool, text_of: TextOf) -> None:
    """Comments, strings, addresses and what is not valid are passed over."""
    assert text_of(f'<p>Seen.</p><p style="{style}">Here.</p>') == ("Seen.\n\nHere." if shown else "Seen.")


def test_display_wins_over_the_attribute_hidden() -> None:
    """The attribute is the browser's own style, which that of the page goes before."""
    assert full('<p hidden style="display:block">One.</p><p hidden style="color:red">Two.</p>') == "One."


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ('<p style="visibility:visible">Two.</p>', "Two."),
        ('Three <b style="visibility:visible">two</b> <i>one<br>more</i>', "two"),
        ('<div style="display:none"><p style="visibility:visible">No.</p></div>', ""),
        ('<ul><li>No<li style="visibility:visible">Two<span style="visibility:hidden"> no</span></ul>', "• Two"),
        ('<div style="visibility:inherit">No.</div><math><mfrac><mi>a</mi><mi>b</mi></mfrac></math>', ""),
    ],
)
def test_visible_parts_of_what_is_invisible_are_shown(inner: str, text: str) -> None:
    """Visibility is inherited, and can be taken back; what is not displayed cannot."""
    page = f'<p>One.</p><div style="visibility:hidden">No. {inner} No.</div><p>Three.</p>'
    assert full(page) == "\n\n".join(filter(None, ("One.", text, "Three.")))


def test_only_full_text_has_what_is_hidden_from_screen_readers() -> None:
    """aria-hidden is about speech: what has it can be seen."""
    html = "<p>Seen.</p><p aria-hidden=true>Seen, not heard.</p>"
    assert full(html) == "Seen.\n\nSeen, not heard."
    assert main(html) == "Seen."


def test_pages_that_hide_themselves_at_first_are_read() -> None:
    """A body that a script shows later is no hidden element."""
    assert html_text(f'<html hidden><body style="display:none"><p>{SAYS}'.encode(), "main") == SAYS


@pytest.mark.parametrize("mode", ["main", "full"])
@pytest.mark.parametrize(
    "html",
    [
        f"<noframes><p>{SAYS}</p></noframes>",
        f"<html><frameset><frame src=a></frameset><noframes><body><b>{SAYS}</b></body></noframes>",
        f"<noframes>{SAYS}</noframes><noframes></noframes>",
    ],
)
def test_pages_of_frames_have_the_text_without_frames(html: str, mode: Mode) -> None:
    """No tag of it is text."""
    assert html_text(html.encode(), mode) == SAYS


@pytest.mark.parametrize("mode", ["main", "full"])
def test_what_stands_for_frames_and_scripts_is_left_out_beside_text(mode: Mode) -> None:
    """noframes, noscript, iframe and template show nothing, and least of all tags."""
    unseen = "".join(f"<{tag}><p>No <b>{tag}</b></p></{tag}>" for tag in ("noframes", "noscript", "iframe", "template"))
    assert html_text(f"<body><p>{SAYS}</p>{unseen}</body>".encode(), mode) == SAYS


def test_markup_made_to_hurt_in_noframes_is_not_parsed() -> None:
    """It was raw text when the page was judged, so it is judged by itself."""
    assert html_text(b"<noframes>" + b"<div>" * 100_000 + b"x</noframes>", "full") == ""


def test_forms_are_full_text_alone() -> None:
    """Buttons, choices and fields are visible, and no content."""
    html = "<button>Go</button><select><option>One<option>Two</select><textarea>a\n b</textarea>"
    assert full(html) == "Go\nOne\nTwo\n\na\n b"
    assert main(f"<p>Text.</p>{html}") == "Text."


def test_dialogs_show_when_they_are_open_and_details_always() -> None:
    """A closed dialog is not shown; closed details can be opened."""
    assert full("<dialog>Closed</dialog><dialog open>Open</dialog>") == "Open"
    assert main("<details><summary>More of it</summary><p>It was foggy.</p></details>") == "More of it\n\nIt was foggy."


def test_readings_stand_in_brackets_in_full_text() -> None:
    """Main content has no readings of ruby, which are not part of the sentence; brackets of rp are never doubled."""
    html = "<p>これは<ruby>字<rp>(</rp><rt>じ</rt><rp>)</rp></ruby>と<ruby>東京<rt>とうきょう</rt></ruby>です。</p>"
    assert full(html) == "これは字(じ)と東京(とうきょう)です。"
    assert main(html) == "これは字と東京です。"


def test_drawings_show_their_text_but_not_their_titles() -> None:
    """Of SVG text is visible; titles, descriptions and definitions are not."""
    svg = "<svg><title>No</title><desc>No</desc><defs><text>No</text></defs><text>Fig. <tspan>1</tspan></text></svg>"
    assert full(f"<p>See {svg}.</p>") == "See Fig. 1."


@pytest.mark.parametrize(
    "code",
    [
        "<table><tr><td class=blob-num>1<td>let x = 1<tr><td class='blob-num js'>2<td>let y = 2</table>",
        "<table><tr><td class=linenos><pre>1\n2</pre></td><td class=code><pre>let x = 1\nlet y = 2</pre></td></table>",
        "<pre><span class=lineno>1</span>let x = 1\n<span class=lineno>2</span>let y = 2</pre>",
        "<pre><a class='ln' href=#1>1 </a>let x = 1\n<a class=ln href=#2>2 </a>let y = 2</pre>",
    ],
)
def test_numbers_of_lines_of_code_are_no_content(code: str) -> None:
    """They are left out whether they have cells or stand in the lines."""
    text = main(code)
    assert "let x = 1\nlet y = 2" in text.replace("\t", "")
    assert "1let" not in text
    assert not text.startswith("1")


def test_cells_of_digits_are_content_and_so_are_lines_called_numbered() -> None:
    """A number is no line number, nor is code in an element of such a name."""
    assert main("<table><tr><td>1<td>2</table>") == "1\t2"
    assert main("<pre class=line-numbers>let x = 1</pre>") == "let x = 1"


_NAMES = (
    "div p span b ul ol li table tr td section article nav aside header footer h1 h2 em a sup sub pre blockquote dl dt "
    "dd figure figcaption label time details main form center small my-thing button"
)
_names = st.sampled_from(_NAMES.split())
_trees = st.recursive(
    st.text("abcdefg漢é ", min_size=1, max_size=5),
    lambda inner: st.tuples(
        _names, st.sampled_from(["", " class=menu", " class=comments", " href=x"]), st.lists(inner, max_size=4)
    ),
    max_leaves=30,
)


def _html(tree: object) -> str:
    if isinstance(tree, str):
        return tree
    assert isinstance(tree, tuple)
    return f"<{tree[0]}{tree[1]}>{''.join(map(_html, tree[2]))}</{tree[0]}>"


@given(st.lists(_trees, max_size=6))
@settings(deadline=None, max_examples=300)
def test_full_text_keeps_every_visible_text_node_in_order(trees: list[object]) -> None:
    """But for white space and marks nothing is lost, added or moved."""
    html = "".join(map(_html, trees))
    tree = LexborHTMLParser(f"<body>{html}")
    wanted = "".join((tree.body.text() if tree.body else "").split())
    found = "".join(full(f"<body>{html}").split())
    for mark in ("•", "^", "_", "[", "]"):
        found = found.replace(mark, "")
    for number in "0123456789":
        found = found.replace(number, "")
    assert found.replace(".", "") == wanted


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 2000 + "x" + "</div>" * 2000,
        "<span>" * 2000 + "x",
        "<ul><li>" * 1500 + "x",
        "<p>" + "<i>x</i>" * 100_000,
        "<sup>" * 1000 + "<a href=x>1</a>" * 20_000,
        "<div class='" + "sidebar-x " * 100_000 + "'>x</div>",
        f"<div class='{'a' * 2_000_000}' style='{'b ' * 500_000}'>x</div>",
        "<table>" + "<tr><td class=ln>1<td>x" * 20_000,
        "<p>x" * 50_000,
        "<div class=gutter>" * 1500 + "1" * 500_000,
        "<a href=x>" + "<div class=related>x</div>" * 30_000,
        "".join(f"<div class=c{i}>x</div>" for i in range(20_000)),
    ],
)
def test_hostile_pages_take_linear_time(html: str) -> None:
    """Depth, width, names and attributes cost what their bytes do."""
    began = process_time()
    html_text(html.encode(), "main")
    assert process_time() - began < 1 + 20 * len(html) / 1e6
