"""What a run will take, by the rates of the last one: seconds, room on disk, memory."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from lineage.control.run_costs import last_of_its_kind
from lineage.hub import Hub
from lineage.hub.home import Home


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run would take, by the rates of another one.

    Attributes:
        like: that run, as run:ID.
        seconds: from its beginning to its commit.
        disk_bytes: room for the files between stages and for those of the version, together.
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
    return Estimate(
        like=f"run:{known.cost.run}",
        seconds=round(known.seconds * share, 1),
        disk_bytes=round((known.cost.work_bytes + known.made_bytes) * share),
        memory_bytes=known.cost.memory_bytes,
        workers=known.cost.workers,
        free_bytes=free(hub.home),
    )


def free(home: Home) -> int:
    """Return how many bytes are free on the drive on which *home* is, or will be."""
    place = next(path for path in (home.path, *home.path.absolute().parents) if path.exists())
    return shutil.disk_usage(place).free


def size_of(folder: Path) -> int:
    """Return the bytes of all files below *folder*."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
