"""Point lookups in ledger files: prune by file range, find the row group by its statistics, read that group alone.

Footers are kept in memory, for parsing one takes about as long as the rest of a lookup. Data files never change.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lineage.errors import DamagedFile
from lineage.hub.home import is_local
from lineage.storage.files import open_parquet
from lineage.storage.pages import cells
from lineage.storage.parquet import read_errors

FOOTERS = 64
"""Footers that are kept in memory: of a file of 500,000 rows some 2 MB."""

Row = dict[str, Any]
"""One ledger row, by column name."""


def lookup(path: str, doc_id: str, columns: Sequence[str] | None = None) -> list[Row]:
    """Return the rows of *doc_id* in the ledger file at *path*, in order of seq: *columns* of them, or all.

    A column that the file does not have, being older, is None.
    Costs one footer, the first time, the doc_id column of a row group, and other columns of that group only where the
    id is there. Raises DamagedFile if the file is missing or is no Parquet.
    """
    try:
        footer = _footer(path, Path(path).stat().st_mtime_ns if is_local(path) else 0)
        with open_parquet(path, footer) as file:
            return [row for group in _groups_with(file, doc_id) for row in _rows_of(file, group, doc_id, columns)]
    except (OSError, pa.ArrowException) as error:
        message = f"cannot read the ledger file {path}: {type(error).__name__}; no other file is affected; "
        raise DamagedFile(message + "run `corpushub verify`") from error


def cells_of(path: str, column: str, doc_ids: Sequence[str]) -> dict[str, str | None]:
    """Return what *column*, of strings, holds of each of *doc_ids*, ascending, in the documents file at *path*.

    Of the column it reads the pages that hold them, where these are of our kind. Ids that are not there are left out.
    Raises DamagedFile if the file is missing or is no Parquet.
    """
    found: dict[str, str | None] = {}
    with read_errors(path):
        footer = _footer(path, Path(path).stat().st_mtime_ns if is_local(path) else 0)
        with open_parquet(path, footer) as file:
            asked: dict[int, list[str]] = {}
            for doc_id in doc_ids:
                for group in _groups_with(file, doc_id):
                    asked.setdefault(group, []).append(doc_id)
            for group, some in asked.items():
                places = pc.index_in(pa.array(some), _ids_of(file, group)).to_pylist()
                held = {doc_id: place for doc_id, place in zip(some, places, strict=True) if place is not None}
                rows = sorted(held.values())
                values = cells(path, footer, group, column, rows) if held else []
                if values is None:
                    whole = file.read_row_group(group, [column], use_threads=False).column(0)
                    values = whole.take(pa.array(rows)).to_pylist()
                of_row = dict(zip(rows, values, strict=True))
                found |= {doc_id: of_row[place] for doc_id, place in held.items()}
    return found


@lru_cache(FOOTERS)
def _footer(path: str, modified: int) -> Any:
    """Return the footer of the file at *path*, which a local one has since *modified* (ns)."""
    with open_parquet(path) as file:
        return file.metadata


def _groups_with(file: Any, doc_id: str) -> Iterator[int]:
    """Yield the row groups whose range includes *doc_id*: few, since the file is sorted by it."""
    metadata = file.metadata
    column = file.schema_arrow.get_field_index("doc_id")

    def last(group: int) -> str:
        return str(metadata.row_group(group).column(column).statistics.max)

    group = bisect_left(range(metadata.num_row_groups), doc_id, key=last)
    while group < metadata.num_row_groups and metadata.row_group(group).column(column).statistics.min <= doc_id:
        yield group
        group += 1


def _rows_of(file: Any, group: int, doc_id: str, columns: Sequence[str] | None) -> list[Row]:
    ids = _ids_of(file, group)

    def id_at(row: int) -> str:
        return str(ids[row].as_py())

    start = bisect_left(range(len(ids)), doc_id, key=id_at)
    end = bisect_right(range(len(ids)), doc_id, lo=start, key=id_at)
    if start == end:
        return []
    rows: list[Row] = file.read_row_group(group, columns, use_threads=False).slice(start, end - start).to_pylist()
    return [dict.fromkeys(columns or ()) | row for row in rows]


def _ids_of(file: Any, group: int) -> pa.Array:
    column = file.read_row_group(group, columns=["doc_id"], use_threads=False).column(0)
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
