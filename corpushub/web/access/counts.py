"""Counts as the public is told them: so that nothing is known of fewer than five documents, nor by subtraction.

Every count is rounded down to a multiple of 5, and one below 5 is "< 5", be it 0. So a count tells that there are from
n to n + 4, and the difference of two counts is known to within 4 either way. No whole is told together with all of its
parts: groups below 5 are not named, nor is it said whether there are any. So what is left of a whole may be anything
from nothing on, and since all that is told are multiples of 5, parts never reach the upper bound of their whole: they
tell of one another nothing that each does not tell alone. There are no percentages, and no sums of bytes by group.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

STEP: Final = 5
"""What counts are multiples of."""

Count = int | Literal["< 5"]
"""A multiple of STEP: there are as many, or up to 4 more; or fewer than 5."""


@dataclass(frozen=True, slots=True)
class Group:
    """Documents of one value.

    Attributes:
        name: the value.
        documents: how many have it, rounded down to a multiple of 5.
    """

    name: str
    documents: Count


@dataclass(frozen=True, slots=True)
class Groups:
    """Documents by what they have.

    Attributes:
        by: what.
        groups: those of 5 documents and more, the largest first, then by name; others are not named.
    """

    by: str
    groups: tuple[Group, ...]


def told(number: int) -> Count:
    """Return what is told of *number* documents."""
    return number - number % STEP if number >= STEP else "< 5"


def rounded(number: int) -> int:
    """Return the number that is told of *number* documents where it must be one."""
    return number - number % STEP


def groups(by: str, counted: Iterable[tuple[str, int]]) -> Groups:
    """Return what is told of the groups that are *counted* by name."""
    named = sorted((-rounded(number), name) for name, number in counted if number >= STEP)
    return Groups(by, tuple(Group(name, -less) for less, name in named))


def coarse(size: int) -> int:
    """Return *size*, of bytes, by its first two digits: what it tells of one text among many is nothing."""
    scale = int(10 ** max(len(str(size)) - 2, 0))
    return size // scale * scale
