from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pytest

from connectors.archives.arc import head
from connectors.capture import Limits

Read = Callable[..., list[dict[str, Any]]]
Write = Callable[[str, bytes], str]
Build = Callable[..., bytes]
VERSION = b"1 1 Test\nURL IP-address Archive-date Content-type Archive-length\n"


@pytest.mark.parametrize(
    ("line", "uri"),
    [
        (b"http://a.example/ 192.0.2.1 20240203040506 text/html 12\n", "http://a.example/"),
        (b"http://a.example/a b c 192.0.2.1 20240203040506 text/html 12\r\n", "http://a.example/a b c"),
        (b"http://a.example/ 192.0.2.1 20240203040506 text/html 200 - - 5 t.arc.gz 12\n", "http://a.example/"),
        (b"dns:a.example 192.0.2.1 20240203040506 text/dns 12\n", "dns:a.example"),
    ],
)
def test_record_lines_of_every_version_are_read(line: bytes, uri: str) -> None:
    """URLs may hold spaces; version 2 has five more fields."""
    found = head(line + b"x" * 12)

    assert found is not None
    assert (found.size, found.length) == (len(line), 12)
    assert found.header.startswith(uri.encode() + b" 192")


def test_records_without_http_have_the_type_of_their_line(write: Write, read: Read, arc_record: Build) -> None:
    """The file's own description is passed over; a body without HTTP is taken as it is."""
    data = arc_record(VERSION, "filedesc://t.arc") + arc_record(b"<p>bare", "ftp://a.example/x y")

    (row,) = read("arc", write("t.arc", data))

    assert (row["uri"], row["media_type"], row["payload"]) == ("ftp://a.example/x y", "text/html", b"<p>bare")
    assert str(row["captured_at"]) == "2024-02-03 04:05:06+00:00"
    assert row["offset"] == len(arc_record(VERSION, "filedesc://t.arc"))


@pytest.mark.parametrize("wrong", [0, 5, 300, 10**7, 10**12])
@pytest.mark.parametrize("layout", ["plain", "members", "whole"])
def test_a_wrong_length_costs_no_neighbour(
    wrong: int, layout: str, write: Write, read: Read, arc_record: Build, http_response: Build
) -> None:
    """Whatever a record claims, the ones around it are read and it is one failure."""
    good = [arc_record(http_response(b"<p>%d" % n), f"http://a.example/{n}") for n in range(4)]
    parts = [*good[:2], arc_record(http_response(b"<p>lie"), "http://a.example/lie", length=wrong), *good[2:]]
    data = gzip.compress(b"".join(parts)) if layout == "whole" else b"".join(map(gzip.compress, parts))
    data = b"".join(parts) if layout == "plain" else data

    found = read("arc", write("t", data), limits=Limits(record_bytes=1 << 20))

    assert [row["payload"] for row in found if row["failure"] is None] == [b"<p>%d" % n for n in range(4)]
    assert [(row["uri"], row["failure"]) for row in found if row["failure"]] == [
        ("http://a.example/lie", "wrong_length")
    ]
