"""Candidate pairs: documents that share a band, cut down to those whose signatures agree often enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.dedup.catalogue import Catalogue, Numbers
from pipelines.dedup.distinct import distinct
from pipelines.dedup.drops import dropped_mask
from pipelines.dedup.lsh import Bands, keys_of_band, matches
from pipelines.dedup.rows import PartRows
from pipelines.dedup.survivors import preference
from pipelines.execution.once import Once, names
from pipelines.execution.stage import Report
from pipelines.handover.sections import Array
from pipelines.handover.workfiles import reading, writing
from pipelines.kernels.compiled import kernel
from pipelines.kernels.minhash import EMPTY

SMALL = 64
"""Buckets up to this size are compared pair by pair."""

ROUNDS = 256
"""Most representatives of a larger bucket."""

DOUBTFUL = 8
"""Most pairs of a member of a larger bucket with representatives that it may yet turn out not to resemble."""

_BLOCK = 1 << 16
Pairs = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class CandidateReport(Report):
    """Path of the pairs, how many there are, pairs that shared a bucket, and documents that ran out of rounds."""

    pairs: str
    candidates: int
    shared: int
    unassigned: int


@dataclass(frozen=True)
class CandidateTask(Once[CandidateReport]):
    """Find the candidate pairs of some bands, in one hash partition of their keys.

    Of the pairs in a bucket of at most SMALL documents, all are tried. A larger bucket is worked through in survivor
    order: the first document not yet assigned represents, and is tried against all others not yet assigned; those whose
    signatures agree so well that they are above the threshold beyond doubt (see :func:`sure_matches`) are assigned to
    it; the merely possible ones become pairs but stay, until they have been in DOUBTFUL pairs; after ROUNDS
    representatives the rest is left to the other bands and counted as ``unassigned``. So a bucket of m documents costs
    at most ROUNDS * m comparisons and (DOUBTFUL + 1) * m pairs, and this is guaranteed: if x and y share a bucket and
    are similar, then they are a pair, or one of them is surely similar to a representative that comes before it, or
    one is in DOUBTFUL pairs, or the bucket ran out of rounds. Survivor choice also tries the survivor of every dropped
    neighbour, so a chain over representatives still leads to a kept twin. What is missed is never dropped: only recall
    can suffer, not the promise that every drop has a living twin.

    A pair is tried by counting equal signature values; below *floor* it is no candidate.

    Attributes:
        span: the bands [start, stop).
        bands: how signatures are cut.
        limits: (floor, sure): equal values that make a candidate, and that assign to a representative.
        partition: (which, of how many) equal shares of the band keys.
        catalogue: path of the catalogue.
        earlier: paths of drops whose documents take no part.
        out: folder of outputs.
    """

    span: tuple[int, int]
    bands: Bands
    limits: tuple[int, int]
    partition: tuple[int, int]
    catalogue: str
    earlier: tuple[str, ...]
    out: str

    @property
    def cost(self) -> int:
        """Return the number of bands."""
        return self.span[1] - self.span[0]

    def inputs(self) -> Any:
        """Return what the output depends on."""
        cut = [self.bands.bands, self.bands.rows]
        return [self.span, cut, self.limits, self.partition, names([self.catalogue, *self.earlier])]

    def work(self) -> CandidateReport:
        """Write the pairs (uint64, ascending) and count them."""
        catalogue = Catalogue.load(self.catalogue)
        gone = dropped_mask(self.earlier, 0, len(catalogue))
        found, shared, unassigned = [np.empty(0, np.uint64)], 0, 0
        for band in range(*self.span):
            keys, numbers = self._entries(catalogue, band, gone)
            buckets = Buckets.of(keys, numbers, catalogue.fresh)
            for block in buckets.small():
                pairs = _with_fresh(block, catalogue)
                shared += len(pairs)
                found.append(self._tried(catalogue, pairs))
            for members in buckets.large():
                pairs, left = self._represented(catalogue, members)
                shared += len(pairs)
                unassigned += left
                found.append(pairs)
            found = [distinct(found)]
        path = f"{self.path}.pairs"
        write_pairs(path, found[0])
        return CandidateReport(self.id, path, len(found[0]), shared, unassigned)

    def _entries(self, catalogue: Catalogue, band: int, gone: Array) -> tuple[npt.NDArray[np.uint64], Numbers]:
        """Return the keys and numbers of the documents in this partition of *band*."""
        which, shares = self.partition
        keys, numbers = [np.empty(0, np.uint64)], [np.empty(0, np.int64)]
        base = 0
        for values in catalogue.read("values", band * self.bands.rows, (band + 1) * self.bands.rows):
            key = keys_of_band(values, band)
            alive = ~gone[base : base + len(key)] & (values != EMPTY).any(axis=0)
            mine = np.flatnonzero(alive & (key % np.uint64(shares) == which))
            keys.append(key[mine])
            numbers.append(mine + base)
            base += len(key)
        return np.concatenate(keys), np.concatenate(numbers)

    def _tried(self, catalogue: Catalogue, pairs: Pairs) -> Pairs:
        """Return the pairs whose signatures agree in at least *floor* values; a block's signatures at a time."""
        kept = [np.empty(0, np.uint64)]
        for start in range(0, len(pairs), _BLOCK):
            block = pairs[start : start + _BLOCK]
            left, right = unpack(block)
            numbers, places = np.unique(np.concatenate([left, right]), return_inverse=True)
            signatures = catalogue.gather("signature", numbers)
            agree = _count_matches(signatures, places[: len(block)], places[len(block) :])
            kept.append(block[agree >= self.limits[0]])
        return np.concatenate(kept)

    def _represented(self, catalogue: Catalogue, members: Numbers) -> tuple[Pairs, int]:
        order = preference(PartRows(catalogue, members), np.arange(len(members)))
        signatures = catalogue.gather("signature", members)
        left, right, unassigned = _represent(signatures, order, self.limits, (ROUNDS, DOUBTFUL))
        pairs = distinct([pack(members[order[left]], members[order[right]])])
        return _with_fresh(pairs, catalogue), int(unassigned)


def _with_fresh(pairs: Pairs, catalogue: Catalogue) -> Pairs:
    """Return the pairs of which at least one document is new; the others are settled."""
    return pairs[(pairs & np.uint64(0xFFFFFFFF)) >= catalogue.fresh]


def sure_matches(threshold: float, num_perm: int) -> int:
    """Return the equal values that make a pair similar beyond doubt: three standard errors above the threshold."""
    error = (threshold * (1.0 - threshold) / num_perm) ** 0.5
    return min(num_perm, int(np.ceil(num_perm * (threshold + 3.0 * error))))


@dataclass(frozen=True, slots=True)
class Buckets:
    """The buckets of one band that hold more than one document, and at least one that is new.

    Attributes:
        numbers: int64, documents, bucket after bucket, ascending within one.
        starts: int64 b + 1, where each bucket begins in numbers.
    """

    numbers: Numbers
    starts: Numbers

    @classmethod
    def of(cls, keys: npt.NDArray[np.uint64], numbers: Numbers, fresh: int) -> Buckets:
        """Group *numbers* (ascending) by key; groups without a document numbered *fresh* or above are left out."""
        order = np.argsort(keys, kind="stable")
        keys, numbers = keys[order], numbers[order]
        cuts = np.concatenate([[0], np.flatnonzero(keys[1:] != keys[:-1]) + 1, [len(keys)]]).astype(np.int64)
        sizes = np.diff(cuts)
        wanted = sizes > 1
        wanted[wanted] = numbers[cuts[1:][wanted] - 1] >= fresh
        return cls(numbers[np.repeat(wanted, sizes)], np.concatenate([[0], np.cumsum(sizes[wanted])]).astype(np.int64))

    def small(self) -> list[Pairs]:
        """Return all pairs of the small buckets, in blocks of about a million."""
        sizes = np.diff(self.starts)
        few = np.flatnonzero(sizes <= SMALL)
        totals = np.cumsum(sizes[few] * (sizes[few] - 1) // 2)
        blocks = np.split(few, np.searchsorted(totals, np.arange(1 << 20, totals[-1] if len(few) else 0, 1 << 20)))
        return [distinct([_all_pairs(self.numbers, self.starts, block)]) for block in blocks if len(block)]

    def large(self) -> list[Numbers]:
        """Return the members of each large bucket."""
        many = np.flatnonzero(np.diff(self.starts) > SMALL)
        return [self.numbers[self.starts[i] : self.starts[i + 1]] for i in many]


def pack(left: Numbers, right: Numbers) -> Pairs:
    """Pack pairs of document numbers into uint64, the smaller number in the upper half."""
    low, high = np.minimum(left, right).astype(np.uint64), np.maximum(left, right).astype(np.uint64)
    return np.asarray((low << np.uint64(32)) | high)


def unpack(pairs: Pairs) -> tuple[Numbers, Numbers]:
    """Return the smaller and the larger number of each pair."""
    return (pairs >> np.uint64(32)).astype(np.int64), (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)


def write_pairs(path: str, pairs: Pairs) -> None:
    """Write pairs as little-endian uint64."""
    with writing(path) as file:
        file.write(pairs.astype("<u8").tobytes())


def read_pairs(path: str) -> Pairs:
    """Read what :func:`write_pairs` wrote."""
    with reading(path) as file:
        return np.frombuffer(file.read_buffer() if file.size() else b"", "<u8")


@kernel
def _all_pairs(numbers: Any, starts: Any, buckets: Any) -> Any:
    total = 0
    for bucket in buckets:
        size = starts[bucket + 1] - starts[bucket]
        total += size * (size - 1) // 2
    out = np.empty(total, np.uint64)
    at = 0
    for bucket in buckets:
        for i in range(starts[bucket], starts[bucket + 1]):
            for j in range(i + 1, starts[bucket + 1]):
                out[at] = (np.uint64(numbers[i]) << np.uint64(32)) | np.uint64(numbers[j])
                at += 1
    return out


@kernel
def _count_matches(signatures: Any, left: Any, right: Any) -> Any:
    out = np.empty(len(left), np.int64)
    for i in range(len(left)):
        out[i] = matches(signatures[left[i]], signatures[right[i]])
    return out


@kernel
def _represent(signatures: Any, order: Any, limits: tuple[int, int], bounds: tuple[int, int]) -> tuple[Any, Any, int]:
    """Pair the members of a bucket with representatives, by their places in survivor order; see CandidateTask."""
    floor, sure = limits
    rounds, doubtful = bounds
    size = len(order)
    left, right = np.empty(size * (doubtful + 1), np.uint32), np.empty(size * (doubtful + 1), np.uint32)
    pool, doubts = np.arange(size), np.zeros(size, np.uint8)
    count, waiting = 0, size
    while waiting > 1 and rounds > 0:
        first, stay = pool[0], 0
        for i in range(1, waiting):
            member = pool[i]
            agree = matches(signatures[order[first]], signatures[order[member]])
            if agree >= floor:
                left[count], right[count] = first, member
                count += 1
                doubts[member] += 1
            if agree < sure and doubts[member] < doubtful:
                pool[stay] = member
                stay += 1
        waiting = stay
        rounds -= 1
    return left[:count].copy(), right[:count].copy(), max(0, waiting - 1)
