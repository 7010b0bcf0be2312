"""Look for the spellings of persons' values in every file of a hub and every record, raw and decoded.

What a file holds is told by how it begins: Parquet and Arrow are read by column, Avro and what is compressed block by
block; all but the first two are searched as bytes, too. A file of a kind that no hub has, in a folder of the hub, is
named, since nobody can say what it holds. Columns with digests of ours and with names of sources and files are not
searched.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from lineage.control.erasures import every_dataset
from lineage.control.under_way import FOLDER
from lineage.control.versions import list_versions
from lineage.erasure.decoded import CLOSED, beginning, decoded_blocks, decoded_columns, is_columnar
from lineage.erasure.notes import Note, own_folder
from lineage.erasure.records import records_with, strings_in, wanted_in
from lineage.erasure.search import Search, read_blocks
from lineage.erasure.spellings import OVERLAP, Wanted, is_in_blocks, read_wanted, rows_with, table_of
from lineage.erasure.subjects import UNSPOKEN, distinct_files
from lineage.hub import Hub
from lineage.hub.home import FileKind, Home
from lineage.rewrite.chores import ChoreRunner, in_turn, keep_table, read_table
from lineage.storage.files import exists, list_files, open_bytes

_HELD: Final = "it holds the value of an erased person, perhaps in disguise"
_UNKNOWN: Final = "it is of no kind that a hub has, so that nobody can say what it holds: move it out of the hub"
_ELSEWHERE: Final = "only the home that began the erasure knows what to look for: run `corpushub erase --resume` there"

_RECORDS, _TABLES = (
    frozenset(f"{name}.sqlite{suffix}" for suffix in ("", "-wal", "-shm", "-journal")) for name in ("hub", "catalog")
)
_FILES: Final = _RECORDS | _TABLES | {"id", "documentation.toml", "energy.toml"}
_OURS: Final = frozenset({"work", "runs", "locks", "keys", "log", "openlineage", FOLDER})  # whose files need no suffix
_SUFFIXES: Final = frozenset({".parquet", ".index", ".avro", ".json", ".tmp"})


def find_spoken(hub: Hub, note: Note, run_chores: ChoreRunner = in_turn) -> Iterator[tuple[str, str]]:
    """Yield the files, and tables of the control database, in which a person of *note* is left, and how."""
    if note.spellings is None:
        return
    if not exists(note.spellings):
        yield note.spellings, _ELSEWHERE
        return
    data, here = _warehouse_files(hub), _home_files(hub.home)
    yield from ((path, _UNKNOWN) for path in (*data, *here) if not _is_known(hub.home, path))
    sizes = _sizes(hub)
    wanted = wanted_in(hub.db, read_wanted(read_table(note.spellings)).spellings)  # what stays may be of later
    kept = keep_table(own_folder(hub.home), note.erasure.id, table_of(wanted))
    searches = [Search(search_spoken, path, sizes.get(path, 0), kept) for path in data]
    own = [Search(search_spoken, path, 0, kept) for path in here]
    problems = [*run_chores(searches), *in_turn(own)]
    yield from ((one.path, problem) for one, problem in zip((*searches, *own), problems, strict=True) if problem)
    yield from ((f"control database, {table}", _HELD) for table in records_with(hub.db, wanted))


def search_spoken(path: str, wanted: str) -> str | None:
    """Say whether the file at *path* holds one of the spellings in *wanted* (spellings.table_of)."""
    try:
        # what has no suffix are digests of ours, and an index is of numbers: neither is compressed
        begins = beginning(path) if PurePosixPath(path).suffix not in {"", ".index"} else b""
        if begins.startswith(CLOSED):
            return _UNKNOWN
        return _HELD if _holds(path, begins, read_wanted(read_table(wanted))) else None
    except FileNotFoundError:
        return None  # gone by now
    except (OSError, ValueError, pa.ArrowException) as error:
        return f"it could not be read ({type(error).__name__}), so that nobody can say what it holds"


def foreign_entries(home: Home) -> int:
    """Return how many entries of the folder of *home* are not the hub's, and are left alone."""
    if not home.path.is_dir():
        return 0
    return sum(path.name not in {"warehouse"} | _OURS | _FILES for path in home.path.iterdir())


def _holds(path: str, begins: bytes, wanted: Wanted) -> bool:
    spellings = wanted.spellings
    raw = not is_columnar(begins) and not (wanted.kept and PurePosixPath(path).name in _RECORDS)
    if raw and is_in_blocks(read_blocks(path, OVERLAP), spellings):
        return not _is_event_file(path) or _tells_more(path, wanted)
    if is_in_blocks(decoded_blocks(path, begins, OVERLAP), spellings):
        return True
    columns = (texts for name, texts in decoded_columns(path, begins) if name not in UNSPOKEN)
    return any(bool(pc.any(rows_with(texts, spellings)).as_py()) for texts in columns)


def _is_event_file(path: str) -> bool:
    return PurePosixPath(path).parent.name == "openlineage" and path.endswith(".ndjson")


def _tells_more(path: str, wanted: Wanted) -> bool:
    """Tell whether an event in the file at *path* holds more than the names of which events tell."""
    with open_bytes(path) as file:
        texts = [text for line in file for text in strings_in(line) if text not in wanted.told]
    return bool(pc.any(rows_with(pa.array(texts, pa.string()), wanted.spellings), min_count=0).as_py())


def _warehouse_files(hub: Hub) -> list[str]:
    """Return the files of all datasets: data of versions, Iceberg metadata, and what no version names."""
    folders = [f"{hub.home.warehouse}/{dataset}" for dataset in every_dataset(hub.db)]
    return [path for folder in folders for path in list_files(folder)]


def _home_files(home: Home) -> list[str]:
    """Return the hub's own files in *home*, those between stages, and those all homes see; the spellings aside."""
    roots = [str(home.path / name) for name in sorted(_OURS)]
    found = [path for root in roots for path in list_files(root)]
    found += [str(home.path / name) for name in sorted(_FILES) if (home.path / name).is_file()]
    found += list_files(home.common) if home.common != str(home.path) else []
    found += list_files(home.work) if home.work_root else []
    return [path for path in dict.fromkeys(found) if PurePosixPath(path).parent.name != FOLDER]


def _sizes(hub: Hub) -> dict[str, int]:
    """Return the bytes of the data files of all versions; other files are small."""
    kinds: tuple[FileKind, ...] = ("documents", "ledger", "index", "profiles", "statistics")
    held = (list_versions(hub.db, dataset) for dataset in every_dataset(hub.db))
    files = (file for versions in held for kind in kinds for file in distinct_files(hub, versions, kind).values())
    return {hub.home.resolve(file.path): file.bytes for file in files}


def _is_known(home: Home, path: str) -> bool:
    """Tell whether the file at *path* is of a kind that a hub has where it stands."""
    if path.startswith(f"{home.work}/"):
        return True
    for root in dict.fromkeys((str(home.path), home.common)):
        inside = path.removeprefix(f"{root}/")
        if inside != path and inside.partition("/")[0] in _OURS | _FILES:
            return True
    return PurePosixPath(path).suffix in _SUFFIXES
