"""The stage of chores: files of a hub that are rewritten or searched one by one, a task each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lineage.rewrite.chores import Chore
from pipelines.code.version import code_version
from pipelines.execution.stage import Report, Stages
from pipelines.handover.ids import digest
from pipelines.handover.workfiles import read_json, write_json


@dataclass(frozen=True, slots=True)
class ChoreReport(Report):
    """What came of a chore, as JSON values that its kind knows the meaning of."""

    result: Any


@dataclass(frozen=True, slots=True)
class ChoreTask:
    """Do one chore, unless it was done before and what came of it stands.

    Attributes:
        chore: what to do.
        out: folder of what came of chores.
    """

    chore: Chore
    out: str

    @property
    def id(self) -> str:
        """Name the task by its chore and the code that does it; 32 hex digits."""
        return digest([self.chore.name, self.code])[:32]

    @property
    def code(self) -> str:
        """Name the code that does the chore in this process."""
        return code_version(*self.chore.code)

    @property
    def cost(self) -> int:
        """Return the bytes of the file."""
        return self.chore.size

    @property
    def report_path(self) -> str:
        """Return where the report stands once the chore is done."""
        return f"{self.out}/{self.id}.json"

    def kept_report(self) -> ChoreReport | None:
        """Return the report of an earlier attempt, if what came of it stands."""
        try:
            report = self.load(read_json(self.report_path))
        except FileNotFoundError:
            return None
        return report if self.chore.stands(report.result) else None

    def run(self) -> ChoreReport:
        """Do the chore, unless it has been done; report what came of it."""
        done = self.kept_report()
        if done is not None:
            return done
        report = ChoreReport(self.id, self.chore.run())
        write_json(self.report_path, report)
        return report

    def load(self, content: Mapping[str, Any]) -> ChoreReport:
        """Return the report of this task that was kept as JSON."""
        return ChoreReport.load(content)


def do_chores(chores: Sequence[Chore], out: str, run: Stages, stage: str) -> list[Any]:
    """Do *chores* as a stage; return what came of each, in their order.

    Raises:
        StageLost: a task did not report.
        StageStalled: workers died again and again; what is done is found by a repeat.
    """
    tasks = [ChoreTask(chore, out) for chore in chores]
    found = {report.id: report.result for report in run(stage, tasks)}
    return [found[task.id] for task in tasks]
