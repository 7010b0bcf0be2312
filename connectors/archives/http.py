"""Decode captured HTTP responses as leniently as browsers and archives do.

Sources: RFC 9112 (chunked transfer coding), RFC 9110 section 8.4 (content codings).
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from typing import NamedTuple

from connectors.capture import Failure, Limits
from connectors.streams.compression import Expansion

UNKNOWN_TYPE = "application/octet-stream"

_STATUS = re.compile(rb"HTTP/[\d.]+[ \t]+(\d{3})")
_WANTED = re.compile(
    rb"^(content-type|content-encoding|content-length|transfer-encoding)[ \t]*:[ \t]*([^\r\n]*)",
    re.IGNORECASE | re.MULTILINE,
)
_RIGHTS = re.compile(
    rb"^(link|content-usage|content-signal|x-robots-tag|tdm-reservation|tdm-policy)[ \t]*:[ \t]*"
    rb"([^\r\n]*(?:\r?\n[ \t]+[^\r\n]*)*)",
    re.IGNORECASE | re.MULTILINE,
)
_RIGHTS_LINK = re.compile(rb"licen|tdm|rsl", re.IGNORECASE)  # most Link headers only preload scripts
_RIGHTS_STARTS = (b"\nlink", b"\ncontent-usage", b"\ncontent-signal", b"\nx-robots-tag", b"\ntdm-")
_RIGHTS_BYTES = 8192
_LOCATION = re.compile(rb"^location[ \t]*:[ \t]*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
_TARGET_BYTES = 2048
_CHUNK = re.compile(rb"[ \t]*([0-9a-fA-F]{1,15})[ \t]*(?:;[^\r\n]*)?\r?\n")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([^\s\"';,]+)", re.IGNORECASE)
_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+")
_MARKUP = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html|head|body|title|script|style|iframe|meta|table|"
    rb"div|font|h1|br|p|a|b|!--)(?=[\s>/]|(?<=--))",
    re.IGNORECASE,
)
_PRINTABLE = bytes({9, 10, 12, 13, 27, *range(32, 256)} - {127})
_SAMPLE = 4096

CODINGS = {
    "gzip": "gzip",
    "x-gzip": "gzip",
    "deflate": "zlib",
    "br": "brotli",
    "zstd": "zstd",
}
"""Content codings and the compression format of each."""

_NOT_TRIED: Failure | None = Failure.BROKEN_RECORD
_OTHER_ENDS = (b"\n\n", b"\n\r\n", b"\n\r\r\n")  # the last: written through a translation of line ends, twice
_FREE_BYTES = 8 << 20  # of any coded body; above that it may expand as Limits allow a file to
_EXPANSION = Limits().expansion

_IDENTITY = {
    "",
    "identity",
    "none",
    "binary",
    "8bit",
    "7bit",
    "utf-8",
    "utf8",
    "iso-8859-1",
}  # the latter: seen in the wild
_STARTS = {
    "gzip": re.compile(rb"\x1f\x8b"),
    "zstd": re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"),
}


@dataclass(frozen=True, slots=True)
class Response:
    """A decoded response; *body* is None where *failure* is set, *status* where there was no HTTP.

    *cut* tells whether the body ends before its framing, its length or its coding says, *stored* what forms of the body
    its digest may be of: as it is stored, and without its chunks.
    """

    status: int | None
    media_type: str | None
    charset: str | None
    body: bytes | None
    failure: Failure | None = None
    detail: str | None = None
    rights_headers: str | None = None
    cut: bool = False
    stored: tuple[bytes, ...] = field(default=(), compare=False)


def is_http(block: bytes) -> bool:
    """Tell whether *block* begins with an HTTP status line."""
    return _STATUS.match(block) is not None


def parse(block: bytes, limit: int) -> Response:
    """Decode the HTTP response in *block*; a decoded body above *limit* bytes is TOO_LARGE."""
    status = _STATUS.match(block)
    end, begin = head_end(block)
    head = block if end is None else block[:end]
    headers = _headers(head)
    decoded = decode(b"" if end is None else block[begin:], headers, limit)
    code = int(status[1]) if status else None
    body, declared_length = decoded.body, headers.get("content-length", "").partition(",")[0]
    short = decoded.counted and declared_length.isdigit() and len(decoded.stored[0]) < int(declared_length[:18])
    bodiless = code is not None and (code < 200 or code in (204, 304))
    declared = headers.get("content-type", "")
    return Response(
        status=code,
        media_type=media_type(declared) or (None if body is None else sniff(body)),
        charset=charset(declared),
        body=body,
        failure=decoded.failure,
        detail=decoded.detail,
        rights_headers=_target(head) if status and status[1][:1] == b"3" else rights_headers(head),
        cut=decoded.cut or (short and not bodiless),
        stored=decoded.stored,
    )


def head_end(data: bytes) -> tuple[int | None, int]:
    """Return where the header lines that *data* begins with end, None if they do not, and where the body begins."""
    end = data.find(b"\r\n\r\n")
    before = end + 1 if end >= 0 else len(data)
    others = [(data.find(mark, 0, before), len(mark)) for mark in _OTHER_ENDS]
    if all(at < 0 for at, _ in others):
        return (end, end + 4) if end >= 0 else (None, 0)
    return min((at, at + size) for at, size in others if at >= 0)


def _headers(head: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in _WANTED.findall(head):
        key, text = name.decode("ascii").lower(), value.decode("latin-1").strip()
        if key not in found:
            found[key] = text
        elif key != "content-type":
            found[key] += "," + text
    return found


def rights_headers(head: bytes) -> str | None:
    """Return those lines of *head* that speak of rights as "name: value" lines, names in lower case; None without any.

    They are Content-Usage, Content-Signal, X-Robots-Tag, tdm-reservation and tdm-policy in their order, repeated ones
    too, then Link where it speaks of a licence; folded lines are unfolded (RFC 9112 section 5.2). In all they take at
    most 8 KiB, what is above is cut. Values that are no UTF-8 are read as Latin-1.
    """
    low = head.lower()
    if not any(start in low for start in _RIGHTS_STARTS):  # almost always
        return None
    lines, room = [], _RIGHTS_BYTES
    found = [(name.decode("ascii").lower(), value) for name, value in _RIGHTS.findall(head)]
    for name, value in sorted(found, key=lambda line: line[0] == "link"):
        kept = b" ".join(value.split())[:room]
        if kept and (name != "link" or _RIGHTS_LINK.search(value)):
            room -= len(kept)
            lines.append(f"{name}: {_decoded(kept)}\n")
    return "".join(lines) or None


def _target(head: bytes) -> str | None:
    """Return the lines about rights in the *head* of a redirect, and behind them whither it leads."""
    lines, found = rights_headers(head), _LOCATION.search(head)
    target = " ".join(_decoded(found[1][:_TARGET_BYTES]).split()) if found else ""
    return f"{lines or ''}location: {target}\n" if target else lines


def _decoded(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def media_type(declared: str) -> str | None:
    """Return the media type of a Content-Type value in lower case without parameters; None if it names none."""
    match = _TYPE.match(declared.strip())
    return match[0].lower() if match else None


def charset(declared: str) -> str | None:
    """Return the charset parameter of a Content-Type value in lower case, or None."""
    match = _CHARSET.search(declared)
    return match[1].lower() if match else None


def sniff(body: bytes) -> str:
    """Return text/html if *body* begins with markup (after WHATWG MIME Sniffing, section 7.1), else UNKNOWN_TYPE."""
    return "text/html" if _MARKUP.match(body[:_SAMPLE]) else UNKNOWN_TYPE


class Decoded(NamedTuple):
    """A body without its codings, None if it has a failure.

    *cut* tells whether a coding ends early, *stored* has the body before any was undone, and without its chunks if it
    has any, *counted* tells whether Content-Length would count its bytes.
    """

    body: bytes | None
    failure: Failure | None
    cut: bool
    stored: tuple[bytes, ...]
    counted: bool
    detail: str | None = None


def decode(body: bytes, headers: dict[str, str], limit: int) -> Decoded:
    """Undo the transfer and content codings that *headers* declare; return the body, or why it cannot be had.

    A body that is not encoded as claimed but looks like text was stored decoded, and is returned as it is. Of a
    damaged body the decodable prefix is returned.
    """
    transfer = _codings(headers.get("transfer-encoding", ""))
    stored: tuple[bytes, ...] = (body,)
    cut = False
    if "chunked" in transfer:
        body, whole = unframe(body)
        stored, cut = (stored[0], body), not whole
    codings = _codings(headers.get("content-encoding", "")) + [name for name in transfer if name != "chunked"]
    counted = "chunked" not in transfer
    for coding in reversed(codings):
        limit = min(limit, max(_FREE_BYTES, _EXPANSION * len(body)))
        decoded, failure, ends_early = _undo(coding, body, limit)
        cut = cut or ends_early
        if decoded is None:
            return Decoded(None, failure, cut, stored, counted, _why(coding, failure, limit))
        counted = counted and decoded is not body  # it was stored decoded: its length is another
        body = decoded
    if len(body) > limit:
        return Decoded(None, Failure.TOO_LARGE, cut, stored, counted, _why("", Failure.TOO_LARGE, limit))
    return Decoded(body, None, cut, stored, counted)


def _why(coding: str, failure: Failure | None, limit: int) -> str:
    """Return what is wrong with a body; of codings only the names that we know are repeated."""
    if failure is Failure.TOO_LARGE:
        return f"its body decodes to more than {limit:,} bytes"
    return f"its body is not {coding}" if coding in CODINGS else "its body has a coding that is not known"


def _codings(value: str) -> list[str]:
    names = (name.strip().strip("\"'").lower() for name in value.split(","))
    return [name for name in names if name not in _IDENTITY]


def dechunk(body: bytes) -> bytes:
    """Return *body* without the chunk framing; as it is if it has none, its good chunks if the framing breaks off."""
    return unframe(body)[0]


def unframe(body: bytes) -> tuple[bytes, bool]:
    """Do as dechunk; return too whether the last chunk came, or there was no framing at all."""
    view, parts, at = memoryview(body), [], 0
    while match := _CHUNK.match(body, at):
        size = int(match[1], 16)
        parts.append(view[match.end() : match.end() + size])
        at = match.end() + size
        if size == 0:
            return b"".join(parts), True
        if at < len(body) and body[at] not in b"\r\n":
            return (body, True) if len(parts) == 1 else (b"".join(parts), False)
        at += 2 if body[at : at + 2] == b"\r\n" else 1
    return (b"".join(parts), False) if parts else (body, True)


def _undo(coding: str, body: bytes, limit: int) -> tuple[bytes | None, Failure | None, bool]:
    """Undo one coding; return the body, why there is none, and whether it ends early."""
    if not body:
        return body, None, False
    decoded, damage = b"", _NOT_TRIED
    name = CODINGS.get(coding)
    if name and _may_be(name, body):
        decoded, damage = expand(name, body, limit)
        if name == "zlib" and damage and len(decoded) <= limit:
            raw, raw_damage = expand("deflate", body, limit)  # many servers send raw deflate
            decoded, damage = (raw, raw_damage) if not raw_damage or len(raw) > len(decoded) else (decoded, damage)
    if len(decoded) > limit:
        return None, Failure.TOO_LARGE, False
    if damage is None or (decoded and not (name in ("brotli", "zlib") and looks_like_text(body))):
        return decoded, None, damage is Failure.TRUNCATED
    return (body, None, False) if looks_like_text(body) else (None, Failure.BAD_CONTENT_ENCODING, False)


def _may_be(name: str, body: bytes) -> bool:
    start = _STARTS.get(name)
    return start is None or start.match(body) is not None


def expand(name: str, body: bytes, limit: int) -> tuple[bytes, Failure | None]:
    """Decode *body*; return at most about *limit* bytes (more than *limit* if there are more), and its damage."""
    if name == "gzip":
        fast = zlib.decompressobj(31)
        try:
            decoded = fast.decompress(body, limit + 1)
            if fast.eof and not fast.unused_data:
                return decoded, None
        except zlib.error:
            pass  # the careful way below keeps the decodable prefix
    expansion = Expansion([body], name)
    parts, size = [], 0
    for part in expansion:
        parts.append(part)
        size += len(part)
        if size > limit:
            break
    return b"".join(parts), expansion.damage


def looks_like_text(body: bytes) -> bool:
    """Tell whether the first 4 KiB of *body* hold no control characters, or begin with a UTF-16 byte order mark."""
    sample = body[:_SAMPLE]
    return sample[:2] in (b"\xff\xfe", b"\xfe\xff") or not sample.translate(None, _PRINTABLE)
