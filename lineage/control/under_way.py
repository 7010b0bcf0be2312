"""Where erasures under way leave their notes (lineage.erasure.notes), for whoever only asks which there are."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import Final

from lineage.errors import DatasetBusy, ErasureError
from lineage.hub.home import Home, is_local
from lineage.hub.locks import holder_of
from lineage.storage.files import list_files

FOLDER: Final = "erasures"

GATE: Final = ".erasure"
"""The lock that an erasure takes first, and the name of its work files: no name of a dataset begins with a dot."""


def notes_folder(home: Home) -> str:
    """Return the folder of notes, or its URL."""
    return f"{home.common}/{FOLDER}"


def noted_erasures(home: Home) -> set[str] | None:
    """Return the receipts of the erasures of *home* that have a note; None where this user may not look at notes."""
    folder = notes_folder(home)
    if is_local(folder) and Path(folder).exists() and not os.access(folder, os.R_OK | os.X_OK):
        return None
    return {PurePosixPath(path).stem for path in list_files(folder) if path.endswith(".json")}


def refuse_unfinished(home: Home) -> None:
    """Raise an error if an erasure of *home* is not finished: nothing may be written before it is.

    Call it under the lock of the dataset that will be written: an erasure that begins later finds that lock held.
    Raises DatasetBusy if an erasure goes on, ErasureError if one was interrupted.
    """
    holder = holder_of(home, GATE)
    if holder is not None:
        message = f"an erasure goes on ({holder.run}, pid {holder.pid} on {holder.host}); nothing was changed; "
        raise DatasetBusy(message + "wait for it to end, and run again")
    receipts = [PurePosixPath(path).stem for path in list_files(notes_folder(home)) if path.endswith(".json")]
    if receipts:
        message = f"the erasure receipt:{min(receipts)} is not finished; nothing was changed; "
        raise ErasureError(message + "run `corpushub erase --resume`, which says what stands in its way")
