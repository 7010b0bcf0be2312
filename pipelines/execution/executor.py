"""How the tasks of a run are carried out: in this process, on a few forks of it, or by an engine elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pipelines.errors import PipelineError
from pipelines.execution import in_process, runners, warm_processes
from pipelines.execution.remote import Answer, Assignment, Engine, on_engine
from pipelines.execution.stage import Executor, R, Task

LOCAL: Final = runners.LOCAL


@dataclass(frozen=True, slots=True)
class Execution:
    """How a run is carried out; none of it changes the result.

    Attributes:
        runner: LOCAL, "dask", "ray" or the name of a Beam runner.
        workers: processes of the local runner.
        beam: further Beam options; where there are any, every stage runs on Beam.
        allow_failed: unreadable shards the version may miss.
        keep_work: keep the files between stages after the commit.
        full: read all sources even where the newest version could be gone on from.
        allow_empty: commit a version that is empty, or whose sources were read worse than the recipe's limits allow.
        address: of the scheduler of Dask or the head of Ray.
        own_process: whether this process is there for the run alone, so that its start counts as the run's.
        undocumented: run though the hub requires words about the dataset that the recipe lacks.
    """

    runner: str = LOCAL
    workers: int = 2
    beam: tuple[str, ...] = ()
    allow_failed: int = 0
    keep_work: bool = False
    full: bool = False
    allow_empty: bool = False
    address: str = ""
    own_process: bool = False
    undocumented: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be carried out."""
        if self.workers < 1 or self.allow_failed < 0:
            message = f"{self.workers} workers, {self.allow_failed} failed files allowed: nothing can be run so; "
            raise PipelineError(message + "give one worker or more, and no negative number of files")
        runners.require(self.runner, self.address, self.beam)


def executor(work: str, folder: str, execution: Execution) -> Executor:
    """Return what runs the tasks of a stage and keeps a journal in *folder*, which is on this machine.

    *work*, a folder or URL, is what all workers reach. Beam is imported only when a stage is worth starting it for.
    """
    if execution.runner != LOCAL:
        return on_engine(_engine(work, execution), folder)

    def execute(tasks: Sequence[Task[R]], /) -> list[R]:
        """Run *tasks* in this process, on a few forks or by Beam, whichever is worth it."""
        small = len(tasks) < 2 or sum(task.cost for task in tasks) < warm_processes.SMALL
        if execution.workers == 1 and not execution.beam:
            return in_process.run_tasks(tasks, folder)
        if small and not execution.beam:
            return warm_processes.run_tasks(tasks, folder, execution.workers)
        warm_processes.start(large=True)  # unless it runs: then its forks import Beam, or have it from a good guess
        from pipelines.execution.engines.beam import BeamExecutor

        warm_processes.close()  # or its idle forks would stand beside Beam's workers in memory
        return BeamExecutor(folder, execution.workers, execution.beam)(tasks)

    return execute


def _engine(work: str, execution: Execution) -> Engine:
    """Return the engine that *execution* names; its library is imported when the first stage runs."""

    def engine(sent: Sequence[Assignment]) -> Iterable[Answer]:
        if execution.address:
            runners.require_answer(execution.address)
        if execution.runner == runners.RAY:
            from pipelines.execution.engines.ray import RayEngine

            return RayEngine(execution.address)(sent)
        from pipelines.execution.engines.beam import BeamEngine, on_dask

        if execution.runner == runners.DASK:
            return on_dask(work, execution.address, execution.beam)(sent)
        return BeamEngine(work, execution.runner, execution.beam)(sent)

    return engine
