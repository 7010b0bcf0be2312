"""A stage: a plan of tasks, run by some executor, ending in reports that must account for every task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pipelines.errors import StageLost, StageStalled

ATTEMPTS = 3
"""How often a stage is resumed after its workers died, before the job gives up."""

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

Announce = Callable[[str, Sequence[Task]], None]
"""Told of each stage: its name and its tasks."""


def quietly(stage: str, tasks: Sequence[Task]) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Stages:
    """Runs stages: announces them, resumes them after a lost worker, and checks that every task has reported."""

    execute: Executor
    announce: Announce = quietly

    def __call__(self, stage: str, tasks: Sequence[Task]) -> list[Report]:
        """Run *tasks* as *stage*; return the reports in the order of their ids.

        Raises:
            StageLost: a task did not report.
            StageStalled: workers died again and again.
        """
        self.announce(stage, tasks)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                reports = self.execute(tasks)
                break
            except StageStalled:
                if attempt == ATTEMPTS:
                    raise
        planned, received = Counter(task.id for task in tasks), Counter(report["id"] for report in reports)
        if planned != received:
            raise StageLost(f"stage {stage}: {planned.total()} tasks were planned, {received.total()} reported")
        by_id = {report["id"]: report for report in reports}
        return [by_id[task.id] for task in sorted(tasks, key=lambda task: task.id)]
