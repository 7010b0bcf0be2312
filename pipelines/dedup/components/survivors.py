"""Survivors: which document of a set of duplicates stays.

The walk follows survivor order (see pipelines.dedup.rows), and drops a document only for a *kept* one whose verified
similarity reaches the threshold. A document's fate depends on those before it alone, so fates of earlier versions
stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.dedup.catalogue import Numbers
from pipelines.dedup.near.lsh import matches
from pipelines.handover.sections import Array
from pipelines.kernels.compiled import kernel
from pipelines.kernels.minhash import Signatures
from pipelines.kernels.shingles import ShingleSets, jaccard

KEPT, OPEN = -1, -2
"""Fates: stays; not decided yet. Others are the turn of the document it is dropped for."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Who may be a duplicate of whom, among n documents in survivor order.

    Attributes:
        offsets: int64 n + 1.
        targets: int64; ``targets[offsets[i]:offsets[i + 1]]`` are candidates that come before i in the order.
    """

    offsets: npt.NDArray[np.int64]
    targets: npt.NDArray[np.int64]

    @classmethod
    def of(cls, left: Numbers, right: Numbers, size: int) -> Neighbours:
        """Build the lists from pairs of positions in survivor order; a pair's later one looks at its earlier one."""
        late, early = np.maximum(left, right), np.minimum(left, right)
        order = np.lexsort((early, late))
        counts = np.bincount(late, minlength=size)
        return cls(np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), early[order])


@dataclass(frozen=True, slots=True)
class Fates:
    """What became of n documents in survivor order.

    Attributes:
        winners: int64 n, the kept document for which each was dropped, or KEPT.
        similarities: float64 n, to the winner; nan where kept.
        compared: how many pairs were compared.
    """

    winners: npt.NDArray[np.int64]
    similarities: npt.NDArray[np.float64]
    compared: int


def walk(neighbours: Neighbours, known: Numbers, order: Numbers, sets: ShingleSets, threshold: float) -> Fates:
    """Decide n documents by the exact Jaccard index; the k-th in survivor order has the shingle set order[k].

    *known* (int64 n, in survivor order) gives the fates of earlier versions, OPEN for documents to decide.
    """
    return _walk(neighbours, known, order, (sets.offsets, sets.hashes, np.empty((0, 1), np.uint32)), threshold)


def walk_estimated(
    neighbours: Neighbours, known: Numbers, order: Numbers, signatures: Signatures, threshold: float
) -> Fates:
    """Decide by the share of equal signature values, of which the standard error is sqrt(s(1-s)/num_perm)."""
    sketch = np.array(signatures)  # a mapped file would be another type of array to the compiler
    return _walk(neighbours, known, order, (np.empty(0, np.int64), np.empty(0, np.uint32), sketch), threshold)


def _walk(
    neighbours: Neighbours, known: Numbers, order: Numbers, evidence: tuple[Array, Array, Array], threshold: float
) -> Fates:
    lists = (neighbours.offsets, neighbours.targets)
    winners, similarities, compared = _decide(lists, known, order, evidence, threshold)
    return Fates(winners, similarities, int(compared))


@kernel
def _similarity(evidence: tuple[Any, Any, Any], left: int, right: int) -> Any:
    offsets, hashes, signatures = evidence
    if signatures.shape[0] == 0:
        return float(jaccard(offsets, hashes, left, right))
    return float(matches(signatures[left], signatures[right])) / signatures.shape[1]


@kernel
def _decide(lists: tuple[Any, Any], known: Any, order: Any, evidence: Any, threshold: float) -> tuple[Any, Any, int]:
    """Keep a document unless a kept one is its verified neighbour; the most similar wins, the earlier on a tie.

    Compared are its kept candidates and, where a candidate was itself dropped, the one it was dropped for:
    near-duplicates of a dropped document are often near-duplicates of its survivor although no band said so.
    """
    offsets, targets = lists
    size = len(offsets) - 1
    winners, similarities = known.copy(), np.full(size, np.nan)
    last = np.full(size, KEPT, np.int64)  # for whom each kept document was last compared
    compared = 0
    for node in range(size):
        if winners[node] != OPEN:
            continue
        winners[node] = KEPT
        best, winner = 0.0, KEPT
        for at in range(offsets[node], offsets[node + 1]):
            target = targets[at] if winners[targets[at]] == KEPT else winners[targets[at]]
            if last[target] == node:
                continue
            last[target] = node
            compared += 1
            similarity = _similarity(evidence, order[node], order[target])
            if similarity > best or (similarity == best and target < winner):
                best, winner = similarity, target
        if winner != KEPT and best >= threshold:
            winners[node], similarities[node] = winner, best
    return winners, similarities, compared
