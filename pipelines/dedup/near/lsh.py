"""Locality-sensitive hashing: bands of a signature, their keys, and what an estimate can promise.

Two texts of similarity s agree in a signature value with probability s (Broder 1997), hence in at least one of b bands
of r values with probability 1 - (1 - s**r)**b (Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, section 3.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.kernels.compiled import kernel
from pipelines.kernels.minhash import Signatures


@dataclass(frozen=True, slots=True)
class Bands:
    """How a signature is cut: *bands* runs of *rows* values; values left over are not used for candidates."""

    bands: int
    rows: int

    def values(self, values: Signatures, band: int) -> Signatures:
        """Return those of a band from *values*, uint32 (values, n)."""
        return values[band * self.rows : (band + 1) * self.rows]

    def recall(self, similarity: float) -> float:
        """Return the probability that a pair of this Jaccard similarity shares at least one band."""
        return float(1.0 - (1.0 - similarity**self.rows) ** self.bands)


def bands_for(threshold: float, num_perm: int, recall: float = 0.99) -> Bands:
    """Return the bands with the most rows that still find a pair at *threshold* with probability *recall*.

    More rows mean fewer false candidates; all pairs above the threshold are found with a higher probability still.

    Raises:
        ValueError: the threshold is not in (0, 1], or no cut of *num_perm* values reaches the recall.
    """
    if not 0.0 < threshold <= 1.0:
        raise ValueError(f"the similarity threshold must be above 0 and at most 1, not {threshold}")
    for rows in range(num_perm, 0, -1):
        bands = Bands(num_perm // rows, rows)
        if bands.recall(threshold) >= recall:
            return bands
    raise ValueError(f"{num_perm} permutations cannot find pairs at {threshold} with recall {recall}: use more")


def floor_matches(chance: float, num_perm: int, loss: float = 1e-6) -> int:
    """Return the most equal values that a pair of which each is equal by *chance* has fewer of with less than *loss*.

    The number of equal values is binomial (num_perm, chance), where the chance is a similarity or, of sketches, a
    little more; a candidate with fewer than the returned number is not worth verifying.
    """
    tail = 0.0
    for matches in range(num_perm + 1):
        tail += comb(num_perm, matches) * chance**matches * (1.0 - chance) ** (num_perm - matches)
        if tail >= loss:
            return matches
    return num_perm


def band_keys(signatures: Signatures, bands: Bands) -> npt.NDArray[np.uint64]:
    """Return uint64 (n, bands): for each signature and band a hash of the band's values and its index."""
    out = np.empty((len(signatures), bands.bands), np.uint64)
    for band in range(bands.bands):
        out[:, band] = keys_of_band(signatures.T[band * bands.rows : (band + 1) * bands.rows], band)
    return out


def keys_of_band(values: Signatures, band: int) -> npt.NDArray[np.uint64]:
    """Return uint64 n: the keys of one band, from its values, uint32 (rows, n)."""
    key = np.full(values.shape[1], band + 1, np.uint64)
    for row in values:
        key = (key ^ row) * np.uint64(0x9E3779B97F4A7C15)  # odd: no two keys of one band meet here
        key ^= key >> np.uint64(32)
        key = (key * np.uint64(0xD6E8FEB86659FD93)) + np.uint64(1)
        key ^= key >> np.uint64(29)
    return key


@kernel
def matches(left: Any, right: Any) -> int:
    """Return how many values two signatures have in common, position by position."""
    equal = np.uint32(0)
    for k in range(len(left)):
        equal += np.uint32(left[k] == right[k])
    return int(equal)
