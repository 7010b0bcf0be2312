"""Read Parquet files, column by column; nested fields by dotted path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from connectors.capture import CAPTURES, Extent, Failure, Kind, Limits, Slice
from connectors.errors import UnreadableSource
from connectors.streams.files import is_url, open_file
from connectors.streams.streams import compression_of, note_whole, plain_copy, require_known, require_whole, whole
from connectors.tables.fields import as_media_type, as_micros, as_names, as_text, getter, mapping, scalar

OPTIONS = frozenset({"fields"})
split = whole


def read(part: Slice, options: Mapping[str, Any], limits: Limits, extent: Extent) -> Iterator[pa.RecordBatch]:
    """Yield the captures of the file's rows; a row's offset is its number, its length null.

    A row group that cannot be decoded is one row with a failure, at its first row's number. Raises MissingSource,
    BadOption, and UnreadableSource if the file is no Parquet.
    """
    require_known(options, OPTIONS)
    require_whole(part)
    paths = _paths(options)
    with ExitStack() as stack:
        file = _open(part.path, stack)
        at = 0
        for group in range(file.metadata.num_row_groups):
            for table, failure in _read_group(file, group, paths, limits):
                captures = _failed(failure, at) if table is None else _captures(table, paths, at, limits)
                at += 0 if table is None else table.num_rows
                yield from _cut(captures, limits.batch_bytes)
            at = _first_row(file, group + 1)
        note_whole(extent, max(at, 1))


def _paths(options: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return for each mapped field the paths to try in order."""
    found = {name: [path] if path else [] for name, path in mapping(options).items()}
    if "uri" not in (options.get("fields") or {}):
        found["uri"] = ["url", "uri"]
    return found


def _open(path: str, stack: ExitStack) -> Any:
    if is_url(path) and compression_of(path) is None:
        source: Any = stack.enter_context(open_file(path))
    else:
        source = stack.enter_context(plain_copy(path))
    try:
        return stack.enter_context(pq.ParquetFile(source))
    except (pa.ArrowInvalid, OSError) as error:
        raise UnreadableSource(f"{path}: this is not a Parquet file, or its footer is damaged") from error


def _first_row(file: Any, group: int) -> int:
    return sum(file.metadata.row_group(index).num_rows for index in range(group))


def _read_group(
    file: Any, group: int, paths: dict[str, list[str]], limits: Limits
) -> Iterator[tuple[pa.RecordBatch | None, Failure | None]]:
    names = file.schema_arrow.names
    tops = {top for choice in paths.values() for path in choice if (top := _top(names, path))}
    try:
        if not tops:
            yield _blank(file.metadata.row_group(group).num_rows), None
            return
        for table in file.iter_batches(_rows_at_once(file, group, limits), row_groups=[group], columns=sorted(tops)):
            yield table, None
    except (pa.ArrowException, OSError):
        yield None, Failure.BROKEN_RECORD


def _blank(rows: int) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.nulls(rows)], names=[""])


def _rows_at_once(file: Any, group: int, limits: Limits) -> int:
    """Estimate how many rows fill a batch, so that a group of long texts is not decoded at once."""
    meta = file.metadata.row_group(group)
    return int(min(limits.batch_rows, max(1, limits.batch_bytes * meta.num_rows // max(meta.total_byte_size, 1))))


def _top(names: list[str], path: str) -> str | None:
    """Return the longest column name that *path* begins with."""
    parts = path.split(".")
    heads = (".".join(parts[:cut]) for cut in range(len(parts), 0, -1))
    return next((head for head in heads if head in names), None)


def _captures(table: pa.RecordBatch, paths: dict[str, list[str]], at: int, limits: Limits) -> pa.RecordBatch:
    rows = table.num_rows
    text, failure = _texts(_column(table, paths["text"][0]), limits)
    uri = pc.coalesce(*(_strings(_column(table, path)) for path in paths["uri"]))
    found = {
        "source_id": _strings(_column(table, paths["id"][0])),
        "uri": uri,
        "captured_at": _instants(_column(table, paths["date"][0])),
        "license": _strings(_column(table, paths["license"][0])),
        "title": _strings(_column(table, paths["title"][0])),
        "author": _names(_column(table, paths["author"][0])),
        "media_type": pc.if_else(pc.is_null(failure), _media_types(table, paths["media_type"]), None),
        "text": text,
        "kind": pa.repeat(Kind.RECORD.value, rows),
        "offset": pa.array(np.arange(at, at + rows)),
        "failure": failure,
    }
    return _batch(found, rows)


def _batch(found: dict[str, Any], rows: int) -> pa.RecordBatch:
    columns = [found.get(field.name, pa.nulls(rows, field.type)).cast(field.type) for field in CAPTURES]
    return pa.RecordBatch.from_arrays(columns, schema=CAPTURES)


def _failed(failure: Failure | None, at: int) -> pa.RecordBatch:
    kind = pa.array([Kind.RECORD.value])
    return _batch({"kind": kind, "offset": pa.array([at]), "failure": pa.array([failure])}, 1)


def _column(table: pa.RecordBatch, path: str) -> pa.Array:
    """Return the values at *path*: by Arrow's struct fields where the types allow, else row by row."""
    top = _top(table.schema.names, path)
    if top is None:
        return pa.nulls(table.num_rows, pa.string())
    column, rest = table.column(top), path[len(top) + 1 :]
    while rest and pa.types.is_struct(column.type):
        name = _top([field.name for field in column.type], rest)
        if name is None:
            return pa.nulls(table.num_rows, pa.string())
        column, rest = pc.struct_field(column, [name]), rest[len(name) + 1 :]
    if not rest:
        return column
    find = getter(f"column.{rest}")
    return pa.array([scalar(find({"column": value})) for value in column.to_pylist()], pa.string())


def _plain(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _strings(column: pa.Array) -> pa.Array:
    column = _plain(column)
    if _is_text(column.type) or pa.types.is_integer(column.type):
        column = column.cast(pa.string())
    else:
        column = pa.array([scalar(value) for value in column.to_pylist()], pa.string())
    return pc.if_else(pc.equal(column, ""), None, column)


def _names(column: pa.Array) -> pa.Array:
    if not pa.types.is_nested(column.type):
        return _strings(column)
    return pa.array([as_names(value) for value in column.to_pylist()], pa.string())


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _texts(column: pa.Array, limits: Limits) -> tuple[pa.Array, pa.Array]:
    """Return the texts and, where there is none, the failure."""
    text, failure = _as_texts(_plain(column))
    large = pc.greater(pc.binary_length(text), limits.record_bytes)
    failure = pc.if_else(pc.fill_null(large, False), Failure.TOO_LARGE.value, failure)
    failure = pc.if_else(pc.and_(pc.is_null(text), pc.is_null(failure)), Failure.MISSING_TEXT.value, failure)
    return pc.if_else(pc.is_null(failure), text, None), failure


def _as_texts(column: pa.Array) -> tuple[pa.Array, pa.Array]:
    if _is_text(column.type):
        text = column.cast(pa.string())
        try:
            text.validate(full=True)  # Parquet does not promise UTF-8
            return text, pa.nulls(len(text), pa.string())
        except pa.ArrowInvalid:
            column = text.cast(pa.binary())
    pairs = [as_text(value) for value in column.to_pylist()]
    texts, failures = zip(*pairs, strict=True) if pairs else ((), ())
    return pa.array(texts, pa.string()), pa.array(failures, pa.string())


def _instants(column: pa.Array) -> pa.Array:
    column = _plain(column)
    if pa.types.is_date(column.type):
        column = column.cast(pa.timestamp("ms"))
    if pa.types.is_timestamp(column.type):
        wanted = column.cast(pa.timestamp("us", column.type.tz), safe=False)
        return wanted if column.type.tz else pc.assume_timezone(wanted, "UTC")
    return pa.array([as_micros(value) for value in column.to_pylist()], CAPTURES.field("captured_at").type)


def _media_types(table: pa.RecordBatch, paths: list[str]) -> pa.Array:
    if not paths:
        return pa.repeat(as_media_type(None), table.num_rows)
    return pa.array([as_media_type(value) for value in _column(table, paths[0]).to_pylist()], pa.string())


def _cut(batch: pa.RecordBatch, limit: int) -> Iterator[pa.RecordBatch]:
    """Cut *batch* where its text reaches *limit* bytes."""
    sizes = np.cumsum(pc.fill_null(pc.binary_length(batch.column("text")), 0).to_numpy(zero_copy_only=False))
    start = 0
    while start < batch.num_rows:
        before = sizes[start - 1] if start else 0
        stop = min(int(np.searchsorted(sizes, before + limit)) + 1, batch.num_rows)
        yield batch.slice(start, stop - start)
        start = stop
