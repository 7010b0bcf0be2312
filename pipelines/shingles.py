"""Shingle sets of texts and their exact Jaccard similarity.

A shingle is *size* consecutive tokens (see :mod:`pipelines.tokens`) joined by single spaces; a shorter text has one
shingle of all its tokens, a text without tokens has none. Sets hold XXH64 hashes. Two different shingles of a pair of
texts with s distinct shingles together share a hash with probability at most s**2 / 2**65 (birthday bound): below 3e-8
for a million shingles, and one such accident moves the similarity by less than 1 / s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.compiled import kernel
from pipelines.hashing import xxh64
from pipelines.tokens import longest, scratch, text_buffers, text_tables, tokenize


@dataclass(frozen=True, slots=True)
class ShingleSets:
    """The shingle sets of n texts.

    Attributes:
        offsets: int64, n + 1: set i is ``hashes[offsets[i]:offsets[i + 1]]``.
        hashes: uint64, ascending and distinct within a set.
    """

    offsets: npt.NDArray[np.int64]
    hashes: npt.NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def similarity(self, left: int, right: int) -> float:
        """Return the Jaccard index of sets *left* and *right*; 0.0 where either is empty."""
        return float(jaccard(self.offsets, self.hashes, left, right))


def shingle_sets(text: pa.StringArray, size: int = 5) -> ShingleSets:
    """Return the set of *size*-token shingles of each text; null counts as empty."""
    data, offsets = text_buffers(text)
    ends, hashes = _hash_all(data, offsets, text_tables(), size)
    for start, end in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True):
        hashes[start:end].sort()  # numpy's vectorised sort; one call per text is nothing beside it
    return ShingleSets(*_distinct(ends, hashes))


@kernel
def _hash_all(data: Any, offsets: Any, tables: Any, size: int) -> tuple[Any, Any]:
    """Hash every shingle of every text; return offsets (n + 1) and the hashes, in reading order."""
    room = scratch(longest(offsets))
    joined, starts = room
    rows = len(offsets) - 1
    ends = np.zeros(rows + 1, np.int64)
    hashes = np.empty(((offsets[rows] - offsets[0]) // 2) + rows + 1, np.uint64)  # no text has more tokens
    at = 0
    for row in range(rows):
        tokens = tokenize(data, offsets[row], offsets[row + 1], tables, room)
        width = min(size, tokens)
        for i in range(tokens - width + 1 if tokens else 0):
            hashes[at] = xxh64(joined, starts[i], starts[i + width] - 1)
            at += 1
        ends[row + 1] = at
    return ends, hashes[:at].copy()


@kernel
def _distinct(ends: Any, hashes: Any) -> tuple[Any, Any]:
    """Drop repeated hashes from sorted sets, in place."""
    offsets = np.zeros(len(ends), np.int64)
    at = 0
    for row in range(len(ends) - 1):
        for i in range(ends[row], ends[row + 1]):
            if i == ends[row] or hashes[i] != hashes[at - 1]:
                hashes[at] = hashes[i]
                at += 1
        offsets[row + 1] = at
    return offsets, hashes[:at].copy()


@kernel
def jaccard(offsets: Any, hashes: Any, left: int, right: int) -> Any:
    """Return the Jaccard index of two sets of a ShingleSets' arrays, by one merge; 0.0 where either is empty."""
    i, j = offsets[left], offsets[right]
    i_end, j_end = offsets[left + 1], offsets[right + 1]
    total = (i_end - i) + (j_end - j)
    if i == i_end or j == j_end:
        return 0.0
    both = 0
    while i < i_end and j < j_end:
        a, b = hashes[i], hashes[j]
        both += a == b
        i += a <= b
        j += b <= a
    return both / (total - both)
