"""Read the pages of web archives and make tiny archives, for measuring."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import brotli
from fastwarc.warc import ArchiveIterator, WarcRecordType
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "deflate": zlib.decompress,
}


def pages(path: Path) -> Iterator[bytes]:
    """Yield the decoded HTML of the pages with status 200 in the archive *path*."""
    with path.open("rb") as file:
        # auto_decode is not used: with "all", FastWARC 2.0.1 ends early and silently at some records
        for record in ArchiveIterator(file, record_types=WarcRecordType.response, parse_http=True):
            if record.http_headers is not None and record.http_headers.status_code == 200:
                yield decoded(record.reader.read(), record.http_headers)


def decoded(body: bytes, headers: Any) -> bytes:
    """Return *body* without its chunks and content coding; as it is where they do not decode."""
    try:
        if headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = unchunked(body)
        decode = DECODERS.get(headers.get("Content-Encoding", "").lower())
        return decode(body) if decode else body
    except (OSError, EOFError, ValueError, zlib.error, brotli.error):
        return body


def unchunked(body: bytes) -> bytes:
    """Return *body* without its chunk lines (RFC 9112, section 7.1); ValueError if it has none."""
    joined, place = [], 0
    while place < len(body):
        line_end = body.index(b"\r\n", place)
        size = int(body[place:line_end].partition(b";")[0], 16)
        joined.append(body[line_end + 2 : line_end + 2 + size])
        place = line_end + size + 4
    return b"".join(joined)


def write_one_page(path: Path) -> None:
    """Write an archive that holds one short page, so that a run over it costs little but its start-up."""
    text = "<html><body><main><p>This page is here to be read once, and that is all it does.</p></main></body></html>"
    http = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        payload = BytesIO(text.encode())
        record = writer.create_warc_record("https://bench.example/", "response", payload=payload, http_headers=http)
        writer.write_record(record)
