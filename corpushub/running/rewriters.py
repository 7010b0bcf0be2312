"""Who rewrites and searches files for erasures and revisions: this process, or where there is much a run's workers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from shutil import rmtree
from typing import Any, Final

from lineage.hub.home import FileKind, Home
from lineage.hub.private import make_folder
from lineage.rewrite.chores import Chore, in_turn
from lineage.rewrite.files import Rewriter, Rewriters
from pipelines.dedup.index_rewrite import rewrite_index
from pipelines.execution.executor import LOCAL, Execution, executor

REWRITERS: Final[Mapping[FileKind, Rewriter]] = {"index": rewrite_index}
"""How files are rewritten that lineage does not know the inside of."""

SMALL = 64 << 20
"""Bytes of files below which starting workers costs more than they save."""


@contextmanager
def rewriters_for(home: Home, name: str, execution: Execution) -> Iterator[Rewriters]:
    """Yield with what files are rewritten and searched; what workers keep in the work folder *name* goes at the end.

    An error leaves it, so that the next attempt goes on from there.
    """
    work, journal = home.work / name, home.runs / name.replace("/", "-")

    def run_chores(chores: Sequence[Chore]) -> list[Any]:
        if execution.runner == LOCAL and sum(chore.size for chore in chores) < SMALL:
            return in_turn(chores)
        from pipelines.execution.chores import do_chores
        from pipelines.execution.stage import Stages

        make_folder(journal)  # each time: an erasure removes all journals
        stages = Stages(executor(str(work), str(journal), execution))
        return do_chores(chores, str(work), stages, "rewrite")

    yield Rewriters(REWRITERS, run_chores)
    for folder in (work, journal):
        rmtree(folder, ignore_errors=True)
