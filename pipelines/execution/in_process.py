"""Run tasks one after another in this process: the oracle for every runner, and the cheapest for small stages."""

from __future__ import annotations

import resource
from collections.abc import Sequence

import pyarrow as pa

from pipelines.execution import journal
from pipelines.execution.stage import R, Task


def run_tasks(tasks: Sequence[Task[R]], folder: str | None = None) -> list[R]:
    """Run *tasks* in order, keeping a journal in *folder*."""
    return [run_task(task, folder) for task in tasks]


def run_task(task: Task[R], folder: str | None = None) -> R:
    """Run one task and note its start and end in the journal."""
    with journal.keeping(folder):
        journal.note("start", task=task.id)
        report = task.run()
        journal.note("end", task=task.id, memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10)
    pa.default_memory_pool().release_unused()  # or each worker keeps the peak of its largest task
    return report
