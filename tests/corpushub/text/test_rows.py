from __future__ import annotations

import csv
import io

from corpushub.text.rows import WIDTH, as_csv, as_text
from lineage.questions.sql import Column, QueryAnswer

ANSWER = QueryAnswer(
    version="d@v1",
    columns=(Column("text", "string"), Column("n", "list<int64>")),
    rows=({"text": 'a "b",\nc', "n": [1, None]}, {"text": None, "n": None}, {"text": "x" * 99, "n": []}),
    truncated=False,
)


def test_table_is_cut_and_stays_on_its_lines() -> None:
    """A cell with line breaks or of any length takes one line of bounded width."""
    lines = as_text(ANSWER).splitlines()
    assert lines[2].startswith('a "b", c')
    assert lines[3].split() == ["null", "null"]
    assert lines[4].startswith("x" * (WIDTH - 1) + "…")
    assert lines[-1] == "3 rows"


def test_csv_is_read_back() -> None:
    """Quotes and line breaks survive; nested values are JSON, null is empty."""
    rows = list(csv.reader(io.StringIO(as_csv(ANSWER), newline="")))
    assert rows[:3] == [["text", "n"], ['a "b",\nc', "[1,null]"], ["", ""]]
