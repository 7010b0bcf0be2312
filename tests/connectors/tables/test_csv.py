from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.capture import Limits
from connectors.errors import BadOption, UnreadableSource

Read = Callable[..., list[dict[str, Any]]]
Write = Callable[[str, bytes], str]
CELLS = st.text(alphabet='ab",;\n\r\té世\ufeff', max_size=12)


def brief(rows: list[dict[str, Any]]) -> list[tuple[Any, Any, Any]]:
    """Return id, text and failure of each row."""
    return [(row["source_id"], row["text"], row["failure"]) for row in rows]


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(CELLS, max_size=6), delimiter=st.sampled_from(",;\t|"), line_end=st.sampled_from(["\n", "\r\n"]))
def test_what_the_csv_module_writes_is_read_back(
    texts: list[str], delimiter: str, line_end: str, write: Write, read: Read
) -> None:
    """Quotes, delimiters and line breaks inside cells survive, and each record stands at its offset."""
    file = io.StringIO(newline="")
    table = csv.writer(file, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    table.writerows([["id", "text"], *([str(n), text] for n, text in enumerate(texts))])
    data = file.getvalue().encode()

    found = read("csv", write("t.csv", data), {"delimiter": delimiter})

    assert brief(found) == [(str(n), text, None) for n, text in enumerate(texts)]
    for row in found:
        record = data[row["offset"] :][: row["length"]].decode()
        assert next(csv.reader([record], delimiter=delimiter))[0] == row["source_id"]


def test_bad_records_fail_alone(write: Write, read: Read) -> None:
    """Wrong encodings, cells too many and texts too few are rows with a failure."""
    data = b'\xef\xbb\xbfid, text\n1,a\n\n2,\xff\n3,b,c\n4\n5,d,\n6,""\n7,"open\n8,e\n'

    assert brief(read("csv", write("t.csv", data))) == [
        ("1", "a", None),
        (None, None, "bad_encoding"),
        (None, None, "broken_record"),
        ("4", None, "missing_text"),
        ("5", "d", None),
        ("6", "", None),
        (None, None, "truncated"),
    ]


def test_old_line_breaks_end_records_too(write: Write, read: Read) -> None:
    """A lone carriage return ends a record, as the csv module has it."""
    assert brief(read("csv", write("t.csv", b"id,text\r1,a\r2,b"))) == [("1", "a", None), ("2", "b", None)]


@pytest.mark.parametrize("line", [b"a" * 5000, b'b""c,\n' * 1000, b"\xc3\xa9\r\n" * 900])
def test_a_record_above_the_limit_is_counted_and_passed(line: bytes, write: Write, read: Read) -> None:
    """Whether one long line or many short ones, it is one TOO_LARGE row, and the next record is read."""
    path = write("t.csv", b'id,text\n1,"' + line + b'"\n2,b\n')

    found = read("csv", path, limits=Limits(record_bytes=1000))

    assert brief(found) == [(None, None, "too_large"), ("2", "b", None)]


def test_a_cut_stream_gives_its_whole_records(write: Write, read: Read) -> None:
    """A truncated gzip file ends in one TRUNCATED row."""
    stored = gzip.compress(b"id,text\n" + b"".join(b"%d,%d\n" % (n, n**9) for n in range(500)))

    found = read("csv", write("t", stored[: len(stored) // 2]))

    assert 50 < len(found) < 450
    assert brief(found[:-1]) == [(str(n), str(n**9), None) for n in range(len(found) - 1)]
    assert found[-1]["failure"] == "truncated"


@pytest.mark.parametrize("delimiter", ["", ",,", '"', "\n", 5])
def test_a_wrong_delimiter_is_refused(delimiter: object, write: Write, read: Read) -> None:
    """The delimiter is one character that is neither a quote nor a line break."""
    with pytest.raises(BadOption, match="delimiter"):
        read("csv", write("t.csv", b""), {"delimiter": delimiter})


def test_a_binary_header_is_refused(write: Write, read: Read) -> None:
    """A first record with zero bytes is no header."""
    with pytest.raises(UnreadableSource, match="header"):
        read("csv", write("t.csv", b"id\0,text\n1,a\n"))


@pytest.mark.parametrize(
    ("header", "fields", "places"),
    [
        ("id,text,text", {}, "columns 2 and 3 are both called 'text'"),
        ("text,id,x, text ,text", {}, "columns 1 and 4 and 5 are both called 'text'"),
        ("url,text,url", {}, "columns 1 and 3 are both called 'url'"),
        ("uri,text,uri", {}, "columns 1 and 3 are both called 'uri'"),
        ("m.x,m.x,text", {"license": "m.x.y"}, "columns 1 and 2 are both called 'm.x'"),
    ],
)
def test_two_columns_of_one_mapped_name_are_refused(
    header: str, fields: dict[str, str], places: str, write: Write, read: Read
) -> None:
    """Which of them is meant nobody knows."""
    path = write("t.csv", f"{header}\n".encode() + b"1,2,3,4,5\n")
    with pytest.raises(UnreadableSource, match=places):
        read("csv", path, {"fields": fields})


def test_two_columns_of_a_name_that_is_not_mapped_do_no_harm(write: Write, read: Read) -> None:
    """Columns that are not read may be called anything, or nothing."""
    path = write("t.csv", b"x,text,x,,\n1,t,2,3,4\n")
    assert [row["text"] for row in read("csv", path)] == ["t"]
