"""The parts of a job as one table: every document has a number, whichever order the parts are given in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pipelines.handover.ids import digest
from pipelines.handover.parts import FRESH, PartFile
from pipelines.handover.sections import Array, Sections, write_sections
from pipelines.handover.sidecar import Sidecar

Numbers = npt.NDArray[np.int64]


SPAN_ROWS = 3 << 20
"""Rows of a span, the parts of which one task reads."""

OLD_SPANS = 16
"""How many times as many rows a span of earlier versions has: of these little is read, and less goes on."""


@dataclass(frozen=True, slots=True)
class Numbering:
    """Which documents a job has, without their parts.

    Attributes:
        documents: how many.
        fresh: the number of the first that is new in this run; those before it have their fates.
        lows: int64, the number of the first document of each span; spans hold parts that are read together.
        old: how many of the spans hold documents of earlier versions.
    """

    documents: int
    fresh: int
    lows: Numbers
    old: int

    @classmethod
    def load(cls, path: str) -> Numbering:
        """Read the numbering of the catalogue at *path*."""
        with Sections(path) as file:
            return cls(file.header["documents"], file.header["fresh"], file.read("lows"), file.header["old"])

    def span(self, which: int) -> tuple[int, int]:
        """Return the numbers [low, high) of a span."""
        low, high = np.append(self.lows, self.documents)[which : which + 2].tolist()
        return low, high


@dataclass(frozen=True)
class Catalogue:
    """Parts in the order of their epochs and names: what earlier versions took in comes first.

    A document's *number* is its row plus the rows of all parts before its own, in 64 bits.

    Attributes:
        parts: all parts of the job, or those of a span.
        base: the number of the first document.
    """

    parts: tuple[PartFile, ...]
    base: int = 0

    @classmethod
    def of(cls, parts: Sequence[PartFile]) -> Catalogue:
        """Order *parts* by epoch and name."""
        return cls(tuple(sorted(parts, key=lambda part: (part.epoch, part.name))))

    @classmethod
    def load(cls, path: str, span: int | None = None) -> Catalogue:
        """Read what :meth:`save` wrote, all of it or one span."""
        with Sections(path) as file:
            first, last = (0, None) if span is None else file.read("first_parts", span, span + 2).tolist()
            rows, sizes, epochs = (file.read(name, first, last).tolist() for name in ("rows", "bytes", "epochs"))
            ends = file.read("path_ends", first, None if last is None else last + 1)
            paths = bytes(file.read("paths", int(ends[0]), int(ends[-1])))
            base = 0 if span is None else int(file.read("lows", span, span + 1)[0])
        spelled = [paths[a - ends[0] : b - ends[0]].decode() for a, b in pairwise(ends.tolist())]
        return cls(tuple(map(PartFile, spelled, rows, sizes, epochs)), base)

    def save(self, folder: str, most: int = SPAN_ROWS) -> str:
        """Write the catalogue into *folder*, for tasks to read, in spans of about *most* rows; return its path."""
        path = f"{folder}/{digest([self.id, most])[:32]}.parts"
        firsts, old = self._spans(most)
        paths = [part.path.encode() for part in self.parts]
        sections: dict[str, Array] = {
            "rows": np.array([part.rows for part in self.parts], np.int64),
            "bytes": np.array([part.bytes for part in self.parts], np.int64),
            "epochs": np.array([part.epoch for part in self.parts], np.int64),
            "path_ends": np.cumsum([0, *map(len, paths)], dtype=np.int64),
            "paths": np.frombuffer(b"".join(paths), np.uint8),
            "first_parts": np.array([*firsts, len(self.parts)], np.int64),
            "lows": self.bases[:-1][firsts],
        }
        write_sections(path, sections, {"documents": len(self), "fresh": self.fresh, "old": old})
        return path

    def _spans(self, most: int) -> tuple[list[int], int]:
        """Return the first part of each span, and how many spans hold old parts; no span holds both kinds."""
        old = sum(part.epoch < FRESH for part in self.parts)
        rows = [part.rows for part in self.parts]
        before = [start for start, _ in spans(rows[:old], most * OLD_SPANS)]
        return [*before, *(old + start for start, _ in spans(rows[old:], most))], len(before)

    @cached_property
    def id(self) -> str:
        """Identify the parts by name, which stands for the content; 32 hex digits."""
        return digest([[part.name, part.rows, part.epoch] for part in self.parts])[:32]

    @cached_property
    def bases(self) -> Numbers:
        """Return int64 (parts + 1): the number of each part's first document, and the one behind the last."""
        rows = np.cumsum([part.rows for part in self.parts], dtype=np.int64)
        return np.concatenate([[0], rows]).astype(np.int64) + self.base

    @cached_property
    def fresh(self) -> int:
        """Return the number of the first document that is new in this run; those before it have their fates."""
        return int(self.bases[sum(part.epoch < FRESH for part in self.parts)])

    def epochs(self, numbers: Numbers) -> Numbers:
        """Return the epoch of each of *numbers*."""
        epochs = np.array([part.epoch for part in self.parts], np.int64)
        return epochs[np.searchsorted(self.bases, numbers, side="right") - 1]

    def __len__(self) -> int:
        return int(self.bases[-1]) - self.base

    def by_part(self, numbers: Numbers) -> Iterator[tuple[PartFile, slice, Numbers]]:
        """Cut ascending *numbers* by part: the part, where its documents are in *numbers*, and their rows there."""
        cuts = np.searchsorted(numbers, self.bases)
        for i in np.flatnonzero(np.diff(cuts)).tolist():
            where = slice(int(cuts[i]), int(cuts[i + 1]))
            yield self.parts[i], where, numbers[where] - self.bases[i]

    def read(self, name: str, start: int = 0, stop: int | None = None) -> Iterator[Array]:
        """Yield entries [start, stop) of a section of every sidecar, part by part."""
        for part in self.parts:
            with Sidecar(sidecar_path(part)) as sidecar:
                yield sidecar.read(name, start, stop)

    def open_each(self) -> Iterator[tuple[int, Sidecar]]:
        """Yield the number of each part's first document, and its sidecar, open."""
        for part, base in zip(self.parts, self.bases.tolist(), strict=False):
            with Sidecar(sidecar_path(part)) as sidecar:
                yield base, sidecar

    def gather(self, names: Sequence[str], numbers: Numbers) -> list[Array]:
        """Return sidecar columns of the documents with these ascending *numbers*, at least one; a part at a time."""
        pieces: list[list[Array]] = [[] for _ in names]
        for part, _, rows in self.by_part(numbers):
            with Sidecar(sidecar_path(part)) as sidecar:
                for name, column in zip(names, pieces, strict=True):
                    column.append(sidecar.take(name, rows))
        return [np.concatenate(column) for column in pieces]


def sidecar_path(part: PartFile) -> str:
    """Return the path of a part's sidecar; an index file is one, with more sections."""
    return f"{part.path}.{'dedup' if part.epoch == FRESH else 'index'}"


def documents_path(part: PartFile) -> str:
    """Return the path of a part's documents (Arrow IPC file with a text column)."""
    return f"{part.path}.docs"


def spans(rows: Sequence[int], most: int) -> list[tuple[int, int]]:
    """Cut parts with these *rows* into spans [start, stop) of about *most* rows."""
    if not rows:
        return []
    span: Numbers = (np.cumsum(rows, dtype=np.int64) - rows) // most
    return list(pairwise([0, *(np.flatnonzero(np.diff(span)) + 1).tolist(), len(rows)]))
