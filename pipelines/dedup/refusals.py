"""Refusals: survivors that the release stage drops after all, and what becomes of their duplicates.

Release looks for personal data only in what deduplication has left, so it may refuse a document for which others were
dropped. Those would be without a kept twin. Deduplication is then repeated with the refused documents set aside (they
take no part, and go to release as they are), until none was dropped for a refused one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.dedup.catalogue import Catalogue, Numbering, Numbers
from pipelines.dedup.drops import REFUSED, Drops
from pipelines.execution.once import Once, names
from pipelines.execution.stage import Report
from pipelines.handover import events as ledger
from pipelines.handover.events import Order
from pipelines.handover.ids import digest
from pipelines.handover.sections import Array
from pipelines.handover.sorted_tables import id_keys, read_sorted
from pipelines.handover.workfiles import read_json, reading, write_json

Ids = npt.NDArray[np.bytes_]


@dataclass(frozen=True, slots=True)
class RefusalReport(Report):
    """Path of the documents to set aside, and how many there are."""

    drops: str
    documents: int


@dataclass(frozen=True)
class RefusalTask(Once[RefusalReport]):
    """Find the refused documents for which others were dropped, with all that have the same text.

    A copy would be refused for the same reason. Holds 50 bytes for each document of the job, and runs only where
    release refused any.

    Attributes:
        files: path of the list of what it reads, which :meth:`of` writes.
        whole: set their duplicates aside too. That ends the rounds where every copy of a template is refused.
        catalogue: path of the catalogue.
        out: folder of outputs.
    """

    files: str
    whole: bool
    catalogue: str
    out: str

    @classmethod
    def of(
        cls, refused: Sequence[str], verdicts: Mapping[str, str], catalogue: str, out: str, *, whole: bool
    ) -> RefusalTask:
        """List in a file what the task reads, so that it is no larger where this is much, and return the task.

        *refused* are paths of the events of release tasks that refused documents, *verdicts* the path of the verdicts
        of each part that lost a row, by its name.
        """
        listed = sorted(refused), sorted(verdicts.items())
        path = f"{out}/{digest([names(listed[0]), names([one for _, one in listed[1]])])[:32]}.files"
        write_json(path, listed)
        return cls(path, whole, catalogue, out)

    def inputs(self) -> Any:
        """Return what the output depends on."""
        return [self.whole, names([self.catalogue, self.files])]

    def work(self) -> RefusalReport:
        """Write the documents to set aside as drops; report how many there are, 0 if every drop has a kept twin."""
        catalogue = Catalogue.load(self.catalogue)
        paths, verdicts = read_json(self.files)
        survivors = [self._column(path, "duplicate_of") for _, path in verdicts]
        refused = np.concatenate([refused_ids(path) for path in paths])
        lost = np.intersect1d(refused, np.concatenate([np.empty(0, "S16"), *survivors]))
        numbers = self._numbers(catalogue, lost, verdicts)
        path = f"{self.path}.drops"
        aside(numbers).write(path, Numbering.load(self.catalogue).lows)
        return RefusalReport(self.id, path, len(numbers))

    def _numbers(self, catalogue: Catalogue, lost: Ids, verdicts: Sequence[tuple[str, str]]) -> Numbers:
        if len(lost) == 0:
            return np.empty(0, np.int64)
        ids, contents = (
            np.concatenate([_keys(rows) for rows in catalogue.read(name)]) for name in ("doc_id", "content_id")
        )
        gone = np.isin(contents, np.unique(contents[np.isin(ids, lost)]))
        if self.whole:
            places = {part.name: place for place, part in enumerate(catalogue.parts)}
            for part, path in verdicts:
                rows = self._column(path, "row")[np.isin(self._column(path, "duplicate_of"), lost)]
                gone[rows + catalogue.bases[places[part]]] = True
        gone[: catalogue.fresh] = False
        return np.flatnonzero(gone)

    @staticmethod
    def _column(path: str, name: str) -> Array:
        with reading(path) as file:
            column = pa.ipc.open_file(file).read_all()[name]
        return np.asarray(column.to_numpy().astype(np.int64) if name == "row" else id_keys(column))


def refused_ids(path: str) -> Ids:
    """Return the ids (S16) of the documents that the release task with these events refused."""
    events = read_sorted(path, "doc_id").select(["doc_id", "seq", "outcome"])
    refused = pc.and_(pc.greater(events["seq"], Order.DEDUP), pc.equal(events["outcome"], ledger.DROPPED))
    return np.array(id_keys(events.filter(refused)["doc_id"]), "S16")


def aside(numbers: Numbers) -> Drops:
    """Return drops that stand for documents that take no part: each names itself."""
    count = len(numbers)
    nothing = np.full(count, np.nan, np.float32)
    return Drops(numbers, numbers, np.zeros((count, 16), np.uint8), nothing, np.full(count, REFUSED, np.uint8))


def _keys(ids: Array) -> Ids:
    keys: Ids = np.ascontiguousarray(ids).view(f"S{ids.shape[1]}").ravel()
    return keys
