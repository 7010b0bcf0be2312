"""Pairs and forests: the same components, with numbers of any size."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.dedup.near import pairs
from pipelines.dedup.near.pairs import Edges, Graph, pack, read_edges, unpack
from pipelines.handover.runs import RunList

BASES = [0, (1 << 32) - 2, (1 << 62) - 3]
"""Where documents begin to be numbered: below, across and far above what 32 bits hold."""


def edges(some: list[tuple[int, int]], base: int = 0) -> Edges:
    """Make edges of small numbers plus *base*."""
    left, right = np.array(some, np.int64).reshape(-1, 2).T + base
    return Edges(left, right)


def components(pairs: list[tuple[int, int]]) -> set[frozenset[int]]:
    """Join the documents of *pairs* one by one."""
    found: list[set[int]] = []
    for pair in pairs:
        touched = [one for one in found if one & set(pair)]
        found = [one for one in found if not one & set(pair)] + [set(pair).union(*touched)]
    return {frozenset(one) for one in found}


PAIRS = st.lists(st.tuples(st.integers(0, 20), st.integers(21, 40)) | st.tuples(st.integers(0, 9), st.integers(10, 40)))


def test_pairs_survive_packing() -> None:
    """A pair is packed with the smaller node first."""
    left, right = unpack(pack(np.array([7, 1]), np.array([3, (1 << 32) - 1])))
    assert left.tolist() == [3, 1]
    assert right.tolist() == [7, (1 << 32) - 1]


@pytest.mark.parametrize("base", BASES)
@given(pairs=PAIRS)
def test_a_forest_joins_what_the_pairs_join(base: int, pairs: list[tuple[int, int]]) -> None:
    """It has an edge less than documents in each component, from each of them to the least."""
    graph = Graph.of(edges(pairs, base))
    forest = graph.forest()
    wanted = components(pairs)

    assert sorted(zip(graph.edges().left - base, graph.edges().right - base, strict=True)) == sorted(set(pairs))
    assert len(forest) == sum(len(one) - 1 for one in wanted)
    roots = {number: min(one) for one in wanted for number in one}
    found = dict(zip((forest.left - base).tolist(), (forest.right - base).tolist(), strict=True))
    assert found == {number: root for number, root in roots.items() if number != root}


@pytest.mark.parametrize("base", BASES)
def test_edges_are_read_by_their_left_document(tmp_path: Path, base: int) -> None:
    """From several runs, for any range of numbers."""
    lows = np.array([0, base + 4])
    edges([(1, 9), (5, 6)], base).write(str(tmp_path / "a"), lows)
    edges([(4, 7), (3, 8)], base).write(str(tmp_path / "b"), lows)
    found = read_edges([str(tmp_path / "a"), str(tmp_path / "b")], base + 2, base + 5)

    assert (found.left - base).tolist() == [3, 4]
    assert (found.right - base).tolist() == [8, 7]


def test_edges_of_many_runs_are_read_once_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is read at a time, each pair comes once, the smaller number on the left, and only those of the range."""
    draw = random.Random(3)
    paths, every = [], set()
    for at in range(7):
        some = sorted((draw.randrange(40), draw.randrange(40, 80)) for _ in range(30))
        left, right = (np.array(side, np.int64) for side in zip(*some, strict=True))
        paths.append(str(tmp_path / f"{at}.run"))
        Edges(left, right).write(paths[-1], np.array([0, 20]))
        every |= set(some)
    listed = RunList.of(paths).save(str(tmp_path))
    for at_once in (1, 50, 1 << 21):
        monkeypatch.setattr(pairs, "AT_ONCE", at_once)
        for low, high in ((0, 100), (0, 20), (20, 40)):
            found = pairs.distinct_edges(listed, low, high)
            assert list(zip(found.left.tolist(), found.right.tolist(), strict=True)) == sorted(
                one for one in every if low <= one[0] < high
            )
