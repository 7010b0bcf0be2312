"""Merge the ledger files of many shards into few whose doc_id ranges are disjoint, so that a lookup opens one file.

Document ids are hashes, evenly spread, so equal ranges of ids hold about equally many rows. The result depends on the
rows only, not on how shards were cut.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from lineage.files import DataFile, open_parquet
from lineage.parquet import write_ledger
from lineage.tables import LEDGER

ROWS_PER_FILE = 500_000  # about 250 MB in memory, 18 MB on disk


@dataclass(frozen=True, slots=True)
class Range:
    """The doc_ids from *first* up to and without *end*; end "g" lies above every hexadecimal id."""

    first: str
    end: str

    def meets(self, first: str, last: str) -> bool:
        """Tell whether any id from *first* to *last* may lie in the range."""
        return first < self.end and last >= self.first


def id_ranges(rows: int, rows_per_file: int = ROWS_PER_FILE) -> list[Range]:
    """Cut all doc_ids into equal ranges of about *rows_per_file* of *rows* rows: a power of two of them.

    A power of two keeps most ranges in place while a dataset grows.
    """
    parts = 1 << max(0, (max(rows, 1) - 1) // rows_per_file).bit_length()
    width = 1 << 128
    bounds = [f"{width * part // parts:032x}" for part in range(parts)]
    return [Range(first, end) for first, end in zip(bounds, [*bounds[1:], "g"], strict=True)]


def merge_ledger(files: Sequence[DataFile], folder: str, rows_per_file: int = ROWS_PER_FILE) -> list[DataFile]:
    """Write the rows of ledger *files* into files of disjoint ranges in *folder*; leave the given files alone.

    Ranges are independent: a pipeline may run merge_range as tasks instead.
    """
    ranges = id_ranges(sum(file.rows for file in files), rows_per_file)
    merged = [merge_range(files, part, folder) for part in ranges]
    return [file for file in merged if file is not None]


def merge_range(files: Sequence[DataFile], part: Range, folder: str) -> DataFile | None:
    """Write the rows of ledger *files* whose doc_id lies in *part* as one file in *folder*; None if there are none.

    Only row groups that meet the range are read; peak memory is about four times the rows of the range.
    """
    wanted = [file.path for file in files if file.rows and part.meets(file.first_doc_id, file.last_doc_id)]
    rows = pa.concat_tables([LEDGER.empty_table(), *(piece for path in wanted for piece in _rows_in(path, part))])
    return write_ledger(rows, folder) if rows.num_rows else None


def _rows_in(path: str, part: Range) -> Iterator[pa.Table]:
    """Yield the rows in *part* of each row group of the file at *path* that may have some."""
    with open_parquet(path) as file:
        column = file.schema_arrow.get_field_index("doc_id")
        for group in range(file.metadata.num_row_groups):
            bounds = file.metadata.row_group(group).column(column).statistics
            if part.meets(bounds.min, bounds.max):
                yield _cut(file.read_row_group(group, use_threads=False), part)


def _cut(rows: Any, part: Range) -> Any:
    """Return the rows of a sorted row group that lie in *part*."""
    ids = rows.column("doc_id").combine_chunks()

    def id_at(row: int) -> str:
        return str(ids[row].as_py())

    start, end = (bisect_left(range(len(ids)), bound, key=id_at) for bound in (part.first, part.end))
    return rows.slice(start, end - start)
