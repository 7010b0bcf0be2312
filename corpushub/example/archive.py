"""Write WARC records, sound and broken, so that the same calls give the same bytes."""

from __future__ import annotations

import base64
import gzip
import hashlib
import uuid
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

REASONS = {200: "OK", 301: "Moved Permanently", 404: "Not Found", 503: "Service Unavailable"}


@dataclass(frozen=True, slots=True)
class Fetch:
    """One answer of a web server, as a crawler stores it.

    Attributes:
        uri: the address asked for.
        date: when, as WARC-Date (ISO 8601, UTC).
        body: the payload before any coding.
        content_type: the Content-Type header; empty for none.
        status: the HTTP status.
        coding: how the body is sent: codings joined by "+", the last applied last ("gzip+chunked"); empty for plain.
        headers: further HTTP headers.
    """

    uri: str
    date: str
    body: bytes
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    coding: str = ""
    headers: Sequence[tuple[str, str]] = ()


def record_id(*parts: str) -> str:
    """Return a WARC-Record-ID that depends on nothing but *parts*."""
    return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, ' '.join(parts))}>"


def payload_digest(fetch: Fetch) -> str:
    """Return the WARC-Payload-Digest of *fetch*: over its body without transfer coding (WARC 1.1, section 6.3.2)."""
    body = encoded(fetch.body, fetch.coding.removesuffix("chunked").rstrip("+"))
    return sha1(body)


def sha1(content: bytes) -> str:
    """Return the digest of *content* as WARC headers have it."""
    return f"sha1:{base64.b32encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()}"


def http_head(fetch: Fetch) -> bytes:
    """Return the status line and headers of *fetch*."""
    headers = [("Content-Type", fetch.content_type)] if fetch.content_type else []
    codings = [coding for coding in fetch.coding.split("+") if coding]
    content_codings = [coding for coding in codings if coding != "chunked"]
    if content_codings:
        headers.append(("Content-Encoding", ", ".join(content_codings)))
    if "chunked" in codings:
        headers.append(("Transfer-Encoding", "chunked"))
    lines = [f"HTTP/1.1 {fetch.status} {REASONS[fetch.status]}"]
    lines += [f"{name}: {value}" for name, value in [*headers, *fetch.headers]]
    return "\r\n".join([*lines, "", ""]).encode()


def encoded(body: bytes, coding: str) -> bytes:
    """Return *body* under each of the codings named in *coding*."""
    for name in filter(None, coding.split("+")):
        body = CODINGS[name](body)
    return body


def gzipped(body: bytes) -> bytes:
    """Return *body* as one gzip member without a clock in it (RFC 1952)."""
    return gzip.compress(body, mtime=0)


def chunked(body: bytes, size: int = 1000) -> bytes:
    """Return *body* in chunks of *size* bytes (RFC 9112, section 7.1)."""
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in [*parts, b""])


def brotli_stored(body: bytes) -> bytes:
    """Return *body* as a Brotli stream of uncompressed meta-blocks (RFC 7932, sections 9.1 and 9.2).

    The standard library has no Brotli encoder, and a stored stream needs none: three bytes before each block of up to
    65,536 bytes, one at the end.
    """
    blocks = [body[start : start + 65536] for start in range(0, len(body), 65536)]
    stream = bytearray()
    for number, block in enumerate(blocks):
        # not last (0), four length nibbles (00), length - 1, uncompressed (1)
        bits = (len(block) - 1) << 3 | 1 << 19
        # the stream's first bit, 0, says a window of 64 KB
        stream += (bits << 1 if number == 0 else bits).to_bytes(3, "little") + block
    # last (1) and empty (1); a stream without blocks has the window bit before them
    stream.append(0b11 if blocks else 0b110)
    return bytes(stream)


CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzipped,
    "deflate": lambda body: zlib.compress(body),
    "br": brotli_stored,
    "chunked": chunked,
}
"""How a body is put under each coding."""


class Archive:
    """A .warc.gz file under way, one gzip member per record (WARC 1.0, annex D)."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.name = ""

    def open(self, name: str, date: str) -> None:
        """Write the warcinfo record of an archive called *name*."""
        self.name = name
        head = {"WARC-Date": date, "WARC-Record-ID": record_id(name), "WARC-Filename": name, "WARC-Type": "warcinfo"}
        text = b"software: corpushub quickstart generator\r\nformat: WARC File Format 1.0\r\n"
        self._write(record(head, text, "application/warc-fields"))

    def response(self, fetch: Fetch) -> None:
        """Write *fetch* as a response record."""
        self._write(self._of(fetch, "response"))

    def revisit(self, fetch: Fetch, refers_to_date: str) -> None:
        """Write a revisit record: at its date *fetch* was as it had been at *refers_to_date*."""
        further = {
            "WARC-Profile": "http://netpreserve.org/warc/1.0/revisit/identical-payload-digest",
            "WARC-Refers-To-Target-URI": fetch.uri,
            "WARC-Refers-To-Date": refers_to_date,
        }
        self._write(
            self._of(replace(fetch, body=b"", coding=""), "revisit", self._head(fetch) | further, http_head(fetch))
        )

    def wrong_length(self, fetch: Fetch, error: int) -> None:
        """Write *fetch* with a Content-Length that is *error* bytes off."""
        head, rest = self._of(fetch, "response").split(b"\r\n\r\n", 1)
        length = len(rest) - len(b"\r\n\r\n")
        lied = head.replace(b"\r\nContent-Length: %d" % length, b"\r\nContent-Length: %d" % (length + error))
        self._write(lied + b"\r\n\r\n" + rest)

    def _of(self, fetch: Fetch, kind: str, head: Mapping[str, str] | None = None, answer: bytes | None = None) -> bytes:
        block = (http_head(fetch) if answer is None else answer) + encoded(fetch.body, fetch.coding)
        kinds = {"WARC-Type": kind, "WARC-Target-URI": fetch.uri}
        return record({**(head or self._head(fetch)), **kinds}, block, "application/http; msgtype=response")

    def _head(self, fetch: Fetch) -> dict[str, str]:
        return {
            "WARC-Date": fetch.date,
            "WARC-Record-ID": record_id(self.name, fetch.uri, fetch.date),
            "WARC-Payload-Digest": payload_digest(fetch),
        }

    def _write(self, content: bytes) -> None:
        self.file.write(gzipped(content))


def record(head: Mapping[str, str], block: bytes, kind: str) -> bytes:
    """Return a WARC record of *block*, which is of media type *kind*, with the headers in *head* and those about it."""
    about = {"WARC-Block-Digest": sha1(block), "Content-Type": kind, "Content-Length": str(len(block))}
    lines = ["WARC/1.0", *(f"{name}: {value}" for name, value in {**head, **about}.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"
