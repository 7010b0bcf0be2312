"""A task that is done once: its report stands in a file named by its id, and a repeat only reads it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar, Generic, cast, get_args

from connectors.streams.scratch import scratch_in
from pipelines.code.version import Plugin, code_version
from pipelines.errors import StageLost
from pipelines.execution.stage import Executor, R, Report, Task
from pipelines.execution.usage import processor_seconds
from pipelines.handover.ids import digest
from pipelines.handover.workfiles import read_json, write_json


class Once(ABC, Generic[R]):
    """Base of all tasks of a job: identity, and skipping what is done.

    Subclasses are frozen dataclasses with a field ``out`` (folder of outputs) and the methods below; ``Once[X]`` names
    the kind of their reports.
    """

    out: str
    _report: ClassVar[type[Report]]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._report = next(kind for base in getattr(cls, "__orig_bases__", ()) for kind in get_args(base))

    @abstractmethod
    def inputs(self) -> Any:
        """Return, as JSON, everything the output depends on, files by name and not by place."""

    @abstractmethod
    def work(self) -> R:
        """Write the output (to :attr:`path`) and report it."""

    def stands(self, report: R) -> bool:
        """Tell whether what an earlier attempt left is all there; files of a version may have been cleaned up since."""
        return True

    def plugins(self) -> tuple[Plugin, ...]:
        """Return the distributions of others that have a say in the output."""
        return ()

    @property
    def cost(self) -> int:
        """Return a nominal cost: the tasks of the stage are equal."""
        return 1

    @cached_property
    def id(self) -> str:
        """Name the task by its kind, its inputs and the code it works with; 32 hex digits."""
        return digest([type(self).__name__, self.inputs(), self.code])[:32]

    @property
    def code(self) -> str:
        """Name the code that does the work in this process; it does not travel, as the id does."""
        return code_version(type(self).__module__, plugins=self.plugins())

    @property
    def path(self) -> str:
        """Return where the output stands once the task is done, without a suffix."""
        return f"{self.out}/{type(self).__name__}-{self.id}"

    @property
    def report_path(self) -> str:
        """Return where the report stands once the task is done."""
        return f"{self.path}.json"

    def load(self, content: Mapping[str, Any]) -> R:
        """Return the report of this task that was kept as JSON."""
        return cast(R, self._report.load(content))

    def kept_report(self) -> R | None:
        """Return the report of an earlier attempt, if all that it has left still stands."""
        try:
            report = self.load(read_json(self.report_path))
        except FileNotFoundError:
            return None
        return report if self.stands(report) else None

    def run(self) -> R:
        """Do the work unless it has been done; report it."""
        done = self.kept_report()
        if done is not None:
            return done
        before = processor_seconds()
        with scratch_in(self.out):
            report = self.work()
        report = replace(report, cpu=round(processor_seconds() - before, 6))
        write_json(self.report_path, report)
        return report


def names(paths: Sequence[str]) -> list[str]:
    """Return the names of files without their folder; ours are made of what the files hold."""
    return [path.rsplit("/", 1)[-1] for path in paths]


def run_stage(tasks: Sequence[Task[R]], execute: Executor) -> list[R]:
    """Execute *tasks* and return their reports, in their order.

    Raises:
        StageLost: a task did not report.
    """
    reports = {report.id: report for report in (execute(tasks) if tasks else [])}
    missing = [task.id for task in tasks if task.id not in reports]
    if missing:
        raise StageLost(f"{len(tasks)} tasks were planned, {len(missing)} did not report")
    return [reports[task.id] for task in tasks]
