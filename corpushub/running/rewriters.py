"""Who rewrites and searches files for erasures and revisions: this process, or where there is much a run's workers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from shutil import rmtree
from typing import Any, Final

from corpushub.running.workers import chores_demand
from lineage.hub.home import FileKind, Home
from lineage.hub.private import make_folder
from lineage.rewrite.chores import Chore, ChoreRunner, in_turn
from lineage.rewrite.files import Rewriter, Rewriters
from pipelines.dedup.indexes.rewrite import rewrite_index
from pipelines.execution.executor import LOCAL, Execution, executor
from pipelines.execution.stage import Executor

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

    def runner(execution: Execution) -> ChoreRunner:
        """Return what carries chores out as *execution* wants it: a few bytes of work here, more as a stage."""

        def run_chores(chores: Sequence[Chore]) -> list[Any]:
            if execution.runner == LOCAL and sum(chore.size for chore in chores) < SMALL:
                return in_turn(chores)
            from pipelines.execution.chores import do_chores
            from pipelines.execution.stage import Stages

            make_folder(journal)  # each time: an erasure removes all journals
            stages = Stages(executor(work, str(journal), execution))
            if execution.runner != LOCAL:
                probe(stages.execute)
            return do_chores(chores, work, stages, "rewrite")

        return run_chores

    yield Rewriters(REWRITERS, runner(execution), runner(replace(execution, runner=LOCAL, beam=(), address="")))
    rmtree(journal, ignore_errors=True)
