from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.tables.dates import EPOCH, datetime_micros, digits_micros, iso_micros


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024", datetime(2024, 1, 1, tzinfo=UTC)),
        ("2024-02", datetime(2024, 2, 1, tzinfo=UTC)),
        (" 2024-02-29 ", datetime(2024, 2, 29, tzinfo=UTC)),
        ("2024-02-29T23:59Z", datetime(2024, 2, 29, 23, 59, tzinfo=UTC)),
        ("2024-02-29 23:59:58", datetime(2024, 2, 29, 23, 59, 58, tzinfo=UTC)),
        ("2024-02-29T23:59:58.1234567Z", datetime(2024, 2, 29, 23, 59, 58, 123456, tzinfo=UTC)),
        ("2024-02-29T23:59:58+0130", datetime(2024, 2, 29, 22, 29, 58, tzinfo=UTC)),
        ("1066-10-14", datetime(1066, 10, 14, tzinfo=UTC)),
    ],
)
def test_iso_dates_of_any_precision_are_read(value: str, expected: datetime) -> None:
    """What is left out is the earliest possible."""
    micros = iso_micros(value)

    assert micros is not None
    assert EPOCH + timedelta(microseconds=micros) == expected


@pytest.mark.parametrize(
    "value",
    ["", "today", "24", "2024-13", "2024-00", "2024-02-30", "2024-02-29T25:00", "0000", "2024-01-01T00:00+99:00"],
)
def test_what_is_no_date_is_none(value: str) -> None:
    """Impossible and foreign dates do not raise."""
    assert iso_micros(value) is None


@given(st.text(max_size=30))
def test_no_text_raises(value: str) -> None:
    """Any text gives a number or None."""
    assert isinstance(iso_micros(value), int | None)
    assert isinstance(digits_micros(value), int | None)


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-9))])))
def test_datetimes_are_read_back(moment: datetime) -> None:
    """The ISO form of a moment reads as that moment."""
    if moment.astimezone(UTC).year >= 1000:
        assert iso_micros(moment.isoformat()) == datetime_micros(moment)


def test_digits_are_read_to_their_precision() -> None:
    """ARC dates have up to 14 digits."""
    assert digits_micros("20240203040506") == iso_micros("2024-02-03T04:05:06Z")
    assert digits_micros("20240203") == iso_micros("2024-02-03")
    assert digits_micros("20241399") is None
