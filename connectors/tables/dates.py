"""Read the dates that archives and tables carry, as microseconds since 1970 in UTC: right, or null with a mark.

What two conventions read as different days is null, never guessed (docs/sources.md has the rules).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from connectors.capture import Mark

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

CALENDAR = (-62_135_596_800, 253_402_300_800)
"""Seconds since 1970 at which the year 1 begins and the year 10,000: what lies outside is no date here."""

Dated = tuple[int | None, Mark | None]
"""Microseconds since 1970, or why there are none; neither where nothing was said."""

_TIME = r"(?:[Tt,]?[ \t]*(\d{1,2})(?::(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?[ \t]*([AaPp]\.?[Mm]\.?)?)?"
_ZONE = r"(?:[ \t]*(?:(?:GMT|UTC|gmt|utc)(?=[+-]))?([Zz]|[+-]\d\d(?::?\d\d)?|[A-Za-z]{1,5})?)?(?:[ \t]*\([^()]*\))?"
_YEAR_FIRST = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)"
    r"(?:[Tt ](\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?\s*([Zz]|[+-]\d\d(?::?\d\d)?)?)?)?)?",
    re.ASCII,
)
_LOOSE = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_TIME}{_ZONE}", re.ASCII)
_HAN = re.compile(rf"(\d{{4}})()年 ?(\d{{1,2}})月 ?(\d{{1,2}})日{_TIME}{_ZONE}", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?[ \t]+)?"
_DAY_FIRST = re.compile(
    rf"{_WEEKDAY}(\d{{1,2}})(?:st|nd|rd|th)?[ \t-]+{_MONTH},?[ \t-]+(\d{{2,4}}),?{_TIME}{_ZONE}", re.ASCII | re.I
)
_MONTH_FIRST = re.compile(
    rf"{_WEEKDAY}{_MONTH}[ \t]+(\d{{1,2}})(?:st|nd|rd|th)?,?[ \t]+(\d{{4}}),?{_TIME}{_ZONE}", re.ASCII | re.I
)
_ASCTIME = re.compile(
    rf"{_WEEKDAY}{_MONTH}[ \t]+(\d{{1,2}})[ \t]+(\d\d):(\d\d):(\d\d)"
    r"(?:[ \t]+([A-Z]{1,5}|[+-]\d{4}))?[ \t]+(\d{4})",
    re.ASCII | re.I,
)
_NUMBERS = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}|\d\d){_TIME}{_ZONE}", re.ASCII)
_FAR = re.compile(r"(?:[+-]\d{4,}|\d{5,})-\d\d(?:-\d\d(?:[Tt ].*)?)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_DIGITS = re.compile(r"(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?\d*", re.ASCII)
_HOURS = {"ut": 0, "gmt": 0, "utc": 0, "z": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6}
_HOURS |= {"pst": -8, "pdt": -7, "cet": 1, "cest": 2, "bst": 1, "msk": 3, "jst": 9}
_SCALES = ((10**8, 10**10, 10**6), (10**11, 10**13, 10**3), (10**14, 10**16, 1))
_YEAR_DIGITS, _DAY_DIGITS, _MINUTE_DIGITS, _SECOND_DIGITS = 4, 8, 12, 14


def read_date(value: Any) -> Dated:
    """Return the instant that *value* names: a datetime, a date, a number, or a text in one of many forms."""
    if value is None:
        return None, None
    if isinstance(value, datetime):
        return _within(datetime_micros(value))
    if isinstance(value, date):
        return _within(datetime_micros(datetime(value.year, value.month, value.day)))
    if isinstance(value, bool):
        return None, Mark.DATE_UNREADABLE
    if isinstance(value, int | float):
        return _number(value)
    return read_text(value) if isinstance(value, str) else (None, Mark.DATE_UNREADABLE)


@lru_cache(maxsize=4096)
def read_text(text: str) -> Dated:
    """Return the instant that *text* names.

    ISO 8601 (W3C-DTF, as WARC/1.1 section 5.4 allows, and with single digits or other marks between), RFC 2822 and
    RFC 9110 dates, asctime, English dates with the month as a word, numbers since 1970. What is left out is the
    earliest possible; a time without a zone is UTC.
    """
    bare = text.strip()
    if not bare:
        return None, None
    match = _YEAR_FIRST.fullmatch(bare)
    if match is not None:
        *parts, fraction, zone = match.groups()
        return _instant(parts, fraction, zone)
    for read in (_numeric, _with_year_first, _with_month_word, _with_numbers):
        found = read(bare)
        if found is not None:
            return found
    return None, Mark.DATE_OUT_OF_RANGE if _FAR.fullmatch(bare) else Mark.DATE_UNREADABLE


def iso_micros(value: str) -> int | None:
    """Return the instant that *value* names if it is an ISO 8601 date or timestamp, else None."""
    return read_text(value)[0] if _YEAR_FIRST.fullmatch(value.strip()) else None


@lru_cache(maxsize=4096)
def read_digits(value: str) -> Dated:
    """Return the instant that a date of 4 to 14 digits names (ARC: YYYYMMDDhhmmss)."""
    match = _DIGITS.fullmatch(value)
    if match is None:
        return None, Mark.DATE_UNREADABLE if value else None
    return _instant(match.groups(), None, None)


def digits_micros(value: str) -> int | None:
    """Return the instant that a date of 4 to 14 digits names, or None if it names none."""
    return read_digits(value)[0]


def datetime_micros(value: datetime) -> int:
    """Return *value* as microseconds since 1970; without a zone it is taken as UTC."""
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return (aware - EPOCH) // timedelta(microseconds=1)


def _within(micros: int) -> Dated:
    first, behind = CALENDAR
    inside = first * 10**6 <= micros < behind * 10**6
    return (micros, None) if inside else (None, Mark.DATE_OUT_OF_RANGE)


def _instant(
    parts: Sequence[str | None], fraction: str | None, zone: str | None, afternoon: str | None = None
) -> Dated:
    """Return the instant that year, month, day, hour, minute and second name; what is left out is the earliest."""
    year, month, day, hour, minute, second = (None if part is None else int(part) for part in parts)
    if year == 0 or (year or 0) > 9999:
        return None, Mark.DATE_OUT_OF_RANGE
    leap = second == 60  # RFC 3339 section 5.6: the second that follows
    try:
        offset = _zone(zone)
        if afternoon:
            if not 1 <= (hour or 0) <= 12:
                raise ValueError
            hour = (hour or 0) % 12 + (12 if afternoon[0] in "Pp" else 0)
        month, day = (1 if part is None else part for part in (month, day))
        moment = datetime(year or 1, month, day, hour or 0, minute or 0, 59 if leap else second or 0, tzinfo=offset)
    except (ValueError, OverflowError):  # the 31st of February, 25 o'clock, a zone of a day or more
        return None, Mark.DATE_IMPOSSIBLE
    micro = 0 if leap else int((fraction or "")[:6].ljust(6, "0"))
    return _within(datetime_micros(moment) + micro + 10**6 * leap)


def _zone(text: str | None) -> timezone:
    """Return a zone: an offset, or a name of RFC 2822; any other name is UTC, as its section 4.3 says."""
    if text is None or text[0] not in "+-":
        return timezone(timedelta(hours=_HOURS.get((text or "").lower(), 0)))
    sign = -1 if text[0] == "-" else 1
    minutes = int(text[-2:]) if len(text) > 3 else 0
    if minutes > 59:
        raise ValueError
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=minutes))


def _number(value: float) -> Dated:
    """Read a number: a year, a day (YYYYMMDD), a second (YYYYMMDDhhmmss), or a count since 1970 by its size."""
    if not math.isfinite(value):
        return None, Mark.DATE_UNREADABLE
    whole = int(value)
    if value == whole and value > 0:
        digits = str(whole)
        if len(digits) in (_YEAR_DIGITS, _DAY_DIGITS, _SECOND_DIGITS):
            return read_digits(digits)
        if len(digits) == _MINUTE_DIGITS and 1900 <= int(digits[:4]) <= 2100 and read_digits(digits)[0] is not None:
            return None, Mark.DATE_AMBIGUOUS
    size = abs(whole)
    for least, behind, micros in _SCALES:
        if least <= size < behind:
            exact = whole * micros if value == whole else math.floor(value * micros)
            return _within(exact)
    if 10**17 <= size < 10**19:
        return _within(whole // 1000)
    return None, Mark.DATE_OUT_OF_RANGE if size >= 10**19 else Mark.DATE_UNREADABLE


def _numeric(text: str) -> Dated | None:
    if _NUMBER.fullmatch(text) is None or len(text) > 40:
        return None
    return _number(int(text) if text.lstrip("+-").isdigit() else float(text))


def _with_year_first(text: str) -> Dated | None:
    match = _LOOSE.fullmatch(text) or _HAN.fullmatch(text)
    if match is None:
        return None
    year, _, month, day, *time = match.groups()
    return _timed((year, month, day), time)


def _with_month_word(text: str) -> Dated | None:
    if match := _ASCTIME.fullmatch(text):
        month, day, hour, minute, second, zone, year = match.groups()
        return _instant((year, _month(month), day, hour, minute, second), None, zone)
    if match := _DAY_FIRST.fullmatch(text):
        day, month, year, *time = match.groups()
        return _timed((_full_year(year), _month(month), day), time)
    if match := _MONTH_FIRST.fullmatch(text):
        month, day, year, *time = match.groups()
        return _timed((year, _month(month), day), time)
    return None


def _with_numbers(text: str) -> Dated | None:
    """Read three numbers with the year last: dots mean that the day is first; else only one order must be possible."""
    match = _NUMBERS.fullmatch(text)
    if match is None:
        return None
    first, mark, second, year, *time = match.groups()
    if len(year) != _YEAR_DIGITS:
        return None, Mark.DATE_AMBIGUOUS
    orders = [(year, second, first)] if mark == "." else [(year, second, first), (year, first, second)]
    found = {dated for order in orders if (dated := _timed(order, time))[0] is not None}
    if len(found) > 1:
        return None, Mark.DATE_AMBIGUOUS
    return found.pop() if found else _timed(orders[0], time)


def _timed(day: tuple[str, str, str], time: Sequence[str | None]) -> Dated:
    hour, minute, second, fraction, afternoon, zone = time
    return _instant((*day, hour, minute, second), fraction, zone, afternoon)


def _month(name: str) -> str:
    return str(1 + _MONTHS.index(name[:3].lower()))


def _full_year(year: str) -> str:
    """Complete a year of two or three digits as RFC 2822 section 4.3 does."""
    number = int(year)
    if len(year) == _YEAR_DIGITS:
        return year
    return str(number + (2000 if len(year) == 2 and number < 50 else 1900))
