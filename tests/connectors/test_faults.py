"""Files from public reports, and what is right for each; they lie beside the project and are not part of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import UnreadableSource

FAULTS = Path(__file__).parents[3] / "shared" / "data" / "faults"
pytestmark = pytest.mark.skipif(not FAULTS.is_dir(), reason="the inputs of ../shared/data/faults are not there")
Read = Callable[..., list[dict[str, Any]]]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("m_dupcol.parquet", "columns 2 and 3 are both called 'text'"),
        ("parquet/claims-104-million-rows.parquet", "claims 104,597,237 rows in a file of 343 bytes"),
    ],
)
def test_a_hostile_file_is_unreadable_by_name(name: str, said: str, read: Read) -> None:
    """One clear failure that says what is wrong with which file."""
    with pytest.raises(UnreadableSource, match=f"{Path(name).name}: .*{said}"):
        read("parquet", str(FAULTS / name))


def test_rows_without_groups_are_failures(read: Read) -> None:
    """Sixteen are promised."""
    found = read("parquet", str(FAULTS / "parquet" / "footer-rows-without-groups.parquet"))
    assert Counter(row["failure"] for row in found) == {"broken_record": 16}


def test_dates_beyond_64_bits_of_nanoseconds_are_right(read: Read) -> None:
    """Of each row the id says the year."""
    found = read("parquet", str(FAULTS / "int96-far-dates.parquet"))
    assert {row["source_id"]: row["captured_at"].year for row in found} == {
        row["source_id"]: int(row["source_id"][1:]) for row in found
    }
    assert len(found) == 6


def test_dates_of_another_engine_raise_nothing(read: Read) -> None:
    """A column of dates is no text, as a date it is right or null."""
    found = read(
        "parquet", str(FAULTS / "parquet" / "int96_from_spark.parquet"), {"fields": {"text": "a", "date": "a"}}
    )
    assert [row["failure"] for row in found] == ["missing_text"] * 6
    assert [row["captured_at"] and row["captured_at"].year for row in found] == [2024, 2024, 9999, 2024, None, None]
    assert [row["marks"] for row in found] == [None] * 5 + [["date_out_of_range"]]


def test_a_body_that_was_changed_is_found(read: Read) -> None:
    """By default a mark, as a setting a failure."""
    path = str(FAULTS / "poison.warc")
    assert sorted(row["marks"][0] for row in read("warc", path)) == ["digest_mismatch", "digest_verified"]
    assert Counter(row["failure"] for row in read("warc", path, {"integrity": "drop"})) == {
        None: 1,
        "digest_mismatch": 1,
    }
