"""Tables between stages that are sorted by an id: any range of ids is read by itself, and many files become few.

A file holds the rows of equal ranges of the ids, one Arrow record batch for each, then where each begins and the
schema: a reader takes the end of the file and one run of bytes. Ids are hashes, so ranges hold about as many rows each.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa

from pipelines.handover.workfiles import reading, writing

RANGE_ROWS = 1024
"""Rows that a range has on average: few, so that little is read that nobody asked for."""

_SPACE = 1 << 64
_TRAILER = 24
_TAIL = 1 << 16  # is read at once; it holds the whole end of all but the largest files

Piece = tuple[int, int, pa.Table]
"""Ranges [start, stop) and their rows, sorted by id."""


def write_sorted(path: str, table: pa.Table, key: str) -> None:
    """Write *table*, which is sorted by its column *key* (fixed-size binary, 16, no nulls), to *path*."""
    ranges = ranges_for(len(table))
    write_pieces(path, table.schema, key, ranges, [(0, ranges, table)])


def ranges_for(rows: int) -> int:
    """Return into how many ranges *rows* are cut."""
    return max(1, rows // RANGE_ROWS)


def write_pieces(path: str, schema: pa.Schema, key: str, ranges: int, pieces: Iterable[Piece]) -> None:
    """Write *pieces*, which follow one another and cover all *ranges*, to *path*."""
    starts, rows = [0], 0
    with writing(path) as file:
        for first, last, table in pieces:
            keys, rows = id_keys(table[key]), rows + len(table)
            bounds = [0, *np.searchsorted(keys, _lows(first + 1, last, ranges)).tolist(), len(table)]
            for start, stop in pairwise(bounds):
                starts.append(starts[-1] + _write_range(file, table.slice(start, stop - start)))
        index, told = np.array(starts, "<i8").tobytes(), schema.serialize()
        file.write(index)
        file.write(told)
        file.write(np.array([rows, len(index), told.size], "<i8").tobytes())


def _write_range(file: Any, rows: pa.Table) -> int:
    if len(rows) == 0:
        return 0
    (batch,) = rows.combine_chunks().to_batches()
    return int(file.write(batch.serialize()))


class SortedTable:
    """An open file of :func:`write_sorted`."""

    def __init__(self, path: str) -> None:
        self._context = reading(path)
        self._file = self._context.__enter__()
        tail = self._last(_TAIL)
        self._rows, index, told = np.frombuffer(tail[-_TRAILER:], "<i8").tolist()
        end = index + told + _TRAILER
        tail = (tail if end <= len(tail) else self._last(end))[-end:-_TRAILER]
        self._starts = np.frombuffer(tail[:index], "<i8")
        self.schema: pa.Schema = pa.ipc.read_schema(pa.py_buffer(tail[index:]))

    def _last(self, size: int) -> bytes:
        self._file.seek(max(0, self._file.size() - size))
        found: bytes = self._file.read()
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._context.__exit__(None, None, None)

    def __len__(self) -> int:
        return int(self._rows)

    @property
    def size(self) -> int:
        """Bytes of all rows."""
        return int(self._starts[-1])

    def read(self, key: str, low: bytes = bytes(16), high: bytes | None = None) -> pa.Table:
        """Return the rows with a *key* in [low, high), in order; high None is open."""
        ranges = len(self._starts) - 1
        first = range_of(low, ranges)
        last = ranges if high is None else range_before(high, ranges) + 1
        start, stop = int(self._starts[first]), int(self._starts[last])
        self._file.seek(start)
        found = pa.Table.from_batches(_batches(self._file.read_buffer(stop - start), self.schema), self.schema)
        return cut(found, key, low, high)


def _batches(content: pa.Buffer, schema: pa.Schema) -> list[pa.RecordBatch]:
    stream, batches = pa.BufferReader(content), []
    while stream.tell() < content.size:
        batches.append(pa.ipc.read_record_batch(pa.ipc.read_message(stream), schema))
    return batches


def read_sorted(path: str, key: str, low: bytes = bytes(16), high: bytes | None = None) -> pa.Table:
    """Return the rows of the file at *path* with a *key* in [low, high), in order; all of them by default."""
    with SortedTable(path) as table:
        return table.read(key, low, high)


def read_ranges(paths: Iterable[str], schema: pa.Schema, key: str, low: bytes, high: bytes | None) -> pa.Table:
    """Return the rows of all files with a *key* in [low, high), file after file."""
    return pa.concat_tables([schema.empty_table(), *(read_sorted(path, key, low, high) for path in paths)])


def cut(table: pa.Table, key: str, low: bytes, high: bytes | None) -> pa.Table:
    """Return the rows of *table*, which is sorted by *key*, whose key is in [low, high); high None is open."""
    keys = id_keys(table[key])
    start = int(np.searchsorted(keys, np.frombuffer(low, "S16")[0]))
    stop = len(keys) if high is None else int(np.searchsorted(keys, np.frombuffer(high, "S16")[0]))
    return table.slice(start, max(stop - start, 0))


def cuts(ranges: int) -> list[tuple[bytes, bytes | None]]:
    """Cut the space of ids into equal *ranges*: [(low, high)], the last open."""
    bounds = [low_of(at, ranges) for at in range(ranges)]
    return list(zip(bounds, [*bounds[1:], None], strict=True))


def low_of(at: int, ranges: int) -> bytes:
    """Return the least id of a range."""
    return (-(-at * _SPACE // ranges)).to_bytes(8, "big") + bytes(8)


def range_of(key: bytes, ranges: int) -> int:
    """Return the range that the id *key* is in."""
    return int.from_bytes(key[:8], "big") * ranges // _SPACE


def range_before(key: bytes, ranges: int) -> int:
    """Return the range of the greatest id below *key*, -1 where there is none."""
    return (int.from_bytes(key, "big") - 1 >> 64) * ranges // _SPACE


def _lows(start: int, stop: int, ranges: int) -> Any:
    return np.array([low_of(at, ranges) for at in range(start, stop)], "S16")


def id_keys(column: pa.ChunkedArray) -> Any:
    """View a column of ids without nulls as a numpy array of 16-byte strings (trailing zero bytes compare equal)."""
    chunks = [
        np.frombuffer(chunk.buffers()[1], "S16")[chunk.offset : chunk.offset + len(chunk)]
        for chunk in column.chunks
        if len(chunk)
    ]
    return np.concatenate(chunks) if chunks else np.empty(0, "S16")
