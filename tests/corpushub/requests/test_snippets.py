"""Snippets are short, on one line, and cut no personal value in two."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpushub.requests.snippets import MOST, WORDS, snippets
from lineage.questions.find import Surroundings

FILL = "plain words that say nothing " * 40


def around(before: str, words: str, behind: str) -> str | None:
    """Return the snippet of words between two texts."""
    (snippet,) = snippets([Surroundings(before + words + behind, len(before))])
    return snippet


@pytest.mark.parametrize("value", ["someone@corp.com", "+1 212-555-0187", "192.168.17.23", "4111 1111 1111 1111"])
@pytest.mark.parametrize("gap", [0, 1, WORDS - 12, WORDS - 5, WORDS, WORDS + 3])
def test_no_value_is_cut_in_two(value: str, gap: int) -> None:
    """Wherever the edge of the snippet falls, nothing of the value is shown."""
    fill = ("x " * WORDS)[:gap]
    shown = [around(f"{FILL}{value} {fill} ", "quinces", FILL), around(FILL, "quinces", f" {fill} {value} {FILL}")]

    for one in shown:
        assert one is not None
        assert "quinces" in one
        assert not any(piece in one for piece in (value, value[:6], value[-6:]))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\n\tb\r\n  quinces\x1b[31m\u202e c", "a b quinces [31m c"),
        ("quinces", "quinces"),
        ("\u200bquinces\u2028and", "quinces and"),
    ],
)
def test_snippets_are_one_line(text: str, shown: str) -> None:
    """White space is one space, and what steers a terminal or the direction of writing is left out."""
    assert snippets([Surroundings(text, text.index("quinces"))]) == [shown]


def test_ends_are_marked() -> None:
    """An ellipsis stands where the text goes on."""
    snippet = around(FILL, "quinces", FILL)

    assert snippet is not None
    assert (snippet[0], snippet[-1]) == ("…", "…")
    assert around("", "quinces", " end") == "quinces end"
    assert snippets([]) == []


@settings(deadline=None, max_examples=30)
@given(st.text(max_size=900), st.text(min_size=1, max_size=900), st.text(max_size=900))
def test_snippets_are_bounded(before: str, words: str, behind: str) -> None:
    """Whatever the text is, a snippet is a short line."""
    snippet = around(before, words, behind)

    assert snippet is None or (len(snippet) <= MOST + 2 and "\n" not in snippet)
