from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

Read = Callable[..., list[dict[str, Any]]]

NOT_UTF8 = pa.Array.from_buffers(pa.string(), 2, pa.array([b"a", b"\xff"]).buffers())
ODD = {
    "nanoseconds": pa.array([1, 2], pa.timestamp("ns")),
    "times": pa.array([time(1), None], pa.time64("ns")),
    "durations": pa.array([1, 2], pa.duration("ns")),
    "decimals": pa.array([Decimal("1.5"), None]),
    "lists": pa.array([["a", "b"], []]),
    "lists of lists": pa.array([[["a"]], [[None]]]),
    "structures": pa.array([{"a": {"b": 1}}, None]),
    "maps": pa.array([[("k", 1)], []], pa.map_(pa.string(), pa.int32())),
    "booleans": pa.array([True, None]),
    "bytes": pa.array([b"\xff", b"a"]),
    "halves": pa.array([1.5, None], pa.float16()),
    "nothing": pa.nulls(2),
    "dictionaries of numbers": pa.array([1, 2]).dictionary_encode(),
    "texts that are none": NOT_UTF8,
    "uuids": pa.ExtensionArray.from_storage(pa.uuid(), pa.array([b"0" * 16, b"1" * 16], pa.binary(16))),
    "json": pa.ExtensionArray.from_storage(pa.json_(), pa.array(['{"a":1}', None])),
    "dates": pa.array([date(1, 1, 1), date(9999, 12, 31)]),
    "late dates": pa.array([2**31 - 1, -(2**31)], pa.int32()).cast(pa.date32()),
    "late timestamps": pa.array([2**62, -(2**62)], pa.int64()).cast(pa.timestamp("ms")),
    "unknown zones": pa.array([datetime(2024, 1, 1), None], pa.timestamp("us", "Nowhere/Nothing")),
}


@pytest.mark.parametrize("field", ["id", "text", "uri", "license", "date", "title", "author", "media_type", "nested"])
@pytest.mark.parametrize("kind", ODD)
def test_no_type_of_a_mapped_column_stops_the_reading(kind: str, field: str, tmp_path: Path, read: Read) -> None:
    """Whatever is mapped to what: two rows come, and where the text is a text they have it."""
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"body": ["one", "two"], "odd": ODD[kind]}), path)
    mapped = {"license": "odd.a.b"} if field == "nested" else {field: "odd"}

    found = read("parquet", str(path), {"fields": {"text": "body", **mapped}})

    assert len(found) == 2
    assert field == "text" or [row["text"] for row in found] == ["one", "two"]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("nanoseconds", ["1970-01-01 00:00:00.000000001", "1970-01-01 00:00:00.000000002"]),
        ("decimals", ["1.5", None]),
        ("texts that are none", ["a", "\ufffd"]),
        ("bytes", ["\ufffd", "a"]),
        ("json", ['{"a":1}', None]),
    ],
)
def test_values_of_odd_types_are_spelled(kind: str, expected: list[str | None], tmp_path: Path, read: Read) -> None:
    """What can be spelled is, in UTF-8; the rest is null."""
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"text": ["one", "two"], "odd": ODD[kind]}), path)

    assert [row["title"] for row in read("parquet", str(path), {"fields": {"title": "odd"}})] == expected
