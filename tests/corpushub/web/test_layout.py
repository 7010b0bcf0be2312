"""Drawings: no line crosses a box that it does not lead to, on any graph; lines go from left to right."""

from __future__ import annotations

from graphlib import CycleError
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpushub.web.layout import HEIGHT, WIDTH, Layout, Line, Point, layout


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[str], list[Line]]:
    """Boxes, and lines from some to later ones."""
    boxes = [f"box {number}" for number in range(draw(st.integers(0, 14)))]
    pairs = [*combinations(boxes, 2)]
    lines = draw(st.lists(st.sampled_from(pairs), max_size=40)) if pairs else []
    return draw(st.permutations(boxes)), lines


def crosses(start: Point, end: Point, corner: Point) -> bool:
    """Tell whether a segment meets the inside of the box at *corner*, by clipping it (Liang and Barsky 1984)."""
    low, high = 0.0, 1.0
    for axis, size in ((0, WIDTH), (1, HEIGHT)):
        run = end[axis] - start[axis]
        near, far = corner[axis] + 1e-6 - start[axis], corner[axis] + size - 1e-6 - start[axis]
        if run == 0:
            if near >= 0 or far <= 0:
                return False
            continue
        first, second = sorted((near / run, far / run))
        low, high = max(low, first), min(high, second)
    return low < high


def crossings(found: Layout) -> list[tuple[Line, str]]:
    """Return which line crosses which box."""
    return [
        (line, box)
        for line, points in found.lines.items()
        for box, corner in found.boxes.items()
        for start, end in pairwise(points)
        if crosses(start, end, corner)
    ]


@given(graphs())
def test_no_line_crosses_a_box(graph: tuple[list[str], list[Line]]) -> None:
    """Not even one that it leads to; and each line begins and ends at the sides of its boxes."""
    boxes, lines = graph
    found = layout(boxes, lines)

    assert not crossings(found)
    assert set(found.lines) == set(lines)
    for (start, end), points in found.lines.items():
        assert points[0] == (found.boxes[start][0] + WIDTH, found.boxes[start][1] + HEIGHT / 2)
        assert points[-1] == (found.boxes[end][0], found.boxes[end][1] + HEIGHT / 2)
        assert all(one[0] < other[0] for one, other in pairwise(points))


@given(graphs())
def test_boxes_lie_apart_and_inside(graph: tuple[list[str], list[Line]]) -> None:
    """No two of them overlap, and none leaves the drawing."""
    found = layout(*graph)

    for one, other in combinations(found.boxes.values(), 2):
        assert abs(one[0] - other[0]) >= WIDTH or abs(one[1] - other[1]) >= HEIGHT
    for left, top in found.boxes.values():
        assert 0 <= left <= found.width - WIDTH
        assert 0 <= top <= found.height - HEIGHT


def test_the_check_finds_a_line_that_crosses() -> None:
    """Else it would prove nothing: a line drawn straight through the box between its ends is found."""
    found = layout(["a", "b", "c"], [("a", "b"), ("b", "c")])
    straight = Layout(found.width, found.height, found.boxes, {("a", "c"): (found.boxes["a"], found.boxes["c"])})
    through = tuple((left, top + HEIGHT / 2) for left, top in straight.lines["a", "c"])

    assert (("a", "c"), "b") in crossings(Layout(found.width, found.height, found.boxes, {("a", "c"): through}))


def test_what_goes_round_is_refused() -> None:
    """No version is made of itself."""
    with pytest.raises(CycleError):
        layout(["a", "b"], [("a", "b"), ("b", "a")])
