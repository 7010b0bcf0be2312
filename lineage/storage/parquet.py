"""Deterministic Parquet: the same rows in any order and chunking give the same bytes, hence the same file name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lineage.errors import DamagedFile
from lineage.storage.files import DataFile, open_parquet, write_once
from lineage.storage.tables import DOCUMENTS_ORDER, LEDGER, LEDGER_ORDER, PROFILES, documents_schema

LEDGER_GROUP_ROWS = 10_000  # point lookups read the ids of one group of each file: 0.5 ms and 0.2 MB at this size
DOCUMENTS_GROUP_ROWS = 20_000
DOCUMENTS_GROUP_BYTES = 32 << 20

PLAIN_COLUMNS = frozenset({"text", "doc_id", "content_id", "source_id", "uri", "captured_at", "offset", "length"})
"""Columns of mostly distinct values: a dictionary would only be built to be thrown away."""

LEVELS: dict[str, int] = {"text": 3}
"""Levels of zstd by column; any other has Arrow's default, 1. More makes ids and numbers no smaller, only slower; texts
are nearly all of a file, are written once and kept for long (docs/benchmarks.md, bytes against seconds)."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How rows become a file.

    Attributes:
        schema: canonical columns; rows are cast to it and its metadata is dropped.
        order: sort keys, ascending, nulls last.
        group_rows: most rows of a row group.
        group_bytes: most bytes of *sized_by* in a row group of more than one row; None for no such bound.
        sized_by: string column that group_bytes counts.
    """

    schema: pa.Schema
    order: Sequence[str]
    group_rows: int
    group_bytes: int | None = None
    sized_by: str = "text"


LEDGER_LAYOUT = Layout(LEDGER, LEDGER_ORDER, LEDGER_GROUP_ROWS)
PROFILES_LAYOUT = Layout(PROFILES, ("profile",), group_rows=100_000)


def documents_layout(signals: Mapping[str, pa.DataType] | None = None) -> Layout:
    """Return the layout of documents files that carry *signals*."""
    return Layout(documents_schema(signals), DOCUMENTS_ORDER, DOCUMENTS_GROUP_ROWS, DOCUMENTS_GROUP_BYTES)


def write_documents(table: pa.Table, folder: str, signals: Mapping[str, pa.DataType] | None = None) -> DataFile:
    """Write *table* as one documents file in *folder*; see write_sorted."""
    return write_sorted(table, folder, documents_layout(signals))


def write_ledger(table: pa.Table, folder: str) -> DataFile:
    """Write *table* as one ledger file in *folder*; see write_sorted."""
    return write_sorted(table, folder, LEDGER_LAYOUT)


def write_profiles(profiles: Mapping[str, str], folder: str) -> DataFile:
    """Write *profiles*, canonical JSON by id, as one Parquet file in *folder*, named by its SHA-256; describe it.

    Equal profiles give equal bytes.
    """
    table = pa.table({"profile": [*profiles], "content": [*profiles.values()]}, PROFILES)
    return write_rows(table, folder, PROFILES_LAYOUT)


def write_rows(table: pa.Table, folder: str, layout: Layout, stem: str = "") -> DataFile:
    """Write *table*, which is about no documents one by one, as write_sorted does."""
    return _write(sort_rows(canonical(table, layout.schema), layout.order), folder, layout, stem)


def write_sorted(table: pa.Table, folder: str, layout: Layout, stem: str = "") -> DataFile:
    """Write *table* as one sorted zstd Parquet file named by its SHA-256, and describe it.

    The file appears whole or not at all; writing the same rows again leaves it as it is. Peak memory is about three
    times the table. Columns missing from *table* become null; a column unknown to the layout raises ValueError.
    Bytes depend on the rows, the layout and the pyarrow version only.
    """
    rows = sort_rows(canonical(table, layout.schema), layout.order)
    ids = rows.column("doc_id")
    first, last = (ids[0].as_py(), ids[-1].as_py()) if len(ids) else ("", "")
    return replace(_write(rows, folder, layout, stem), first_doc_id=first, last_doc_id=last)


def _write(rows: pa.Table, folder: str, layout: Layout, stem: str) -> DataFile:
    """Write canonical sorted *rows*."""
    content = encode(rows, layout)
    digest = hashlib.sha256(content).hexdigest()
    name = f"{stem}-{digest}.parquet" if stem else f"{digest}.parquet"
    path = f"{str(folder).rstrip('/')}/{name}"
    write_once(path, memoryview(content))
    return DataFile(path, digest, rows.num_rows, content.size, "", "")


def canonical(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return *table* with exactly the columns, types and order of *schema*, one chunk each, no metadata."""
    unknown = sorted(set(table.column_names) - set(schema.names))
    if unknown:
        raise ValueError(f"columns that the table does not have: {', '.join(unknown)}")
    columns = [_column(table, field) for field in schema]
    return pa.table(columns, schema=schema.remove_metadata())


def _column(table: pa.Table, field: pa.Field) -> pa.Array:
    if field.name not in table.column_names:
        return pa.nulls(table.num_rows, field.type)
    column = table.column(field.name)
    return (column if column.type == field.type else column.cast(field.type)).combine_chunks()


def sort_rows(table: pa.Table, order: Sequence[str]) -> pa.Table:
    """Return *table* sorted by the columns *order*, ascending, nulls last."""
    keys = pa.table({name: _sort_key(table.column(name)) for name in order})
    if _is_sorted(keys, order):
        return table
    indices = pc.sort_indices(keys, sort_keys=[(name, "ascending") for name in order])
    return pa.table([column.combine_chunks().take(indices) for column in table.columns], schema=table.schema)


def _sort_key(column: pa.ChunkedArray) -> pa.Array:
    """Return what sorts like *column*, cheaper: repeated strings become their ranks."""
    values = column.combine_chunks()
    if not pa.types.is_string(values.type) or len(values) == 0:
        return values
    encoded = pc.dictionary_encode(values)
    if len(encoded.dictionary) * 2 > len(values):
        return values
    ranks = pc.rank(encoded.dictionary, sort_keys="ascending", tiebreaker="dense")
    return ranks.take(encoded.indices)


def _is_sorted(keys: pa.Table, order: Sequence[str]) -> bool:
    """Tell whether a single unique key is in strictly rising order already."""
    values = keys.column(order[0]).combine_chunks()
    if len(order) > 1 or values.null_count:
        return False
    return len(values) < 2 or bool(pc.all(pc.less(values[:-1], values[1:])).as_py())


def row_groups(table: pa.Table, layout: Layout) -> Iterator[pa.Table]:
    """Cut sorted *table* into row groups: greedily, as many rows as both bounds of *layout* allow, at least one."""
    sizes = _sizes(table, layout)
    start = 0
    while start < table.num_rows:
        end = start + layout.group_rows
        if layout.group_bytes is not None:
            before = sizes[start - 1] if start else 0
            end = min(end, int(np.searchsorted(sizes, before + layout.group_bytes, side="right")))
        end = max(end, start + 1)
        yield table.slice(start, end - start)
        start = end


def _sizes(table: pa.Table, layout: Layout) -> Any:
    """Return the running sum of the bytes of the column that bounds row groups, int64."""
    if layout.group_bytes is None:
        return None
    lengths = pc.fill_null(pc.binary_length(table.column(layout.sized_by)), 0)
    return np.cumsum(lengths.to_numpy(), dtype=np.int64)


def encode(table: pa.Table, layout: Layout, levels: int | dict[str, int] = LEVELS) -> pa.Buffer:
    """Return the bytes of a Parquet file with the rows of sorted *table*; statistics for doc_id only.

    *levels* are those of zstd, one for all columns or by column. Footers hold whole minimum and maximum values, so
    statistics of any other column would publish text or URIs.
    """
    sink = pa.BufferOutputStream()
    dictionary = [field.name for field in table.schema if pa.types.is_string(field.type)]
    writer = pq.ParquetWriter(
        sink,
        table.schema,
        version="2.6",
        compression="zstd",
        compression_level=levels,
        use_dictionary=[name for name in dictionary if name not in PLAIN_COLUMNS],
        write_statistics=["doc_id"],
        sorting_columns=[pq.SortingColumn(table.schema.get_field_index(name)) for name in layout.order],
        data_page_size=1 << 20,
        data_page_version="1.0",
        store_schema=False,
    )
    with writer:
        for group in row_groups(table, layout):
            writer.write_table(group, row_group_size=group.num_rows)
    return sink.getvalue()


def read_columns(path: str, columns: Sequence[str]) -> Iterator[pa.Table]:
    """Yield *columns* of the file at *path* by row group; one that an older file lacks is left out.

    Raises DamagedFile if it cannot be read.
    """
    with read_errors(path), open_parquet(path) as file:
        known = [name for name in columns if name in file.schema_arrow.names]
        for group in range(file.num_row_groups):
            yield file.read_row_group(group, columns=known)


def string_columns(path: str) -> list[str]:
    """Return the names of the columns of text of the file at *path*. Raises DamagedFile if it cannot be read."""
    with read_errors(path), open_parquet(path) as file:
        kinds = (pa.types.is_string, pa.types.is_large_string)
        return [field.name for field in file.schema_arrow if any(kind(field.type) for kind in kinds)]


@contextmanager
def read_errors(path: str) -> Iterator[None]:
    """Name the file at *path* in errors of reading it."""
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        message = f"cannot read the data file {path}: {type(error).__name__}; nothing was changed; "
        raise DamagedFile(message + "run `corpushub verify`") from error
