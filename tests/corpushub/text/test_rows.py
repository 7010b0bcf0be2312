from __future__ import annotations

import csv
import io

from corpushub.text.rows import WIDTH, as_csv, as_text
from lineage.questions.sandbox.process import Column
from lineage.questions.sql import QueryAnswer

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


def test_formulas_are_guarded_if_asked_for() -> None:
    """Text that a spreadsheet would compute becomes text; numbers stay numbers."""
    columns = (Column("a", "string"), Column("n", "int64"))
    texts = ("=1+1", "+1", "-1", "@x", "\t=1", "plain", "")
    answer = QueryAnswer("d@v1", columns, tuple({"a": text, "n": -1} for text in texts), truncated=False)
    cells = [row[0] for row in csv.reader(io.StringIO(as_csv(answer, guarded=True), newline=""))][1:]
    assert cells == ["'=1+1", "'+1", "'-1", "'@x", "'\t=1", "plain", ""]
    assert {row[1] for row in csv.reader(io.StringIO(as_csv(answer, guarded=True), newline=""))} == {"n", "-1"}
    assert "'" not in as_csv(answer)
