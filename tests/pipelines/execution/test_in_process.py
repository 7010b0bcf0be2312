"""Tasks in one process: one at a time, whatever gives them to it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, ClassVar

from pipelines.execution.in_process import run_task
from pipelines.execution.stage import Report


@dataclass(frozen=True, slots=True)
class Meeting:
    """A task that waits a moment for another one to run beside it, and says whether one did."""

    id: str
    code: str = ""
    cost: int = 1
    met: ClassVar[threading.Barrier] = threading.Barrier(2)

    def run(self) -> Report:
        """Wait for the other one."""
        try:
            self.met.wait(0.2)
        except threading.BrokenBarrierError:
            return Report("alone")
        return Report("beside another")

    def load(self, content: Mapping[str, Any]) -> Report:
        """Return the report."""
        return Report(**content)


def test_threads_of_an_engine_wait_for_one_another() -> None:
    """Of two tasks that an engine gives to two threads of one process neither meets the other."""
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(run_task, [Meeting("a"), Meeting("b")]))

    assert [report.id for report in reports] == ["alone", "alone"]
