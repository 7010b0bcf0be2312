"""Run tasks one after another in this process: the oracle for every runner, and the cheapest for small stages.

An engine may give one process several tasks at a time, each on a thread of its own: they wait for one another here.
Matchers keep one scratch space, and pages one tree, for a process; and since pages are read by Python, which one thread
at a time does, tasks side by side in one process would save little. Processes work side by side.
"""

from __future__ import annotations

import resource
import threading
from collections.abc import Sequence

import pyarrow as pa

from pipelines.execution import journal
from pipelines.execution.stage import R, Task
from pipelines.handover.workfiles import remembering

_one_at_a_time = threading.Lock()


def run_tasks(tasks: Sequence[Task[R]], folder: str | None = None) -> list[R]:
    """Run *tasks* in order, keeping a journal in *folder*."""
    return [run_task(task, folder) for task in tasks]


def run_task(task: Task[R], folder: str | None = None) -> R:
    """Run one task, when no other runs in this process, and note its start and end in the journal."""
    with _one_at_a_time, journal.keeping(folder), remembering():
        journal.note("start", task=task.id)
        report = task.run()
        journal.note("end", task=task.id, memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10)
    pa.default_memory_pool().release_unused()  # or each worker keeps the peak of its largest task
    return report
