"""Verification: candidates are compared as sets of shingles, and survivors chosen, without reading any text."""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from connectors.streams.scratch import nameless
from pipelines.dedup.candidates import unpack
from pipelines.dedup.catalogue import Catalogue, Numbering, Numbers, sidecar_path
from pipelines.dedup.components import pairs_of_share
from pipelines.dedup.distinct import distinct
from pipelines.dedup.drops import NEAR, Drops, read_drops
from pipelines.dedup.rows import PartRows
from pipelines.dedup.survivors import KEPT, OPEN, Fates, Neighbours, preference, walk, walk_estimated
from pipelines.execution.once import Once, names
from pipelines.execution.stage import Report
from pipelines.handover.sidecar import Sidecar
from pipelines.kernels.shingles import ShingleSets


@dataclass(frozen=True, slots=True)
class VerifyReport(Report):
    """Path of the drops, how many there are, comparisons made, and pairs looked at."""

    drops: str
    near: int
    compared: int
    pairs: int


@dataclass(frozen=True)
class VerifyTask(Once[VerifyReport]):
    """Decide whole components: drop a document only for a kept one whose similarity is at or above the threshold.

    Holds about 60 bytes for each document and 30 for each pair of its share. The shingle sets (4 bytes for each
    distinct shingle, about half the text) stand in an unnamed temporary file that is mapped: they are in memory while
    there is room, so that even a component far beyond it costs time and disk, never the run.

    Attributes:
        routed: paths of the pairs, sorted by share.
        share: which share to decide.
        size: bytes of text of its documents.
        settled: paths of the near-duplicates that earlier versions dropped.
        threshold: least similarity of a duplicate.
        exact: compare sets of shingles; otherwise similarity is estimated from signatures.
        catalogue: path of the catalogue.
        out: folder of outputs.
    """

    routed: tuple[str, ...]
    share: int
    size: int
    settled: tuple[str, ...]
    threshold: float
    exact: bool
    catalogue: str
    out: str

    @property
    def cost(self) -> int:
        """Return the bytes of text."""
        return self.size

    def inputs(self) -> Any:
        """Return what the output depends on."""
        files = names([self.catalogue, *self.routed, *self.settled])
        return [self.threshold, self.exact, self.share, files]

    def work(self) -> VerifyReport:
        """Write the drops; report them and the numbers of pairs and of comparisons."""
        catalogue = Catalogue.load(self.catalogue)
        pairs = pairs_of_share(self.routed, self.share)
        left, right = unpack(pairs)
        earlier = read_drops(self.settled)
        numbers = _with_winners(distinct([left, right]), earlier)
        order = preference(PartRows(catalogue, numbers), np.arange(len(numbers)))
        turn = np.empty(len(order), np.int64)  # when each document's turn comes in the walk
        turn[order] = np.arange(len(order))
        places = turn[np.searchsorted(numbers, np.concatenate([left, right]))]
        neighbours = Neighbours.of(places[: len(left)], places[len(left) :], len(numbers))
        known = _known(catalogue, numbers, turn, earlier)
        fates = self._decide(catalogue, numbers, neighbours, known[order], order)
        drops = _drops(catalogue, numbers, order, fates)
        lows = Numbering.load(self.catalogue).lows
        drops.write(f"{self.path}.drops", lows)
        drops.write_claims(f"{self.path}.drops", lows)
        return VerifyReport(self.id, f"{self.path}.drops", len(drops), fates.compared, len(pairs))

    def _decide(
        self, catalogue: Catalogue, numbers: Numbers, neighbours: Neighbours, known: Numbers, order: Numbers
    ) -> Fates:
        if self.exact:
            return walk(neighbours, known, order, read_sets(catalogue, numbers), self.threshold)
        return walk_estimated(neighbours, known, order, catalogue.gather("signature", numbers), self.threshold)


def _with_winners(numbers: Numbers, earlier: Drops) -> Numbers:
    """Add the documents for which earlier versions dropped some of *numbers*: they are compared in their stead."""
    return distinct([numbers, earlier.winners[np.isin(earlier.numbers, numbers, assume_unique=True)]])


def _known(catalogue: Catalogue, numbers: Numbers, turn: Numbers, earlier: Drops) -> Numbers:
    """Return the fates (int64) of *numbers* as earlier versions decided them, OPEN for those of this run."""
    known = np.where(numbers < catalogue.fresh, KEPT, OPEN)
    some = earlier.take(np.flatnonzero(np.isin(earlier.numbers, numbers, assume_unique=True)))
    known[np.searchsorted(numbers, some.numbers)] = turn[np.searchsorted(numbers, some.winners)]
    return known


def read_sets(catalogue: Catalogue, numbers: Numbers) -> ShingleSets:
    """Return the shingle sets of the documents with these ascending *numbers*, reading one part at a time.

    Documents that earlier versions dropped have empty ones.
    """
    sizes = [np.zeros(1, np.int64)]
    with nameless() as spool:
        for part, _, rows in catalogue.by_part(numbers):
            with Sidecar(sidecar_path(part)) as sidecar:
                sets = sidecar.take_sets(rows)
            sizes.append(np.diff(sets.offsets))
            spool.write(sets.hashes.data)
        return ShingleSets(np.cumsum(np.concatenate(sizes)), _mapped(spool))


def _mapped(spool: IO[bytes]) -> npt.NDArray[np.uint32]:
    """Map what was written to *spool*; private, so that the compiler sees an array like any other."""
    spool.flush()
    if spool.tell() == 0:
        return np.empty(0, np.uint32)
    return np.frombuffer(mmap.mmap(spool.fileno(), 0, access=mmap.ACCESS_COPY), np.uint32)


def _drops(catalogue: Catalogue, numbers: Numbers, order: Numbers, fates: Fates) -> Drops:
    """Translate the fates of this run's documents, which are in survivor order, to document numbers."""
    turns = np.flatnonzero((fates.winners != KEPT) & (numbers[order] >= catalogue.fresh))
    turns = turns[np.argsort(order[turns])]
    winners = order[fates.winners[turns]]
    doc_ids = catalogue.gather("doc_id", numbers)[winners]
    similarities = fates.similarities[turns].astype(np.float32)
    return Drops(numbers[order[turns]], numbers[winners], doc_ids, similarities, np.full(len(turns), NEAR, np.uint8))
