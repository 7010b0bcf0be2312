"""Components of more edges than one task may hold: large-star and small-star rounds (Kiveris et al. 2014).

"Connected Components in MapReduce and Beyond", section 3.1: a large-star links the larger neighbours of each node to
the least one, a small-star the smaller neighbours and the node itself. Both keep components, and in turns they end,
after a number of rounds that grows with the logarithm of the nodes at most squared, in stars around the least node of
each component: then neither changes an edge. A task does this for the nodes of one span.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from pipelines.dedup.catalogue import Numbering, Numbers
from pipelines.dedup.components.forests import LabelReport
from pipelines.dedup.near.pairs import Edges, read_listed
from pipelines.execution.once import Once, names
from pipelines.execution.stage import Report
from pipelines.handover.runs import write_run

Kind = Literal["small", "large"]


@dataclass(frozen=True, slots=True)
class StarReport(Report):
    """Path of the edges, and how many of them a star has changed."""

    edges: str
    changed: int


@dataclass(frozen=True)
class StarTask(Once[StarReport]):
    """Make the small or the large star of each node in a span.

    A small star is made of edges by their larger node, and a large one by both, since it is the sum of a node's
    neighbours that counts; each writes what the other needs.

    Attributes:
        kind: which star.
        span: which span of the catalogue.
        edges: path of the list of edges.
        catalogue: path of the catalogue.
        out: folder of outputs.
    """

    kind: Kind
    span: int
    edges: str
    catalogue: str
    out: str

    def inputs(self) -> Any:
        """Return what the output depends on."""
        return [self.kind, self.span, names([self.catalogue, self.edges])]

    def work(self) -> StarReport:
        """Write the edges of the stars."""
        numbering = Numbering.load(self.catalogue)
        edges = read_listed(self.edges, *numbering.span(self.span))
        star, changed = small_star(edges) if self.kind == "small" else large_star(edges)
        star.write(f"{self.path}.edges", numbering.lows)
        return StarReport(self.id, f"{self.path}.edges", changed)


@dataclass(frozen=True)
class StarLabelTask(Once[LabelReport]):
    """Label the nodes of a span, once all edges are stars.

    Attributes:
        span: which span of the catalogue.
        edges: path of the list of edges, by both nodes.
        catalogue: path of the catalogue.
        out: folder of outputs.
    """

    span: int
    edges: str
    catalogue: str
    out: str

    def inputs(self) -> Any:
        """Return what the output depends on."""
        return [self.span, names([self.catalogue, self.edges])]

    def work(self) -> LabelReport:
        """Write the labels; count the components whose root is in the span."""
        numbering = Numbering.load(self.catalogue)
        edges = _distinct(read_listed(self.edges, *numbering.span(self.span)))
        starts = _starts(edges.left)
        nodes, least = edges.left[starts], edges.right[starts]
        write_run(f"{self.path}.labels", nodes, {"root": np.minimum(nodes, least)}, numbering.lows)
        sizes = np.diff(np.append(starts, len(edges)))[least > nodes] + 1
        return LabelReport(self.id, f"{self.path}.labels", len(nodes), len(sizes), int(sizes.max(initial=0)))


def small_star(edges: Edges) -> tuple[Edges, int]:
    """Link each node's smaller neighbours, and itself, to the least of them; *edges* are by their larger node.

    Returns the edges in both directions, and how many are new.
    """
    edges = _distinct(edges)
    starts = _starts(edges.left)
    least = np.repeat(edges.right[starts], np.diff(np.append(starts, len(edges))))
    others = edges.right != least
    star = Edges.join([Edges(edges.left[starts], edges.right[starts]), Edges(edges.right[others], least[others])])
    return Edges.join([star, Edges(star.right, star.left)]), int(others.sum())


def large_star(edges: Edges) -> tuple[Edges, int]:
    """Link each node's larger neighbours to the least of its neighbours and itself; *edges* are in both directions.

    Returns the edges by their larger node, and how many are new.
    """
    edges = _distinct(edges)
    starts = _starts(edges.left)
    least = np.repeat(edges.right[starts], np.diff(np.append(starts, len(edges))))
    least = np.minimum(least, edges.left)
    larger = edges.right > edges.left
    changed = int((larger & (least != edges.left)).sum())
    return Edges(edges.right[larger], least[larger]), changed


def _distinct(edges: Edges) -> Edges:
    """Return the edges by left, then right, each once."""
    order = np.lexsort((edges.right, edges.left))
    left, right = edges.left[order], edges.right[order]
    once = np.ones(len(left), np.bool_)
    once[1:] = (left[1:] != left[:-1]) | (right[1:] != right[:-1])
    return Edges(left[once], right[once])


def _starts(left: Numbers) -> Numbers:
    """Return where each run of equal values begins."""
    return np.flatnonzero(np.append(True, left[1:] != left[:-1])[: len(left)])


def add_up(reports: Sequence[LabelReport]) -> tuple[int, int, int]:
    """Return the members, components and documents of the largest component of several spans."""
    members, components = sum(one.members for one in reports), sum(one.components for one in reports)
    return members, components, max((one.largest for one in reports), default=0)
