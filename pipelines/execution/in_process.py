"""Run tasks one after another in this process: the oracle for every runner, and the cheapest for small stages.

An engine may give one process several tasks at a time, each on a thread of its own: they wait for one another here.
Matchers keep one scratch space, and pages one tree, for a process; and since pages are read by Python, which one thread
at a time does, tasks side by side in one process would save little. Processes work side by side.
"""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Sequence
from typing import Final

import pyarrow as pa

from connectors.errors import StoreFailed
from lineage.storage.stores import is_transient, words_of
from pipelines.errors import StoreSilent
from pipelines.execution import journal
from pipelines.execution.stage import R, Task
from pipelines.handover.workfiles import remembering

PAUSES: Final = (1.0, 4.0, 10.0)
"""Seconds after each attempt at a task whose store broke off, which its client has waited for already."""

_one_at_a_time = threading.Lock()


def run_tasks(tasks: Sequence[Task[R]], folder: str | None = None) -> list[R]:
    """Run *tasks* in order, keeping a journal in *folder*."""
    return [run_task(task, folder) for task in tasks]


def run_task(task: Task[R], folder: str | None = None) -> R:
    """Run one task, when no other runs in this process, and note its start and end in the journal."""
    with _one_at_a_time, journal.keeping(folder), remembering():
        journal.note("start", task=task.id)
        report = _persistently(task)
        journal.note("end", task=task.id, memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10)
    pa.default_memory_pool().release_unused()  # or each worker keeps the peak of its largest task
    return report


def _persistently(task: Task[R]) -> R:
    """Run *task*, again where a store broke off; what it has finished until then need not be done again.

    Raises:
        StoreSilent: the store broke off at each of TRIES.
    """
    for attempt, pause in enumerate(PAUSES, start=1):
        try:
            return task.run()
        except (OSError, StoreFailed) as error:
            if not is_passing(error):
                raise
            journal.note("retry", task=task.id, attempt=attempt, why=type(error).__name__)
            last = error
        time.sleep(pause)
    why = words_of(last) if isinstance(last, OSError) else str(last)
    raise StoreSilent(f"a store broke off {len(PAUSES)} times ({why})") from last


def is_passing(error: BaseException) -> bool:
    """Tell whether *error* says that a store broke off: another attempt may do, by this worker or by another."""
    return isinstance(error, StoreFailed) or is_transient(error)
