"""Look for what an erasure should have removed, in every file of the hub: the proof that its receipt speaks of.

Parquet is read by column. All other files are searched as bytes, for ids in hexadecimal and in binary; the Avro files
of Iceberg, which are compressed, by the bounds in their entries. A doc_id may remain in tombstones, and hence in bounds
of ledger files; an id that somebody asked to erase, and the keyed hash of a person, in the suppressions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Engine

from lineage import control
from lineage.erasure_notes import Note, notes_folder
from lineage.files import is_local, open_bytes
from lineage.home import Home
from lineage.matching import findings_with
from lineage.purge import list_files, live_paths, stray_files
from lineage.receipts import PERSONAL, every_dataset
from lineage.subjects import distinct_files, read_columns
from lineage.tombstones import ERASED

_HEX: Final = re.compile(rb"[0-9a-f]{32,}")
_BLOCK: Final = 1 << 24
_ID_BYTES: Final = 16
_ANONYMOUS: Final = ("content_id", "source_id", "uri", "file", "findings", "edits", "duplicate_of", "output")


@dataclass(frozen=True, slots=True)
class Remains:
    """What was found where: a path relative to the hub or warehouse, and a sentence that names nobody."""

    path: str
    problem: str


def find_remains(home: Home, db: Engine, note: Note) -> list[Remains]:
    """Search all of *home* for what *note* was to erase; [] if nothing is left."""
    return [*_in_warehouse(home, db, note), *_in_home(home, db, note)]


def _in_warehouse(home: Home, db: Engine, note: Note) -> Iterator[Remains]:
    wanted = pa.array(sorted(note.doc_ids), pa.string())
    hashes = [one.value for one in note.subjects if one.kind in PERSONAL]
    for dataset in every_dataset(db):
        for path in stray_files(home, db, dataset):
            yield Remains(home.relative(path), "no version names it")
        versions = control.list_versions(db, dataset)
        for path in distinct_files(db, versions, "documents") if len(wanted) else ():
            if any(_holds(rows["doc_id"], wanted) for rows in read_columns(home.resolve(path), ("doc_id",))):
                yield Remains(path, "it holds an erased document")
        for path in distinct_files(db, versions, "ledger"):
            if not _is_clean(home.resolve(path), wanted, hashes):
                yield Remains(path, "it says more of an erased document than that it is gone")
        yield from _in_manifests(home, dataset, note)


def _is_clean(path: str, wanted: pa.Array, hashes: Sequence[str]) -> bool:
    """Tell whether a ledger file says nothing of the documents *wanted* and of persons with *hashes*."""
    columns = ("doc_id", "reason", *_ANONYMOUS)
    return all(_is_anonymous(rows, wanted, hashes) for rows in read_columns(path, columns))


def _is_anonymous(rows: pa.Table, wanted: pa.Array, hashes: Sequence[str]) -> bool:
    about = rows.filter(pc.is_in(rows["doc_id"], value_set=wanted))
    known = [about[name] for name in _ANONYMOUS if name in about.column_names]
    silent = all(column.null_count == len(column) for column in known)
    stones = bool(pc.all(pc.fill_null(pc.equal(about["reason"], ERASED), False), min_count=0).as_py())
    named = hashes and "findings" in rows.column_names and findings_with(rows["findings"], hashes)
    return silent and stones and not _holds(rows["duplicate_of"], wanted) and not named


def _holds(column: pa.ChunkedArray, wanted: pa.Array) -> bool:
    return bool(pc.any(pc.is_in(column, value_set=wanted)).as_py())


def _in_manifests(home: Home, dataset: str, note: Note) -> Iterator[Remains]:
    """Look for erased ids in the bounds that the manifests of the documents table have of its files."""
    from pyiceberg.exceptions import NoSuchTableError

    from lineage.catalog import open_catalog

    ids = {one.encode() for one in note.doc_ids}
    try:
        table = open_catalog(home).load_table((dataset, "documents"))
    except (NoSuchTableError, FileNotFoundError):
        return
    manifests = {
        one.manifest_path: one for snapshot in table.metadata.snapshots for one in snapshot.manifests(table.io)
    }
    for path, manifest in sorted(manifests.items()):
        entries = manifest.fetch_manifest_entry(table.io, discard_deleted=False)
        if any(ids & _bounds(entry.data_file) for entry in entries):
            yield Remains(path.rpartition("/")[2], "a bound is the id of an erased document")


def _bounds(file: Any) -> set[bytes]:
    return {*(file.lower_bounds or {}).values(), *(file.upper_bounds or {}).values()}


def _in_home(home: Home, db: Engine, note: Note) -> Iterator[Remains]:
    """Search index files, databases, and whatever else stands in the hub home, byte by byte."""
    allowed = {one.value for one in note.subjects} | _ledger_bounds(home, db)
    words = {one.encode() for one in note.doc_ids - allowed}
    for path in _other_files(home, db):
        if any(words & _hex_words(block) for block in _blocks(path)):
            yield Remains(_short(home, path), "it holds the id of an erased document")
        elif path.endswith(".index") and _has_binary(path, note.doc_ids):
            yield Remains(_short(home, path), "it holds the id of an erased document, in binary")


def _other_files(home: Home, db: Engine) -> Iterator[str]:
    """Yield the files that are neither Parquet nor Avro, notes of erasures aside."""
    notes = str(notes_folder(home))
    here = [path for path in list_files(str(home.path)) if not path.startswith(notes)]
    elsewhere = (path for dataset in every_dataset(db) for path in live_paths(home, db, dataset))
    for path in sorted({*here, *elsewhere}):
        if not path.endswith((".parquet", ".avro")):
            yield path


def _ledger_bounds(home: Home, db: Engine) -> set[str]:
    """Return the ids that end ledger files: tombstones among them are named where files are listed."""
    bounds: set[str] = set()
    for dataset in every_dataset(db):
        for file in distinct_files(db, control.list_versions(db, dataset), "ledger").values():
            bounds |= {file.first_doc_id, file.last_doc_id}
    return bounds


def _hex_words(block: bytes) -> set[bytes]:
    """Return the runs of hexadecimal digits in *block* as words of 32 digits, at every place a word may begin."""
    return {run[at : at + 32] for run in _HEX.findall(block) for at in range(len(run) - 31)}


def _has_binary(path: str, doc_ids: Iterable[str]) -> bool:
    """Tell whether the file at *path* holds one of *doc_ids* as 16 bytes, aligned as in the arrays of an index."""
    raw = np.array(sorted(bytes.fromhex(one) for one in doc_ids), f"S{_ID_BYTES}")
    raw = raw[raw != b""]  # of zeros, as padding is
    return any(bool(np.isin(_words_of(block), raw).any()) for block in _blocks(path)) if len(raw) else False


def _words_of(block: bytes) -> npt.NDArray[np.bytes_]:
    return np.frombuffer(block, f"S{_ID_BYTES}", len(block) // _ID_BYTES)


def _blocks(path: str) -> Iterator[bytes]:
    """Yield the file at *path* in blocks that overlap, so that no id is cut; nothing if it is gone by now."""
    if is_local(path) and not Path(path).exists():
        return
    with open_bytes(path) as file:
        tail = b""
        while block := file.read(_BLOCK):
            yield tail + block
            tail = block[-64:]


def _short(home: Home, path: str) -> str:
    return path.removeprefix(f"{home.path}/").removeprefix(f"{home.warehouse}/")
