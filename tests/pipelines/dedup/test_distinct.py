"""Distinct values of several arrays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.dedup.distinct import distinct

PIECES = st.lists(st.lists(st.integers(0, 2**64 - 1)), min_size=1)


@given(PIECES)
def test_distinct_is_numpys_union(pieces: list[list[int]]) -> None:
    """The values are those of a set, in ascending order, whatever the pieces."""
    found = distinct([np.array(piece, np.uint64) for piece in pieces])

    assert found.tolist() == sorted({value for piece in pieces for value in piece})


@pytest.mark.parametrize("kind", [np.int64, np.uint64])
def test_the_type_is_kept(kind: type[np.generic]) -> None:
    """No values are an empty array of the same type."""
    assert distinct([np.empty(0, kind)]).dtype == kind
