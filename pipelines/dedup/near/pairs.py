"""Pairs of documents as a graph: each pair once, and a spanning forest, which is all that components need to know.

Documents are numbered in 64 bits. Inside a task they are *nodes*, places in the ascending list of those that it knows,
of which a pair fits one word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.dedup.catalogue import Numbers
from pipelines.dedup.distinct import distinct
from pipelines.handover.runs import SPACE, KeyRange, RunList, write_run
from pipelines.kernels.compiled import kernel

Packed = npt.NDArray[np.uint64]
"""Pairs of nodes, the smaller in the upper half."""

_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class Edges:
    """m edges between documents, by number.

    Attributes:
        left: int64 m.
        right: int64 m.
    """

    left: Numbers
    right: Numbers

    @classmethod
    def join(cls, many: Sequence[Edges]) -> Edges:
        """Put the edges of *many* behind one another."""
        nothing = np.empty(0, np.int64)
        return cls(
            np.concatenate([nothing, *(one.left for one in many)]),
            np.concatenate([nothing, *(one.right for one in many)]),
        )

    def __len__(self) -> int:
        return len(self.left)

    def write(self, path: str, lows: Numbers) -> None:
        """Write a run by the left document, to be read by spans that begin at *lows*."""
        write_run(path, self.left, {"right": self.right}, lows)


def read_edges(paths: Sequence[str], low: int = 0, high: int = SPACE) -> Edges:
    """Read the edges of several runs whose left document is in [low, high)."""
    with KeyRange(paths, low, high) as table:
        if len(table) == 0:
            return Edges.join([])
        return Edges(table.read("key").astype(np.int64), table.read("right"))


def read_listed(path: str, low: int = 0, high: int = SPACE) -> Edges:
    """Read the edges of a list of runs whose left document is in [low, high)."""
    return read_edges(RunList.load(path).between(low, high), low, high)


AT_ONCE = 1 << 21
"""Edges that are read before repeats among them are told apart: most pairs are found in several bands."""


def distinct_edges(path: str, low: int = 0, high: int = SPACE) -> Edges:
    """Read the edges of a list of runs whose left document is in [low, high), each but once, some runs at a time."""
    found, waiting = Edges.join([]), list[Edges]()
    for run in RunList.load(path).between(low, high):
        waiting.append(read_edges([run], low, high))
        if sum(map(len, waiting)) >= AT_ONCE:
            found, waiting = Graph.of(Edges.join([found, *waiting])).edges(), []
    return Graph.of(Edges.join([found, *waiting])).edges()


@dataclass(frozen=True, slots=True)
class Graph:
    """Documents joined by pairs.

    Attributes:
        numbers: int64 n, the documents that are in a pair, ascending.
        pairs: uint64, distinct and ascending pairs of places in numbers.
    """

    numbers: Numbers
    pairs: Packed

    @classmethod
    def of(cls, edges: Edges) -> Graph:
        """Make a graph of edges, which may repeat one another; the pairs are told apart by sorting."""
        numbers = distinct([edges.left, edges.right])
        places = np.searchsorted(numbers, edges.left), np.searchsorted(numbers, edges.right)
        return cls(numbers, distinct([pack(*places)]))

    def edges(self) -> Edges:
        """Return the pairs by number, the smaller on the left."""
        left, right = unpack(self.pairs)
        return Edges(self.numbers[left], self.numbers[right])

    def roots(self) -> Numbers:
        """Return for each document the place of the least one that it is joined to."""
        return np.asarray(_roots(len(self.numbers), self.pairs))

    def forest(self) -> Edges:
        """Return a spanning forest: an edge from each document to the least one of its component, itself aside."""
        roots = self.roots()
        others = np.flatnonzero(roots != np.arange(len(roots)))
        return Edges(self.numbers[others], self.numbers[roots[others]])


def pack(left: Numbers, right: Numbers) -> Packed:
    """Pack pairs of nodes into a word each, the smaller one in the upper half."""
    low, high = np.minimum(left, right).astype(np.uint64), np.maximum(left, right).astype(np.uint64)
    return np.asarray((low << _HALF) | high)


def unpack(pairs: Packed) -> tuple[Numbers, Numbers]:
    """Return the smaller and the larger node of each pair."""
    return (pairs >> _HALF).astype(np.int64), (pairs & _LOW).astype(np.int64)


@kernel
def _roots(count: int, pairs: Any) -> Any:
    """Unite the nodes of each pair (union-find with path halving); the least node is the root of all."""
    parents = np.arange(count)
    for pair in pairs:
        a, b = np.int64(pair >> np.uint64(32)), np.int64(pair & np.uint64(0xFFFFFFFF))
        while parents[a] != a:
            parents[a] = parents[parents[a]]
            a = parents[a]
        while parents[b] != b:
            parents[b] = parents[parents[b]]
            b = parents[b]
        parents[max(a, b)] = min(a, b)
    for node in range(count):  # ascending, so that the parent, being less, is settled already
        parents[node] = parents[parents[node]]
    return parents
