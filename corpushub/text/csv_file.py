"""CSV that people open in a spreadsheet, of texts that strangers wrote."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc


def write_csv(columns: Sequence[str], batches: Iterable[pa.RecordBatch], file: IO[str]) -> None:
    """Write *columns* of *batches*, strings or integers, under a line of their names; null is an empty cell.

    As RFC 4180 has it, with a line feed between records. A cell that a spreadsheet would take for a formula has an
    apostrophe before it.
    """
    file.write(",".join(columns) + "\n")
    for batch in batches:
        lines = _joined(",", *(_cells(batch.column(name)) for name in columns))
        file.writelines(f"{line}\n" for line in lines.to_pylist())


def _cells(values: pa.Array) -> pa.Array:
    """Return *values* as cells; where none of them needs an apostrophe or quotes, nothing is made anew."""
    texts = pc.fill_null(values.cast(pa.string()), "")
    for pattern, mend in ((r"^[=+\-@\t\r]", _as_text), ('[",\r\n]', _quoted)):
        found = pc.match_substring_regex(texts, pattern)
        texts = pc.if_else(found, mend(texts), texts) if pc.any(found).as_py() else texts
    return texts


def _as_text(texts: pa.Array) -> pa.Array:
    return _joined("", "'", texts)


def _quoted(texts: pa.Array) -> pa.Array:
    return _joined("", '"', pc.replace_substring(texts, '"', '""'), '"')


def _joined(between: str, *parts: Any) -> pa.Array:
    return pc.binary_join_element_wise(*parts, between)
