"""Sketches agree wherever signatures do, and elsewhere as often as numbers drawn at random."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.dedup.near.sketches import BITS, agreement, differences, limits, sketch, width
from pipelines.kernels.minhash import Signatures


def pair(similarity: float, count: int, num_perm: int) -> tuple[Signatures, Signatures]:
    """Draw signatures of pairs of this similarity."""
    generator = np.random.default_rng(7)
    left, other = (generator.integers(0, 1 << 32, (count, num_perm), dtype=np.uint32) for _ in range(2))
    return left, np.where(generator.random(left.shape) < similarity, left, other)


@given(st.integers(1, 200), st.data())
def test_differences_are_those_of_the_lowest_bits(num_perm: int, data: st.DataObject) -> None:
    """Counted word by word as value by value, for any number of values, also where the last word is not full."""
    values = st.lists(st.integers(0, (1 << 32) - 1), min_size=num_perm, max_size=num_perm)
    left = np.array(data.draw(values), np.uint32)
    right = np.where(np.arange(num_perm) % 3 == 0, left, np.array(data.draw(values), np.uint32))
    both = sketch(np.stack([left, right]))

    assert both.shape == (2, width(num_perm))
    assert differences(both[0], both[1]) == ((left ^ right) & ((1 << BITS) - 1) != 0).sum()
    assert differences(both[0], both[0]) == 0


@pytest.mark.parametrize("similarity", [0.0, 0.5, 0.8])
def test_agreement_is_what_random_signatures_show(similarity: float) -> None:
    """The share of values in which pairs of a similarity agree is that of the formula."""
    left, right = map(sketch, pair(similarity, 4000, 128))
    unequal = [differences(one, other) for one, other in zip(left, right, strict=True)]

    assert abs(1 - np.mean(unequal) / 128 - agreement(similarity)) < 0.005


@given(st.floats(0.3, 0.99), st.sampled_from([16, 64, 128]))
def test_the_floor_loses_less_than_one_in_a_million(threshold: float, num_perm: int) -> None:
    """A pair at the threshold differs in more values than a candidate may with probability below 1e-6."""
    possible, sure = limits(threshold, num_perm)
    differs = 1 - agreement(threshold)
    tail = sum(
        comb(num_perm, k) * differs**k * (1 - differs) ** (num_perm - k) for k in range(possible + 1, num_perm + 1)
    )

    assert tail < 1e-6
    assert 0 <= sure <= possible <= num_perm
