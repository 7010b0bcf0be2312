"""A stage: a plan of tasks, run by some executor, ending in reports that must account for every task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeVar

from lineage.storage.files import DataFile, exists
from pipelines.errors import StageLost, StageStalled

ATTEMPTS = 3
"""How often a stage is resumed after its workers died, before the job gives up. Deaths by a deadline are not counted:
each sets a batch or a record aside (pipelines.execution.deadline)."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a task says of its work: under 10 KB, and never document text. Its fields are its JSON.

    Attributes:
        id: of the task.
    """

    id: str

    @classmethod
    def load(cls, content: Mapping[str, Any]) -> Self:
        """Return the report that was kept as JSON; a report with parts of its own makes these anew."""
        return cls(**content)

    @property
    def progress(self) -> Mapping[str, int]:
        """What a progress bar counts of it: read, kept, bytes; {} where it counts tasks alone."""
        return {}


@dataclass(frozen=True, slots=True)
class FileReport(Report):
    """What a task says that writes a data file of the version.

    Attributes:
        file: the file; None where there was nothing to write.
    """

    file: DataFile | None

    @classmethod
    def load(cls, content: Mapping[str, Any]) -> Self:
        """Return the report that was kept as JSON."""
        file = content["file"]
        return cls(**{**content, "file": file and DataFile(**file)})

    @property
    def is_there(self) -> bool:
        """Whether the file still stands: it may have been taken for a leftover of a dead run."""
        return self.file is None or exists(self.file.path)


R = TypeVar("R", bound=Report)
R_co = TypeVar("R_co", bound=Report, covariant=True)


class Task(Protocol[R_co]):
    """A unit of work: files in, files out. Tasks are small, frozen and picklable, and know nothing of Beam."""

    @property
    def id(self) -> str:
        """Name the task by the content of its inputs and its settings, never by position."""

    @property
    def code(self) -> str:
        """Name the code that does the work here: a process with another code version would do other work."""

    @property
    def cost(self) -> int:
        """Estimate the work in bytes, for placing the largest tasks first."""

    def run(self) -> R_co:
        """Do the work and report it; running twice writes the same bytes."""

    def load(self, content: Mapping[str, Any]) -> R_co:
        """Return the report of this task that crossed processes as JSON."""


class Executor(Protocol):
    """Runs tasks in any order and returns one report each, in no particular order."""

    def __call__(self, tasks: Sequence[Task[R]], /) -> list[R]:
        """Run *tasks*."""


Announce = Callable[[str, Sequence[Task[Report]]], None]
"""Told of each stage: its name and its tasks."""


def quietly(stage: str, tasks: Sequence[Task[Report]]) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Stages:
    """Runs stages: announces them, resumes them after a lost worker, and checks that every task has reported."""

    execute: Executor
    announce: Announce = quietly

    def __call__(self, stage: str, tasks: Sequence[Task[R]]) -> list[R]:
        """Run *tasks* as *stage*; return the reports in the order of their ids.

        Raises:
            StageLost: a task did not report.
            StageStalled: workers died again and again.
        """
        self.announce(stage, tasks)
        attempts = 0
        while True:
            try:
                reports = self.execute(tasks)
                break
            except StageStalled:
                from pipelines.execution.deadline import settle_all  # Arrow is imported only where something is run

                attempts += not settle_all(tasks)
                if attempts == ATTEMPTS:
                    raise
        planned, received = Counter(task.id for task in tasks), Counter(report.id for report in reports)
        if planned != received:
            raise StageLost(f"stage {stage}: {planned.total()} tasks were planned, {received.total()} reported")
        by_id = {report.id: report for report in reports}
        return [by_id[task.id] for task in sorted(tasks, key=lambda task: task.id)]
