"""What a run will take, by the rates of the last one: seconds, room on disk, memory."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from lineage.control.costs.run_costs import last_of_its_kind
from lineage.hub import Hub
from lineage.hub.home import Home, is_local


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run would take, by the rates of another one.

    Attributes:
        like: that run, as run:ID.
        seconds: from its beginning to its commit.
        disk_bytes: room for the files between stages and for those of the version, together, as far as they stand on a
            disk.
        memory_bytes: of all processes, with as many workers.
        workers: how many these are.
        free_bytes: what is free on the drive of the hub.
    """

    like: str
    seconds: float
    disk_bytes: int
    memory_bytes: int
    workers: int
    free_bytes: int


def estimate(hub: Hub, dataset: str, size: int) -> Estimate | None:
    """Return what a run of *dataset* over *size* bytes of files would take; None if no run tells.

    Seconds and room grow with the bytes that are read, as they are stored; memory does not.
    """
    known = last_of_its_kind(hub.db, dataset)
    if known is None or not known.cost.read_bytes:
        return None
    share = size / known.cost.read_bytes
    work = known.cost.work_bytes if is_local(hub.home.work) else 0
    made = known.made_bytes if is_local(hub.home.warehouse) else 0
    return Estimate(
        like=f"run:{known.cost.run}",
        seconds=round(known.seconds * share, 1),
        disk_bytes=round((work + made) * share),
        memory_bytes=known.cost.memory_bytes,
        workers=known.cost.workers,
        free_bytes=free(hub.home),
    )


def free(home: Home) -> int:
    """Return how many bytes are free on the drive on which *home* is, or will be."""
    place = next(path for path in (home.path, *home.path.absolute().parents) if path.exists())
    return shutil.disk_usage(place).free
