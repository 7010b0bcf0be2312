"""Read the dates that archives and tables carry, as microseconds since 1970 in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

CALENDAR = (-62_135_596_800, 253_402_300_800)
"""Seconds since 1970 at which the year 1 begins and the year 10,000: what lies outside is no date here."""

_ISO = re.compile(
    r"\s*(\d{4})(?:-(\d\d)(?:-(\d\d)"
    r"(?:[Tt ](\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?\s*([Zz]|[+-]\d\d(?::?\d\d)?)?)?)?)?\s*",
    re.ASCII,
)
_DIGITS = re.compile(r"(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?\d*", re.ASCII)


@lru_cache(maxsize=4096)
def iso_micros(value: str) -> int | None:
    """Return the instant *value* names, or None if it is not an ISO 8601 date or timestamp.

    Accepts YYYY, YYYY-MM, YYYY-MM-DD and timestamps of any precision (W3C-DTF, as WARC/1.1 section 5.4 allows). What
    is left out is the earliest possible; a timestamp without a zone is UTC.
    """
    match = _ISO.fullmatch(value)
    if match is None:
        return None
    *parts, fraction, zone = match.groups()
    micro = (fraction or "")[:6].ljust(6, "0")
    try:
        return _instant([int(part) if part else None for part in parts], int(micro), _zone(zone))
    except ValueError:  # a zone of a day or more
        return None


@lru_cache(maxsize=4096)
def digits_micros(value: str) -> int | None:
    """Return the instant that a date of 4 to 14 digits names (ARC: YYYYMMDDhhmmss), or None if it names none."""
    match = _DIGITS.fullmatch(value)
    return None if match is None else _instant([int(part) if part else None for part in match.groups()], 0, UTC)


def datetime_micros(value: datetime) -> int:
    """Return *value* as microseconds since 1970; without a zone it is taken as UTC."""
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return (aware - EPOCH) // timedelta(microseconds=1)


def _instant(parts: list[int | None], micro: int, zone: timezone | None) -> int | None:
    year, month, day, hour, minute, second = parts
    try:
        month, day = (1 if part is None else part for part in (month, day))
        moment = datetime(year or 0, month, day, hour or 0, minute or 0, second or 0, micro, zone or UTC)
        return datetime_micros(moment)
    except (ValueError, OverflowError):  # the 31st of February, year 0, 25 o'clock
        return None


def _zone(text: str | None) -> timezone | None:
    if text is None or text in "Zz":
        return None
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:]) if len(text) > 3 else 0))
