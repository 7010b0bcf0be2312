from __future__ import annotations

from datetime import date, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as some

from lineage.questions.sandbox.values import rows, values

UNION = pa.UnionArray.from_sparse(pa.array([0, 1, 0], pa.int8()), [pa.array([1, 2, None]), pa.array(["a", "b", "c"])])


@pytest.mark.parametrize(
    ("array", "told"),
    [
        (
            pa.array([[date(2020, 1, 1)], None, [], [None, date(1, 1, 1)]], pa.list_(pa.date32())),
            [["2020-01-01"], None, [], [None, "0001-01-01"]],
        ),
        (pa.array([[1, 2], None, [3, None]], pa.list_(pa.int8(), 2)), [[1, 2], None, [3, None]]),
        (
            pa.array([{"a": 1, "b": None}, None, {"a": 2**60, "b": b"x"}]),
            [{"a": 1, "b": None}, None, {"a": str(2**60), "b": "eA=="}],
        ),
        (
            pa.array([[("k", 1)], None, [], [("l", None)]], pa.map_(pa.string(), pa.int64())),
            [[["k", 1]], None, [], [["l", None]]],
        ),
        (pa.array(["a", None, "a"]).dictionary_encode(), ["a", None, "a"]),
        (UNION, [1, "b", None]),
        (pa.nulls(2), [None, None]),
    ],
)
def test_values_keep_their_places(array: pa.Array, told: list[object]) -> None:
    """Also where the array is a part of another."""
    assert values(array) == told
    for first in range(len(array)):
        assert values(array[first:]) == told[first:]
        assert values(array[first : first + 1]) == told[first : first + 1]


@given(some.dates(), some.integers(-10, 10))
def test_the_calendar_repeats_after_400_years(day: date, cycles: int) -> None:
    """A date beyond Python's is the one of its cycle, in another year; within, it is Python's."""
    number = (day - date(1970, 1, 1)) // timedelta(days=1)
    assert values(pa.array([number], pa.int32()).view(pa.date32())) == [day.isoformat()]
    (far,) = values(pa.array([number + 146_097 * cycles], pa.int32()).view(pa.date32()))
    assert far[-6:] == day.isoformat()[-6:]
    assert int(far[:-6]) == day.year + 400 * cycles


def test_rows_are_made_in_order_whatever_their_number() -> None:
    """More rows than are made at once, in chunks of any size."""
    numbers = pa.chunked_array([range(1500), range(1500, 4000)])
    assert list(rows(pa.table({"a": numbers, "b": numbers}))) == [[number, number] for number in range(4000)]
    assert list(rows(pa.table({"a": pa.array([], pa.int8())}))) == []
