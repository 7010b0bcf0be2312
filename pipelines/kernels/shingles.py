"""Shingle sets of texts and their exact Jaccard similarity.

A shingle is *size* consecutive tokens (see :mod:`pipelines.kernels.tokens`) joined by single spaces; a shorter text has
one shingle of all its tokens, a text without tokens has none. Sets hold the 32-bit hashes that signatures are made of:
XXH32, then the finalizer of MurmurHash3, which is a bijection and adds no collisions. Of the s distinct shingles of a
text about s**2 / 2**33 share their hash with another one, each of which moves a similarity by less than 1 / s: for a
thousand shingles that is one text in 8,600, and 1e-7 of similarity on average; for a million it is 1e-4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.kernels.compiled import inlined, kernel
from pipelines.kernels.hashing import xxh32


@dataclass(frozen=True, slots=True)
class ShingleSets:
    """The shingle sets of n texts.

    Attributes:
        offsets: int64, n + 1: set i is ``hashes[offsets[i]:offsets[i + 1]]``.
        hashes: uint32, ascending and distinct within a set.
    """

    offsets: npt.NDArray[np.int64]
    hashes: npt.NDArray[np.uint32]

    @classmethod
    def of(cls, ends: npt.NDArray[np.int64], hashes: npt.NDArray[np.uint32]) -> ShingleSets:
        """Make sets of lists: list i is ``hashes[ends[i]:ends[i + 1]]``, and ``ends[0]`` is 0; sorts in place."""
        for start, end in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True):
            hashes[start:end].sort()  # numpy's vectorised sort; one call per text is nothing beside it
        return cls(*_distinct(ends, hashes))

    @classmethod
    def join(cls, many: list[ShingleSets]) -> ShingleSets:
        """Put the sets of *many* behind one another."""
        sizes = [np.zeros(1, np.int64), *(np.diff(sets.offsets) for sets in many)]
        hashes = [np.empty(0, np.uint32), *(sets.hashes for sets in many)]
        return cls(np.cumsum(np.concatenate(sizes)), np.concatenate(hashes))

    def take(self, order: npt.NDArray[np.int64]) -> ShingleSets:
        """Return the sets with these numbers, in this order."""
        sizes = np.diff(self.offsets)[order]
        offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        places = np.repeat(self.offsets[order] - offsets[:-1], sizes) + np.arange(offsets[-1])
        return ShingleSets(offsets, self.hashes[places])

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def similarity(self, left: int, right: int) -> float:
        """Return the Jaccard index of sets *left* and *right*; 0.0 where either is empty."""
        return float(jaccard(self.offsets, self.hashes, left, right))


@inlined
def premix(h: Any) -> Any:
    """Apply the MurmurHash3 finalizer (Appleby), as datasketch does before its permutations."""
    h = np.uint32((h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B))
    h = np.uint32((h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35))
    return np.uint32(h ^ (h >> np.uint32(16)))


@kernel
def hash_shingles(room: tuple[Any, Any], tokens: int, size: int, out: Any) -> int:
    """Write the hash of each shingle of the tokens in *room* (see kernels.tokens), in order; return how many."""
    data, starts = room
    if tokens == 0:
        return 0
    count = max(1, tokens - size + 1)
    size = min(size, tokens)
    for i in range(count):
        out[i] = premix(xxh32(data, starts[i], starts[i + size] - 1))
    return count


@kernel
def hash_room(offsets: Any) -> Any:
    """Allocate a place for the hashes of all shingles of texts with these *offsets*: no text has more tokens."""
    return np.empty(((offsets[-1] - offsets[0]) // 2) + len(offsets), np.uint32)


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
