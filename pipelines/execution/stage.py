"""A stage: a plan of tasks, run by some executor, ending in reports that must account for every task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol, Self, TypeVar, runtime_checkable

from lineage.hub.home import is_local
from lineage.storage.files import DataFile, exists, list_files
from pipelines.errors import StageLost, StageStalled
from pipelines.execution import journal

ATTEMPTS = 3
"""How often a stage is resumed after its workers died, before the job gives up. Deaths by a deadline are not counted:
each sets a batch or a record aside (pipelines.execution.deadline)."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a task says of its work: under 10 KB, and never document text. Its fields are its JSON.

    Attributes:
        id: of the task.
        cpu: processor seconds that it took its process, all threads and children of that included. No result depends on
            it, and reports are equal whatever it is.
    """

    id: str
    cpu: float = field(default=0.0, kw_only=True, compare=False)

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


@runtime_checkable
class KeptTask(Task[R_co], Protocol[R_co]):
    """A task whose report stands in a file once it is done."""

    @property
    def report_path(self) -> str:
        """Return where the report stands then."""

    def kept_report(self) -> R_co | None:
        """Return the report of an earlier attempt, if all that it has left still stands."""


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
    """Runs stages: announces them, sends what is not done yet, resumes them after a lost worker, checks the reports.

    Attributes:
        execute: runs tasks.
        announce: told of each stage.
        attempts: how often a stage is begun at most, as long as no task is given up for good.
    """

    execute: Executor
    announce: Announce = quietly
    attempts: int = ATTEMPTS

    def __call__(self, stage: str, tasks: Sequence[Task[R]]) -> list[R]:
        """Run *tasks* as *stage*; return the reports in the order of their ids.

        Raises:
            StageLost: a task did not report.
            StageStalled: workers died again and again.
        """
        self.announce(stage, tasks)
        attempts, reused = 0, None
        while True:
            reports = earlier_reports(tasks)
            reused = reports[:] if reused is None else reused
            done = {report.id for report in reports}
            pending = [task for task in tasks if task.id not in done]
            journal.note_ends(done)
            try:
                reports += self.execute(pending) if pending else []
                break
            except StageStalled:
                from pipelines.execution.deadline import settle_all  # Arrow is imported only where something is run

                attempts += not settle_all(tasks)
                if attempts == self.attempts:
                    raise
        planned, received = Counter(task.id for task in tasks), Counter(report.id for report in reports)
        if planned != received:
            raise StageLost(f"stage {stage}: {planned.total()} tasks were planned, {received.total()} reported")
        by_id = {report.id: report for report in reports}
        _note_spent(stage, reports, reused)
        return [by_id[task.id] for task in sorted(tasks, key=lambda task: task.id)]


def _note_spent(stage: str, reports: Sequence[Report], reused: Sequence[Report]) -> None:
    """Note in the journal what the tasks of *stage* took, and what those of them that were *reused* had taken."""
    saved = sum(report.cpu for report in reused)
    spent = max(sum(report.cpu for report in reports) - saved, 0.0)
    counts = {"tasks": len(reports) - len(reused), "reused": len(reused)}
    journal.note(journal.SPENT, stage=stage, **counts, seconds=round(spent, 6), saved=round(saved, 6))


AT_ONCE = 16
"""Reports that are read from a store at the same time."""


def earlier_reports(tasks: Sequence[Task[R]]) -> list[R]:
    """Return the reports of those of *tasks* that have been done before and need not be done again.

    Of tasks that keep their reports in a store none is asked about by itself: one listing tells which are there.
    """
    kept = [task for task in tasks if isinstance(task, KeptTask)]
    local = [task for task in kept if is_local(task.report_path)]
    remote = [task for task in kept if not is_local(task.report_path)]
    there = {path for folder in {_folder(task) for task in remote} for path in list_files(folder)} if remote else set()
    found = [task for task in remote if task.report_path in there]
    reports = [task.kept_report() for task in local]
    if found:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            reports += pool.map(lambda task: task.kept_report(), found)
    return [report for report in reports if report is not None]


def _folder(task: KeptTask[Report]) -> str:
    return task.report_path.rpartition("/")[0]
