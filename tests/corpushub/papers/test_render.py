from __future__ import annotations

import json
from collections.abc import Callable
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpushub.papers.fields import Measure, Paper, said, section, shown, told
from corpushub.papers.formats import FORMATS, paper_of
from corpushub.papers.render import as_json, html, markdown, plain

if TYPE_CHECKING:
    from tests.corpushub.papers.conftest import Documented

WORST = [
    "<script>alert(1)</script>",
    "a | b",
    "[click](javascript:alert(1))",
    "![x](http://evil.example/p.png)",
    "# heading\n## another",
    "`code`",
    "\x1b[31mred\u202e",
    "&lt;already&gt;",
    "1. one\n- two\n> three",
]


ALLOWED = {
    *("html", "meta", "title", "style", "header", "h1", "h2", "h3", "p", "section"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}


def headings(text: str) -> list[str]:
    """Return the marks of the headings of *text*."""
    return [line.split(" ")[0] for line in text.splitlines() if line.startswith("#")]


class Tags(HTMLParser):
    """Collects the tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a tag down."""
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def paper(words: str) -> Paper:
    """Return a paper in which *words* stand wherever somebody's words can stand."""
    table = Measure(("name", "documents"), ((words, 1234),), "SELECT 1")
    fields = [
        said(words).to("1", words),
        told("{n} documents", n=Measure(("n",), ((5,),), "SELECT 5"), table=table).to("2", "t"),
    ]
    return Paper("datasheet", words, "source", "d@v1", 0, "0" * 64, "2026-01-01", (section("1", words, fields),))


@pytest.mark.parametrize("words", WORST)
def test_hostile_words_stay_words_in_html(words: str) -> None:
    """A page holds the tags of its template and no other, whatever names and words are."""
    parser = Tags()
    parser.feed(html(paper(words)))

    assert parser.tags <= ALLOWED
    assert parser.attributes <= {"lang", "charset", "name", "content", "class"}


@pytest.mark.parametrize("form", [html, as_json, markdown])
def test_what_turns_or_hides_text_is_spelled_out(form: Callable[[Paper], str]) -> None:
    """No form holds a control character or a mark of the bidirectional algorithm, and lines stay lines."""
    made = form(paper("nul\0 bell\7 csi\x9b[31m turned\u202e gone\u2069 end\nnext"))

    assert all(char.isprintable() or char == "\n" for char in made)
    assert "u202e" in made


@pytest.mark.parametrize("words", WORST)
def test_hostile_words_stay_words_in_markdown(words: str) -> None:
    """A paper keeps its headings, rows and columns, and holds no tag, no link and no control character."""
    calm, hostile = markdown(paper("calm")), markdown(paper(words))

    assert headings(calm) == headings(hostile)
    assert len(calm.splitlines()) == len(hostile.splitlines())
    assert "<" not in hostile
    assert "](" not in hostile.replace("\\](", "")
    assert all(char.isprintable() or char == "\n" for char in hostile)


@given(st.text(max_size=60))
def test_plain_is_one_line_without_markup(text: str) -> None:
    """Whatever is told takes one line of a table."""
    shown_as = plain(text)

    assert "\n" not in shown_as
    assert "<" not in shown_as
    assert "|" not in shown_as.replace("\\|", "")


def test_numbers_are_written_for_people() -> None:
    """Thousands stand apart, shares have three digits, and what is not known says so."""
    assert [shown(1234567), shown(0.5), shown(None), shown("x")] == ["1,234,567", "0.500", "unknown", "x"]


@pytest.mark.parametrize("format", FORMATS)
def test_three_forms_tell_the_same(documented: Documented, format: str) -> None:
    """Markdown, page and JSON have every field, with the version, its revision and manifest root."""
    made = paper_of(format, documented.facts)
    loaded = json.loads(as_json(made))

    assert sum(len(one["fields"]) for one in loaded["sections"]) == len(
        {(s.name, f.id or f.name) for s in made.sections for f in s.fields}
    )
    for text in (markdown(made), html(made), as_json(made)):
        assert made.manifest_root in text
        assert made.version in text
