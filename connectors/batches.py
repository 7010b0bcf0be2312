"""Gather captures into batches of bounded size."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import pyarrow as pa

from connectors.capture import CAPTURES, Failure, Kind, Limits, Mark


class Row(NamedTuple):
    """One capture; fields, types and meaning are those of CAPTURES (dates in microseconds since 1970, UTC)."""

    source_id: str | None = None
    uri: str | None = None
    captured_at: int | None = None
    license: str | None = None
    title: str | None = None
    author: str | None = None
    media_type: str | None = None
    charset: str | None = None
    text: str | None = None
    payload: bytes | None = None
    payload_digest: str | None = None
    refers_to_uri: str | None = None
    refers_to_date: int | None = None
    http_status: int | None = None
    rights_headers: str | None = None
    kind: str = Kind.RECORD.value
    offset: int | None = None
    length: int | None = None
    failure: str | None = None
    detail: str | None = None
    marks: tuple[str, ...] | None = None


class Run(NamedTuple):
    """Captures that were made together: for each column of CAPTURES the values of n, and the weight of each, in bytes.

    A weight is what the capture's text or payload counts for in a batch; see ``weight``.
    """

    columns: Sequence[Sequence[Any]]
    weights: Sequence[int]


def marked(row: Row, *marks: Mark | None) -> Row:
    """Return *row* with those of *marks* that are any, beside its own."""
    found = {mark.value for mark in marks if mark is not None}
    return row._replace(marks=tuple(sorted(found | set(row.marks or ())))) if found else row


def failed(failure: Failure, offset: int | None, length: int | None, detail: str | None = None) -> Row:
    """Return the row of a record of which only its place is known, and *detail* of what is wrong with it."""
    return Row(offset=offset, length=length, failure=failure.value, detail=detail)


def batches(found: Iterable[Row | Run], limits: Limits) -> Iterator[pa.RecordBatch]:
    """Yield what was *found* in order as batches of CAPTURES, each closed when it reaches a limit of bytes or rows."""
    open_batch = _Open(limits)
    for one in found:
        if isinstance(one, Run):
            yield from open_batch.take(one)
        elif open_batch.add(one):
            yield open_batch.close()
    if open_batch.count:
        yield open_batch.close()


class _Open:
    """A batch that is being gathered."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._clear()

    def _clear(self) -> None:
        self._columns: list[list[Any]] = [[] for _ in CAPTURES.names]
        self._rows: list[Row] = []
        self._size = self.count = 0

    def add(self, row: Row) -> bool:
        """Add *row*; tell whether the batch is full."""
        self._rows.append(row)
        return self._counts(1, weight(row.text, row.payload, row.length))

    def take(self, run: Run) -> Iterator[pa.RecordBatch]:
        """Add all of *run*; yield the batches that it fills."""
        sums, start, rows = [0, *accumulate(run.weights)], 0, len(run.weights)
        while start < rows:
            by_bytes = bisect_left(sums, sums[start] + self._limits.batch_bytes - self._size, start + 1)
            end = min(by_bytes, start + self._limits.batch_rows - self.count, rows)
            self._extend([column[start:end] for column in run.columns])
            if self._counts(end - start, sums[end] - sums[start]):
                yield self.close()
            start = end

    def _counts(self, rows: int, size: int) -> bool:
        self.count += rows
        self._size += size
        return self._size >= self._limits.batch_bytes or self.count >= self._limits.batch_rows

    def _extend(self, columns: Iterable[Sequence[Any]]) -> None:
        if self._rows:
            rows, self._rows = self._rows, []
            self._extend(zip(*rows, strict=True))
        for held, column in zip(self._columns, columns, strict=True):
            held.extend(column)

    def close(self) -> pa.RecordBatch:
        """Return the batch and begin the next one."""
        if self._rows:
            self._extend([()] * len(self._columns))
        done = _batch(self._columns)
        self._clear()
        return done


def batch(rows: list[Row]) -> pa.RecordBatch:
    """Return *rows*, at least one, as one batch of CAPTURES."""
    return _batch(zip(*rows, strict=True))


def _batch(columns: Iterable[Sequence[Any]]) -> pa.RecordBatch:
    arrays = [pa.array(column, field.type) for column, field in zip(columns, CAPTURES, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=CAPTURES)


def weight(text: str | None, payload: bytes | None, length: int | None) -> int:
    """Return about how many bytes the *text* or *payload* of a record takes that is stored in *length* bytes."""
    if payload is not None:
        return len(payload)
    if text is None:
        return 0
    return len(text) if text.isascii() else length or utf8_size(text)  # the record holds the text


def utf8_size(text: str) -> int:
    """Return how many bytes *text* takes in UTF-8."""
    return len(text) if text.isascii() else len(text.encode())
