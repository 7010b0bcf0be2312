from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors import CONNECTORS
from connectors.capture import Extent, Limits, Slice
from connectors.errors import UnreadableSource

Read = Callable[..., list[dict[str, Any]]]


def save(path: Path, **columns: pa.Array) -> str:
    """Write *columns* as a Parquet file and return its path."""
    pq.write_table(pa.table(columns), path, row_group_size=3)
    return str(path)


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.dictionary(pa.int8(), pa.string())]
)
def test_text_of_every_type_is_read(kind: pa.DataType, tmp_path: Path, read: Read) -> None:
    """Arrow's many string types all give text; rows are numbered across row groups."""
    texts = ["one", "é", "", None, "one"]
    path = save(tmp_path / "t", text=pa.array(texts).cast(kind))

    found = read("parquet", path)

    assert [row["text"] for row in found] == texts
    assert [row["failure"] for row in found] == [None, None, None, "missing_text", None]
    assert [row["offset"] for row in found] == [0, 1, 2, 3, 4]


def test_text_that_is_not_utf8_fails_alone(tmp_path: Path, read: Read) -> None:
    """Parquet does not check its strings; we do."""
    bad = pa.Array.from_buffers(pa.string(), 3, pa.array([b"a", b"\xff", b"c"]).buffers())
    found = read("parquet", save(tmp_path / "t", text=bad, id=pa.array([1.5, 2.0, None])))

    assert [(row["text"], row["failure"]) for row in found] == [("a", None), (None, "bad_encoding"), ("c", None)]
    assert [row["source_id"] for row in found] == ["1.5", "2.0", None]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([datetime(2024, 1, 2, 3, 4, 5, 6)]), "2024-01-02 03:04:05.000006+00:00"),
        (pa.array([datetime(2024, 1, 2, 3)], pa.timestamp("ns", tz="+02:00")), "2024-01-02 03:00:00+00:00"),
        (pa.array([date(2024, 1, 2)]), "2024-01-02 00:00:00+00:00"),
        (pa.array([2024]), "2024-01-01 00:00:00+00:00"),
        (pa.array(["2024-01"]), "2024-01-01 00:00:00+00:00"),
        (pa.array(["soon"]), "None"),
    ],
)
def test_dates_of_every_type_are_read(values: pa.Array, expected: str, tmp_path: Path, read: Read) -> None:
    """Timestamps without a zone are UTC; years and ISO texts are dates."""
    (row,) = read("parquet", save(tmp_path / "t", text=pa.array(["t"]), date=values))

    assert str(row["captured_at"]) == expected


def test_licences_in_lists_are_kept(tmp_path: Path, read: Read) -> None:
    """A list of one is its item; a longer one is kept as JSON."""
    path = save(tmp_path / "t", text=pa.array(["a", "b"]), license=pa.array([["MIT"], ["MIT", "CC0-1.0"]]))

    assert [row["license"] for row in read("parquet", path)] == ["MIT", '["MIT","CC0-1.0"]']


def test_titles_and_authors_are_read(tmp_path: Path, read: Read) -> None:
    """Lists of names, or of objects with a name, are joined; other columns may be mapped to them."""
    authors = pa.array([["A", "B"], ["C"], None])
    people = pa.array([[{"name": "D"}, {"name": "E"}], [], None])
    path = save(
        tmp_path / "t", text=pa.array(["a", "b", "c"]), title=pa.array(["T", "", None]), author=authors, by=people
    )
    mapped = read("parquet", path, {"fields": {"author": "by"}})

    assert [(row["title"], row["author"]) for row in read("parquet", path)] == [
        ("T", "A; B"),
        (None, "C"),
        (None, None),
    ]
    assert [row["author"] for row in mapped] == ["D; E", None, None]


def test_batches_are_cut_at_the_limit_of_bytes(tmp_path: Path) -> None:
    """Texts of uneven size do not make uneven batches."""
    path = save(tmp_path / "t", text=pa.array(["x" * size for size in (1, 1, 900, 900, 1, 1)]))

    sizes = [batch.num_rows for batch in CONNECTORS["parquet"].read(Slice(path), {}, Limits(batch_bytes=800), Extent())]

    assert sum(sizes) == 6
    assert max(sizes) <= 3


def test_every_row_of_a_damaged_row_group_is_a_failure(tmp_path: Path, read: Read) -> None:
    """The other row groups are read, and all rows stand under their own numbers."""
    path = tmp_path / "t"
    texts = [f"{n:04}" * 50 for n in range(9)]
    pq.write_table(pa.table({"text": texts}), path, row_group_size=3, compression="zstd", use_dictionary=False)
    column = pq.ParquetFile(path).metadata.row_group(1).column(0)
    data = bytearray(path.read_bytes())
    begin = column.data_page_offset
    data[begin : begin + column.total_compressed_size] = b"\xff" * column.total_compressed_size
    path.write_bytes(data)

    found = read("parquet", str(path))

    assert [(row["offset"], row["failure"]) for row in found] == [
        (0, None),
        (1, None),
        (2, None),
        (3, "broken_record"),
        (4, "broken_record"),
        (5, "broken_record"),
        (6, None),
        (7, None),
        (8, None),
    ]


def test_a_cut_file_is_refused(tmp_path: Path, read: Read) -> None:
    """Without its footer nothing of a Parquet file can be read."""
    path = Path(save(tmp_path / "t", text=pa.array(["a"])))
    path.write_bytes(path.read_bytes()[:-9])

    with pytest.raises(UnreadableSource, match="footer"):
        read("parquet", str(path))


def test_rows_that_the_footer_promises_are_failures(tmp_path: Path, read: Read) -> None:
    """A footer that counts more rows than its groups have loses none of them in silence."""
    path = save(tmp_path / "t", text=pa.array(["a", "b"]))
    claim(path, 2, 9, group=False)

    found = read("parquet", path)

    assert [row["failure"] for row in found] == [None, None] + ["broken_record"] * 7
    assert [row["offset"] for row in found] == list(range(9))


@pytest.mark.parametrize(("rows", "refused"), [(60, False), (1 << 40, True), (-29, True)])
def test_a_group_that_claims_other_rows_is_failures_or_refused(
    rows: int, refused: bool, tmp_path: Path, read: Read
) -> None:
    """Rows that are not there are failures, as many as a file of that size may have; what cannot be is refused."""
    path = save(tmp_path / "t", text=pa.array(["a", "b"]))
    claim(path, 2, rows, group=True)
    if refused:
        with pytest.raises(UnreadableSource, match=r"claims .* rows|footer"):
            read("parquet", path)
    else:
        found = read("parquet", path)
        assert len(found) == rows
        assert sum(row["failure"] == "broken_record" for row in found) >= rows - 2


def claim(path: str, rows: int, claimed: int, *, group: bool) -> None:
    """Let the footer of a file with one group of *rows* rows claim others, in all or in the group."""
    data = Path(path).read_bytes()
    size = int.from_bytes(data[-8:-4], "little")
    before, field, behind = getattr(data[-8 - size : -8], "rpartition" if group else "partition")(
        b"\x16" + varint(rows)
    )
    footer = before + field[:1] + varint(claimed) + behind
    Path(path).write_bytes(data[: -8 - size] + footer + len(footer).to_bytes(4, "little") + b"PAR1")


def varint(value: int) -> bytes:
    """Spell a signed number as Thrift's compact protocol does."""
    left = value * 2 if value >= 0 else -value * 2 - 1
    out = bytearray()
    while left > 127:
        out.append(left & 127 | 128)
        left >>= 7
    return bytes([*out, left])


FAR = [
    (datetime(2024, 1, 2), None),
    (datetime(9999, 12, 31, 23, 59, 59), None),
    (datetime(2300, 1, 1, 1, 2, 3, 4), None),
    (datetime(1000, 1, 1), None),
    (datetime(1, 1, 1), None),
    (None, None),
]


def test_dates_of_old_engines_are_read_whatever_the_year(tmp_path: Path, read: Read) -> None:
    """INT96 reaches far beyond what 64 bits of nanoseconds hold, and no date wraps into another."""
    path = tmp_path / "t"
    dates = pa.array([moment for moment, _ in FAR], pa.timestamp("us"))
    table = pa.table({"text": ["t"] * len(FAR), "date": dates})
    pq.write_table(table, path, use_deprecated_int96_timestamps=True, use_dictionary=False, compression="none")

    found = read("parquet", str(path))

    assert [row["captured_at"] and row["captured_at"].replace(tzinfo=None) for row in found] == [at for at, _ in FAR]
    assert [row["marks"] for row in found] == [None] * len(FAR)


@pytest.mark.parametrize("day", [2**31 + 5, 2**32 - 1, 6_000_000, 110_000_000])
def test_a_day_that_no_calendar_has_is_null_with_a_mark(day: int, tmp_path: Path, read: Read) -> None:
    """Neither years above 9999 nor days that exceed 64 bits in microseconds come back as dates of our time."""
    path = tmp_path / "t"
    table = pa.table({"text": ["t"], "date": pa.array([datetime(2024, 1, 2)], pa.timestamp("us"))})
    pq.write_table(table, path, use_deprecated_int96_timestamps=True, use_dictionary=False, compression="none")
    julian = (2_460_312).to_bytes(4, "little")
    data = path.read_bytes()
    assert data.count(bytes(8) + julian) == 1
    path.write_bytes(data.replace(bytes(8) + julian, bytes(8) + day.to_bytes(4, "little")))

    (row,) = read("parquet", str(path))

    assert (row["captured_at"], row["marks"], row["text"]) == (None, ["date_out_of_range"], "t")


@pytest.mark.parametrize(
    ("values", "expected", "marks"),
    [
        (pa.array([2**62], pa.timestamp("ms")), None, ["date_out_of_range"]),
        (pa.array([-(2**62)], pa.timestamp("us")), None, ["date_out_of_range"]),
        (pa.array([2**31 - 1], pa.int32()).cast(pa.date32()), None, ["date_out_of_range"]),
        (pa.array([-1], pa.timestamp("ns")), "1969-12-31 23:59:59.999999+00:00", None),
        (pa.array([1_707_128_430]), "2024-02-05 10:20:30+00:00", None),
        (pa.array([1_707_128_430_250]), "2024-02-05 10:20:30.250000+00:00", None),
        (pa.array(["2024-02-30"]), None, ["date_impossible"]),
        (pa.array(["03/04/2024"]), None, ["date_ambiguous"]),
        (pa.array([b"soon"]), None, ["date_unreadable"]),
    ],
)
def test_dates_that_cannot_be_are_null_with_a_mark(
    values: pa.Array, expected: str | None, marks: list[str] | None, tmp_path: Path, read: Read
) -> None:
    """Of every type: right, or null and counted by kind."""
    (row,) = read("parquet", save(tmp_path / "t", text=pa.array(["t"]), date=values))

    assert (row["captured_at"] and str(row["captured_at"]), row["marks"]) == (expected, marks)


@pytest.mark.parametrize("name", ["other", "text", "inner"])
def test_names_that_are_no_utf8_stop_nothing_but_their_file(name: str, tmp_path: Path, read: Read) -> None:
    """The file is read without that column, or it is unreadable; nothing else is raised."""
    path = tmp_path / "t"
    table = pa.table({"text": ["t"], "other": ["o"], "struct": [{"inner": 1}]})
    pq.write_table(table, path, store_schema=False)
    path.write_bytes(path.read_bytes().replace(name.encode(), b"\xff" * len(name)))
    with suppress(UnreadableSource):
        found = read("parquet", str(path), {"fields": {"license": "struct.inner"}})
        assert [row["failure"] for row in found] == (["missing_text"] if name == "text" else [None])


@pytest.mark.parametrize(
    ("names", "fields", "places"),
    [
        (["text", "x", "text"], {}, "columns 1 and 3 are both called 'text'"),
        (["url", "url", "text"], {}, "columns 1 and 2 are both called 'url'"),
        (["m", "text", "m"], {"license": "m.x"}, "columns 1 and 3 are both called 'm'"),
        (["x", "text", "x"], {}, None),
    ],
)
def test_two_columns_of_one_mapped_name_are_refused(
    names: list[str], fields: dict[str, str], places: str | None, tmp_path: Path, read: Read
) -> None:
    """Which of them is meant nobody knows; two that are not read do no harm."""
    path = tmp_path / "t"
    pq.write_table(pa.Table.from_arrays([pa.array(["t"])] * len(names), names=names), path)
    if places is None:
        assert [row["text"] for row in read("parquet", str(path))] == ["t"]
    else:
        with pytest.raises(UnreadableSource, match=places):
            read("parquet", str(path), {"fields": fields})
