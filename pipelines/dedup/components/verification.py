"""Verification: candidates are compared as sets of shingles, and survivors chosen, without reading any text."""

from __future__ import annotations

import mmap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from connectors.streams.scratch import nameless
from pipelines.dedup.catalogue import Catalogue, Numbering, Numbers
from pipelines.dedup.components.shipping import part_sets
from pipelines.dedup.components.survivors import KEPT, OPEN, Fates, Neighbours, walk, walk_estimated
from pipelines.dedup.drops import NEAR, NONE, Drops
from pipelines.dedup.near.pairs import Edges, Graph, distinct_edges, unpack
from pipelines.dedup.rows import PartRows, Rows, RunRows, preference
from pipelines.errors import StageLost
from pipelines.execution.once import Once, names
from pipelines.execution.stage import Report
from pipelines.handover.runs import KeyRange, RunList, share_keys
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
        pairs: path of the list of pairs, by hashed root where they were shipped: in shares, or with their documents.
        members: path of the list of their documents by hashed root; None where these are read from sidecars.
        share: (which, of how many) equal shares of the hashed roots.
        size: about how many bytes of text its documents have.
        threshold: least similarity of a duplicate.
        exact: compare sets of shingles; otherwise similarity is estimated from signatures.
        texts: path of the list of the documents files of earlier versions, None where there are none.
        catalogue: path of the catalogue.
        out: folder of outputs.
    """

    pairs: str
    members: str | None
    share: tuple[int, int]
    size: int
    threshold: float
    exact: bool
    texts: str | None
    catalogue: str
    out: str

    @property
    def cost(self) -> int:
        """Return the bytes of text."""
        return self.size

    def inputs(self) -> Any:
        """Return what the output depends on."""
        files = names([self.catalogue, self.pairs, self.members or "", self.texts or ""])
        return [self.threshold, self.exact, self.share, files]

    def work(self) -> VerifyReport:
        """Write the drops; report them and the numbers of pairs and of comparisons."""
        numbering = Numbering.load(self.catalogue)
        graph = Graph.of(self._edges())
        if self.members is None:
            drops, compared = self._gathered(graph, numbering.fresh)
        else:
            drops, compared = self._shipped(self.members, graph, numbering.fresh)
        drops.write(f"{self.path}.drops", numbering.lows)
        drops.write_claims(f"{self.path}.drops", numbering.lows)
        return VerifyReport(self.id, f"{self.path}.drops", len(drops), compared, len(graph.pairs))

    def _edges(self) -> Edges:
        if self.members is None and self.share == (0, 1):
            return distinct_edges(self.pairs)
        low, high = share_keys(*self.share)
        with KeyRange(RunList.load(self.pairs).between(low, high), low, high) as table:
            return Edges(table.read("left"), table.read("right"))

    def _gathered(self, graph: Graph, fresh: int) -> tuple[Drops, int]:
        catalogue = Catalogue.load(self.catalogue)
        if len(graph.numbers) == 0:
            return NONE, 0
        rows = PartRows(catalogue, graph.numbers)
        return self._decide(graph, rows, part_sets(catalogue, graph.numbers, self.texts) if self.exact else (), fresh)

    def _shipped(self, members: str, graph: Graph, fresh: int) -> tuple[Drops, int]:
        low, high = share_keys(*self.share)
        with KeyRange(RunList.load(members).between(low, high), low, high) as table:
            return self._decide(graph, RunRows(table), table.each_sets() if self.exact else (), fresh)

    def _decide(self, graph: Graph, rows: Rows, sets: Iterable[ShingleSets], fresh: int) -> tuple[Drops, int]:
        """Walk over the documents of a share, which are *rows*, in survivor order."""
        if len(rows.numbers) != len(graph.numbers):
            raise StageLost(
                f"{len(graph.numbers)} documents are in pairs of a share and {len(rows.numbers)} came there"
            )
        everyone = np.arange(len(rows.numbers))
        order = preference(rows, everyone)
        turn = np.empty(len(order), np.int64)  # when the turn of each node of the graph comes in the walk
        turn[np.argsort(np.argsort(rows.numbers))[order]] = everyone
        left, right = unpack(graph.pairs)
        neighbours = Neighbours.of(turn[left], turn[right], len(order))
        known = np.where(rows.numbers[order] < fresh, KEPT, OPEN)
        if self.exact:
            fates = walk(neighbours, known, order, spool(sets), self.threshold)
        else:
            fates = walk_estimated(neighbours, known, order, rows.take(["signature"], everyone)[0], self.threshold)
        return _drops(rows, order, fates), fates.compared


def spool(many: Iterable[ShingleSets]) -> ShingleSets:
    """Put sets behind one another in a mapped file."""
    sizes = [np.zeros(1, np.int64)]
    with nameless() as file:
        for sets in many:
            sizes.append(np.diff(sets.offsets))
            file.write(np.ascontiguousarray(sets.hashes).data)
        return ShingleSets(np.cumsum(np.concatenate(sizes)), _mapped(file))


def _mapped(spool: IO[bytes]) -> npt.NDArray[np.uint32]:
    """Map what was written to *spool*; private, so that the compiler sees an array like any other."""
    spool.flush()
    if spool.tell() == 0:
        return np.empty(0, np.uint32)
    return np.frombuffer(mmap.mmap(spool.fileno(), 0, access=mmap.ACCESS_COPY), np.uint32)


def _drops(rows: Rows, order: Numbers, fates: Fates) -> Drops:
    """Translate the fates of documents, which are in survivor order, to their numbers."""
    turns = np.flatnonzero((fates.winners != KEPT) & ~np.isnan(fates.similarities))
    losers, winners = order[turns], order[fates.winners[turns]]
    if len(turns) == 0:
        return NONE
    doc_ids = rows.take(["doc_id"], np.arange(len(order)))[0][winners]
    similarities, codes = fates.similarities[turns].astype(np.float32), np.full(len(turns), NEAR, np.uint8)
    return Drops(rows.numbers[losers], rows.numbers[winners], doc_ids, similarities, codes)
