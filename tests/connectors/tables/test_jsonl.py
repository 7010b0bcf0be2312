from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import CONNECTORS
from connectors.batches import Row, batches, failed
from connectors.capture import CAPTURES, Extent, Limits, Slice
from connectors.errors import BadOption, UnreadableSource
from connectors.streams.streams import Stream, open_stream
from connectors.tables.fields import Fields
from connectors.tables.jsonl import row_of
from connectors.tables.lines import split_lines

Read = Callable[..., list[dict[str, Any]]]
Write = Callable[[str, bytes], str]


def brief(rows: list[dict[str, Any]]) -> list[tuple[Any, Any]]:
    """Return id and failure of each row."""
    return [(row["source_id"], row["failure"]) for row in rows]


def test_each_bad_line_fails_alone(write: Write, read: Read) -> None:
    """Broken, badly encoded, textless and foreign lines are rows with a failure; the others are read."""
    lines = [
        b'\xef\xbb\xbf{"id": 1, "text": "bom"}',
        b"",
        b'{"id": 2, "text": "cut',
        b'{"id": 3, "text": "\xff"}',
        b'{"id": 4}',
        b'{"id": 5, "text": ["a"]}',
        b'["text"]',
        b'{"id": 6, "text": "\\ud800"}',
        b'{"id": 7, "text": "nan", "score": NaN}\r',
        b'{"id": 123456789012345678901234567890, "text": "big"}',
        b"[" * 100_000,
        b'{"id": 8, "text": ""}',
    ]
    data = b"\n".join(lines)
    found = read("jsonl", write("t.jsonl", data))

    assert brief(found) == [
        ("1", None),
        (None, "broken_record"),
        (None, "bad_encoding"),
        ("4", "missing_text"),
        ("5", "missing_text"),
        (None, "broken_record"),
        (None, "bad_encoding"),
        ("7", None),
        ("123456789012345678901234567890", None),
        (None, "broken_record"),
        ("8", None),
    ]
    assert data[found[7]["offset"] :][: found[7]["length"]] == lines[8]


def test_a_line_above_the_limit_is_counted_and_passed(write: Write, read: Read) -> None:
    """The limit is on the stored line; the next line is read."""
    path = write("t.jsonl", b'{"id": 1, "text": "%s"}\n{"id": 2, "text": "b"}\n' % (b"a" * 3_000_000))

    found = read("jsonl", path, limits=Limits(record_bytes=1000))

    assert brief(found) == [(None, "too_large"), ("2", None)]
    assert found[0]["length"] > 3_000_000


@pytest.mark.parametrize("keep", [30, 60, 95])
def test_a_cut_stream_gives_its_whole_lines_and_one_failure(keep: int, write: Write, read: Read) -> None:
    """A truncated gzip file ends in one TRUNCATED row."""
    records = [{"id": n, "text": str(hash(str(n * 7919)) ** 3)} for n in range(400)]
    stored = gzip.compress("".join(json.dumps(record) + "\n" for record in records).encode())

    found = read("jsonl", write("t", stored[: len(stored) * keep // 100]))

    assert brief(found[:-1]) == [(str(n), None) for n in range(len(found) - 1)]
    assert found[-1]["failure"] == "truncated"


def test_a_damaged_stream_that_ends_between_lines_is_told_too(write: Write, read: Read) -> None:
    """Damage is one row even if every line before it was whole."""
    found = read("jsonl", write("t", gzip.compress(b'{"id": 1, "text": "a"}\n') + b"garbage" * 5))

    assert brief(found) == [("1", None), (None, "broken_record")]


def test_a_last_line_without_end_is_truncated(write: Write, read: Read) -> None:
    """A plain file that ends inside an object is truncated, one that lacks the last line feed is not."""
    assert brief(read("jsonl", write("a", b'{"id": 1, "text": "a"}'))) == [("1", None)]
    assert brief(read("jsonl", write("b", b'{"id": 1, "te'))) == [(None, "truncated")]


def test_garbage_before_good_lines_is_counted(write: Write, read: Read) -> None:
    """Only a file without any good line is refused."""
    good = b'garbage\n{"id": 1, "text": "a"}\n'

    assert brief(read("jsonl", write("a", good))) == [(None, "broken_record"), ("1", None)]
    with pytest.raises(UnreadableSource, match="JSON Lines"):
        read("jsonl", write("b", b"garbage\n" * 300))
    with pytest.raises(UnreadableSource, match="gzip"):
        read("jsonl", write("c", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + b"\xff" * 50))


@pytest.mark.parametrize("fields", ["text", {"colour": "red"}, {"text": 3}, {"text": ""}])
def test_a_wrong_mapping_is_refused(fields: object, write: Write, read: Read) -> None:
    """Field mappings are checked before anything is read."""
    with pytest.raises(BadOption, match="fields"):
        read("jsonl", write("t", b""), {"fields": fields})


def test_uri_falls_back_to_a_field_of_that_name(write: Write, read: Read) -> None:
    """Without a mapping the uri is the field url, else the field uri."""
    data = b'{"text": "", "uri": "u"}\n{"text": "", "url": "", "uri": "v"}\n{"text": "", "url": "w", "uri": "x"}'

    assert [row["uri"] for row in read("jsonl", write("t", data))] == ["u", "v", "w"]


@pytest.mark.parametrize("spelling", ['{"text": "a", "text": "b"}', '{"text": "a", "x": NaN, "text": "b"}'])
def test_of_a_name_that_stands_twice_in_an_object_the_last_counts(spelling: str, write: Write, read: Read) -> None:
    """RFC 8259 leaves it open; this is what nearly all readers do, and the documentation says so."""
    assert [row["text"] for row in read("jsonl", write("t.jsonl", f"{spelling}\n".encode()))] == ["b"]


def one_by_one(path: str, options: dict[str, Any], limits: Limits) -> list[pa.RecordBatch]:
    """Read a file whose first line is an object by making a row of each line: what runs of rows must come to."""
    fields = Fields.of(options)

    def rows(stream: Stream) -> Iterator[Row]:
        last, at = None, 0
        for line in split_lines(stream, limits.record_bytes):
            at = line[0] + line[2] + line[3]
            last = row_of(line, stream, fields, limits)
            if last is not None:
                yield last
        if stream.damage and (last is None or last.failure != stream.damage):
            yield failed(stream.damage, at, None)

    with open_stream(path) as stream:
        return list(batches(rows(stream), limits))


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.sampled_from(
        ["", "a", "2024-02-30", "2023-05-06T07:08:09Z", "é" * 7, "x" * 40, '{"a": "in JSON"}', "Text/HTML; a"]
    )
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "name", "0"]), inner, max_size=2),
    max_leaves=4,
)
NAMES = st.sampled_from(["id", "text", "url", "uri", "license", "date", "title", "author", "meta", "meta.a", "type"])
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=8) | st.fixed_dictionaries(
    {"id": st.integers(0, 9).map(str), "text": st.text(max_size=30), "date": st.sampled_from(["2024", None, "soon"])}
)


@st.composite
def written(draw: st.DrawFn) -> bytes:
    """Return a line: an object in one of many spellings, sometimes damaged, or something else."""
    line = json.dumps(draw(OBJECTS), ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")
    kind = draw(st.integers(0, 15))
    if kind == 0:
        at = draw(st.integers(0, len(line)))
        line = (
            line[:at]
            + draw(st.sampled_from([b"\0", b"\xff", b"\r", b",", b"}", b'"', b"\\ud800", b"\xef\xbb\xbf"]))
            + line[at:]
        )
    elif kind == 1:
        line = line[: draw(st.integers(0, len(line)))]
    elif kind == 2:
        line = line[:-1] + b', "text": "twice", "id": 123456789012345678901234567890}'
    elif kind == 3:
        return draw(
            st.sampled_from([b"", b"  ", b"\r", b"[1]", b"NaN", b"[" * 2000, b'"text"', b"\xef\xbb\xbf{}", b"{} {}"])
        )
    return line + draw(st.sampled_from([b"", b"", b"", b"\r", b" ", b"\t"]))


OPTIONS: list[dict[str, Any]] = [
    {},
    {"fields": {"text": "meta.a", "id": "meta.0", "media_type": "type"}},
    {"fields": {"uri": "url", "date": "meta", "author": "meta.a.name"}},
]


@settings(deadline=None)
@given(
    lines=st.lists(written(), max_size=12),
    ended=st.booleans(),
    packing=st.sampled_from(["plain", "gzip", "cut gzip", "damaged gzip"]),
    options=st.sampled_from(OPTIONS),
    limits=st.builds(Limits, record_bytes=st.sampled_from([40, 64 << 20]), batch_bytes=st.sampled_from([16, 4 << 20])),
    rows=st.sampled_from([1, 3, 2048]),
)
def test_runs_of_rows_are_what_rows_one_by_one_are(
    lines: list[bytes],
    ended: bool,
    packing: str,
    options: dict[str, Any],
    limits: Limits,
    rows: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Whatever lines hold and however they are packed, rows, their order and their batches are the same."""
    path, limits = tmp_path_factory.mktemp("lines") / "t", replace(limits, batch_rows=rows)
    stored = b"\n".join([b'{"id": "first", "text": ""}', *lines]) + b"\n" * ended
    if packing != "plain":
        stored = gzip.compress(stored, mtime=0)
    if packing == "cut gzip":
        stored = stored[: 10 + (len(stored) - 10) * 2 // 3]
    if packing == "damaged gzip":
        stored += b"no member"
    path.write_bytes(stored)

    found = list(CONNECTORS["jsonl"].read(Slice(str(path)), options, limits, Extent()))

    assert found == one_by_one(str(path), options, limits)
    assert all(batch.schema == CAPTURES for batch in found)


def test_long_runs_end_where_batches_do(write: Write) -> None:
    """Records beyond what is held at once, one that is no object among them, come in the batches of single rows."""
    lines = [b'{"id": %d, "text": "%s"}' % (n, b"\xc3\xa9" * (n % 7000)) for n in range(600)]
    path = write("t.jsonl", b"\n".join([*lines, b"broken", b"", *lines]))

    for limits in (Limits(), Limits(batch_bytes=1 << 20, batch_rows=100), Limits(batch_rows=1)):
        assert list(CONNECTORS["jsonl"].read(Slice(path), {}, limits, Extent())) == one_by_one(path, {}, limits)
