"""Connected components of candidate pairs, and their distribution over tasks.

Components only say which documents must be looked at together; they never decide a drop. They are found in the driver
from packed pairs: about 60 bytes for each distinct pair and 50 for each document that is in one, so 100 million pairs
among 50 million documents need some 9 GB; one process joined 40 million pairs in 3 s when measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipelines.candidates import Pairs, read_pairs, unpack
from pipelines.catalogue import Catalogue, Numbers
from pipelines.compiled import kernel


@dataclass(frozen=True, slots=True)
class Components:
    """Candidate pairs by task, and what they add up to.

    Attributes:
        shares: for each task its pairs, ascending; every component is whole within one share.
        sizes: the bytes of text of the documents of each share.
        pairs: distinct candidate pairs.
        components: how many components they form.
        largest: documents of the largest.
    """

    shares: list[Pairs]
    sizes: list[int]
    pairs: int
    components: int
    largest: int


def distribute(paths: Sequence[str], catalogue: Catalogue, text_bytes: int) -> Components:
    """Join candidate pairs to components and share them out so that a task reads about *text_bytes* of text.

    A share exceeds that by less than its last component; a component above it makes a share of its own size.
    """
    pairs = np.unique(np.concatenate([np.empty(0, np.uint64), *(read_pairs(path) for path in paths)]))
    if len(pairs) == 0:
        return Components([], [], 0, 0, 0)
    left, right = unpack(pairs)
    documents, places = np.unique(np.concatenate([left, right]), return_inverse=True)
    roots = _join(places[: len(pairs)], places[len(pairs) :], len(documents))
    _, component = np.unique(roots, return_inverse=True)
    weights = np.bincount(component, weights=catalogue.gather("size", documents)).astype(np.int64)
    share = (np.cumsum(weights) - weights) // text_bytes
    _, share = np.unique(share, return_inverse=True)
    return Components(
        _split(pairs, share[component[places[: len(pairs)]]]),
        np.bincount(share, weights=weights).astype(np.int64).tolist(),
        len(pairs),
        len(weights),
        int(np.bincount(component).max()),
    )


def _split(pairs: Pairs, share: Numbers) -> list[Pairs]:
    order = np.argsort(share, kind="stable")
    cuts = np.flatnonzero(np.diff(share[order])) + 1
    return np.split(pairs[order], cuts)


@kernel
def _join(left: Any, right: Any, size: int) -> Any:
    """Return for each of *size* nodes the least node of its component (union-find with path halving)."""
    parent = np.arange(size)
    for i in range(len(left)):
        a, b = left[i], right[i]
        while parent[a] != a:
            parent[a] = parent[parent[a]]
            a = parent[a]
        while parent[b] != b:
            parent[b] = parent[parent[b]]
            b = parent[b]
        parent[max(a, b)] = min(a, b)
    for node in range(size):
        parent[node] = parent[parent[node]]  # ascending: the parent, being less, is settled already
    return parent
