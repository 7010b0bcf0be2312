"""A stage: a plan of tasks, run by some executor, ending in reports that must account for every task."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

Report = dict[str, Any]
"""What a task says of its work: JSON values only, under 10 KB, never document text."""


class Task(Protocol):
    """A unit of work: files in, files out. Tasks are small, frozen and picklable, and know nothing of Beam."""

    @property
    def id(self) -> str:
        """Name the task by the content of its inputs and its settings, never by position."""

    @property
    def cost(self) -> int:
        """Estimate the work in bytes, for placing the largest tasks first."""

    def run(self) -> Report:
        """Do the work and report it; running twice writes the same bytes."""


Executor = Callable[[Sequence[Task]], list[Report]]
"""Runs tasks in any order and returns one report each, in no particular order."""
