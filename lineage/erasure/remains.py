"""Look for what an erasure should have removed, in every file of the hub: the proof that its receipt speaks of.

Parquet is read by column. All other files are searched as bytes, for ids in hexadecimal and in binary; the Avro files
of Iceberg, which are compressed, by the bounds in their entries. A doc_id may remain in tombstones, and hence in bounds
of ledger files; an id that somebody asked to erase, and the keyed hash of a person, in the suppressions. Where persons
are concerned every file is searched for the spellings of their values too; see lineage.erasure.spoken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lineage.commit.purge import stray_files
from lineage.control.erasures import PERSONAL, every_dataset
from lineage.control.under_way import notes_folder
from lineage.control.versions import list_versions
from lineage.erasure.matching import findings_with
from lineage.erasure.notes import Note, tables_folder
from lineage.erasure.search import Remains, Search, read_blocks
from lineage.erasure.spoken import find_spoken
from lineage.erasure.subjects import distinct_files
from lineage.hub import Hub
from lineage.hub.home import FileKind, Home
from lineage.rewrite.chores import ChoreRunner, in_turn, keep_table, read_table
from lineage.rewrite.tombstones import ERASED
from lineage.storage.files import list_files
from lineage.storage.parquet import read_columns

_HEX: Final = re.compile(rb"[0-9a-f]{32,}")
_ID_BYTES: Final = 16
_READ_BY_COLUMN: Final = (".parquet", ".avro")
_ANONYMOUS: Final = ("content_id", "source_id", "uri", "file", "findings", "edits", "duplicate_of", "output")


def find_remains(
    hub: Hub, note: Note, run_chores: ChoreRunner = in_turn, run_here: ChoreRunner = in_turn
) -> list[Remains]:
    """Search all of *hub* for what *note* was to erase; [] if nothing is left.

    The warehouse is searched by *run_chores*, and for what people have said by *run_here*, on this machine.
    """
    searched = (*_searched(hub, note, run_chores), *find_spoken(hub, note, run_here))
    found = [Remains(_short(hub.home, path), problem) for path, problem in searched]
    for dataset in every_dataset(hub.db):
        found += [Remains(hub.home.relative(path), "no version names it") for path in stray_files(hub, dataset)]
        found += _in_manifests(hub.home, dataset, note)
    return found


def _searched(hub: Hub, note: Note, run_chores: ChoreRunner) -> Iterator[tuple[str, str]]:
    """Yield the files in which something is left, and what."""
    ids, hashes = sorted(note.doc_ids), [one.value for one in note.subjects if one.kind in PERSONAL]
    if not ids and not hashes:
        return
    allowed = {one.value for one in note.subjects} | _ledger_bounds(hub)
    wanted, words = (
        keep_table(tables_folder(hub.home), note.erasure.id, _table(doc_id=ids, word=some))
        for some in (hashes, sorted(note.doc_ids - allowed))
    )
    data = _other_data(hub)
    elsewhere = [Search(search_bytes, path, size, words) for path, size in data.items()]
    elsewhere += _in_tables(hub, wanted)
    # other machines may not see these
    here = [Search(search_bytes, path, 0, words) for path in _home_files(hub.home) if path not in data]
    problems = zip([*elsewhere, *here], [*run_chores(elsewhere), *in_turn(here)], strict=True)
    yield from ((one.path, problem) for one, problem in problems if problem)


def _table(**columns: Sequence[str]) -> pa.Table:
    """Return a table of one row, with a list of words in each column."""
    return pa.table({name: pa.array([list(words)], pa.list_(pa.string())) for name, words in columns.items()})


def _words(path: str, column: str) -> pa.Array:
    """Return the words (string n) in a column that _table made."""
    return read_table(path)[column].combine_chunks().flatten()


def _in_tables(hub: Hub, wanted: str) -> Iterator[Search]:
    searchers: dict[FileKind, Callable[[str, str], str | None]]
    searchers = {"documents": search_documents, "ledger": search_ledger, "statistics": search_statistics}
    for dataset in every_dataset(hub.db):
        versions = list_versions(hub.db, dataset)
        for kind, searcher in searchers.items():
            for file in distinct_files(hub, versions, kind).values():
                yield Search(searcher, hub.home.resolve(file.path), file.bytes, wanted)


def search_documents(path: str, wanted: str) -> str | None:
    """Say whether the documents file at *path* holds a document that should be gone."""
    ids = _words(wanted, "doc_id")
    held = any(_holds(rows["doc_id"], ids) for rows in read_columns(path, ("doc_id",)))
    return "it holds an erased document" if held else None


def search_statistics(path: str, wanted: str) -> str | None:
    """Say whether the statistics file at *path* counts duplicates of a document that should be gone."""
    ids = _words(wanted, "doc_id")
    held = any(_holds(rows["key"], ids) for rows in read_columns(path, ("key",)) if "key" in rows.column_names)
    return "it names an erased document" if held else None


def search_ledger(path: str, wanted: str) -> str | None:
    """Say whether the ledger file at *path* tells more than it may."""
    clean = _is_clean(path, _words(wanted, "doc_id"), _words(wanted, "word").to_pylist())
    return None if clean else "it says more of an erased document than that it is gone"


def search_bytes(path: str, wanted: str) -> str | None:
    """Say whether the bytes of the file at *path* hold the id of a document that should be gone."""
    words = {word.encode() for word in _words(wanted, "word").to_pylist()}
    if any(words & _hex_words(block) for block in read_blocks(path)):
        return "it holds the id of an erased document"
    if path.endswith(".index") and _has_binary(path, _words(wanted, "doc_id").to_pylist()):
        return "it holds the id of an erased document, in binary"
    return None


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

    from lineage.iceberg.catalog import open_catalog

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


def _other_data(hub: Hub) -> dict[str, int]:
    """Return the data files that are not Parquet, and their bytes."""
    kinds: tuple[FileKind, ...] = ("index", "profiles")
    held = (list_versions(hub.db, dataset) for dataset in every_dataset(hub.db))
    files = (file for versions in held for kind in kinds for file in distinct_files(hub, versions, kind).values())
    return {hub.home.resolve(file.path): file.bytes for file in files if not file.path.endswith(_READ_BY_COLUMN)}


def _home_files(home: Home) -> list[str]:
    """Return what else stands in the home, where all homes of the hub see it, and between stages; notes aside."""
    folders = dict.fromkeys((str(home.path), home.common, home.work))
    files = dict.fromkeys(path for folder in folders for path in list_files(folder))
    notes = (notes_folder(home), tables_folder(home))
    return [path for path in files if not path.startswith(notes) and not path.endswith(_READ_BY_COLUMN)]


def _ledger_bounds(hub: Hub) -> set[str]:
    """Return the ids that end ledger files: tombstones among them are named where files are listed."""
    bounds: set[str] = set()
    for dataset in every_dataset(hub.db):
        for file in distinct_files(hub, list_versions(hub.db, dataset), "ledger").values():
            bounds |= {file.first_doc_id, file.last_doc_id}
    return bounds


def _hex_words(block: bytes) -> set[bytes]:
    """Return the runs of hexadecimal digits in *block* as words of 32 digits, at every place a word may begin."""
    return {run[at : at + 32] for run in _HEX.findall(block) for at in range(len(run) - 31)}


def _has_binary(path: str, doc_ids: Iterable[str]) -> bool:
    """Tell whether the file at *path* holds one of *doc_ids* as 16 bytes, aligned as in the arrays of an index."""
    raw = np.array(sorted(bytes.fromhex(one) for one in doc_ids), f"S{_ID_BYTES}")
    raw = raw[raw != b""]  # of zeros, as padding is
    return any(bool(np.isin(_words_of(block), raw).any()) for block in read_blocks(path)) if len(raw) else False


def _words_of(block: bytes) -> npt.NDArray[np.bytes_]:
    return np.frombuffer(block, f"S{_ID_BYTES}", len(block) // _ID_BYTES)


def _short(home: Home, path: str) -> str:
    return path.removeprefix(f"{home.path}/").removeprefix(f"{home.warehouse}/")
