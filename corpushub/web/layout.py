"""Where boxes and lines of a drawing stand: columns of boxes, and lines that cross no box of another.

A box stands in the column behind all that lead to it. A line that passes a column has a place of its own there, as a
box has; between columns there are only lines (Sugiyama et al. 1981). So no line can cross a box that it does not lead
to, whatever the graph.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import pairwise
from typing import Final

WIDTH, HEIGHT = 190, 46
"""Of a box, in units of the drawing."""

GAP: Final = 70
"""Between two columns."""

SPACE: Final = 14
"""Between two boxes of a column, and around all."""

LANE: Final = 10
"""Height of the place of a line that passes a column."""

SWEEPS: Final = 4
"""How often columns are put in order by those beside them."""

Point = tuple[float, float]
Line = tuple[str, str]
_Place = str | tuple[Line, int]
"""A box by its id, or a line that passes a column, and that column."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A drawing.

    Attributes:
        width, height: of all of it.
        boxes: the upper left corner of each box, by its id.
        lines: the points of each line, from the right side of the box that it leaves to the left side of the other.
    """

    width: float
    height: float
    boxes: Mapping[str, Point]
    lines: Mapping[Line, tuple[Point, ...]]


def layout(boxes: Sequence[str], lines: Sequence[Line]) -> Layout:
    """Return where *boxes*, by their ids, and *lines* between two of them stand.

    Raises:
        graphlib.CycleError: the lines go round in a circle.
    """
    columns, ways = _columns(boxes, lines)
    for _ in range(SWEEPS):
        _put_in_order(columns, ways)
    heights = [sum(_height(one) + SPACE for one in column) - SPACE for column in columns]
    height = max(heights, default=0)
    middle: dict[_Place, Point] = {}
    for at, column in enumerate(columns):
        top = SPACE + (height - heights[at]) / 2
        for one in column:
            middle[one] = (SPACE + at * (WIDTH + GAP), top + _height(one) / 2)
            top += _height(one) + SPACE
    return Layout(
        width=2 * SPACE + len(columns) * (WIDTH + GAP) - GAP if columns else 2 * SPACE,
        height=height + 2 * SPACE,
        boxes={one: (middle[one][0], middle[one][1] - HEIGHT / 2) for one in boxes},
        lines={line: _points(way, middle) for line, way in ways.items()},
    )


def _height(place: _Place) -> float:
    return HEIGHT if isinstance(place, str) else LANE


def _columns(boxes: Sequence[str], lines: Sequence[Line]) -> tuple[list[list[_Place]], dict[Line, list[_Place]]]:
    """Return what stands in each column, and the places that each line passes, its ends included."""
    before: dict[str, set[str]] = {one: set() for one in boxes}
    for start, end in lines:
        before[end].add(start)
    column: dict[str, int] = {}
    for one in TopologicalSorter(before).static_order():
        column[one] = max((column[other] + 1 for other in before[one]), default=0)
    after: dict[str, list[int]] = {}
    for start, end in lines:
        after.setdefault(start, []).append(column[end])
    for one in boxes:  # what nothing leads to stands right before what it leads to
        if not before[one] and one in after:
            column[one] = min(after[one]) - 1
    columns: list[list[_Place]] = [[] for _ in range(max(column.values(), default=-1) + 1)]
    for one in boxes:
        columns[column[one]].append(one)
    ways: dict[Line, list[_Place]] = {}
    for line in dict.fromkeys(lines):
        passed: list[_Place] = [(line, at) for at in range(column[line[0]] + 1, column[line[1]])]
        for at, place in enumerate(passed, start=column[line[0]] + 1):
            columns[at].append(place)
        ways[line] = [line[0], *passed, line[1]]
    return columns, ways


def _put_in_order(columns: list[list[_Place]], ways: Mapping[Line, list[_Place]]) -> None:
    """Order each column by the mean place of what its own are joined with in the column before, then after."""
    beside: dict[_Place, list[_Place]] = {}
    for way in ways.values():
        for left, right in pairwise(way):
            beside.setdefault(left, []).append(right)
            beside.setdefault(right, []).append(left)
    for numbers in (range(1, len(columns)), range(len(columns) - 2, -1, -1)):
        step = -1 if numbers.step > 0 else 1
        for at in numbers:
            known = {one: place for place, one in enumerate(columns[at + step])}
            means = {}
            for place, one in enumerate(columns[at]):
                joined = [known[other] for other in beside.get(one, ()) if other in known]
                means[one] = sum(joined) / len(joined) if joined else place
            columns[at].sort(key=lambda one: means[one])


def _points(way: Sequence[_Place], middle: Mapping[_Place, Point]) -> tuple[Point, ...]:
    """Return the points of a line that passes the places of *way*: the sides of each of them."""
    first, *passed, last = way
    points: list[Point] = [(middle[first][0] + WIDTH, middle[first][1])]
    for one in passed:
        left, high = middle[one]
        points += [(left, high), (left + WIDTH, high)]
    return (*points, middle[last])
