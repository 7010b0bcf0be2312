"""Who rewrites and searches files for erasures and revisions: this process, or where there is much a run's workers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from shutil import rmtree
from typing import TYPE_CHECKING, Any, Final

from corpushub.running.workers import chores_demand
from lineage.hub.home import FileKind, Home
from lineage.hub.private import make_folder
from lineage.rewrite.chores import Chore, ChoreRunner, in_turn
from lineage.rewrite.files import Rewriter, Rewriters
from lineage.statistics.whole import Change, make_statistics
from lineage.storage.files import DataFile
from pipelines.dedup.indexes.rewrite import rewrite_index
from pipelines.execution.executor import LOCAL, Execution, executor
from pipelines.execution.stage import Executor

if TYPE_CHECKING:
    from pipelines.execution.stage import Stages

REWRITERS: Final[Mapping[FileKind, Rewriter]] = {"index": rewrite_index}
"""How files are rewritten that lineage does not know the inside of."""

SMALL = 64 << 20
"""Bytes of files below which starting workers costs more than they save."""


@contextmanager
def rewriters_for(home: Home, name: str, execution: Execution) -> Iterator[Rewriters]:
    """Yield with what files are rewritten and searched; what workers tell of it stands in the work folder *name*.

    Who holds the lock removes that folder at the end. An error leaves it, so that the next attempt goes on from there.
    """
    work, journal = home.work_folder(name), home.runs / name.replace("/", "-")

    fit = execution.runner == LOCAL

    def probe(execute: Executor) -> None:
        """Look once what workers elsewhere reach."""
        nonlocal fit
        if not fit:
            from pipelines.execution.probe import require_workers  # which few commands need

            require_workers(execute, chores_demand(home, work))
            fit = True

    def begin(execution: Execution) -> Stages:
        """Return what carries stages out as *execution* wants it."""
        from pipelines.execution.stage import Stages

        make_folder(journal)  # each time: an erasure removes all journals
        stages = Stages(executor(work, str(journal), execution))
        if execution.runner != LOCAL:
            probe(stages.execute)
        return stages

    def runner(execution: Execution) -> ChoreRunner:
        """Return what carries chores out as *execution* wants it: a few bytes of work here, more as a stage."""

        def run_chores(chores: Sequence[Chore]) -> list[Any]:
            if execution.runner == LOCAL and sum(chore.size for chore in chores) < SMALL:
                return in_turn(chores)
            from pipelines.execution.chores import do_chores

            return do_chores(chores, work, begin(execution), "rewrite")

        return run_chores

    def state(change: Change) -> list[DataFile]:
        """Make statistics as *execution* wants it: of a few bytes here, of more as a stage."""
        if execution.runner == LOCAL and change.size < SMALL:
            return make_statistics(change)
        from pipelines.release.statistics import state as state_by_tasks

        stages = begin(execution)
        return state_by_tasks(change, (), f"{work}/statistics", lambda tasks: stages("statistics", tasks))

    here = replace(execution, runner=LOCAL, beam=(), address="")
    yield Rewriters(REWRITERS, runner(execution), runner(here), state)
    rmtree(journal, ignore_errors=True)
