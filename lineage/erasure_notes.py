"""Notes of erasures under way: what the next command needs to finish one that a crash interrupted.

A note names the documents; it stands in the hub home, readable to its owner alone, and goes when the erasure is
verified. The values of persons are in none: a note, too, knows them by their keyed hash.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from lineage.files import DataFile, sync_folder
from lineage.home import Home
from lineage.receipts import Erasure, Subject
from lineage.rewriting import Rewritten

FOLDER = "erasures"

Replaced = Mapping[str, Mapping[str, Mapping[str, Rewritten]]]
"""Dataset -> kind of file -> path of the old file, relative to the warehouse -> what became of it (path likewise)."""


@dataclass(frozen=True, slots=True)
class Note:
    """An erasure under way.

    Attributes:
        erasure: what is recorded of it.
        subjects: whom or what it is about.
        found: ids of the subjects' documents by dataset.
        replaced: the files it rewrote; None until all of them are.
    """

    erasure: Erasure
    subjects: tuple[Subject, ...]
    found: Mapping[str, tuple[str, ...]]
    replaced: Replaced | None = None

    @property
    def doc_ids(self) -> frozenset[str]:
        """The documents of all datasets."""
        return frozenset(one for many in self.found.values() for one in many)


def notes_folder(home: Home) -> Path:
    """Return the folder of notes."""
    return home.path / FOLDER


def write_note(home: Home, note: Note) -> None:
    """Write *note*, or write it anew: whole or not at all, and durable when this returns."""
    path = _path(home, note.erasure.id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(orjson.dumps(asdict(note)))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def read_notes(home: Home) -> list[Note]:
    """Return the notes of *home*, by receipt id."""
    return [_load(path) for path in sorted(notes_folder(home).glob("*.json"))]


def remove_note(home: Home, receipt: str) -> None:
    """Remove the note of erasure *receipt*; with the last one its folder and what an interrupted write left there."""
    _path(home, receipt).unlink(missing_ok=True)
    for leftover in notes_folder(home).glob("*.tmp"):
        leftover.unlink()
    if notes_folder(home).is_dir():
        sync_folder(notes_folder(home))


def _path(home: Home, receipt: str) -> Path:
    return notes_folder(home) / f"{receipt}.json"


def _load(path: Path) -> Note:
    content = orjson.loads(path.read_bytes())
    return Note(
        erasure=Erasure(**content["erasure"]),
        subjects=tuple(Subject(**one) for one in content["subjects"]),
        found={dataset: tuple(ids) for dataset, ids in content["found"].items()},
        replaced=None if content["replaced"] is None else _load_replaced(content["replaced"]),
    )


def _load_replaced(content: Mapping[str, Mapping[str, Mapping[str, dict[str, object]]]]) -> Replaced:
    return {
        dataset: {table: {old: _rewritten(one) for old, one in files.items()} for table, files in tables.items()}
        for dataset, tables in content.items()
    }


def _rewritten(content: dict[str, object]) -> Rewritten:
    file = content.pop("file")
    return Rewritten(file=DataFile(**file) if isinstance(file, dict) else None, **content)  # type: ignore[arg-type]
