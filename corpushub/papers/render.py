"""Papers as Markdown, HTML and JSON: the same fields in three forms.

Names of documents, sources and domains are what strangers wrote: HTML is escaped by Jinja2, Markdown by ``plain``,
which every value goes through. In every form what would turn or hide text is spelled out (corpushub/printable.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from corpushub.audit.page import PRINTED
from corpushub.papers.fields import Cell, Field, Measure, Paper, shown
from corpushub.printable import json_printable, printable

_TEMPLATES: Final = Path(__file__).parent
_ACTS: Final = re.compile(r"([\\`*\[\]|~]|(?<![^\W_])_|_(?![^\W_]))")
_BEGINS: Final = re.compile(r"^(\d{1,9}(?=[.)])|(?=[#+=-]))")


def markdown(paper: Paper) -> str:
    """Return *paper* as Markdown; what is told shows as it is written, and nothing of it acts."""
    return re.sub(r"\n{3,}", "\n\n", _environment(html=False).get_template("page.md.j2").render(paper=paper))


def html(paper: Paper) -> str:
    """Return *paper* as one HTML page that needs nothing else, runs nothing and prints well."""
    return _environment(html=True).get_template("page.html.j2").render(paper=paper, style=_Style())


def as_json(paper: Paper) -> str:
    """Return *paper* as JSON: its fields by id, by name where the format has no ids."""
    head = {"paper": paper.format, "title": paper.title, "source": paper.source, "version": paper.version}
    made = {"revision": paper.revision, "manifest_root": paper.manifest_root, "created": paper.created}
    sections = [
        {
            "number": one.number,
            "name": one.name,
            "fields": {field.id or field.name: _field(field) for field in one.fields},
        }
        for one in paper.sections
    ]
    return dumped({**head, **made, "sections": sections})


def dumped(content: Mapping[str, Any]) -> str:
    """Return *content* as indented JSON with a line end."""
    return json_printable(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode())


def plain(text: str) -> str:
    """Return *text* in one line that Markdown shows as it is: no markup, no HTML, no cell, no control character."""
    inert = printable(" ".join(text.split())).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _ACTS.sub(r"\\\1", inert)


def _paragraph(text: str) -> _Plain:
    """Return *text* as a paragraph: its beginning is no heading, list or rule."""
    return _Plain(_BEGINS.sub(r"\1\\", plain(text), count=1))


class _Plain(str):
    """Text that Markdown shows as it is."""


def _field(field: Field) -> dict[str, Any]:
    tables = [[dict(zip(one.columns, row, strict=True)) for row in one.rows] for one in field.tables]
    answer = {"name": field.name, "state": field.state, "answer": field.text, "tables": tables}
    return {**answer, "from": list(field.origins), "queries": [one.question for one in field.measures]}


class _Style:
    """The style sheet, which is ours and needs no escaping."""

    def __html__(self) -> str:
        return PRINTED


@cache
def _environment(*, html: bool) -> Environment:
    """Return where templates become text: every value is escaped for HTML, or for Markdown."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=html,
        undefined=StrictUndefined,
        finalize=_visible if html else _written,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"shown": shown, "paragraph": _paragraph, "rules": _rules}
    return environment


def _visible(value: Cell | _Style) -> str | _Style:
    return value if isinstance(value, _Style) else printable(str(value))


def _written(value: Cell) -> str:
    return value if isinstance(value, _Plain) else plain(shown(value))


def _rules(table: Measure) -> list[_Plain]:
    """Return what stands between head and rows: columns of numbers are aligned to the right."""
    first = table.rows[0] if table.rows else (None,) * len(table.columns)
    return [_Plain("---:" if isinstance(cell, int | float) else "---") for cell in first]
