"""How inputs are cut depends on their size alone: few cores are kept busy, and a driver is never flooded."""

from __future__ import annotations

import pytest

from corpushub.recipe.job import LARGEST_SLICE, slice_bytes

MIB, TB = 1 << 20, 10**12


@pytest.mark.parametrize(
    ("total", "size"),
    [
        (0, MIB),
        (MIB, MIB),
        (320 * MIB, 10 * MIB),
        (2048 * MIB, 64 * MIB),
        (TB, 64 * MIB),
        (1 << 41, 128 * MIB),
        (33 * TB, LARGEST_SLICE),
        (330 * TB, LARGEST_SLICE),
    ],
)
def test_slices_grow_with_the_inputs(total: int, size: int) -> None:
    """About 32 slices, of 1 to 64 MiB; beyond a terabyte they grow, so that there are few, up to what a task bears."""
    assert slice_bytes(total) == size
