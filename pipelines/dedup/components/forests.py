"""Connected components of candidate pairs: spanning forests merged in a tree of tasks, to a label for each document.

Components only say which documents must be looked at together; they never decide a drop. A label is the least number of
a component, its *root*. Where the edges are more than one task may hold, the same labels are found by stars (see
pipelines.dedup.components.stars).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pipelines.dedup.catalogue import Numbering
from pipelines.dedup.near.pairs import AT_ONCE, Edges, Graph, read_edges
from pipelines.execution.once import Once, names
from pipelines.execution.stage import Report
from pipelines.handover.runs import RunList, write_run


@dataclass(frozen=True, slots=True)
class Forest:
    """A run of the edges of a spanning forest, and how many there are."""

    path: str
    edges: int


@dataclass(frozen=True, slots=True)
class ForestReport(Report):
    """Path of the merged forest, and its edges."""

    forest: str
    edges: int


@dataclass(frozen=True)
class ForestTask(Once[ForestReport]):
    """Merge some forests to one, which joins the same documents with no more edges than documents.

    Attributes:
        forests: path of the list of forests.
        span: which of them, [start, stop).
        catalogue: path of the catalogue.
        out: folder of outputs.
    """

    forests: str
    span: tuple[int, int]
    catalogue: str
    out: str

    def inputs(self) -> Any:
        """Return what the output depends on."""
        return [self.span, names([self.catalogue, self.forests])]

    def work(self) -> ForestReport:
        """Write the forest."""
        forest = _graph(self.forests, self.span).forest()
        forest.write(f"{self.path}.forest", Numbering.load(self.catalogue).lows)
        return ForestReport(self.id, f"{self.path}.forest", len(forest))


@dataclass(frozen=True, slots=True)
class LabelReport(Report):
    """Path of the labels by number; how many documents have one, components, and documents of the largest."""

    labels: str
    members: int
    components: int
    largest: int


@dataclass(frozen=True)
class ConnectTask(Once[LabelReport]):
    """Label the documents of all forests that are left, if one task can hold them.

    It holds about 120 bytes for each edge that is left, and for AT_ONCE more.

    Attributes:
        forests: path of the list of forests.
        catalogue: path of the catalogue.
        out: folder of outputs.
    """

    forests: str
    catalogue: str
    out: str

    def inputs(self) -> Any:
        """Return what the output depends on."""
        return names([self.catalogue, self.forests])

    def work(self) -> LabelReport:
        """Write the labels, a run by number with the column ``root``."""
        graph = _graph(self.forests, (0, None))
        roots = graph.roots()
        labels = {"root": graph.numbers[roots]}
        write_run(f"{self.path}.labels", graph.numbers, labels, Numbering.load(self.catalogue).lows)
        sizes = np.bincount(roots, minlength=1)
        counts = len(roots), int((sizes > 0).sum()), int(sizes.max())
        return LabelReport(self.id, f"{self.path}.labels", *counts)


def _graph(forests: str, span: tuple[int, int | None]) -> Graph:
    """Return a graph that joins what the forests of the list join, of which some are read at a time."""
    found, waiting = Edges.join([]), list[Edges]()
    for run in RunList.load(forests).paths[0][slice(*span)]:
        waiting.append(read_edges([run]))
        if sum(map(len, waiting)) >= AT_ONCE:
            found, waiting = Graph.of(Edges.join([found, *waiting])).forest(), []
    return Graph.of(Edges.join([found, *waiting]))
