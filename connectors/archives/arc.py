"""Read ARC files, versions 1.0, 1.1 and 2.0 of the Internet Archive's format of 1996."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import pyarrow as pa

from connectors.archives import archive
from connectors.archives.http import UNKNOWN_TYPE, Response, is_http, media_type, parse
from connectors.archives.options import check_choices
from connectors.archives.records import Head, Record, Syntax
from connectors.archives.warc import with_answer
from connectors.batches import Row
from connectors.capture import Extent, Limits, Slice
from connectors.streams.files import SourceFile
from connectors.streams.streams import require_known
from connectors.tables.dates import read_digits

OPTIONS = frozenset({"truncated"})

_LENGTH_DIGITS = 18  # more would not fit an offset
# URL, address, date, type, then (2.0 only) result code, checksum, location, offset and file name, then length;
# a URL may hold spaces, so the line is anchored on the date
_LINE = rb"[A-Za-z][A-Za-z0-9+.-]*:[^\r\n]*? [^ \r\n]+ \d{8,17} [^\r\n]*?[ ]?\d+[ \t]*\r?\n"
_PARTS = re.compile(r"(\S+:.*?) (\S+) (\d{8,17}) (.*?) ?(\d+)\s*")


def head(data: bytes) -> Head | None:
    """Read the ARC record line that *data* begins with; None if it is not one."""
    match = SYNTAX.start.match(data)
    parts = _PARTS.fullmatch(match[0].decode("utf-8", "replace")) if match else None
    if match is None or parts is None or len(parts[5]) > _LENGTH_DIGITS:
        return None
    return Head(match[0], match.end(), int(parts[5]))


SYNTAX = Syntax(
    name="ARC",
    start=re.compile(_LINE),
    after_break=re.compile(rb"(?<=\n)" + _LINE),
    unfinished=re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*(?::[^\n]*)?"),
    head=head,
    separator=b"",
)
"""How ARC records look."""


def split(file: SourceFile, target: int) -> list[Slice]:
    """Cut a plain or member-wise compressed ARC at multiples of *target* bytes; others stay whole."""
    return archive.split(file, target, SYNTAX)


def read(part: Slice, options: Mapping[str, Any], limits: Limits, extent: Extent) -> Iterator[pa.RecordBatch]:
    """Yield the captures that begin in *part*, and fill *extent*. Raises MissingSource, UnreadableSource, BadOption."""
    require_known(options, OPTIONS)
    check_choices(options)
    yield from archive.read(part, SYNTAX, limits, extent, partial(capture, limit=limits.record_bytes))


def capture(record: Record, limit: int) -> Row | None:
    """Return the row of a record; None for the file's own description."""
    parts = _PARTS.fullmatch(record.header.decode("utf-8", "replace"))
    uri, _, date, kind, _ = parts.groups() if parts else (None, None, "", "", None)
    if uri is not None and uri.startswith("filedesc:"):
        return None
    captured_at, mark = read_digits(date)
    row = Row(
        uri=uri,
        captured_at=captured_at,
        offset=record.offset,
        length=record.length,
        failure=record.failure.value if record.failure else None,
        detail=record.detail,
        marks=None if mark is None else (mark.value,),
    )
    return row if record.block is None else with_answer(row, _answer(record.block, kind.partition(" ")[0], limit))


def _answer(block: bytes, kind: str, limit: int) -> Response:
    if not is_http(block):
        return Response(None, media_type(kind) or UNKNOWN_TYPE, None, block)
    return parse(block, limit)
