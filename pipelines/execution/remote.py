"""Tasks on machines that are not the driver's: what travels to a worker, what comes back, and what is tried again.

An engine is a function. It is handed assignments, has :func:`carry_out` called for each of them, once or more, by
whichever of its workers, and yields the answers in any order, as they come. It knows neither tasks nor reports::

    def dask(assignments):
        answers = client.map(carry_out, assignments, pure=False)
        yield from (answer for _, answer in as_completed(answers, with_results=True))

What carry_out returns is an answer, though it may say that the task has failed: an engine does not try it again. What
carry_out raises, and what befalls a worker, an engine tries again as often as it likes, on another worker best; where
it gives up it raises, whatever it raises, and the stage is resumed with what is left.
"""

from __future__ import annotations

import errno
import socket
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from connectors.errors import ConnectorError
from lineage.errors import LineageError
from pipelines.errors import PipelineError, StageStalled, TaskFailed
from pipelines.execution import in_process, journal
from pipelines.execution.stage import Executor, R, Report, Task
from policies.errors import PolicyError

Answer = dict[str, Any]
"""What a worker says of an assignment, as JSON values: the fields of a report, or ``id`` and ``error``."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A task on its way to a worker, small and picklable.

    Attributes:
        task: what is to be done.
        code: the code version that the driver has named it by; a worker with another one refuses it.
    """

    task: Task[Report]
    code: str


Engine = Callable[[Sequence[Assignment]], Iterable[Answer]]
"""Has carry_out called for each assignment by workers anywhere; yields what it returns, as it comes."""


def carry_out(assignment: Assignment, folder: str | None = None) -> Answer:
    """Do what *assignment* says, in a worker; return its report, or in one sentence why there is none.

    A full disk, a wrong option or a broken input is an answer: no other worker would fare better. The journal is kept
    in *folder*; a worker elsewhere, which does not reach that of the driver, keeps none.

    Raises:
        StoreSilent: a store broke off, again and again, and this worker is one of an engine.
    """
    task = assignment.task
    try:
        if task.code != assignment.code:
            return {"id": task.id, "error": _refusal()}
        return asdict(in_process.run_task(task, folder))
    except StageStalled as error:
        if folder is None:
            raise  # for the engine, which may try another worker
        return {"id": task.id, "stalled": str(error)}
    except (OSError, ConnectorError, LineageError, PipelineError, PolicyError) as error:
        return {"id": task.id, "error": str(error) if folder is not None else _told_elsewhere(error)}


def _told_elsewhere(error: Exception) -> str:
    """Return what *error* says to who does not know which of many machines it happened on."""
    if not isinstance(error, OSError):
        return str(error)
    full = error.errno in {errno.ENOSPC, errno.EDQUOT}
    room = f"; its temporary files stand in {tempfile.gettempdir()}, which TMPDIR may name another disk for"
    return f"the worker {socket.gethostname()} says: {error}{room if full else ''}"


def _refusal() -> str:
    where = f"the worker {socket.gethostname()} has another code version than this process"
    return f"{where}: install the same releases of corpushub, its libraries and plugins there"


def assignments(tasks: Sequence[Task[R]]) -> list[Assignment]:
    """Return *tasks* as they travel, largest first."""
    ordered = sorted(tasks, key=lambda task: (-task.cost, task.id))
    return [Assignment(task, task.code) for task in ordered]


def reports(tasks: Sequence[Task[R]], answers: Iterable[Answer]) -> Iterator[R]:
    """Yield the report of each of *tasks* as *answers* come; an engine may have done a task twice.

    Raises:
        TaskFailed: a task says that it has failed.
        StageStalled: a task says that it may be tried again.
    """
    waiting = {task.id: task for task in tasks}
    for answer in answers:
        if "stalled" in answer:
            raise StageStalled(answer["stalled"])
        if "error" in answer:
            message = f"{answer['error']}; nothing was committed, and what was computed is kept for the next run"
            raise TaskFailed(message)
        task = waiting.pop(answer["id"], None)
        if task is not None:
            yield task.load(answer)


def on_engine(engine: Engine, folder: str) -> Executor:
    """Return what runs tasks on *engine*, and notes in the journal in *folder*, which is here, what has been done."""

    def execute(tasks: Sequence[Task[R]], /) -> list[R]:
        done: list[R] = []
        with journal.keeping(folder):
            for report in reports(tasks, _answers(engine, assignments(tasks))):
                done.append(report)
                if report.progress:
                    journal.note("batch", **report.progress)
                journal.note("end", task=report.id)
        return done

    return execute


def _answers(engine: Engine, sent: Sequence[Assignment]) -> Iterator[Answer]:
    """Yield what *engine* does.

    Raises:
        StageStalled: it gave up; what was finished is kept, and the stage may be resumed.
    """
    try:
        yield from engine(sent) if sent else ()
    except PipelineError:
        raise
    except Exception as error:  # an engine raises what it likes
        raise StageStalled(f"the engine gave up ({type(error).__name__})") from error
