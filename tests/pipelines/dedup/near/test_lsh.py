"""Bands find what they promise, and estimates lose no more than they say."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.dedup.near.lsh import Bands, band_keys, bands_for, floor_matches, keys_of_band, matches


@pytest.mark.parametrize(
    ("threshold", "expected"), [(0.7, Bands(32, 4)), (0.8, Bands(21, 6)), (0.9, Bands(12, 10)), (1.0, Bands(1, 128))]
)
def test_bands_for_usual_thresholds(threshold: float, expected: Bands) -> None:
    """The usual thresholds have these bands at 128 permutations."""
    assert bands_for(threshold, 128) == expected


@given(st.floats(0.3, 1.0), st.sampled_from([64, 128, 256]))
def test_bands_reach_the_recall_with_the_most_rows(threshold: float, num_perm: int) -> None:
    """The recall is reached at the threshold, and by no larger number of rows."""
    bands = bands_for(threshold, num_perm)
    assert bands.bands * bands.rows <= num_perm
    assert bands.recall(threshold) >= 0.99
    assert all(Bands(num_perm // r, r).recall(threshold) < 0.99 for r in range(bands.rows + 1, num_perm + 1))


@pytest.mark.parametrize("threshold", [0.0, -0.1, 1.1])
def test_impossible_thresholds_are_refused(threshold: float) -> None:
    """A threshold outside (0, 1] is an error that names it."""
    with pytest.raises(ValueError, match=str(threshold)):
        bands_for(threshold, 128)


def test_too_few_permutations_are_refused() -> None:
    """Where no cut reaches the recall, the error says to use more permutations."""
    with pytest.raises(ValueError, match="use more"):
        bands_for(0.1, 16)


def test_recall_is_what_random_signatures_show() -> None:
    """The share of pairs of similarity 0.8 that share a band is that of the formula."""
    generator = np.random.default_rng(5)
    left = generator.integers(0, 1 << 32, (4000, 128), dtype=np.uint32)
    right = np.where(generator.random(left.shape) < 0.8, left, ~left)
    bands = Bands(16, 8)
    found = (band_keys(left, bands) == band_keys(right, bands)).any(axis=1).mean()
    assert abs(found - bands.recall(0.8)) < 0.02


def test_keys_depend_on_values_and_band() -> None:
    """Equal values in one band have one key; in another band, or with one value changed, they have another."""
    signatures = np.tile(np.arange(4, dtype=np.uint32), (2, 4))
    signatures[1, 5] += 1
    keys = band_keys(signatures, Bands(4, 4))
    assert len(set(keys[0].tolist())) == 4
    assert (keys[0] == keys[1]).tolist() == [True, False, True, True]
    assert np.array_equal(keys_of_band(signatures.T[4:8], 1), keys[:, 1])


@given(st.floats(0.3, 0.99), st.sampled_from([16, 128]))
def test_the_floor_loses_less_than_promised(threshold: float, num_perm: int) -> None:
    """A pair at the threshold falls below the floor with probability below the loss, above it with more."""
    floor = floor_matches(threshold, num_perm, loss=1e-4)
    tail = [comb(num_perm, k) * threshold**k * (1 - threshold) ** (num_perm - k) for k in range(floor + 1)]
    assert sum(tail[:-1]) < 1e-4 <= sum(tail)


def test_matches_counts_equal_places() -> None:
    """Values count where they stand at the same position."""
    left, right = np.array([1, 2, 3, 4], np.uint32), np.array([1, 3, 3, 9], np.uint32)
    assert matches(left, right) == 2
