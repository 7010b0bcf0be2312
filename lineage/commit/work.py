"""Files between stages: which stand there, of which datasets, and how they go. They hold raw text, and must not stay.

They stand in the home, or below CORPUSHUB_WORK in any store. What an earlier setting has left in the home is found too.
"""

from __future__ import annotations

from sqlalchemy import select

from lineage.hub import Hub
from lineage.hub.database import Database
from lineage.hub.home import Home
from lineage.hub.schema import ERASURES
from lineage.storage.files import entries, exists, list_files, read_whole, remove_folder, replace_file

_MARK = "erasures"  # a file among work files: the erasures that there were when they were begun


def work_places(home: Home) -> tuple[str, ...]:
    """Return the folders in which work files of *home* may stand."""
    return tuple(dict.fromkeys((home.work, str(home.scratch))))


def work_names(home: Home) -> list[str]:
    """Return the names of what has work files: of datasets, and of commands, which begin with a dot."""
    return sorted({name for place in work_places(home) for name in entries(place)})


def remove_work(home: Home, name: str) -> None:
    """Remove the work files of *name*; call it under the lock of that name."""
    for place in work_places(home):
        remove_folder(f"{place}/{name}")


def drop_outdated_work(hub: Hub, dataset: str) -> None:
    """Remove the work files of *dataset* if another home may have erased since they were made.

    They may hold what was erased, and name data files that are gone. Call it under the dataset's lock.
    """
    if is_outdated(hub, dataset):
        remove_work(hub.home, dataset)
        replace_file(f"{hub.home.work_folder(dataset)}/{_MARK}", _erased(hub.db).encode())


def leave_work(home: Home, dataset: str) -> None:
    """Remove the work folder of *dataset* if nothing is left in it but the mark of its age."""
    if {path.rpartition("/")[2] for path in list_files(home.work_folder(dataset))} <= {_MARK}:
        remove_work(home, dataset)


def is_outdated(hub: Hub, dataset: str) -> bool:
    """Tell whether another home may have erased since the work files of *dataset* were begun.

    One that has another CORPUSHUB_WORK, or none, does not reach them.
    """
    if not hub.home.is_shared:
        return False  # an erasure in this home removes them itself
    mark = f"{hub.home.work_folder(dataset)}/{_MARK}"
    return not exists(mark) or read_whole(mark).decode() != _erased(hub.db)


def _erased(db: Database) -> str:
    """Return the receipts of all erasures."""
    with db.connect() as connection:
        return " ".join(connection.execute(select(ERASURES.c.id).order_by(ERASURES.c.id)).scalars())
