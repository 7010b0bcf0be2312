"""The Hugging Face layout of a dataset: data/train-NNNNN-of-NNNNN.parquet, beside a card that the caller writes.

File names: https://huggingface.co/docs/hub/datasets-file-names-and-splits.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from lineage.storage.files import open_parquet
from lineage.storage.parquet import canonical
from lineage.storage.tables import documents_schema, signals_of

BATCH_ROWS = 1024

DATA_PATTERN: Final = "data/train-*.parquet"
"""What the names of all data files match."""


def data_name(index: int, count: int) -> str:
    """Return the name of data file *index* of *count*."""
    return f"data/train-{index:05}-of-{count:05}.parquet"


def write_data(source: str, target: Path) -> None:
    """Write the rows of the data file *source* as Parquet that the datasets library reads.

    It knows no maps, and wants the same columns in every file: those that an older one lacks are null.
    """
    target.parent.mkdir(exist_ok=True)
    with open_parquet(source) as file, target.open("wb") as sink:
        stored = documents_schema(signals_of(file.schema_arrow))
        schema = pa.schema([_without_map(field) for field in stored])
        with pq.ParquetWriter(sink, schema, compression="zstd", write_page_index=True) as writer:
            for batch in file.iter_batches(BATCH_ROWS * 8):
                whole = canonical(pa.Table.from_batches([batch]), stored)
                columns = [_cast(whole[field.name].chunk(0), field.type) for field in schema]
                writer.write_batch(pa.record_batch(columns, schema=schema), row_group_size=BATCH_ROWS * 8)
        sink.flush()
        os.fsync(sink.fileno())


def _without_map(field: pa.Field) -> pa.Field:
    """Return *field* with maps as lists of {key, value}, without metadata."""
    kind = field.type
    if pa.types.is_map(kind):
        kind = pa.list_(pa.struct({"key": kind.key_type, "value": kind.item_type}))
    return pa.field(field.name, kind)


def _cast(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """Return *column* as *kind*; a map's entries are those of the list."""
    if not pa.types.is_map(column.type):
        return column
    entries = pa.StructArray.from_arrays([column.keys, column.items], fields=list(kind.value_type))
    return pa.ListArray.from_arrays(column.offsets, entries, type=kind, mask=column.is_null())
