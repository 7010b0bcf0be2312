"""Workers elsewhere: what they must reach, of which they are asked first, and the digests that they take of files."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import uuid4

from corpushub.recipe.inputs import Digester, Stamped, digest_here
from corpushub.recipe.model import Recipe
from lineage.hub.home import Home
from lineage.hub.private import make_folder
from pipelines.annotate.digests import DigestTask
from pipelines.execution.executor import LOCAL, Execution, executor
from pipelines.execution.journal import keeping
from pipelines.execution.stage import Stages
from pipelines.ingest import Job

if TYPE_CHECKING:
    from corpushub.running.following import Watcher
    from pipelines.execution.probe import Demand, Place


def demand_of(job: Job, home: Home, recipe: Recipe) -> Demand:
    """Return what *job* needs of its workers: of the files of a source the first stands for the others."""
    from pipelines.execution.probe import Demand  # which few runs need

    files = {task.reading.source: task.slice.path for task in reversed(job.tasks)}
    key = job.scrubber.key if job.scrubber else None
    return Demand(_places(home, job.work), tuple(files.values()), tuple(recipe.plugin_names()), key)


def chores_demand(home: Home, work: str) -> Demand:
    """Return what the rewriting of files of a hub needs of workers, whose reports stand in the folder *work*."""
    from pipelines.execution.probe import Demand  # which few runs need

    return Demand(_places(home, work))


def digester(home: Home, dataset: str, execution: Execution, watcher: Watcher) -> Digester:
    """Return what digests the source files of *dataset*: this machine where it does the work, else the workers."""
    if execution.runner == LOCAL:
        return digest_here

    def digest_there(files: Sequence[Stamped]) -> list[str]:
        """Return the digests of *files*, in their order."""
        from pipelines.execution.probe import require_workers  # which few runs need

        work, journal = home.work_folder(dataset), home.runs / f"{dataset}-digests"
        make_folder(journal)
        tasks = [DigestTask(one.path, one.size, one.stamp or uuid4().hex, f"{work}/digests") for one in files]
        execute = executor(work, str(journal), execution)
        with watcher.follow(journal), keeping(str(journal)):
            require_workers(execute, _digests_demand(home, work, [one.path for one in files]), watcher.announce)
            found = {report.id: report.sha256 for report in Stages(execute, watcher.announce)("digests", tasks)}
        shutil.rmtree(journal, ignore_errors=True)
        return [found[task.id] for task in tasks]

    return digest_there


def _digests_demand(home: Home, work: str, files: Sequence[str]) -> Demand:
    """Return what the digesting of *files* needs of workers: the first stands for the others."""
    from pipelines.execution.probe import Demand  # which few runs need

    return Demand(_places(home, work), tuple(files[:1]))


def _places(home: Home, work: str) -> tuple[Place, ...]:
    from pipelines.execution.probe import Place  # which few runs need

    return (Place(work, "CORPUSHUB_WORK"), Place(home.warehouse, "CORPUSHUB_WAREHOUSE"))
