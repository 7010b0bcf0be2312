"""Candidate pairs: documents that share a band, cut down to those whose sketches agree often enough."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipelines.dedup.catalogue import Catalogue, Numbering, Numbers
from pipelines.dedup.distinct import distinct, repeated
from pipelines.dedup.near.bands import BandRows, read_bands
from pipelines.dedup.near.lsh import Bands
from pipelines.dedup.near.pairs import Edges, Graph, Packed, pack, unpack
from pipelines.dedup.near.sketches import Sketches, differences
from pipelines.dedup.rows import Rows, RunRows, preference
from pipelines.execution.once import Once, names
from pipelines.execution.stage import Report
from pipelines.handover.runs import KeyRange, Keys, RunList, share_keys
from pipelines.handover.sections import Array
from pipelines.kernels.compiled import kernel

SMALL = 64
"""Buckets up to this size are compared pair by pair."""

ROUNDS = 256
"""Most representatives of a larger bucket."""

DOUBTFUL = 8
"""Most pairs of a member of a larger bucket with representatives that it may yet turn out not to resemble."""

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class CandidateReport(Report):
    """Paths of the pairs and of a spanning forest of them; how many edges it has; documents that ran out of rounds."""

    pairs: str
    forest: str
    edges: int
    unassigned: int


@dataclass(frozen=True)
class CandidateTask(Once[CandidateReport]):
    """Find the candidate pairs of some bands, or of one band in one share of its keys.

    Of the pairs in a bucket of at most SMALL documents, all are tried. A larger bucket is worked through in survivor
    order: the first document not yet assigned represents, and is tried against all others not yet assigned; those whose
    sketches agree so well that they are above the threshold beyond doubt (see sketches.limits) are assigned to it; the
    merely possible ones become pairs but stay, until they have been in DOUBTFUL pairs; after ROUNDS representatives the
    rest is left to the other bands and counted as ``unassigned``. So a bucket of m documents costs at most ROUNDS * m
    comparisons and (DOUBTFUL + 1) * m pairs, and this is guaranteed: if x and y share a bucket and are similar, then
    they are a pair, or one of them is surely similar to a representative that comes before it, or one is in DOUBTFUL
    pairs, or the bucket ran out of rounds. Survivor choice also tries the survivor of every dropped neighbour, so a
    chain over representatives still leads to a kept twin. What is missed is never dropped: only recall can suffer, not
    the promise that every drop has a living twin.

    A pair is tried by counting the values in which its sketches differ. Where one of a pair was dropped by an earlier
    version, the document that it was dropped for takes its place.

    Attributes:
        span: the bands [start, stop).
        bands: how signatures are cut.
        limits: most values in which a candidate differs, and what is assigned to a representative (sketches.limits).
        share: (which, of how many) equal shares of the band keys.
        catalogue: path of the catalogue.
        routed: path of the list of runs of the band, of which there is one; None where all are read from sidecars.
        earlier: paths of lists of drops whose documents take no part.
        settled: paths of lists of the near-duplicates that earlier versions dropped.
        out: folder of outputs.
    """

    span: tuple[int, int]
    bands: Bands
    limits: tuple[int, int]
    share: tuple[int, int]
    catalogue: str
    routed: str | None
    earlier: tuple[str, ...]
    settled: tuple[str, ...]
    out: str

    @property
    def cost(self) -> int:
        """Return the number of bands."""
        return self.span[1] - self.span[0]

    def inputs(self) -> Any:
        """Return what the output depends on."""
        cut = [self.bands.bands, self.bands.rows]
        files = names([self.catalogue, self.routed or "", *self.earlier]), names(self.settled)
        return [self.span, cut, self.limits, self.share, files]

    def work(self) -> CandidateReport:
        """Write pairs, a run by the smaller document with the column ``right``, and the forest, by the larger one."""
        numbering = Numbering.load(self.catalogue)
        found = [*(self._read() if self.routed is None else self._read_share(self.routed, numbering.fresh))]
        graph = Graph.of(Edges.join([edges for edges, _ in found]))
        forest = graph.forest()
        graph.edges().write(f"{self.path}.pairs", numbering.lows)
        forest.write(f"{self.path}.forest", numbering.lows)
        unassigned = sum(left for _, left in found)
        return CandidateReport(self.id, f"{self.path}.pairs", f"{self.path}.forest", len(forest), unassigned)

    def _read(self) -> Iterator[tuple[Edges, int]]:
        catalogue = Catalogue.load(self.catalogue)
        numbers, keys = read_bands(catalogue, self.bands, self.span, self.earlier, catalogue.fresh > 0)
        rows = BandRows(catalogue, numbers, self.settled)
        for some in keys:
            yield find_pairs(some, rows, catalogue.fresh, self.limits)

    def _read_share(self, routed: str, fresh: int) -> Iterator[tuple[Edges, int]]:
        low, high = share_keys(*self.share)
        with KeyRange(RunList.load(routed).between(low, high), low, high) as table:
            yield find_pairs(table.read("key"), RunRows(table), fresh, self.limits)


def find_pairs(keys: Keys, rows: Rows, fresh: int, limits: tuple[int, int]) -> tuple[Edges, int]:
    """Return the candidates among *rows* with these band *keys*, and how many documents ran out of rounds.

    A pair has at least one document numbered *fresh* or above. *limits* are the most values in which a candidate and a
    sure match differ.
    """
    places = repeated(keys)
    if fresh:
        places = _with_fresh(keys, rows.numbers, places, fresh)
    if len(places) == 0:
        return Edges.join([]), 0
    buckets = Buckets.of(keys, rows, places)
    sketches = buckets.read(rows, "sketch")
    found = [pairs[_resemble(sketches, pairs, limits[0])] for pairs in buckets.small()]
    large, unassigned = _represented(buckets, rows, sketches, limits)
    left, right = unpack(distinct([np.empty(0, np.uint64), *found, *large]))
    new = buckets.numbers[right] >= fresh
    stand_ins = buckets.read(rows, "winner")
    return Edges(stand_ins[left[new]], buckets.numbers[right[new]]), unassigned


def _with_fresh(keys: Keys, numbers: Numbers, places: Numbers, fresh: int) -> Numbers:
    """Return those of *places* whose key a document numbered *fresh* or above has."""
    new = distinct([keys[places[numbers[places] >= fresh]]])
    at = np.searchsorted(new, keys[places])
    at[at == len(new)] = 0
    return places[new[at] == keys[places]] if len(new) else places[:0]


@dataclass(frozen=True, slots=True)
class Buckets:
    """The buckets of one band that hold more than one document.

    A *node* is a place in the ascending list of these documents' numbers.

    Attributes:
        places: int64 n, ascending: their rows.
        order: int64 n: which of the places each node is at.
        numbers: int64 n, ascending: the documents.
        members: int64 n: nodes, bucket after bucket, ascending within one.
        starts: int64 b + 1: where each bucket begins in members.
    """

    places: Numbers
    order: Numbers
    numbers: Numbers
    members: Numbers
    starts: Numbers

    @classmethod
    def of(cls, keys: Keys, rows: Rows, places: Numbers) -> Buckets:
        """Group the rows at ascending *places* by key."""
        order = np.argsort(rows.numbers[places])
        keys = keys[places[order]]
        members = np.argsort(keys, kind="stable")
        cuts = np.flatnonzero(np.append(True, keys[members[1:]] != keys[members[:-1]]))
        return cls(places, order, rows.numbers[places[order]], members, np.append(cuts, len(places)))

    def read(self, rows: Rows, name: str) -> Array:
        """Return a column by node."""
        return np.asarray(rows.take([name], self.places)[0][self.order])

    def small(self) -> Iterator[Packed]:
        """Yield all pairs of the small buckets, in blocks of about a million."""
        sizes = np.diff(self.starts)
        few = np.flatnonzero(sizes <= SMALL)
        blocks = np.cumsum(sizes[few] * (sizes[few] - 1) // 2) // _BLOCK
        for block in np.split(few, np.flatnonzero(np.diff(blocks)) + 1):
            if len(block):
                yield _all_pairs(self.members, self.starts, block)

    def large(self) -> list[Numbers]:
        """Return the nodes of each large bucket."""
        many = np.flatnonzero(np.diff(self.starts) > SMALL)
        return [self.members[self.starts[at] : self.starts[at + 1]] for at in many.tolist()]


def _represented(buckets: Buckets, rows: Rows, sketches: Sketches, limits: tuple[int, int]) -> tuple[list[Packed], int]:
    """Return the pairs of each large bucket, and how many documents ran out of rounds in all."""
    large = buckets.large()
    if not large:
        return [], 0
    crowd = np.sort(np.concatenate(large))
    by_place = np.argsort(buckets.order[crowd])
    turns = np.empty(len(crowd), np.int64)
    turns[by_place[preference(rows, buckets.places[buckets.order[crowd[by_place]]])]] = np.arange(len(crowd))
    found, unassigned = [], 0
    for nodes in large:
        nodes = nodes[np.argsort(turns[np.searchsorted(crowd, nodes)])]
        left, right, over = _represent(sketches[nodes], limits, (ROUNDS, DOUBTFUL))
        found.append(pack(nodes[left], nodes[right]))
        unassigned += int(over)
    return found, unassigned


@kernel
def _all_pairs(members: Any, starts: Any, buckets: Any) -> Any:
    total = 0
    for bucket in buckets:
        size = starts[bucket + 1] - starts[bucket]
        total += size * (size - 1) // 2
    out = np.empty(total, np.uint64)
    at = 0
    for bucket in buckets:
        for i in range(starts[bucket], starts[bucket + 1]):
            for j in range(i + 1, starts[bucket + 1]):
                out[at] = (np.uint64(members[i]) << np.uint64(32)) | np.uint64(members[j])
                at += 1
    return out


@kernel
def _resemble(sketches: Any, pairs: Any, most: int) -> Any:
    """Tell of each pair whether its sketches differ in *most* values or fewer."""
    out = np.empty(len(pairs), np.bool_)
    for at in range(len(pairs)):
        left, right = pairs[at] >> np.uint64(32), pairs[at] & np.uint64(0xFFFFFFFF)
        out[at] = differences(sketches[left], sketches[right]) <= most
    return out


@kernel
def _represent(sketches: Any, limits: tuple[int, int], bounds: tuple[int, int]) -> tuple[Any, Any, int]:
    """Pair the members of a bucket, which are in survivor order, with representatives; see CandidateTask.

    *limits* are the most values in which a candidate and a sure match differ.
    """
    possible, sure = limits
    rounds, doubtful = bounds
    size = len(sketches)
    left, right = np.empty(size * (doubtful + 1), np.int64), np.empty(size * (doubtful + 1), np.int64)
    pool, doubts = np.arange(size), np.zeros(size, np.uint8)
    count, waiting = 0, size
    while waiting > 1 and rounds > 0:
        first, stay = pool[0], 0
        for i in range(1, waiting):
            member = pool[i]
            unequal = differences(sketches[first], sketches[member])
            if unequal <= possible:
                left[count], right[count] = first, member
                count += 1
                doubts[member] += 1
            if unequal > sure and doubts[member] < doubtful:
                pool[stay] = member
                stay += 1
        waiting = stay
        rounds -= 1
    return left[:count].copy(), right[:count].copy(), max(0, waiting - 1)
