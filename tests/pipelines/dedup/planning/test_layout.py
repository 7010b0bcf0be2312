"""Layouts: how much there is says how the work is cut."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.dedup.deduplicate import DedupSettings
from pipelines.dedup.planning.layout import Layout, batches, fans, merges, pieces


def test_small_jobs_are_not_routed() -> None:
    """A share's documents in some 250 parts are read as they stand; one document or part more, and they are not."""
    limits = DedupSettings().limits

    assert Layout(8_000_000, 256, 1, limits).few
    assert not Layout(8_000_001, 256, 1, limits).few
    assert not Layout(8_000_000, 257, 1, limits).few
    assert (Layout(0, 0, 0, limits).shares, Layout(8_000_001, 1, 1, limits).shares) == (1, 2)


@given(st.integers(1, 200))
def test_bands_are_spread_evenly(bands: int) -> None:
    """Every band is in one task, and no task has two more than another."""
    spans = Layout(1, 1, 1, DedupSettings().limits).band_tasks(bands)
    sizes = [stop - start for start, stop in spans]

    assert [band for span in spans for band in range(*span)] == list(range(bands))
    assert max(sizes) - min(sizes) <= 1


def test_components_are_spread_by_their_text() -> None:
    """Half of the documents have half of the text, of which a share takes so much."""
    layout = Layout(1000, 10, 1_000_000, DedupSettings(task_text=100_000).limits)

    assert [layout.component_shares(members) for members in (0, 100, 101, 500)] == [1, 1, 2, 5]
    assert replace(layout, text=100_000_000).component_shares(1000) == 125
    assert replace(layout, text=10_000_000).component_shares(1000) == 64


def test_batches_hold_what_a_task_may() -> None:
    """Forests are taken together as they follow one another, up to a number and up to so many edges."""
    edges = [5, 5, 5, 20, 1, 1, 1, 1]

    assert batches(edges, 3, 10) == [(0, 2), (2, 3), (3, 4), (4, 7), (7, 8)]
    assert batches(edges, 8, 100) == [(0, 8)]
    assert batches([], 3, 10) == []


def test_runs_are_merged_where_that_pays() -> None:
    """Never up to a fan, always above what a task may open, and between these where it spares most opens."""
    assert not merges(64, 1_000_000, 64)
    assert merges(513, 1, 64)
    assert not merges(477, 125, 64)
    assert merges(477, 13_412, 64)


@given(st.integers(1, 500), st.integers(2, 20))
def test_merging_ends(count: int, fan: int) -> None:
    """Ranges are cut into no more pieces than the fan, runs into no longer spans."""
    assert 1 <= len(pieces(count, fan)) <= fan
    assert all(0 < stop - start <= fan for start, stop in fans(count, fan))
    assert fans(count, fan)[-1][1] == count


@pytest.mark.parametrize("given", [{"fan": 1}, {"task_documents": 0}, {"task_text": 0}, {"task_edges": 0}])
def test_limits_that_never_end_are_refused(given: dict[str, int]) -> None:
    """A task that opens one file merges nothing, and one that takes nothing gets nothing done."""
    with pytest.raises(ValueError, match="two files"):
        DedupSettings(**given)  # type: ignore[arg-type]
