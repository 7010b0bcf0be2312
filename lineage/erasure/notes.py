"""Notes of erasures under way: what the next command needs to finish one that a crash interrupted.

A note names the documents; it stands where all homes of the hub see it, in a folder readable to its owner alone, and
goes when the erasure is verified. It knows persons by their hash, too. The spellings of their values, without which
nothing could be proved after a crash, stand in a file of the home that began the erasure, readable to its owner alone,
and go with the note; never in a store.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import PurePosixPath
from typing import Any

import orjson

from lineage.control.erasures import Erasure, Subject, Unsearched
from lineage.control.under_way import FOLDER, GATE, notes_folder
from lineage.hub.home import Home, is_local
from lineage.hub.private import make_closed
from lineage.rewrite.files import Rewritten
from lineage.storage.files import DataFile, list_files, read_whole, remove_file, replace_file

Replaced = Mapping[str, Mapping[str, Mapping[str, Rewritten]]]
"""Dataset -> kind of file -> path of the old file, relative to the warehouse -> what became of it (path likewise)."""


Stated = Mapping[str, Mapping[int, tuple[DataFile, ...]]]
"""Dataset -> number of a version -> its statistics files after the erasure, paths relative to the warehouse."""


@dataclass(frozen=True, slots=True)
class Note:
    """An erasure under way.

    Attributes:
        erasure: what is recorded of it.
        subjects: whom or what it is about.
        found: ids of the subjects' documents by dataset.
        replaced: the files it rewrote; None until all of them are.
        stated: dataset -> number of each version that changes -> its new statistics files (paths likewise).
        unsearched: what it does not look for.
        spellings: where the spellings of persons stand (spellings.table_of), None where no person is concerned.
    """

    erasure: Erasure
    subjects: tuple[Subject, ...]
    found: Mapping[str, tuple[str, ...]]
    replaced: Replaced | None = None
    unsearched: tuple[Unsearched, ...] = ()
    spellings: str | None = None
    stated: Stated = field(default_factory=dict)

    @property
    def doc_ids(self) -> frozenset[str]:
        """The documents of all datasets."""
        return frozenset(one for many in self.found.values() for one in many)


def own_folder(home: Home) -> str:
    """Return the folder of what no other home may see."""
    return str(home.path / FOLDER)


def tables_folder(home: Home) -> str:
    """Return the folder of the tables that those read who rewrite and search files: where workers elsewhere reach it.

    They name documents, and never persons.
    """
    return home.work_folder(GATE) if home.work_root else notes_folder(home)


def close_folders(home: Home) -> None:
    """Make the folders of notes as far as they stand on a disk, closed to all but their owner."""
    for folder in dict.fromkeys((own_folder(home), notes_folder(home))):
        if is_local(folder):
            make_closed(folder)


def write_note(home: Home, note: Note) -> None:
    """Write *note*, or write it anew: whole or not at all, and durable when this returns."""
    close_folders(home)
    replace_file(_path(home, note.erasure.id), orjson.dumps(asdict(note), option=orjson.OPT_NON_STR_KEYS), 0o600)


def read_notes(home: Home) -> list[Note]:
    """Return the notes of *home*, by receipt id."""
    return [_load(path) for path in list_files(notes_folder(home)) if path.endswith(".json")]


def remove_note(home: Home, receipt: str) -> None:
    """Remove the note of erasure *receipt*, the tables its workers read, and what an interrupted write left."""
    note = _path(home, receipt)
    folders = dict.fromkeys((own_folder(home), notes_folder(home), tables_folder(home)))
    held = [path for folder in folders for path in list_files(folder)]
    beside = [path for path in held if receipt in PurePosixPath(path).name]
    for path in sorted(beside, key=lambda path: path == note):  # the note last: until it goes, this is repeated
        remove_file(path)


def _path(home: Home, receipt: str) -> str:
    return f"{notes_folder(home)}/{receipt}.json"


def _load(path: str) -> Note:
    content = orjson.loads(read_whole(path))
    return Note(
        erasure=Erasure(**content["erasure"]),
        subjects=tuple(Subject(**one) for one in content["subjects"]),
        found={dataset: tuple(ids) for dataset, ids in content["found"].items()},
        replaced=None if content["replaced"] is None else _load_replaced(content["replaced"]),
        unsearched=tuple(Unsearched(**one) for one in content.get("unsearched", ())),
        spellings=content.get("spellings"),
        stated={
            dataset: {int(number): tuple(DataFile(**file) for file in files) for number, files in versions.items()}
            for dataset, versions in content.get("stated", {}).items()
        },
    )


def _load_replaced(content: Mapping[str, Mapping[str, Mapping[str, Mapping[str, Any]]]]) -> Replaced:
    return {
        dataset: {table: {old: Rewritten.load(one) for old, one in files.items()} for table, files in tables.items()}
        for dataset, tables in content.items()
    }
