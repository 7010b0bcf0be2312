"""The parts of a job as one table: every document has a number, whichever order the parts are given in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from pipelines.errors import PipelineError
from pipelines.handover.ids import digest
from pipelines.handover.parts import FRESH, PartFile
from pipelines.handover.sections import Array
from pipelines.handover.sidecar import Sidecar
from pipelines.handover.workfiles import read_json, write_json

Numbers = npt.NDArray[np.int64]


class TooManyDocuments(PipelineError):
    """A job has more documents than a pair of numbers can hold in 64 bits."""


@dataclass(frozen=True)
class Catalogue:
    """Parts in the order of their epochs and names: what earlier versions took in comes first.

    A document's *number* is its row plus the rows of all parts before its own; pairs of numbers are packed into 64
    bits, so a job holds fewer than 2**32 documents.
    """

    parts: tuple[PartFile, ...]

    def __post_init__(self) -> None:
        if sum(part.rows for part in self.parts) >= 1 << 32:
            raise TooManyDocuments("one job deduplicates fewer than 4,294,967,296 documents: split the sources")

    @classmethod
    def of(cls, parts: Sequence[PartFile]) -> Catalogue:
        """Order *parts* by epoch and name."""
        return cls(tuple(sorted(parts, key=lambda part: (part.epoch, part.name))))

    @classmethod
    def load(cls, path: str) -> Catalogue:
        """Read what :meth:`save` wrote."""
        return cls(tuple(PartFile(*entry) for entry in read_json(path)))

    def save(self, folder: str) -> str:
        """Write the catalogue into *folder*, for tasks to read; return its path."""
        path = f"{folder}/{self.id}.parts"
        write_json(path, [[part.path, part.rows, part.bytes, part.epoch] for part in self.parts])
        return path

    @cached_property
    def id(self) -> str:
        """Identify the parts by name, which stands for the content; 32 hex digits."""
        return digest([[part.name, part.rows, part.epoch] for part in self.parts])[:32]

    @cached_property
    def bases(self) -> Numbers:
        """Return int64 (parts + 1): the number of each part's first document, and the number of all."""
        return np.concatenate([[0], np.cumsum([part.rows for part in self.parts], dtype=np.int64)]).astype(np.int64)

    @cached_property
    def fresh(self) -> int:
        """Return the number of the first document that is new in this run; those before it have their fates."""
        return int(self.bases[sum(part.epoch < FRESH for part in self.parts)])

    def epochs(self, numbers: Numbers) -> Numbers:
        """Return the epoch of each of *numbers*."""
        epochs = np.array([part.epoch for part in self.parts], np.int64)
        return epochs[np.searchsorted(self.bases, numbers, side="right") - 1]

    def __len__(self) -> int:
        return int(self.bases[-1])

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

    def gather(self, name: str, numbers: Numbers) -> Array:
        """Return a sidecar column of the documents with these ascending *numbers*, at least one."""
        gathered: Array | None = None
        for part, where, rows in self.by_part(numbers):
            with Sidecar(sidecar_path(part)) as sidecar:
                column = sidecar.take(name, rows)
            if gathered is None:
                gathered = np.empty((len(numbers), *column.shape[1:]), column.dtype)
            gathered[where] = column
        if gathered is None:
            raise ValueError("no documents are asked for")
        return gathered


def sidecar_path(part: PartFile) -> str:
    """Return the path of a part's sidecar; an index file is one, with more sections."""
    return f"{part.path}.{'dedup' if part.epoch == FRESH else 'index'}"


def documents_path(part: PartFile) -> str:
    """Return the path of a part's documents (Arrow IPC file with a text column)."""
    return f"{part.path}.docs"
