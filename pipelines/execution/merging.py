"""Merging: files of sorted rows become few enough for every task of the next stage to read its range of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.execution.once import Once, names
from pipelines.execution.stage import Executor, Report
from pipelines.handover.lists import name_of, read_list, write_list
from pipelines.handover.sorted_tables import Piece, SortedTable, low_of, ranges_for, write_pieces

FAN = 256
"""Most files that a task reads a range of, and that one merge joins."""

CHUNK_BYTES = 32 << 20
"""Bytes that a merge holds at a time; it needs about three times that."""


@dataclass(frozen=True, slots=True)
class MergeReport(Report):
    """Path of the merged file."""

    merged: str


@dataclass(frozen=True)
class MergeTask(Once[MergeReport]):
    """Merge sorted tables into one, some ranges of ids at a time: CHUNK_BYTES in memory, threefold, whatever they hold.

    Attributes:
        files: path of the list of files.
        key: the column that they are sorted by.
        out: folder of outputs.
    """

    files: str
    key: str
    out: str

    def inputs(self) -> Any:
        """Return what the output depends on."""
        return [*names([self.files]), self.key]

    def work(self) -> MergeReport:
        """Write the merged file."""
        path = f"{self.path}.merged"
        with ExitStack() as stack:
            tables = [stack.enter_context(SortedTable(one)) for one in read_list(self.files)]
            ranges = ranges_for(sum(len(table) for table in tables))
            chunks = min(ranges, 1 + sum(table.size for table in tables) // CHUNK_BYTES)
            pieces = self._pieces(tables, ranges, chunks)
            write_pieces(path, tables[0].schema, self.key, ranges, pieces)
        return MergeReport(self.id, path)

    def _pieces(self, tables: Sequence[SortedTable], ranges: int, chunks: int) -> Iterator[Piece]:
        for at in range(chunks):
            first, last = at * ranges // chunks, (at + 1) * ranges // chunks
            low, high = low_of(first, ranges), None if last == ranges else low_of(last, ranges)
            rows = self.join(pa.concat_tables([table.read(self.key, low, high) for table in tables]))
            yield first, last, rows.take(pc.sort_indices(rows, sort_keys=[(self.key, "ascending")]))

    def join(self, rows: pa.Table) -> pa.Table:
        """Return what is written of *rows*, all that have a key in some range: here each of them."""
        return rows


def merge(
    paths: Sequence[str],
    key: str,
    out: str,
    execute: Executor,
    by: type[MergeTask] = MergeTask,
    most: int | None = None,
) -> str:
    """Merge the files at *paths* in levels until they are *most*, by default FAN; return the path of their list."""
    left = sorted(paths, key=name_of)
    while len(left) > (most or FAN):
        groups = [write_list(out, left[at : at + FAN]) for at in range(0, len(left), FAN)]
        left = [report.merged for report in execute([by(group, key, out) for group in groups])]
    return write_list(out, left)
