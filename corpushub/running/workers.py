"""What workers elsewhere must reach and have, of which they are asked before anything is computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from corpushub.recipe.model import Recipe
from lineage.hub.home import Home
from pipelines.ingest import Job

if TYPE_CHECKING:
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


def digests_demand(home: Home, work: str, files: Sequence[str]) -> Demand:
    """Return what the digesting of *files* needs of workers: the first stands for the others."""
    from pipelines.execution.probe import Demand  # which few runs need

    return Demand(_places(home, work), tuple(files[:1]))


def _places(home: Home, work: str) -> tuple[Place, ...]:
    from pipelines.execution.probe import Place  # which few runs need

    return (Place(work, "CORPUSHUB_WORK"), Place(home.warehouse, "CORPUSHUB_WAREHOUSE"))
