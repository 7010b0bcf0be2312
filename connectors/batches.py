"""Gather captures into batches of bounded size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

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


def marked(row: Row, *marks: Mark | None) -> Row:
    """Return *row* with those of *marks* that are any, beside its own."""
    found = {mark.value for mark in marks if mark is not None}
    return row._replace(marks=tuple(sorted(found | set(row.marks or ())))) if found else row


def failed(failure: Failure, offset: int | None, length: int | None, detail: str | None = None) -> Row:
    """Return the row of a record of which only its place is known, and *detail* of what is wrong with it."""
    return Row(offset=offset, length=length, failure=failure.value, detail=detail)


def batches(rows: Iterable[Row], limits: Limits) -> Iterator[pa.RecordBatch]:
    """Yield *rows* in order as batches of CAPTURES, each closed when it reaches a limit of bytes or rows."""
    held: list[Row] = []
    size = 0
    for row in rows:
        held.append(row)
        size += _weight(row)
        if size >= limits.batch_bytes or len(held) >= limits.batch_rows:
            yield batch(held)
            held, size = [], 0
    if held:
        yield batch(held)


def batch(rows: list[Row]) -> pa.RecordBatch:
    """Return *rows*, at least one, as one batch of CAPTURES."""
    columns = [pa.array(column, field.type) for column, field in zip(zip(*rows, strict=True), CAPTURES, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=CAPTURES)


def _weight(row: Row) -> int:
    if row.payload is not None:
        return len(row.payload)
    if row.text is None:
        return 0
    return len(row.text) if row.text.isascii() else row.length or utf8_size(row.text)  # the record holds the text


def utf8_size(text: str) -> int:
    """Return how many bytes *text* takes in UTF-8."""
    return len(text) if text.isascii() else len(text.encode())
