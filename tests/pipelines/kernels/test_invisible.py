import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.kernels.invisible import visible


def hidden(payload: bytes) -> str:
    """Return *payload* as variation selectors, one for each byte."""
    return "".join(chr(0xFE00 + one if one < 16 else 0xE0100 + one - 16) for one in payload)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The end.\ufeff" + hidden(b"C2PATXT\0" + bytes(range(256))), "The end."),
        ("a" + hidden(b"payload") + "b", "ab"),
        ("\U0001f600" + hidden(b"\x0fpayload"), "\U0001f600\ufe0f"),
        ("no" + hidden(b"\0") + "ne", "none"),
        (hidden(b"at the start") + "x", "x"),
        ("soft\u00adhyphen and word\u2060joiner", "softhyphen and wordjoiner"),
        ("zero\u200bwidth, non\u200cjoined, joi\u200dned", "zerowidth, nonjoined, joined"),
        ("\ufeffmark\ufeff", "mark"),
        ("\u202eabc\u202c \u2066d\u2069", "abc d"),
        ("left\u200e right\u200f", "left right"),
        ("tags" + "".join(chr(0xE0000 + ord(one)) for one in "ignore this"), "tags"),
        ("f\u2061(x) \ufff9a\ufffab\ufffb", "f(x) ab"),
    ],
)
def test_what_nobody_sees_is_cut(text: str, expected: str) -> None:
    """Payloads, and lone characters without a glyph; how many is told."""
    found = visible(pa.array([text, "plain", None]))

    assert found.text.to_pylist() == [expected, "plain", None]
    assert found.cut.tolist() == [len(text) - len(expected), 0, 0]


@pytest.mark.parametrize(
    "text",
    [
        "\u2764\ufe0f\u200d\U0001f525",  # a heart on fire
        "\U0001f469\U0001f3fd\u200d\U0001f4bb",  # a woman of some skin colour at a computer
        "1\ufe0f\u20e3 #\ufe0f\u20e3",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",  # the flag of England
        "می\u200cخواهم",
        "क्\u200dष",
        "葛\U000e0100飾区",
        "≨\ufe00",
        "ภาษา\u200bไทย",
        "\u05e9\u05dc\u05d5\u05dd\u200f!",
        "ᠠ\u180b",
    ],
)
def test_what_has_a_meaning_stays(text: str) -> None:
    """Emoji, flags, joined letters, variants of ideographs, marks in right-to-left text."""
    assert visible(pa.array([text])).text.to_pylist() == [text]


@given(st.lists(st.sampled_from(["a", "愛", "\U0001f600", "\ufe0f", "\u200d", "\ufeff", "\U000e0133", "\u202e", " "])))
def test_what_was_cut_once_is_clean(parts: list[str]) -> None:
    """No payload survives, and what is left alone stays so: at most one selector behind a character."""
    text = "".join(parts)
    once = visible(pa.array([text])).text
    again = visible(once)

    assert again.text == once
    assert [one for one in once[0].as_py() if one in "a愛\U0001f600 "] == [
        one for one in text if one in "a愛\U0001f600 "
    ]


@pytest.mark.parametrize(
    ("text", "left"),
    [("\ufe0f" * 1_000_000, 0), ("a\u200b" * 500_000, 500_000), ("\U0001f3f4" + "\U000e0061" * 1_000_000, 1)],
)
def test_a_text_of_nothing_else_is_no_burden(text: str, left: int) -> None:
    """A million in one run, or alone, are cut in one pass."""
    assert len(visible(pa.array([text])).text[0].as_py()) == left
