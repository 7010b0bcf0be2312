"""A task that is done once: its report stands in a file named by its id, and a repeat only reads it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from pipelines.code.version import code_version
from pipelines.errors import StageLost
from pipelines.execution.stage import Executor, Report, Task
from pipelines.handover.ids import digest
from pipelines.handover.workfiles import exists, read_json, write_json


class Once(ABC):
    """Base of tasks that read files of the run: identity, and skipping what is done.

    Subclasses are frozen dataclasses with a field ``out`` (folder of outputs) and the two methods below.
    """

    out: str

    @abstractmethod
    def inputs(self) -> Any:
        """Return, as JSON, everything the output depends on, files by name and not by place."""

    @abstractmethod
    def work(self) -> Report:
        """Write the output (to :attr:`path`) and report it."""

    @cached_property
    def id(self) -> str:
        """Name the task by its kind, its inputs and the code it works with; 32 hex digits."""
        kind = type(self)
        return digest([kind.__name__, self.inputs(), code_version(kind.__module__)])[:32]

    @property
    def path(self) -> str:
        """Return where the output stands once the task is done, without a suffix."""
        return f"{self.out}/{type(self).__name__}-{self.id}"

    @property
    def report_path(self) -> str:
        """Return where the report stands once the task is done."""
        return f"{self.path}.json"

    def run(self) -> Report:
        """Do the work unless it has been done; report it."""
        if exists(self.report_path):
            return dict(read_json(self.report_path))
        report = {"id": self.id, **self.work()}
        write_json(self.report_path, report)
        return report


def names(paths: Sequence[str]) -> list[str]:
    """Return the names of files without their folder; ours are made of what the files hold."""
    return [path.rsplit("/", 1)[-1] for path in paths]


def run_stage(tasks: Sequence[Task], execute: Executor) -> list[Report]:
    """Execute the tasks that have not been done and return all reports, in the order of *tasks*.

    Raises:
        StageLost: a task did not report.
    """
    done = {task.id: task.run() for task in tasks if exists(getattr(task, "report_path", ""))}
    pending = [task for task in tasks if task.id not in done]
    reports = {report["id"]: report for report in (execute(pending) if pending else [])} | done
    missing = [task.id for task in tasks if task.id not in reports]
    if missing:
        raise StageLost(f"{len(tasks)} tasks were planned, {len(missing)} did not report")
    return [reports[task.id] for task in tasks]
