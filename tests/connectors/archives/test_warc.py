from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pytest

from connectors.archives.warc import fields_of, head, kind_of
from connectors.capture import Limits
from connectors.errors import UnreadableSource

Read = Callable[..., list[dict[str, Any]]]
Write = Callable[[str, bytes], str]
Build = Callable[..., bytes]


def test_only_documents_are_rows(write: Write, read: Read, warc_record: Build, http_response: Build) -> None:
    """Responses, resources and revisits are captures; other records are passed over."""
    page = http_response(b"<p>page")
    parts = [
        warc_record(b"a: b", "warcinfo"),
        warc_record(b"GET / HTTP/1.1\r\n\r\n", "request"),
        warc_record(page, WARC_Payload_Digest="sha1:ABC", WARC_Target_URI="<http://a.example/a b>"),
        warc_record(b"a: b", "metadata"),
        warc_record(b"plain", "resource", Content_Type="Text/Plain; charset=latin-1", WARC_Date="2024-02"),
        warc_record(b"20240203\n1.2.3.4\n", Content_Type="text/dns", WARC_Target_URI="dns:a.example"),
        warc_record(
            http_response(b"", status="304 Not Modified"),
            "revisit",
            WARC_Refers_To_Target_URI="http://a.example/first",
            WARC_Refers_To_Date="2023-01-01T00:00:00Z",
        ),
        warc_record(b"text", "conversion"),
    ]
    found = read("warc", write("t.warc", b"".join(parts)))

    columns = ["uri", "media_type", "charset", "payload", "http_status", "kind"]
    assert [[row[column] for column in columns] for row in found] == [
        ["http://a.example/a b", "text/html", "utf-8", b"<p>page", 200, "record"],
        ["http://site.example/page", "text/plain", "latin-1", b"plain", None, "record"],
        ["dns:a.example", "text/dns", None, b"20240203\n1.2.3.4\n", None, "record"],
        ["http://site.example/page", None, None, None, 304, "revisit"],
    ]
    assert found[0]["payload_digest"] == "sha1:ABC"
    assert str(found[1]["captured_at"]) == "2024-02-01 00:00:00+00:00"
    assert found[3]["refers_to_uri"] == "http://a.example/first"
    assert str(found[3]["refers_to_date"]) == "2023-01-01 00:00:00+00:00"
    assert [row["offset"] for row in found[:1]] == [len(parts[0]) + len(parts[1])]


@pytest.mark.parametrize("wrong", [0, 5, 60, 400, 10**7, 10**12, 10**17])
@pytest.mark.parametrize("layout", ["plain", "members", "whole"])
def test_a_wrong_length_costs_no_neighbour(
    wrong: int, layout: str, write: Write, read: Read, warc_record: Build, http_response: Build
) -> None:
    """Whatever a record claims, the ones around it are read and it is one failure."""
    good = [warc_record(http_response(b"<p>%d" % n), WARC_Target_URI=f"http://a.example/{n}") for n in range(4)]
    liar = warc_record(http_response(b"<p>lie"), length=wrong, WARC_Target_URI="http://a.example/lie")
    parts = [*good[:2], liar, *good[2:]]
    data = gzip.compress(b"".join(parts)) if layout == "whole" else b"".join(map(gzip.compress, parts))
    data = b"".join(parts) if layout == "plain" else data

    found = read("warc", write("t", data), limits=Limits(record_bytes=1 << 20))

    assert [row["payload"] for row in found if row["failure"] is None] == [b"<p>%d" % n for n in range(4)]
    assert [row["failure"] for row in found if row["failure"]] == ["wrong_length"]
    assert found[2]["uri"] == "http://a.example/lie"


@pytest.mark.parametrize("garbage", [b"x", b"garbage\r\n\r\n" * 3000, b"WARC/1.0\r\nno colon\r\n\r\n", b"\0" * 70_000])
def test_garbage_between_records_is_one_failure(
    garbage: bytes, write: Write, read: Read, warc_record: Build, http_response: Build
) -> None:
    """Bytes that are no record are counted once; the records around them are read."""
    good = warc_record(http_response(b"<p>good"))

    for data in (good + garbage + b"\r\n" + good, garbage + b"\r\n" + good + good):
        found = read("warc", write("t.warc", data))

        assert sorted(str(row["failure"]) for row in found) == ["None", "None", "broken_record"]


def test_a_record_without_length_is_broken(write: Write, read: Read, warc_record: Build, http_response: Build) -> None:
    """A length that is missing or no number breaks its record alone."""
    good = warc_record(http_response(b"<p>good"))
    data = good + warc_record(b"x", Content_Length="") + good + warc_record(b"x", Content_Length="-5") + good

    failures = [row["failure"] for row in read("warc", write("t.warc", data))]

    assert failures == [None, "broken_record", None, "broken_record", None]


def test_a_wrong_checksum_is_a_broken_record(
    write: Write, read: Read, warc_record: Build, http_response: Build
) -> None:
    """A member whose check sum does not fit is not delivered, its neighbours are."""
    parts = [bytearray(gzip.compress(warc_record(http_response(b"<p>%d" % n)))) for n in range(3)]
    parts[1][-6] ^= 1

    found = read("warc", write("t.warc.gz", b"".join(parts)))

    assert [(row["payload"], row["failure"]) for row in found] == [
        (b"<p>0", None),
        (None, "broken_record"),
        (b"<p>2", None),
    ]
    assert (found[1]["offset"], found[1]["length"]) == (len(parts[0]), len(parts[1]))
    assert found[1]["uri"] == "http://site.example/page"


def test_passed_over_records_do_not_count_as_failures(write: Write, read: Read, warc_record: Build) -> None:
    """A request with a wrong or large length is no lost document."""
    data = warc_record(b"GET / HTTP/1.1\r\n\r\n", "request", length=3) + warc_record(b"x" * 5000, "metadata")

    assert read("warc", write("t.warc", data), limits=Limits(record_bytes=1000)) == []


def test_a_gzip_header_with_extra_fields_is_read(write: Write, read: Read, warc_record: Build) -> None:
    """Some writers put the record's sizes in the gzip header's extra field."""
    stored = gzip.compress(warc_record(b"plain", "resource"), mtime=0)
    extra = stored[:3] + b"\x04" + stored[4:10] + b"\x04\x00sl\x00\x00" + stored[10:]

    (row,) = read("warc", write("t.warc.gz", extra + bytes(300) + extra))[:1]

    assert (row["payload"], row["length"]) == (b"plain", len(extra))


def test_headers_are_read_leniently() -> None:
    """Case, blanks, folded lines and bare line feeds do not matter; a repeated field counts once."""
    data = b"WARC/1.1\nwarc-type : Response\nX: a\n b\nCONTENT-LENGTH:7\nX: c\n\nblock"
    found = head(data)

    assert found is not None
    assert (found.size, found.length, kind_of(found.header)) == (len(data) - 5, 7, "response")
    assert fields_of(found.header) == {"warc-type": "Response", "x": "a b", "content-length": "7"}
    assert head(b"WARC/1.0\r\nContent-Length: 5\r\n") is None


def test_a_file_without_records_is_refused(write: Write, read: Read) -> None:
    """Another format, plain or compressed, has no WARC record."""
    for data in (b"<html>" * 99, gzip.compress(b"<html>"), b"\x1f\x8b\x08\x00" + b"\xff" * 99):
        with pytest.raises(UnreadableSource, match="no WARC record"):
            read("warc", write("t", data))


def lower(record: bytes) -> bytes:
    """Write the version in lower case."""
    return record.replace(b"WARC/1.0", b"warc/1.0", 1)


def doubled(record: bytes) -> bytes:
    """End the header's lines, and the record, in CR CR LF."""
    head, _, rest = record.partition(b"\r\n\r\n")
    block = rest.removesuffix(b"\r\n\r\n")
    return (head + b"\r\n\r\n").replace(b"\r\n", b"\r\r\n") + block + b"\r\r\n\r\r\n"


def doubled_before(record: bytes) -> bytes:
    """End the header's lines alone in CR CR LF."""
    return doubled(record).removesuffix(b"\r\r\n\r\r\n") + b"\r\n\r\n"


@pytest.mark.parametrize("compressed", ["plain", "members", "whole"])
@pytest.mark.parametrize("change", [lower, doubled, doubled_before, lambda record: lower(doubled(record))])
def test_archives_of_careless_writers_are_read(
    change: Callable[[bytes], bytes],
    compressed: str,
    write: Write,
    read: Read,
    read_slices: Callable[[str, str, list[int]], list[dict[str, Any]]],
    warc_record: Build,
    http_response: Build,
) -> None:
    """Version lines in lower case and lines that end in CR CR LF break no record, whole or cut into slices."""
    bodies = [f"<p>page {n}\n\nmore\r\n\r\nand more".encode() for n in range(4)]
    records = [change(warc_record(http_response(body))) for body in bodies]
    packed = [gzip.compress(record, mtime=0) for record in records]
    data = {"plain": b"".join(records), "members": b"".join(packed), "whole": gzip.compress(b"".join(records))}[
        compressed
    ]
    path = write("t.warc", data)

    assert [(row["payload"], row["failure"]) for row in read("warc", path)] == [(body, None) for body in bodies]
    if compressed != "whole":
        assert read_slices("warc", path, [len(data) // 3, len(data) // 2]) == read("warc", path)


def test_a_wrong_length_costs_no_neighbour_of_a_careless_writer(
    write: Write, read: Read, warc_record: Build, http_response: Build
) -> None:
    """The next record is found by its version line in lower case too."""
    good = lower(warc_record(http_response(b"<p>good")))
    data = good + lower(warc_record(http_response(b"<p>bad"), length=9)) + good

    assert [row["failure"] for row in read("warc", write("t.warc", data))] == [None, "wrong_length", None]


@pytest.mark.parametrize("why", ["length", "time", "disconnect", "unspecified"])
def test_what_an_archive_says_to_be_cut_is(why: str, write: Write, read: Read, warc_record: Build) -> None:
    """WARC-Truncated marks responses and resources, whatever the reason."""
    data = warc_record(b"plain", "resource", WARC_Truncated=why) + warc_record(b"plain", "resource")

    assert [row["marks"] for row in read("warc", write("t.warc", data))] == [["truncated"], None]
