"""Read Parquet files, column by column; nested fields by dotted path.

A footer only claims: how many rows there are, and how large. Rows that it promises and that do not come are failed
records, as many as can be believed of a file of that size; what a batch takes is bounded by the headers of the pages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from connectors.capture import CAPTURES, Extent, Failure, Limits, Slice
from connectors.damage import OF_DAMAGED_BYTES
from connectors.errors import UnreadableSource
from connectors.streams.files import is_url, open_file
from connectors.streams.streams import (
    compression_of,
    note_whole,
    plain_copy,
    require_allowed,
    require_known,
    require_whole,
    whole,
)
from connectors.tables.fields import mapping, require_distinct
from connectors.tables.parquet_columns import captures, failures, top, without_wrapped
from connectors.tables.parquet_pages import BadPage, Weight, largest_value, pages

OPTIONS = frozenset({"fields"})
split = whole


def read(part: Slice, options: Mapping[str, Any], limits: Limits, extent: Extent) -> Iterator[pa.RecordBatch]:
    """Yield the captures of the file's rows; a row's offset is its number, its length null.

    Rows that cannot be decoded, or that the footer promises and the file has not, are failed records, one for each.
    Raises MissingSource, BadOption, and UnreadableSource if the file is no Parquet, its footer cannot be believed, or
    two columns have one mapped name.
    """
    require_known(options, OPTIONS)
    require_whole(part)
    paths = _paths(options)
    with ExitStack() as stack:
        table = _open(part.path, paths, limits, stack)
        at = decoded = 0
        for group, rows in enumerate(table.groups):
            for batch in _read_group(table, group, at, limits):
                decoded += _string_bytes(batch)
                require_allowed(part.path, table.size, decoded, limits)
                yield from _cut(batch, limits.batch_bytes)
            at += rows
        yield from _failed(Failure.BROKEN_RECORD, at, table.promised - at, limits, "the footer promises it")
        note_whole(extent, max(table.promised, 1))


def _paths(options: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return for each mapped field the paths to try in order."""
    found = {name: [path] if path else [] for name, path in mapping(options).items()}
    if "uri" not in (options.get("fields") or {}):
        found["uri"] = ["url", "uri"]
    return found


@dataclass(slots=True)
class _Table:
    """An open file.

    Attributes:
        file: as pyarrow reads it.
        bytes: the same, to look into its pages.
        size: bytes of the file.
        paths: of the mapped fields.
        tops: the columns that they lie in.
        groups: rows of each row group, as the footer claims.
        promised: rows in all, as it claims.
        leaves: the positions of the leaf columns below *tops*.
        coarse: the file again if its dates are INT96, in milliseconds: of those none is beyond 64 bits.
        weight: of the pages that were looked at.
    """

    file: Any
    bytes: BinaryIO
    size: int
    paths: Mapping[str, list[str]]
    tops: list[str]
    groups: list[int]
    promised: int
    leaves: list[int]
    coarse: Any = None
    weight: Weight = field(default_factory=Weight)


def _open(path: str, paths: Mapping[str, list[str]], limits: Limits, stack: ExitStack) -> _Table:
    if is_url(path) and compression_of(path) is None:
        source: Any = stack.enter_context(open_file(path))
    else:
        source = stack.enter_context(plain_copy(path, limits))
    data = stack.enter_context(open_file(source if isinstance(source, str) else path))
    size = data.seek(0, 2)
    try:
        file = stack.enter_context(pq.ParquetFile(source, coerce_int96_timestamp_unit="us"))
        names, groups = file.schema_arrow.names, _groups(file.metadata)
        leaves = [file.schema.column(index) for index in range(len(file.schema))]
        heads = [leaf.path.split(".") for leaf in leaves]
    except OF_DAMAGED_BYTES as error:
        raise UnreadableSource(
            f"{path}: this is not a Parquet file, or its footer is damaged ({type(error).__name__})"
        ) from error
    promised = max(file.metadata.num_rows, sum(groups))
    if min(groups, default=0) < 0 or promised > limits.most_rows(size):
        raise UnreadableSource(
            f"{path}: its footer claims {promised:,} rows in a file of {size:,} bytes, more than can be"
        )
    tops = sorted({name for choice in paths.values() for one in choice if (name := top(names, one))})
    require_distinct(path, names, tops)
    wanted = [index for index, head in enumerate(heads) if any(_below(head, name) for name in tops)]
    for index in wanted:
        if leaves[index].length > limits.record_bytes:
            raise UnreadableSource(f"{path}: column {index + 1} claims values of {leaves[index].length:,} bytes each")
    coarse = None
    if any(leaves[index].physical_type == "INT96" and heads[index] == [paths["date"][0]] for index in wanted):
        again = source if isinstance(source, str) else stack.enter_context(open_file(path))
        coarse = stack.enter_context(pq.ParquetFile(again, coerce_int96_timestamp_unit="ms"))
    return _Table(file, data, size, paths, tops, groups, promised, wanted, coarse)


def _groups(metadata: Any) -> list[int]:
    return [metadata.row_group(index).num_rows for index in range(metadata.num_row_groups)]


def _below(head: list[str], name: str) -> bool:
    parts = name.split(".")
    return head[: len(parts)] == parts


def _read_group(table: _Table, group: int, first: int, limits: Limits) -> Iterator[pa.RecordBatch]:
    """Yield the captures of a row group, of which the first row has number *first*: as many as the group has rows."""
    rows, at, failure, detail = table.groups[group], first, Failure.BROKEN_RECORD, f"row group {group} ends early"
    try:
        for batch in _batches(table, group, limits):
            yield captures(batch, table.paths, at, limits)
            at += batch.num_rows
    except _TooLarge:
        failure, detail = Failure.TOO_LARGE, f"a page of row group {group} decodes to too much"
    except OF_DAMAGED_BYTES as error:  # of a hostile page: all rows that did not come are failed
        detail = f"row group {group} cannot be read ({type(error).__name__})"
    yield from _failed(failure, at, first + rows - at, limits, detail)


class _TooLarge(Exception):
    """The pages of a group decode to more than the limits allow."""


def _batches(table: _Table, group: int, limits: Limits) -> Iterator[pa.RecordBatch]:
    rows = table.groups[group]
    if not table.tops:
        for begin in range(0, rows, limits.batch_rows):
            yield pa.RecordBatch.from_arrays([pa.nulls(min(limits.batch_rows, rows - begin))], names=[""])
        return
    at_once = _weigh(table, group, limits).rows_at_once(rows, limits)
    batches = table.file.iter_batches(at_once, row_groups=[group], columns=table.tops)
    if table.coarse is None:
        yield from batches
        return
    name = table.paths["date"][0]
    for batch, coarse in zip(
        batches, table.coarse.iter_batches(at_once, row_groups=[group], columns=[name]), strict=True
    ):
        place = batch.schema.names.index(name)
        yield batch.set_column(place, name, without_wrapped(batch.column(place), coarse.column(0)))


def _weigh(table: _Table, group: int, limits: Limits) -> Weight:
    """Look at the pages of a group's mapped columns. Raises _TooLarge, and BadPage if they are none."""
    weight = Weight(table.weight.stored, table.weight.decoded)
    metadata = table.file.metadata.row_group(group)
    for leaf in table.leaves:
        chunk = metadata.column(leaf)
        start = chunk.data_page_offset
        if chunk.has_dictionary_page and 0 < chunk.dictionary_page_offset < start:
            start = chunk.dictionary_page_offset
        end = start + chunk.total_compressed_size
        if start < 0 or end > table.size:
            raise BadPage
        largest = partial(largest_value, file=table.bytes, codec=chunk.compression, physical=chunk.physical_type)
        weight.add(pages(table.bytes, start, end), largest, limits)
        if not weight.fits:
            raise _TooLarge
    table.weight, earlier = weight, table.weight
    return Weight(weight.stored - earlier.stored, weight.decoded - earlier.decoded, weight.densest, weight.repeated)


def _failed(failure: Failure, at: int, rows: int, limits: Limits, detail: str) -> Iterator[pa.RecordBatch]:
    for begin in range(at, at + rows, limits.batch_rows):
        yield failures(failure, begin, min(limits.batch_rows, at + rows - begin), detail)


def _string_bytes(batch: pa.RecordBatch) -> int:
    """Return the bytes of *batch* that a few stored ones may have become: a dictionary's value counts each time."""
    columns = (batch.column(field.name) for field in CAPTURES if pa.types.is_string(field.type))
    return sum(pc.sum(pc.binary_length(one)).as_py() or 0 for one in columns)


def _cut(batch: pa.RecordBatch, limit: int) -> Iterator[pa.RecordBatch]:
    """Cut *batch* where its text reaches *limit* bytes."""
    sizes = np.cumsum(pc.fill_null(pc.binary_length(batch.column("text")), 0).to_numpy(zero_copy_only=False))
    start = 0
    while start < batch.num_rows:
        before = sizes[start - 1] if start else 0
        stop = min(int(np.searchsorted(sizes, before + limit)) + 1, batch.num_rows)
        yield batch.slice(start, stop - start)
        start = stop
