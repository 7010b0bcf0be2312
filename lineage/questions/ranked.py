"""Documents that contain a text, by the full-text index: looked up, ranked, and each confirmed by its own text."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, islice
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from lineage.errors import DamagedFile
from lineage.hub.home import Home
from lineage.storage.files import DataFile, entries, open_parquet
from lineage.storage.pages import cells
from lineage.storage.parquet import read_errors
from lineage.words.ask import Found, Place, look_up, ranked
from lineage.words.build import words_file, words_folder
from lineage.words.terms import pieces

AT_ONCE: Final = 128
"""Most candidates whose texts are read at first before the time is looked at; then eight times as many each time."""

BY_PAGE: Final = 32
"""Most texts of a row group that are read from their pages; of more, its column is read."""

COLUMNS: Final = ("doc_id", "uri", "source", "source_id")
"""What is told of a document that was found."""


@dataclass(frozen=True)
class Indexed:
    """What the indexes of a version say of a text.

    Attributes:
        files: the documents files that have one, in their order.
        rest: those that have none, or whose index is damaged or no help: to be read.
        asked: the text in lower case.
        places: where documents stand that may contain it, the most relevant first.
    """

    files: Sequence[DataFile]
    rest: Sequence[DataFile]
    asked: str
    places: Iterator[Place]


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that contains the text.

    Attributes:
        row: its COLUMNS.
        text: all of its text.
        start: where what was asked for begins in it, in code points.
    """

    row: dict[str, Any]
    text: str
    start: int


def look_up_all(home: Home, dataset: str, files: Sequence[DataFile], text: str, deadline: float | None) -> Indexed:
    """Ask the indexes of *files*, those of *dataset*, for *text*, letter case ignored, until *deadline* (monotonic)."""
    asked = lower([text])[0]
    wanted = pieces(asked)
    there = set(entries(words_folder(home, dataset))) if wanted else set()
    indexed: list[DataFile] = []
    found: list[tuple[int, Found]] = []
    for file in files:
        path = words_file(home, dataset, file.sha256)
        late = deadline is not None and time.monotonic() >= deadline
        said = None if late or path.rpartition("/")[2] not in there else _said(path, wanted)
        if said is not None:
            found.append((len(indexed), said))
            indexed.append(file)
    held = {file.path for file in indexed}
    return Indexed(indexed, [file for file in files if file.path not in held], asked, ranked(found))


def _said(path: str, wanted: Sequence[Any]) -> Found | None:
    """Return what an index says; None where it cannot be read, since the documents can."""
    try:
        return look_up(path, wanted)
    except DamagedFile:
        return None


def hits(home: Home, indexed: Indexed, wanted: int = AT_ONCE) -> Iterator[list[Hit]]:
    """Yield the documents that contain the text, some at a time, the most relevant first; *wanted* are asked for.

    Raises:
        DamagedFile: a documents file is missing or unreadable.
    """
    readers = lru_cache(maxsize=None)(lambda number: _Documents(home.resolve(indexed.files[number].path)))
    count = max(1, min(wanted, AT_ONCE))
    while some := [*islice(indexed.places, count)]:
        count *= 8
        held: dict[Place, dict[str, Any]] = {}
        for (number, part), places in groupby(sorted(some, key=_key), lambda one: (one.file, one.part)):
            listed = [*places]
            rows = readers(number).rows(part, [one.row for one in listed])
            held |= zip(listed, rows, strict=True)
        texts = [held[place].pop("text") or "" for place in some]
        starts = [lowered.find(indexed.asked) for lowered in lower(texts)]
        yield [
            Hit(held[place], text, start) for place, text, start in zip(some, texts, starts, strict=True) if start >= 0
        ]


def _key(place: Place) -> tuple[int, int, int]:
    return place.file, place.part, place.row


def lower(texts: Sequence[str]) -> list[str]:
    """Return *texts* in lower case, code point by code point, as the index has them."""
    lowered: list[str] = pc.utf8_lower(pa.array(texts, pa.string())).to_pylist()
    return lowered


class _Documents:
    """A documents file of which some rows are read."""

    def __init__(self, path: str) -> None:
        self.path = path
        with read_errors(path), open_parquet(path) as file:
            self._footer = file.metadata
        self._told: dict[int, pa.Table] = {}

    def rows(self, part: int, rows: Sequence[int]) -> list[dict[str, Any]]:
        """Return COLUMNS and text of *rows*, ascending, of a row group: of texts, their pages alone are read."""
        with read_errors(self.path):
            few = len(rows) <= BY_PAGE
            texts = cells(self.path, self._footer, part, "text", rows) if few else None
            if texts is None:
                texts = self._taken(part, ["text"], rows)["text"].to_pylist()
            if part not in self._told:
                self._told[part] = self._taken(part, [*COLUMNS], None)
            told = self._told[part].take(pa.array(rows, pa.int64())).to_pylist()
        return [{**row, "text": text} for row, text in zip(told, texts, strict=True)]

    def _taken(self, part: int, columns: list[str], rows: Sequence[int] | None) -> pa.Table:
        with open_parquet(self.path, self._footer) as file:
            table = file.read_row_group(part, columns=columns)
        return table if rows is None else table.take(pa.array(rows, pa.int64()))
