"""The rows of an answer as text: a table for people, comma-separated values for programs."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from lineage.questions.sql import QueryAnswer

_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

WIDTH = 60
"""Characters of a cell that a table shows."""


def as_text(answer: QueryAnswer) -> str:
    """Draw the rows of *answer* below their column names; long cells are cut."""
    names = [column.name for column in answer.columns]
    cells = [[_cell(row[name]) for name in names] for row in answer.rows]
    widths = [max(len(line[place]) for line in [names, *cells]) for place in range(len(names))]
    rule = ["-" * width for width in widths]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in [names, rule, *cells]
    ]
    return "\n".join([*lines, f"{len(cells)} rows"])


def as_csv(answer: QueryAnswer, *, guarded: bool = False) -> str:
    """Write the rows of *answer* as RFC 4180 has them, a header first; nested values as JSON, null as nothing.

    If *guarded*, text that a spreadsheet would take for a formula has a ' before it (OWASP, CSV injection).
    """
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\r\n")
    names = [column.name for column in answer.columns]
    writer.writerow(names)
    for row in answer.rows:
        cells = [(_spelled(row[name]), isinstance(row[name], str)) for name in names]
        writer.writerow([f"'{cell}" if guarded and text and cell[:1] in _FORMULAS else cell for cell, text in cells])
    return sink.getvalue().removesuffix("\r\n")


def _spelled(value: Any) -> str:
    if isinstance(value, dict | list | bool):
        return orjson.dumps(value).decode()
    return "" if value is None else str(value)


def _cell(value: Any) -> str:
    """Return *value* on one line of at most WIDTH characters; control characters would move the cursor."""
    text = "null" if value is None else _spelled(value)
    line = "".join(char if char.isprintable() else " " for char in text)
    return line if len(line) <= WIDTH else line[: WIDTH - 1] + "…"
