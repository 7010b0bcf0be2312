"""Judge a deduplication by the exact answer: which pairs it resolved, and which documents it wrongly dropped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from exact_join import Join

Keys = Mapping[tuple[str, int], int]
"""From a document's shard and offset to its number in the corpus."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a tool did to the n documents of a corpus.

    Attributes:
        kept: bool n.
        survivor: int64 n, the document that each dropped one is said to duplicate; -1 for kept ones and where the tool
            names none.
        text: int64 n, equal for documents of equal text; None where the tool does not tell.
        candidates: int64, the pairs of texts that the tool tried, packed as (lesser << 32) | greater; likewise.
    """

    kept: npt.NDArray[np.bool_]
    survivor: npt.NDArray[np.int64]
    text: npt.NDArray[np.int64] | None = None
    candidates: npt.NDArray[np.int64] | None = None

    @classmethod
    def unnamed(cls, kept: npt.NDArray[np.bool_]) -> Decisions:
        """Return the decisions of a tool that does not say which document a dropped one duplicates."""
        return cls(kept, np.full(len(kept), -1, np.int64))


def judge(decisions: Decisions, exact: Join) -> dict[str, Any]:
    """Compare *decisions* with the pairs of *exact*, all of them at or above one threshold.

    Returns:
        recall: share of the pairs of which at most one document was kept.
        found: share of the pairs that were found directly (tried as candidates, or equal texts) or are implied by a
            common survivor (one of the two, or a third); None of a tool that does not tell.
        precision: of the named pairs (dropped, survivor), the share that are pairs of *exact*; of a tool that names
            none, the share of dropped documents that have any partner in *exact*, kept or not: an upper bound.
        dropped: how many documents were dropped.
        orphans: dropped documents without a kept partner in *exact*.
    """
    kept, dropped = decisions.kept, int((~decisions.kept).sum())
    left, right = exact.left, exact.right
    partner, living = np.zeros(len(kept), bool), np.zeros(len(kept), bool)
    for one, other in ((left, right), (right, left)):
        partner[one] = True
        living[one[kept[other]]] = True
    named = decisions.survivor >= 0
    return {
        "recall": share(~(kept[left] & kept[right])),
        "found": share(found(decisions, exact)) if decisions.candidates is not None else None,
        "precision": share(named_pairs_hold(decisions, exact)) if named.any() else share(partner[~kept]),
        "dropped": dropped,
        "orphans": int((~kept & ~living).sum()),
    }


def share(hits: npt.NDArray[np.bool_]) -> float:
    """Return the share of true values, 1 where there are none to judge."""
    return round(float(hits.mean()), 4) if len(hits) else 1.0


def common_survivor(decisions: Decisions, exact: Join) -> npt.NDArray[np.bool_]:
    """Tell for each pair of *exact* whether its documents have the same survivor; a kept document is its own."""
    root = np.where(decisions.survivor >= 0, decisions.survivor, np.arange(len(decisions.kept)))
    return np.asarray(root[exact.left] == root[exact.right])


def found(decisions: Decisions, exact: Join) -> npt.NDArray[np.bool_]:
    """Tell for each pair of *exact* whether it was tried, or is of equal texts, or has a common survivor."""
    assert decisions.text is not None
    assert decisions.candidates is not None
    left, right = decisions.text[exact.left], decisions.text[exact.right]
    tried = np.isin((np.minimum(left, right) << 32) | np.maximum(left, right), decisions.candidates)
    return np.asarray(tried | (left == right) | common_survivor(decisions, exact))


def named_pairs_hold(decisions: Decisions, exact: Join) -> npt.NDArray[np.bool_]:
    """Tell for each dropped document with a named survivor whether the two are a pair of *exact*."""
    dropped = np.flatnonzero(decisions.survivor >= 0)
    survivors = decisions.survivor[dropped]
    packed = (np.minimum(dropped, survivors) << 32) | np.maximum(dropped, survivors)
    return np.isin(packed, (exact.left << 32) | exact.right)


def keys(exact: Join) -> Keys:
    """Return the numbers of the documents of *exact* by shard and offset."""
    return {
        (str(shard), int(offset)): number
        for number, (shard, offset) in enumerate(zip(exact.shard, exact.offset, strict=True))
    }
