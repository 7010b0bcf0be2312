"""CSV for spreadsheets: what the csv module reads back, and what no spreadsheet calculates."""

from __future__ import annotations

import csv
import io

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from corpushub.text.csv_file import write_csv

CELLS = st.one_of(st.none(), st.text(alphabet="ab,'\"\n\r\t=+-@é 1", max_size=6))


@given(st.lists(st.tuples(CELLS, st.integers(0, 9)), max_size=4))
def test_every_text_is_read_back_and_no_formula_stands(rows: list[tuple[str | None, int]]) -> None:
    """What is read is what was written, empty for null, with an apostrophe before what begins as a formula does."""
    schema = pa.schema([("text", pa.string()), ("number", pa.int64())])
    table = pa.Table.from_pylist([{"text": text, "number": number} for text, number in rows], schema)
    file = io.StringIO()
    write_csv(["number", "text"], table.to_batches(max_chunksize=2), file)
    read = list(csv.reader(io.StringIO(file.getvalue(), newline="")))

    assert read[0] == ["number", "text"]
    assert [line[0] for line in read[1:]] == [str(number) for _, number in rows]
    for (text, _), (_, cell) in zip(rows, read[1:], strict=True):
        assert cell == f"'{text}" if text and text[0] in "=+-@\t\r" else cell == (text or "")
