from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.capture import Mark
from connectors.tables.dates import EPOCH, datetime_micros, digits_micros, iso_micros, read_date


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


FORMS = [
    ("Mon, 05 Feb 2024 10:20:30 +0100", "2024-02-05T09:20:30Z"),
    ("5 Feb 2024 10:20 EST", "2024-02-05T15:20Z"),
    ("Mon, 05 Feb 2024 10:20:30 GMT (Greenwich)", "2024-02-05T10:20:30Z"),
    ("Monday, 05-Feb-24 10:20:30 GMT", "2024-02-05T10:20:30Z"),
    ("Mon, 5 Feb 98 10:20:30 -0000", "1998-02-05T10:20:30Z"),
    ("Mon Feb  5 10:20:30 2024", "2024-02-05T10:20:30Z"),
    ("Mon Feb  5 10:20:30 PST 2024", "2024-02-05T18:20:30Z"),
    ("February 5, 2024", "2024-02-05"),
    ("Feb. 5th, 2024, 3:04 pm", "2024-02-05T15:04Z"),
    ("5 February 2024", "2024-02-05"),
    ("2024/2/5", "2024-02-05"),
    ("2024.02.05 10:20", "2024-02-05T10:20Z"),
    ("2024年2月5日", "2024-02-05"),
    ("25/12/2024", "2024-12-25"),
    ("12/25/2024 12:05 AM", "2024-12-25T00:05Z"),
    ("5.2.2024", "2024-02-05"),
    ("03/03/2024", "2024-03-03"),
    ("2016-12-31T23:59:60Z", "2017-01-01"),
    ("1707128430", "2024-02-05T10:20:30Z"),
    ("1707128430.25", "2024-02-05T10:20:30.25Z"),
    ("1707128430250", "2024-02-05T10:20:30.25Z"),
    ("1707128430250000", "2024-02-05T10:20:30.25Z"),
    ("1707128430250000000", "2024-02-05T10:20:30.25Z"),
    (1707128430, "2024-02-05T10:20:30Z"),
    (1707128430250, "2024-02-05T10:20:30.25Z"),
    (1.70712843e9, "2024-02-05T10:20:30Z"),
    (-2208988800, "1900-01-01"),
    (20240205, "2024-02-05"),
    ("20240205102030", "2024-02-05T10:20:30Z"),
    (2024, "2024-01-01"),
    (2024.0, "2024-01-01"),
]


@pytest.mark.parametrize(("value", "iso"), FORMS)
def test_dates_of_every_form_are_read(value: object, iso: str) -> None:
    """Mail, HTTP, asctime, English words, three numbers in one possible order, and counts since 1970."""
    assert read_date(value) == (iso_micros(iso), None)


@pytest.mark.parametrize(
    ("value", "mark"),
    [
        ("2024-02-30", Mark.DATE_IMPOSSIBLE),
        ("31 Feb 2024", Mark.DATE_IMPOSSIBLE),
        ("2024-02-01T25:00", Mark.DATE_IMPOSSIBLE),
        ("13/13/2024", Mark.DATE_IMPOSSIBLE),
        ("13:61 pm", Mark.DATE_UNREADABLE),
        (20241399, Mark.DATE_IMPOSSIBLE),
        ("5 Feb 2024 13:00 pm", Mark.DATE_IMPOSSIBLE),
        ("03/04/2024", Mark.DATE_AMBIGUOUS),
        ("3-4-2024 10:00", Mark.DATE_AMBIGUOUS),
        ("25/12/24", Mark.DATE_AMBIGUOUS),
        (200001010000, Mark.DATE_AMBIGUOUS),
        ("0000-00-00", Mark.DATE_OUT_OF_RANGE),
        ("+10000-01-01", Mark.DATE_OUT_OF_RANGE),
        ("-0044-03-15", Mark.DATE_OUT_OF_RANGE),
        ("0001-01-01T00:00:00+14:00", Mark.DATE_OUT_OF_RANGE),
        ("9999-12-31T23:59:59-10:00", Mark.DATE_OUT_OF_RANGE),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), Mark.DATE_OUT_OF_RANGE),
        (10**30, Mark.DATE_OUT_OF_RANGE),
        (0, Mark.DATE_UNREADABLE),
        (True, Mark.DATE_UNREADABLE),
        (float("nan"), Mark.DATE_UNREADABLE),
        ("9" * 5000, Mark.DATE_UNREADABLE),
        ("soon", Mark.DATE_UNREADABLE),
        ({"$date": 1}, Mark.DATE_UNREADABLE),
        ("", None),
        (None, None),
    ],
)
def test_what_cannot_be_told_is_null_with_its_kind(value: object, mark: Mark | None) -> None:
    """Nothing is guessed and nothing wraps; where nothing was said nothing is marked."""
    assert read_date(value) == (None, mark)


@given(
    st.one_of(st.text("0123456789-/.: TZ+ampFebMon,", max_size=30), st.integers(), st.floats(), st.text(max_size=40))
)
def test_no_value_raises_and_all_lie_in_the_calendar(value: object) -> None:
    """Every instant can be shown as a date of the years 1 to 9999."""
    micros, mark = read_date(value)
    assert micros is None or (EPOCH + timedelta(microseconds=micros) and mark is None)
