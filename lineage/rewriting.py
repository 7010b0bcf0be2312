"""Rewrite data files without some documents: each file once, under a new content hash, beside the old one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lineage.errors import DamagedFile
from lineage.files import DataFile, open_parquet
from lineage.parquet import write_documents, write_ledger
from lineage.tables import LEDGER, signals_of
from lineage.tombstones import bury, cut_links, rename_outputs

Mix = dict[str, int]

_READS_ALL = 1 << 12
"""Above so many ids no range of doc_ids excludes a file: the ids are looked for in every one."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What became of a file.

    Attributes:
        changed: whether it held any of the documents; if not, the file stays.
        file: the file in its place; None where no row is left.
        documents: documents that it lost; text_bytes, licenses, languages and sources count them.
    """

    changed: bool
    file: DataFile | None = None
    documents: int = 0
    text_bytes: int = 0
    licenses: Mix = field(default_factory=dict)
    languages: Mix = field(default_factory=dict)
    sources: Mix = field(default_factory=dict)


UNCHANGED = Rewritten(False)

Rewriter = Callable[[str, frozenset[str], str], Rewritten]
"""Rewrites the file at a path without the documents of the given ids into a folder."""


def rewrite_documents(path: str, doc_ids: frozenset[str], folder: str) -> Rewritten:
    """Rewrite the documents file at *path*; the signals it has stay. Holds the file, about three times over."""
    wanted = pa.array(sorted(doc_ids), pa.string())
    if not pc.any(pc.is_in(_read(path, ["doc_id"])["doc_id"], value_set=wanted)).as_py():
        return UNCHANGED
    table = _read(path)
    gone = pc.is_in(table["doc_id"], value_set=wanted)
    left, lost = table.filter(pc.invert(gone)), table.filter(gone)
    del table
    file = write_documents(left, folder, signals_of(left.schema)) if left.num_rows else None
    return Rewritten(
        True,
        file,
        documents=lost.num_rows,
        text_bytes=pc.sum(pc.binary_length(lost["text"])).as_py() or 0,
        licenses=_count(lost["license"]),
        languages=_count(lost["language"]),
        sources=_count(lost["source"]),
    )


def rewrite_ledger(path: str, doc_ids: frozenset[str], folder: str, renamed: Mapping[str, str]) -> Rewritten:
    """Rewrite the ledger file at *path*: tombstones for *doc_ids*, no links to them, new names of data files."""
    wanted = pa.array(sorted(doc_ids), pa.string())
    keys = _read(path, ["doc_id", "duplicate_of", "output"])
    hits = [pc.is_in(keys[name], value_set=wanted) for name in ("doc_id", "duplicate_of")]
    hits.append(pc.is_in(keys["output"], value_set=pa.array(list(renamed), pa.string())))
    if not any(pc.any(one).as_py() for one in hits):
        return UNCHANGED
    table = _read(path)
    for name in LEDGER.names:  # an older file lacks columns
        if name not in table.column_names:
            table = table.append_column(LEDGER.field(name), pa.nulls(table.num_rows, LEDGER.field(name).type))
    table = rename_outputs(cut_links(bury(table, wanted), wanted), renamed)
    return Rewritten(True, write_ledger(table, folder))


def may_hold_any(file: DataFile, doc_ids: frozenset[str]) -> bool:
    """Tell whether *file* may hold one of *doc_ids* by its range alone."""
    return len(doc_ids) > _READS_ALL or any(file.may_hold(one) for one in doc_ids)


def file_name(path: str) -> str:
    """Return the name of the file at *path* without its folder, as ledgers name outputs."""
    return PurePosixPath(path).name


def subtract(counts: Mapping[str, int], lost: Mapping[str, int]) -> Mix:
    """Return *counts* less *lost*, without what is none any more."""
    left = Counter(counts)
    left.subtract(lost)
    return {name: number for name, number in sorted(left.items()) if number > 0}


def _read(path: str, columns: list[str] | None = None) -> Any:
    try:
        with open_parquet(path) as file:
            return file.read(columns)
    except (OSError, pa.ArrowException) as error:
        message = f"cannot rewrite the data file {path}: {type(error).__name__}; all versions are as before; "
        raise DamagedFile(message + "run `corpushub verify`") from error


def _count(column: pa.ChunkedArray) -> Mix:
    return {row["values"] or "unknown": row["counts"] for row in pc.value_counts(column).to_pylist()}
