"""Turn columns of a Parquet file, whatever their types, into the columns of CAPTURES; no value raises."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.capture import CAPTURES, Failure, Kind, Limits, Mark
from connectors.tables.dates import CALENDAR
from connectors.tables.fields import above, as_date, as_media_type, as_names, as_text, getter, scalar

_TEXT = pa.string()
_UNSPEAKABLE = (ValueError, OverflowError, ArithmeticError, LookupError, pa.ArrowException)
"""What Arrow raises for a value that Python has not: a nanosecond, the year 10,000, a zone that nobody knows."""

Paths = Mapping[str, Sequence[str]]
"""For each mapped field the paths to try in order."""


def captures(table: pa.RecordBatch, paths: Paths, at: int, limits: Limits) -> pa.RecordBatch:
    """Return the captures of *table*, whose first row has number *at*."""
    rows = table.num_rows
    text, failure, detail = _texts(_first(table, paths["text"]), limits)
    captured_at, marks = _instants(_first(table, paths["date"]))
    found = {
        "source_id": _strings(_first(table, paths["id"])),
        "uri": pc.coalesce(*(_strings(column(table, path)) for path in paths["uri"])),
        "captured_at": captured_at,
        "license": _strings(_first(table, paths["license"])),
        "title": _strings(_first(table, paths["title"])),
        "author": _names(_first(table, paths["author"])),
        "media_type": pc.if_else(pc.is_null(failure), _media_types(table, paths["media_type"]), None),
        "text": text,
        "kind": pa.repeat(Kind.RECORD.value, rows),
        "offset": pa.array(np.arange(at, at + rows)),
        "failure": failure,
        "detail": detail,
        "marks": marks,
    }
    return _batch(found, rows)


def failures(failure: Failure, at: int, rows: int, detail: str | None = None) -> pa.RecordBatch:
    """Return *rows* failed records, the first of which has number *at*, and *detail* of what is wrong."""
    columns = {
        "kind": pa.repeat(Kind.RECORD.value, rows),
        "offset": pa.array(np.arange(at, at + rows)),
        "failure": pa.repeat(failure.value, rows),
        "detail": pa.repeat(pa.scalar(detail, pa.string()), rows),
    }
    return _batch(columns, rows)


def _batch(found: dict[str, Any], rows: int) -> pa.RecordBatch:
    columns = [found.get(field.name, pa.nulls(rows, field.type)).cast(field.type) for field in CAPTURES]
    return pa.RecordBatch.from_arrays(columns, schema=CAPTURES)


def top(names: Sequence[str], path: str) -> str | None:
    """Return the longest of *names* that *path* begins with."""
    parts = path.split(".")
    heads = (".".join(parts[:cut]) for cut in range(len(parts), 0, -1))
    return next((head for head in heads if head in names), None)


def _first(table: pa.RecordBatch, paths: Sequence[str]) -> pa.Array:
    return column(table, paths[0])


def column(table: pa.RecordBatch, path: str) -> pa.Array:
    """Return the values at *path*: by Arrow's struct fields where the types allow, else row by row."""
    name = top(table.schema.names, path)
    if name is None:
        return pa.nulls(table.num_rows, pa.string())
    values, rest = _plain(table.column(name)), path[len(name) + 1 :]
    while rest and pa.types.is_struct(values.type):
        inner = [field.name for field in values.type]
        name = top(inner, rest)
        if name is None:
            return pa.nulls(table.num_rows, pa.string())
        values, rest = _plain(pc.struct_field(values, [inner.index(name)])), rest[len(name) + 1 :]
    if not rest:
        return values
    find = getter(f"column.{rest}")
    return pa.array([scalar(find({"column": value})) for value in _python(values)], pa.string())


def _plain(values: pa.Array) -> pa.Array:
    """Return *values* without what only says how they are stored or meant: extensions, dictionaries, runs."""
    while True:
        if isinstance(values, pa.ExtensionArray):
            values = values.storage
        elif pa.types.is_dictionary(values.type):
            values = values.dictionary_decode()
        elif pa.types.is_run_end_encoded(values.type):
            values = pc.run_end_decode(values)
        else:
            return values


def _python(values: pa.Array) -> list[Any]:
    """Return *values* as Python has them; those that it has not as Arrow spells them, or else as None."""
    try:
        return list(values.to_pylist())
    except _UNSPEAKABLE:
        return [_spoken(value) for value in values]


def _spoken(value: pa.Scalar) -> Any:
    try:
        return value.as_py()
    except _UNSPEAKABLE:
        with suppress(*_UNSPEAKABLE):
            return value.cast(pa.string()).as_py()
    return None


def _each(values: pa.Array, read: Callable[[Any], Any], kind: pa.DataType = _TEXT) -> pa.Array:
    return pa.array([read(value) for value in _python(values)], kind)


def _strings(values: pa.Array) -> pa.Array:
    kind = values.type
    if _is_text(kind):
        values = _valid(values)
    elif pa.types.is_integer(kind):
        values = values.cast(pa.string())
    else:
        values = _each(values, scalar)
    return pc.if_else(pc.equal(values, ""), None, values)


def _valid(values: pa.Array) -> pa.Array:
    """Return texts as UTF-8, which Parquet does not promise: what is none is replaced."""
    try:
        text = values.cast(pa.string())
        text.validate(full=True)
        return text
    except pa.ArrowInvalid:
        return _each(values.cast(pa.large_binary()), scalar)


def _names(values: pa.Array) -> pa.Array:
    return _each(values, as_names) if pa.types.is_nested(values.type) else _strings(values)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_binary(kind: pa.DataType) -> bool:
    fixed = pa.types.is_fixed_size_binary(kind)
    return bool(fixed or pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind))


def _texts(values: pa.Array, limits: Limits) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Return the texts and, where there is none, the failure and what is wrong."""
    text, failure, detail = _as_texts(values)
    large = pc.fill_null(pc.greater(pc.binary_length(text), limits.record_bytes), False)
    missing = pc.and_(pc.is_null(text), pc.is_null(failure))
    failure = pc.if_else(large, Failure.TOO_LARGE.value, pc.if_else(missing, Failure.MISSING_TEXT.value, failure))
    absent = as_text(None)[2]
    detail = pc.if_else(large, above(limits.record_bytes), pc.if_else(missing, absent, detail))
    return pc.if_else(pc.is_null(failure), text, None), failure, detail


def _as_texts(values: pa.Array) -> tuple[pa.Array, pa.Array, pa.Array]:
    if _is_text(values.type):
        try:
            text = values.cast(pa.string())
            text.validate(full=True)
            nothing = pa.nulls(len(text), pa.string())
            return text, nothing, nothing
        except pa.ArrowInvalid:
            values = values.cast(pa.large_binary())
    if not _is_binary(values.type):
        why = f"the text is of type {values.type}" if pa.types.is_primitive(values.type) else "the text is no string"
        missing = pa.repeat(Failure.MISSING_TEXT.value, len(values))
        return pa.nulls(len(values), pa.string()), missing, pa.repeat(why, len(values))
    found = [as_text(value) for value in _python(values)]
    columns = zip(*found, strict=True) if found else ((), (), ())
    text, failure, detail = (pa.array(column, pa.string()) for column in columns)
    return text, failure, detail


def _instants(values: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Return the instants and, where there is none, the marks that say why."""
    if pa.types.is_date32(values.type):
        values = values.cast(pa.date64())
    if pa.types.is_date64(values.type):
        values = values.view(pa.timestamp("ms"))
    if pa.types.is_timestamp(values.type):
        found = _within_calendar(values.view(pa.int64()), values.type.unit)
        lost = np.flatnonzero(pc.and_(pc.is_valid(values), pc.is_null(found)))
        return found, _marks(len(values), dict.fromkeys(lost.tolist(), Mark.DATE_OUT_OF_RANGE))
    dates = [as_date(value) for value in _python(values)]
    marks = {row: mark for row, (_, mark) in enumerate(dates) if mark is not None}
    return pa.array([micros for micros, _ in dates], CAPTURES.field("captured_at").type), _marks(len(dates), marks)


def _marks(rows: int, marks: Mapping[int, Mark]) -> pa.Array:
    kind = CAPTURES.field("marks").type
    return (
        pa.array([[marks[row].value] if row in marks else None for row in range(rows)], kind)
        if marks
        else pa.nulls(rows, kind)
    )


def _within_calendar(values: pa.Array, unit: str) -> pa.Array:
    """Return *values*, counts of *unit* since 1970, as instants (UTC); null outside the years 1 to 9999."""
    per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    first, behind = (second * per_second for second in CALENDAR)
    if unit != "ns":  # which reaches from 1677 to 2262
        inside = pc.and_(pc.greater_equal(values, first), pc.less(values, behind))
        values = pc.if_else(inside, values, pa.scalar(None, pa.int64()))
    micros = pc.multiply(values, 10**6 // per_second) if unit != "ns" else _floored(values, 1000)
    return micros.view(CAPTURES.field("captured_at").type)


def without_wrapped(micros: pa.Array, millis: pa.Array) -> pa.Array:
    """Return timestamps with those that left 64 bits on the way as the least there is, which is no date."""
    fine, coarse = micros.view(pa.int64()), millis.view(pa.int64())
    whole = pc.equal(_floored(fine, 1000), coarse)
    return pc.if_else(whole, fine, pa.scalar(np.iinfo(np.int64).min, pa.int64())).view(micros.type)


def _floored(values: pa.Array, divisor: int) -> pa.Array:
    """Divide, rounding down: before 1970 too the instant does not move into the next microsecond."""
    return pc.subtract(pc.divide(values, divisor), pc.less(_rest(values, divisor), 0).cast(pa.int64()))


def _rest(values: pa.Array, divisor: int) -> pa.Array:
    return pc.subtract(values, pc.multiply(pc.divide(values, divisor), divisor))


def _media_types(table: pa.RecordBatch, paths: Sequence[str]) -> pa.Array:
    if not paths:
        return pa.repeat(as_media_type(None), table.num_rows)
    return _each(column(table, paths[0]), as_media_type)
