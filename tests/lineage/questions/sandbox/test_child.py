from __future__ import annotations

import pyarrow as pa
import pytest

from lineage.questions.sandbox.child import _cost, _values


@pytest.mark.parametrize(
    ("array", "count"),
    [
        (pa.array([1, 2, None]), 3),
        (pa.array([[1, 2], [], None]), 5),
        (pa.array([[[1], [2, 3]]]), 6),
        (pa.array([{"a": 1, "b": [1, 2]}]), 5),
        (pa.array([[("x", 1), ("y", 2)]], pa.map_(pa.string(), pa.int64())), 5),
        (pa.array([[1, 2]], pa.list_(pa.int8(), 2)), 3),
        (pa.array(["a", "a"]).dictionary_encode(), 2),
    ],
)
def test_values_within_values_count(array: pa.Array, count: int) -> None:
    """A list of a million numbers is a million objects to whoever reads it, so each is counted."""
    assert _values(array) == count
    assert _cost(pa.table({"a": array})) >= 40 * count
