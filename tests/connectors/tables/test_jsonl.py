from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from connectors.capture import Limits
from connectors.errors import BadOption, UnreadableSource

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
