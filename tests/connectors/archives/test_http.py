from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from connectors.archives.http import (
    Response,
    charset,
    dechunk,
    head_end,
    looks_like_text,
    media_type,
    parse,
    rights_headers,
    sniff,
)
from connectors.capture import Failure

Build = Callable[..., bytes]
BODY = "<html>Grüße, 世界 ".encode() + b"and more text " * 400
LIMIT = 1 << 20


def raw_deflate(data: bytes) -> bytes:
    """Return *data* deflated without the zlib frame, as some servers send it."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


ENCODE: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("X-GZIP", gzip.compress),
    "two members": ("gzip", lambda data: gzip.compress(data[:9]) + gzip.compress(data[9:])),
    "deflate": ("deflate", zlib.compress),
    "raw deflate": ("deflate", raw_deflate),
    "br": ("br", lambda data: brotli.compress(data, quality=4)),
    "zstd": ("zstd", zstandard.compress),
    "identity": ("identity", lambda data: data),
    "stacked": ("deflate, gzip", lambda data: gzip.compress(zlib.compress(data))),
    "stacked with nonsense": ("utf-8, br", brotli.compress),
    "none": ("", lambda data: data),
}


@pytest.mark.parametrize("name", ENCODE)
def test_every_content_coding_is_undone(name: str, http_response: Build) -> None:
    """The body is what was encoded, and the type and charset are those of the header."""
    coding, encode = ENCODE[name]

    found = parse(
        http_response(encode(BODY), "Content-Type: Text/HTML; Charset='UTF-8'", f"content-encoding: {coding}"), LIMIT
    )

    assert found == Response(200, "text/html", "utf-8", BODY)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "compress", "made-up"])
def test_a_body_stored_decoded_is_used_as_it_is(coding: str, http_response: Build) -> None:
    """Crawlers store decoded bodies under the original header."""
    found = parse(http_response(BODY, "Content-Type: text/html", f"Content-Encoding: {coding}"), LIMIT)

    assert (found.body, found.failure) == (BODY, None)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "compress"])
def test_an_undecodable_body_is_a_failure(coding: str, http_response: Build) -> None:
    """Bytes that are neither text nor what the header claims are not passed on."""
    found = parse(http_response(b"\x9d\x00\x01\x02\xff\xfe\x80" * 30, f"Content-Encoding: {coding}"), LIMIT)

    assert (found.body, found.failure) == (None, Failure.BAD_CONTENT_ENCODING)


@pytest.mark.parametrize("name", ["gzip", "two members", "deflate", "br", "zstd"])
def test_of_a_cut_body_the_decodable_prefix_is_kept(name: str, http_response: Build) -> None:
    """What the crawler got is what there is."""
    coding, encode = ENCODE[name]
    text = b"".join(b"%d squared is %d. " % (n, n * n) for n in range(90_000))
    stored = encode(text)
    found = parse(http_response(stored[: len(stored) * 3 // 4], f"Content-Encoding: {coding}"), 1 << 23)

    assert found.failure is None
    assert found.body
    assert text.startswith(found.body)
    assert len(found.body) < len(text)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_body_above_the_limit_is_a_failure(coding: str, http_response: Build) -> None:
    """A bomb in an HTTP body is counted, not expanded."""
    bomb = ENCODE[coding][1](bytes(5_000_000))

    assert parse(http_response(bomb, f"Content-Encoding: {coding}"), 100_000).failure is Failure.TOO_LARGE


def test_chunks_and_codings_stack(http_response: Build) -> None:
    """Transfer codings are outermost."""
    stored = gzip.compress(BODY)
    chunked = b"%x;name=value\r\n%b\r\n%X\r\n%b\r\n0\r\nTrailer: x\r\n\r\n" % (
        20,
        stored[:20],
        len(stored) - 20,
        stored[20:],
    )

    for headers in (["Content-Encoding: gzip", "Transfer-Encoding: chunked"], ["Transfer-Encoding: gzip, chunked"]):
        assert parse(http_response(chunked, *headers), LIMIT).body == BODY


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=6))
def test_chunking_is_undone(chunks: list[bytes]) -> None:
    """Chunks joined are the body."""
    framed = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"

    assert dechunk(framed) == b"".join(chunks)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<html>not chunked", b"<html>not chunked"),
        (b"abc\nthis begins with a hexadecimal word" + b"." * 3000, None),
        (b"5\r\nhello\r\n5\r\nwor", b"hellowor"),
        (b"5\r\nhello\r\nzz\r\nworld", b"hello"),
        (b"", b""),
    ],
)
def test_false_or_broken_chunking(body: bytes, expected: bytes | None) -> None:
    """A body without chunks is used as it is; broken off chunks give what came before."""
    assert dechunk(body) == (body if expected is None else expected)


@pytest.mark.parametrize(
    "block",
    [
        b"HTTP/1.0 404\nContent-Type: text/plain\n\nbody",
        b"HTTP/1.1  404  Not Found\r\ncontent-type : text/plain;x\r\n\r\nbody",
        b"HTTP/2 404\r\nX: y\r\nCONTENT-TYPE:text/plain\r\nContent-Type: a/b\n\r\nbody",
    ],
)
def test_heads_are_read_leniently(block: bytes) -> None:
    """Bare line feeds, missing reasons, blanks and repeated headers do not matter."""
    assert parse(block, LIMIT) == Response(404, "text/plain", None, b"body")


def test_a_head_without_end_has_no_body() -> None:
    """A response cut inside its headers is an empty body."""
    assert parse(b"HTTP/1.1 200 OK\r\nContent-Type: text/html", LIMIT) == Response(200, "text/html", None, b"")
    assert head_end(b"a: b\r\n") == (None, 0)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"\n <!DOCTYPE  html>", "text/html"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<html xmlns='x'>", "text/html"),
        (b"<!-- note --><p>", "text/html"),
        (b"<p>", "text/html"),
        (b"<pre-release>", "application/octet-stream"),
        (b"%PDF-1.7", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_a_missing_or_false_type_is_sniffed(body: bytes, expected: str, http_response: Build) -> None:
    """Only markup is told from the bytes."""
    assert sniff(body) == expected
    assert parse(http_response(body, "Content-Type: html"), LIMIT).media_type == expected


def test_headers_about_rights_are_kept_as_lines() -> None:
    """They come with lower-case names, repeated and unfolded, Link last and only where it speaks of a licence."""
    head = (
        b"HTTP/1.1 200 OK\r\nServer: x\r\nLINK: </l>; rel=license\r\nLink: </a.css>; rel=preload\r\n"
        b"X-Robots-Tag: noai\r\nX-Robots-Tag:  noimageai,\r\n\tnoindex\r\nTDM-Reservation: 1\r\n"
        b"tdm-policy: http://a.example/\xfc\nContent-Usage : train-ai=n\r\nContent-Signal: ai-train=no\r\nX-Link: licen"
    )

    assert rights_headers(head) == (
        "x-robots-tag: noai\nx-robots-tag: noimageai, noindex\ntdm-reservation: 1\ntdm-policy: http://a.example/ü\n"
        "content-usage: train-ai=n\ncontent-signal: ai-train=no\nlink: </l>; rel=license\n"
    )
    assert rights_headers(b"HTTP/1.1 200 OK\r\nServer: tdm-policy: x\r\n") is None


def test_headers_about_rights_are_bounded() -> None:
    """A server cannot make a capture carry more than 8 KiB of them, and its links do not crowd out the others."""
    head = b"Link: <%b>; rel=license\r\n" % (b"l" * 20_000) + b"X-Robots-Tag: noai\r\n" * 3
    kept = rights_headers(head) or ""

    assert kept.count("x-robots-tag: noai\n") == 3
    assert 8000 < len(kept) < 8300


def test_header_values() -> None:
    """Types and charsets come without case, quotes and parameters."""
    assert media_type(" Application/XHTML+xml ; q") == "application/xhtml+xml"
    assert media_type("text") is None
    assert charset('text/html; charset = "Shift_JIS"') == "shift_jis"
    assert charset("text/html") is None


def test_text_is_told_from_binary() -> None:
    """Bytes of old character sets and UTF-16 with a mark are text; control characters are not."""
    assert looks_like_text("Grüße".encode("latin-1"))
    assert looks_like_text("text".encode("utf-16"))
    assert not looks_like_text(b"text\x00")


GZIPPED = gzip.compress(BODY, mtime=0)


@pytest.mark.parametrize(
    ("body", "headers", "cut"),
    [
        (b"5\r\nhello\r\n0\r\n\r\n", ["Transfer-Encoding: chunked"], False),
        (b"5\r\nhello\r\n", ["Transfer-Encoding: chunked"], True),
        (b"5\r\nhel", ["Transfer-Encoding: chunked"], True),
        (b"5\r\nhello\r\nzz", ["Transfer-Encoding: chunked"], True),
        (b"stored without its chunks", ["Transfer-Encoding: chunked"], False),
        (b"hello", ["Content-Length: 5"], False),
        (b"hell", ["Content-Length: 5"], True),
        (b"", ["Content-Length: 5"], True),
        (b"hello", ["Content-Length: 3"], False),
        (b"hello", ["Content-Length: many"], False),
        (b"5\r\nhello\r\n0\r\n\r\n", ["Transfer-Encoding: chunked", "Content-Length: 500"], False),
        (GZIPPED, ["Content-Encoding: gzip", f"Content-Length: {len(GZIPPED)}"], False),
        (GZIPPED[:-12], ["Content-Encoding: gzip"], True),
        (GZIPPED + b"\0", ["Content-Encoding: gzip"], False),
        (b"<p>stored decoded", ["Content-Encoding: gzip", "Content-Length: 900"], False),
    ],
)
def test_a_body_that_ends_early_is_said_to_be_cut(
    body: bytes, headers: list[str], cut: bool, http_response: Build
) -> None:
    """By its chunks, its length or its coding; a body that was stored decoded has another length."""
    found = parse(http_response(body, *headers), LIMIT)

    assert (found.cut, found.failure) == (cut, None)


def test_a_response_that_has_no_body_is_not_cut(http_response: Build) -> None:
    """Content-Length is then that of what the request would have got."""
    assert not parse(http_response(b"", "Content-Length: 5", status="304 Not Modified"), LIMIT).cut


def test_lines_that_end_in_two_carriage_returns_are_lines() -> None:
    """So they come out of a tool that translates line ends twice."""
    found = parse(b"HTTP/1.1 200 OK\r\r\nContent-Type: text/html\r\r\n\r\r\n<p>one\n\ntwo", LIMIT)

    assert (found.status, found.media_type, found.body) == (200, "text/html", b"<p>one\n\ntwo")
