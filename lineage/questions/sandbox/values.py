"""The values of an answer as JSON has them: exact, also where Python has no such date, and counted as they are made."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

import pyarrow as pa

_LARGEST: Final = 2**53
"""Integers beyond this become text: readers of JSON that have only doubles would change them (RFC 8259, section 6)."""

_ROWS: Final = 1024  # rows whose values are made at once
_CYCLE: Final = 146_097  # days of the 400 years after which the Gregorian calendar repeats
_EPOCH: Final = date(1970, 1, 1).toordinal()
_DAY: Final = 86_400
_PER_SECOND: Final = {"s": 1, "ms": 1000, "us": 10**6, "ns": 10**9}


def rows(table: pa.Table) -> Iterator[list[Any]]:
    """Yield the rows of *table* as lists of values of JSON.

    Times are RFC 3339 text in UTC, with as many digits as they have; beyond the years 1 to 9999 the year has a sign
    (ISO 8601) or is "infinity". Bytes are base64. Numbers that a double does not hold are text.
    """
    for batch in table.to_batches(max_chunksize=_ROWS):
        yield from map(list, zip(*map(values, batch.columns), strict=True))


def values(array: Any) -> list[Any]:
    """Return the values of *array* as JSON has them."""
    kind = array.type
    if isinstance(array, pa.ExtensionArray):
        return values(array.storage)
    if pa.types.is_dictionary(kind):
        return values(array.dictionary_decode())
    if pa.types.is_nested(kind):
        return _nested(array)
    if pa.types.is_date32(kind) or pa.types.is_time32(kind):
        return _told(array.view(pa.int32()), _teller(kind))
    if pa.types.is_date64(kind) or pa.types.is_time64(kind) or pa.types.is_timestamp(kind):
        return _told(array.view(pa.int64()), _teller(kind))
    return [_plain(value) for value in array.to_pylist()]


def _nested(array: Any) -> list[Any]:
    kind = array.type
    if pa.types.is_struct(kind):
        names = [field.name for field in kind]
        records = zip(*map(values, array.flatten()), strict=True)
        return _masked(array, [dict(zip(names, one, strict=True)) for one in records])
    if pa.types.is_union(kind):
        members = [values(array.field(place)) for place in range(kind.num_fields)]
        return [members[code][row] for row, code in enumerate(one.type_code for one in array)]
    if pa.types.is_fixed_size_list(kind):
        size = kind.list_size
        held = values(array.values.slice(array.offset * size, len(array) * size))
        ends = [size * row for row in range(len(array) + 1)]
    else:
        ends = array.offsets.to_pylist()
        within = [array.keys, array.items] if pa.types.is_map(kind) else [array.values]
        parts = [values(part.slice(ends[0], ends[-1] - ends[0])) for part in within]
        held = [list(pair) for pair in zip(*parts, strict=True)] if len(parts) > 1 else parts[0]
    first = ends[0]
    return _masked(array, [held[begin - first : end - first] for begin, end in pairwise(ends)])


def _masked(array: Any, made: Sequence[Any]) -> list[Any]:
    return [value if there else None for value, there in zip(made, array.is_valid().to_pylist(), strict=True)]


def _told(numbers: Any, tell: Callable[[int], str]) -> list[Any]:
    return [None if number is None else tell(number) for number in numbers.to_pylist()]


def _teller(kind: Any) -> Callable[[int], str]:
    """Return what writes a number of *kind*, a date, time or timestamp, as text."""
    if pa.types.is_date32(kind):
        return lambda number: _infinite(number, 31) or _day(number)
    per_second = _PER_SECOND["ms" if pa.types.is_date64(kind) else kind.unit]
    if pa.types.is_time(kind):
        return lambda number: _clock(number, per_second)
    zoned = pa.types.is_timestamp(kind) and kind.tz is not None

    def moment(number: int) -> str:
        days, rest = divmod(number, _DAY * per_second)
        clock = _clock(rest, per_second, always=zoned) + ("Z" if zoned else "")
        return _infinite(number, 63) or f"{_day(days)}T{clock}"

    return moment


def _infinite(number: int, bits: int) -> str | None:
    """Return the word for *number* if it is the largest or smallest of its kind, which DuckDB calls infinite."""
    if abs(number) != 2**bits - 1:
        return None
    return "infinity" if number > 0 else "-infinity"


def _day(days: int) -> str:
    """Return the date *days* after 1970-01-01, in the proleptic Gregorian calendar."""
    cycles, ordinal = divmod(days + _EPOCH - 1, _CYCLE)
    within = date.fromordinal(ordinal + 1)
    year = within.year + 400 * cycles
    shown = f"{year:04}" if 1 <= year <= date.max.year else f"{'-' if year < 0 else '+'}{abs(year):04}"
    return f"{shown}-{within.month:02}-{within.day:02}"


def _clock(number: int, per_second: int, *, always: bool = False) -> str:
    """Return a time of day; its fraction has 6 digits or 9, or none if it is 0 and need not *always* be told."""
    seconds, fraction = divmod(number, per_second)
    nanos = fraction * (10**9 // per_second)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if nanos % 1000:
        return f"{text}.{nanos:09}"
    return f"{text}.{nanos // 1000:06}" if nanos or always else text


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, int):
        return value if abs(value) <= _LARGEST else str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return [_plain(item) for item in value] if isinstance(value, tuple) else str(value)


def _number(value: Decimal) -> Any:
    if value == value.to_integral_value():
        return _plain(int(value))
    double = float(value)
    return double if Decimal(repr(double)) == value else f"{value:f}"
