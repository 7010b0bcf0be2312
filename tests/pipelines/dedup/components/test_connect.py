"""Components: one task, a tree of tasks and rounds of stars find the same."""

from __future__ import annotations

import pickle
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipelines.dedup.catalogue import Catalogue, Numbering, Numbers
from pipelines.dedup.components.connect import Connector, Labels
from pipelines.dedup.components.forests import Forest
from pipelines.dedup.components.stars import large_star, small_star
from pipelines.dedup.merging import Merger
from pipelines.dedup.near.pairs import Edges, Graph
from pipelines.dedup.planning.layout import Limits
from pipelines.execution.stage import R, Task
from pipelines.handover.parts import PartFile
from pipelines.handover.runs import KeyRange, RunList

LIMITS = Limits(documents=1, text=1, fan=4, edges=1000, forests=16, span=1)

PART = 1 << 31
"""Rows of each made-up part: the numbers of a third one's documents need more than 32 bits."""


def chains(length: int, count: int) -> list[tuple[int, int]]:
    """Return pairs that make some long chains, in which labels have far to go, some stars and a few repeats."""
    chain = [(at + length * one, at + 1 + length * one) for one in range(count) for at in range(length - 1)]
    star = [(10_000, 10_000 + at) for at in range(1, 30)]
    pairs = chain + star + chain[:5]
    random.Random(1).shuffle(pairs)
    return pairs


def connect(folder: Path, pairs: list[tuple[int, int]], **bounds: int) -> tuple[Labels, dict[int, int], set[str]]:
    """Connect *pairs*, dealt out to some forests; return the labels by number, and the kinds of tasks that were run."""
    folder.mkdir(exist_ok=True)
    parts = [PartFile(f"{folder}/{name}", PART, 1) for name in "abc"]
    catalogue = Catalogue.of(parts).save(str(folder), PART)
    numbering = Numbering.load(catalogue)
    kinds: set[str] = set()

    def run(tasks: Sequence[Task[R]], /) -> list[R]:
        kinds.update(type(task).__name__ for task in tasks)
        return [pickle.loads(pickle.dumps(task)).run() for task in tasks]

    forests = []
    for at in range(7):
        left, right = np.array(sorted(set(pairs[at::7])), np.int64).reshape(-1, 2).T
        forest = Graph.of(Edges(spread(left), spread(right))).forest()
        forest.write(f"{folder}/{at}.forest", numbering.lows)
        forests.append(Forest(f"{folder}/{at}.forest", len(forest)))
    labels = Connector(catalogue, numbering, Merger(str(folder / "out"), run, 4), replace(LIMITS, **bounds))(forests)
    found: dict[int, int] = {}
    for low, high, paths in RunList.load(labels.path).groups():
        with KeyRange(paths, low, high) as table:
            found |= zip(table.read("key").tolist(), table.read("root").tolist(), strict=True)
    return labels, found, kinds


def spread(numbers: Numbers) -> Numbers:
    """Number documents over all parts."""
    return np.asarray(numbers % 3 * PART + numbers)


@pytest.mark.parametrize(
    ("bounds", "kinds"),
    [
        ({}, {"ConnectTask"}),
        ({"forests": 2}, {"ForestTask", "ConnectTask"}),
        ({"edges": 30}, {"StarTask", "StarLabelTask", "MergeTask"}),
    ],
)
def test_labels_do_not_depend_on_how_they_are_found(tmp_path: Path, bounds: dict[str, int], kinds: set[str]) -> None:
    """Every document has the least number of its component; how many there are, and the largest, are counted."""
    pairs = chains(25, 6)
    labels, found, used = connect(tmp_path, pairs, **bounds)
    left, right = np.array(pairs, np.int64).T
    graph = Graph.of(Edges(spread(left), spread(right)))

    assert used - {"MergeTask"} == kinds - {"MergeTask"}
    assert found == dict(zip(graph.numbers.tolist(), graph.numbers[graph.roots()].tolist(), strict=True))
    assert (labels.members, labels.components, labels.largest) == (180, 7, 30)
    assert max(found) > 1 << 32


@pytest.mark.parametrize("at_once", [1, 3, 40])
def test_forests_are_joined_some_at_a_time(tmp_path: Path, at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many edges a task reads at a time changes no label."""
    whole = connect(tmp_path / "whole", chains(25, 6))
    monkeypatch.setattr("pipelines.dedup.components.forests.AT_ONCE", at_once)
    pieces = connect(tmp_path / "pieces", chains(25, 6))

    assert pieces[1:] == whole[1:]
    assert replace(pieces[0], path="") == replace(whole[0], path="")


def test_nothing_has_no_components(tmp_path: Path) -> None:
    """Where no pair was found, nobody has a label."""
    labels, found, _ = connect(tmp_path, [])
    assert (labels.members, labels.components, labels.largest, found) == (0, 0, 0, {})


def test_stars_stay_as_they_are() -> None:
    """Neither star changes what is a star around its least node already."""
    star = Edges(np.array([2, 3, 9]), np.array([1, 1, 1]))
    both, small = small_star(star)
    again, large = large_star(both)

    assert (small, large) == (0, 0)
    assert sorted(zip(again.left, again.right, strict=True)) == sorted(zip(star.left, star.right, strict=True))
