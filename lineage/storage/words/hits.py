"""Documents that contain a text, by the full-text index: looked up, ranked, and each confirmed by its own text."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, islice
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from lineage.errors import DamagedFile
from lineage.hub.home import Home
from lineage.storage.files import DataFile, entries, open_parquet
from lineage.storage.pages import cells
from lineage.storage.parquet import read_errors
from lineage.storage.words.ask import Found, Place, look_up, ranked
from lineage.storage.words.build import words_file, words_folder
from lineage.storage.words.terms import pieces

AT_ONCE: Final = 128
"""Most candidates whose texts are read at first before the time is looked at; then eight times as many each time."""

MOST_AT_ONCE: Final = 1 << 13
"""Most candidates that are held at a time, however many there are."""

BY_PAGE: Final = 32
"""Most texts of a row group that are read from their pages; of more, its column is read."""

COLUMNS: Final = ("doc_id", "uri", "source", "source_id")
"""What is told of a document that was found."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a search may take.

    Attributes:
        threads: how many read.
        deadline: when to stop, on the monotonic clock; None for never.
        reach: code points that are told of a text before, of, and behind what is looked for.
    """

    threads: int
    deadline: float | None = None
    reach: int = 600

    def are_over(self) -> bool:
        """Tell whether it is time to stop."""
        return self.deadline is not None and time.monotonic() >= self.deadline


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
        around: what stands around what was asked for, as far as the limits reach.
        start: where that begins there, in code points.
    """

    row: dict[str, Any]
    around: str
    start: int


def look_up_all(home: Home, dataset: str, files: Sequence[DataFile], text: str, limits: Limits) -> Indexed:
    """Ask the indexes of *files*, those of *dataset*, for *text*, letter case ignored, as long as *limits* allow."""
    asked = lower([text])[0]
    wanted = pieces(asked)
    there = set(entries(words_folder(home, dataset))) if wanted else set()

    def said(file: DataFile) -> Found | None:
        """Return what the index of *file* says; None where there is none to be read: the documents can be."""
        path = words_file(home, dataset, file.sha256)
        if path.rpartition("/")[2] not in there or limits.are_over():
            return None
        with suppress(DamagedFile):
            return look_up(path, wanted, file.rows)
        return None

    with ThreadPoolExecutor(limits.threads) as pool:
        answers = [*zip(files, pool.map(said, files), strict=True)]
    indexed = [file for file, answer in answers if answer is not None]
    found = [answer for _, answer in answers if answer is not None]
    rest = [file for file, answer in answers if answer is None]
    return Indexed(indexed, rest, asked, ranked([*enumerate(found)]))


def hits(home: Home, indexed: Indexed, limits: Limits, wanted: int = AT_ONCE) -> Iterator[list[Hit]]:
    """Yield the documents that contain the text, some at a time, the most relevant first; *wanted* are asked for.

    Raises:
        DamagedFile: a documents file is missing or unreadable.
    """
    readers = [_Documents(home.resolve(file.path), indexed.asked, limits.reach) for file in indexed.files]

    def confirmed(group: Sequence[Place]) -> list[Hit | None]:
        """Return which documents of a row group contain the text."""
        return readers[group[0].file].hits(group[0].part, [one.row for one in group])

    count = max(1, min(wanted, AT_ONCE))
    with ThreadPoolExecutor(limits.threads) as pool:
        while some := [*islice(indexed.places, count)]:
            groups = [[*each] for _, each in groupby(sorted(some, key=_key), lambda one: (one.file, one.part))]
            found: dict[Place, Hit | None] = {}
            for group, confirmations in zip(groups, pool.map(confirmed, groups), strict=True):
                found |= zip(group, confirmations, strict=True)
            yield [hit for place in some if (hit := found[place]) is not None]
            count = min(8 * count, MOST_AT_ONCE)


def _key(place: Place) -> tuple[int, int, int]:
    return place.file, place.part, place.row


def lower(texts: Sequence[str | None]) -> list[str]:
    """Return *texts* in lower case, code point by code point, as the index has them; none is empty."""
    lowered: list[str] = pc.fill_null(pc.utf8_lower(pa.array(texts, pa.string())), "").to_pylist()
    return lowered


class _Documents:
    """A documents file of which some rows are read."""

    def __init__(self, path: str, asked: str, reach: int) -> None:
        self.path, self.asked, self.reach = path, asked, reach

    @cached_property
    def _footer(self) -> Any:
        with open_parquet(self.path) as file:
            return file.metadata

    def hits(self, part: int, rows: Sequence[int]) -> list[Hit | None]:
        """Return which of *rows*, ascending, of a row group contain what is asked for; None for those that do not."""
        with read_errors(self.path):
            texts = cells(self.path, self._footer, part, "text", rows) if len(rows) <= BY_PAGE else None
            if texts is None:
                texts = self._column(part, ["text"], rows)["text"].to_pylist()
            starts = [text.find(self.asked) for text in lower(texts)]
            holding = [row for row, start in zip(rows, starts, strict=True) if start >= 0]
            told = iter(self._column(part, [*COLUMNS], holding).to_pylist() if holding else [])
        return [
            Hit(next(told), *_around(text or "", start, self.reach)) if start >= 0 else None
            for text, start in zip(texts, starts, strict=True)
        ]

    def _column(self, part: int, columns: list[str], rows: Sequence[int]) -> pa.Table:
        with open_parquet(self.path, self._footer) as file:
            return file.read_row_group(part, columns=columns, use_threads=False).take(pa.array(rows, pa.int64()))


def _around(text: str, start: int, reach: int) -> tuple[str, int]:
    """Return the piece of *text* around what begins at *start*, and where that begins there."""
    before = max(start - reach, 0)
    return text[before : before + 3 * reach], min(start, reach)
