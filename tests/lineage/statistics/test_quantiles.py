"""Quantiles are exact, and found by digits in any division of the documents; bins have a fixed relative width."""

from __future__ import annotations

import math

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lineage.statistics.bins import BIN_BITS, DIGIT_BITS, keys_of, least_of, prefixes_of, rank_of, value_of
from lineage.statistics.counts import add, count_documents
from lineage.statistics.model import PERCENTS
from lineage.statistics.quantiles import GREATEST, LEAST, begin, count_digits, go_on, unsettled

FINITE = st.floats(allow_nan=False, allow_infinity=False)


def quantiles(parts: list[pa.Table]) -> dict[int, float]:
    """Find the quantiles of the signal x in *parts*; each digit is counted part by part."""
    searches, bits = begin(add(count_documents(_with_columns(part)) for part in parts)), BIN_BITS
    while wanted := unsettled(searches):
        assert bits < 64
        searches = go_on(searches, add(count_digits(part, wanted, bits) for part in parts), bits)
        bits += DIGIT_BITS
    return {one.percent: one.value for one in searches}


def _with_columns(part: pa.Table) -> pa.Table:
    nulls = {name: pa.nulls(len(part), pa.string()) for name in ("source", "uri", "license", "profile", "language")}
    when = pa.nulls(len(part), pa.timestamp("us", tz="UTC"))
    return pa.table({**nulls, "captured_at": when, "bytes": pa.repeat(1, len(part)), "x": part["x"]})


@settings(max_examples=100, deadline=None)
@given(values=st.lists(FINITE | st.integers(-50, 50).map(float), min_size=1, max_size=60), parts=st.integers(1, 4))
@example([-0.0, 0.0, 5e-324], 1)
@example([1.0] * 9, 2)
def test_quantiles_are_those_of_sql(values: list[float], parts: int) -> None:
    """They are values of the column: quantile_disc, and min and max."""
    tables = [pa.table({"x": pa.array(values[at::parts], pa.float64())}) for at in range(parts)]

    found = quantiles(tables)

    column = pa.table({"x": pa.array(values, pa.float64())})
    asked = ", ".join(f"quantile_disc(x, {percent / 100:.2f})" for percent in PERCENTS)
    connection = duckdb.connect()
    connection.register("documents", column)
    (row,) = connection.execute(f"SELECT min(x), {asked}, max(x) FROM documents").fetchall()
    assert [found[percent] for percent in (LEAST, *PERCENTS, GREATEST)] == list(row)


@pytest.mark.parametrize("kind", [pa.int32(), pa.float32(), pa.bool_()])
def test_signals_of_other_types_are_exact_too(kind: pa.DataType) -> None:
    """What fits into a float64 is counted as it is; what is null, infinite or no number is not counted."""
    numbers = pa.array([3, 0, 1, None, 1], pa.int64()).cast(kind)

    found = quantiles([pa.table({"x": numbers})])

    assert (found[LEAST], found[50], found[GREATEST]) == (0, 1, 1 if kind == pa.bool_() else 3)


def test_what_is_no_finite_number_counts_as_null() -> None:
    """An answer in JSON has no place for it."""
    column = pa.table({"x": pa.array([math.nan, math.inf, -math.inf, 2.0])})

    counts = count_documents(_with_columns(column)).to_pylist()

    assert [row["documents"] for row in counts if row["breakdown"] == "null"] == [3]
    assert quantiles([column])[50] == 2.0


@given(st.lists(FINITE, min_size=2, max_size=2))
def test_keys_sort_as_numbers_do(values: list[float]) -> None:
    """And each leads back to its number."""
    one, other = keys_of(np.array(values))

    assert (one < other) == (values[0] < values[1])
    assert [value_of(int(key)) for key in (one, other)] == values


@given(st.floats(1e-300, 1e300))
def test_bins_are_at_most_a_sixteenth_of_their_values_wide(value: float) -> None:
    """Sixteen steps from each power of two to the next."""
    (prefix,) = prefixes_of(keys_of(np.array([value])), BIN_BITS).tolist()
    least, below = least_of(prefix, BIN_BITS), least_of(prefix + 1, BIN_BITS)

    assert least <= value < below
    assert (below - least) / least <= 1 / 16


def test_ranks_are_whole_numbers() -> None:
    """No rounding of n * q takes part: of 100 values the 99 % quantile is the 99th."""
    assert [rank_of(99, 100), rank_of(1, 100), rank_of(1, 1), rank_of(50, 3), rank_of(25, 8)] == [99, 1, 1, 2, 2]
