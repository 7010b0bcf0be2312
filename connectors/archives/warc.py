"""Read WARC files (ISO 28500, WARC/1.0 and 1.1): responses, resources and revisits.

Other records (requests, metadata, warcinfo, conversions) are passed over: they are not documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import pyarrow as pa

from connectors.archives import archive, digests
from connectors.archives.http import UNKNOWN_TYPE, Response, charset, head_end, is_http, media_type, parse
from connectors.archives.options import check_choices, choice
from connectors.archives.records import Head, Record, Syntax
from connectors.batches import Row, marked
from connectors.capture import Extent, Failure, Kind, Limits, Mark, Slice
from connectors.streams.files import SourceFile
from connectors.streams.streams import require_known
from connectors.tables.dates import iso_micros, read_text

OPTIONS = frozenset({"integrity", "truncated"})

_FIRST_LINE = rb"[Ww][Aa][Rr][Cc]/\d+\.\d+[ \t]*\r{0,2}\n[!-9;-~]+[ \t]*:"
_LENGTH = re.compile(rb"\n(?i:content-length)[ \t]*:[ \t]*(\d{1,18})[ \t]*(?:\r{0,2}\n|\r*\Z)")  # no offset has more
_TYPE = re.compile(rb"\n(?i:warc-type)[ \t]*:[ \t]*([^\s]*)")
_FOLD = re.compile(r"\r{0,2}\n[ \t]+")
_DOCUMENTS = frozenset({"response", "resource", "revisit"})


def head(data: bytes) -> Head | None:
    """Read the WARC header that *data* begins with; None if it is not one or has no valid Content-Length."""
    end, size = head_end(data)
    if end is None or SYNTAX.start.match(data) is None:
        return None
    header = data[:end]
    length = _LENGTH.search(header)
    return None if length is None else Head(header, size, int(length[1]))


def kind_of(header: bytes) -> str:
    """Return the record type that a WARC header names, in lower case; "" if it names none."""
    match = _TYPE.search(header)
    return match[1].decode("latin-1").lower() if match else ""


def fields_of(header: bytes) -> dict[str, str]:
    """Return a WARC header's fields by lower-case name; of a repeated one the first."""
    text = header.decode("utf-8", "replace")
    if "\n " in text or "\n\t" in text:
        text = _FOLD.sub(" ", text)
    found: dict[str, str] = {}
    for line in text.split("\n")[1:]:
        name, colon, value = line.partition(":")
        if colon:
            found.setdefault(name.strip().lower(), value.strip())
    return found


SYNTAX = Syntax(
    name="WARC",
    start=re.compile(_FIRST_LINE),
    after_break=re.compile(rb"(?<=\n)" + _FIRST_LINE),
    unfinished=re.compile(rb"(?i:W|WA|WAR|WARC|WARC/)|(?i:WARC)/[^\n]*(?:\n[^\n:]*)?"),
    head=head,
    separator=b"\r\n\r\n",
)
"""How WARC records look; WET files share it."""


def split(file: SourceFile, target: int) -> list[Slice]:
    """Cut a plain or member-wise compressed WARC at multiples of *target* bytes; others stay whole."""
    return archive.split(file, target, SYNTAX)


def read(part: Slice, options: Mapping[str, Any], limits: Limits, extent: Extent) -> Iterator[pa.RecordBatch]:
    """Yield the captures that begin in *part*, and fill *extent*. Raises MissingSource, UnreadableSource, BadOption.

    Option ``integrity`` says what is done about digests (connectors.archives.options), ``truncated`` is for whoever
    takes the captures.
    """
    require_known(options, OPTIONS)
    check_choices(options)
    take = partial(capture, limit=limits.record_bytes, integrity=choice(options, "integrity"))
    yield from archive.read(part, SYNTAX, limits, extent, take)


def capture(record: Record, limit: int, integrity: str = "record") -> Row | None:
    """Return the row of a response, resource or revisit, or of a broken record; None for what is no document."""
    kind = kind_of(record.header)
    if kind not in _DOCUMENTS:
        return broken(record)
    fields = fields_of(record.header)
    row = described(record, fields)
    if record.block is None:
        return row
    if kind == "revisit":
        return verified(_revisit(row, record.block, fields), record.block, fields, None, integrity)
    answer = _answer(record.block, fields.get("content-type", ""), limit)
    row = with_answer(row, answer)
    partial_payload = fields.get("warc-truncated") or "warc-segment-number" in fields
    return verified(row, record.block, fields, None if partial_payload else answer.stored, integrity)


def verified(
    row: Row, block: bytes, fields: Mapping[str, str], bodies: tuple[bytes, ...] | None, integrity: str
) -> Row:
    """Return *row* with what comparing the digests in *fields* gives, as *integrity* asks; see digests.check."""
    if integrity == "off":
        return row
    mark = digests.check(fields, block, bodies)
    row = marked(row, mark)
    if mark is not Mark.DIGEST_MISMATCH or integrity != "drop":
        return row
    why = "a digest that its header declares is not that of its bytes"
    return row._replace(text=None, payload=None, media_type=None, failure=Failure.DIGEST_MISMATCH.value, detail=why)


def described(record: Record, fields: Mapping[str, str]) -> Row:
    """Return the row of *record* as far as its header's *fields* tell, with its failure."""
    captured_at, mark = read_text(fields.get("warc-date", ""))
    row = Row(
        uri=fields.get("warc-target-uri", "").strip("<>") or None,
        captured_at=captured_at,
        payload_digest=fields.get("warc-payload-digest") or None,
        offset=record.offset,
        length=record.length,
        failure=record.failure.value if record.failure else None,
        detail=record.detail,
    )
    cut = fields.get("warc-truncated") and kind_of(record.header) != "revisit"  # a revisit is cut by nature
    return marked(row, mark, Mark.TRUNCATED if cut else None)


def broken(record: Record) -> Row | None:
    """Return the row of a record of no interest if it is damage to the file, not just a wrong or large length."""
    unseen = record.failure in (Failure.WRONG_LENGTH, Failure.TOO_LARGE) and record.header
    return None if record.failure is None or unseen else described(record, fields_of(record.header))


def with_answer(row: Row, answer: Response) -> Row:
    """Return *row* with what the response holds."""
    return row._replace(
        media_type=answer.media_type,
        charset=answer.charset,
        payload=answer.body,
        http_status=answer.status,
        rights_headers=answer.rights_headers,
        failure=answer.failure.value if answer.failure else None,
        detail=answer.detail,
        marks=marked(row, Mark.TRUNCATED if answer.cut else None).marks,
    )


def _answer(block: bytes, declared: str, limit: int) -> Response:
    if is_http(block):
        return parse(block, limit)
    return Response(None, media_type(declared) or UNKNOWN_TYPE, charset(declared), block, stored=(block,))


def _revisit(row: Row, block: bytes, fields: Mapping[str, str]) -> Row:
    answer = parse(block, limit=0)
    return row._replace(
        kind=Kind.REVISIT.value,
        http_status=answer.status,
        rights_headers=answer.rights_headers,
        refers_to_uri=fields.get("warc-refers-to-target-uri", "").strip("<>") or None,
        refers_to_date=iso_micros(fields.get("warc-refers-to-date", "")),
    )
