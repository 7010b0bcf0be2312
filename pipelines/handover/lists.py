"""Lists in files: a task names the list of what it reads, so that it stays small however long the list is."""

from __future__ import annotations

from collections.abc import Iterable

from pipelines.handover.ids import digest
from pipelines.handover.workfiles import read_json, write_json


def write_list(folder: str, paths: Iterable[str]) -> str:
    """Write *paths*, sorted by name, as one file in *folder*; return its path.

    Its name depends on the names of what is listed, which are made of what they hold, and not on where they stand.
    """
    listed = sorted(paths, key=name_of)
    path = f"{folder}/{digest([name_of(one) for one in listed])[:32]}.list"
    write_json(path, listed)
    return path


def read_list(path: str) -> list[str]:
    """Return the paths that :func:`write_list` wrote."""
    found: list[str] = read_json(path)
    return found


def name_of(path: str) -> str:
    """Return the name of a file without its folder."""
    return path.rsplit("/", 1)[-1]
