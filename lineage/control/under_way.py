"""Where erasures under way leave their notes (lineage.erasure.notes), for whoever only asks which there are."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import Final

from lineage.hub.home import Home, is_local
from lineage.storage.files import list_files

FOLDER: Final = "erasures"


def notes_folder(home: Home) -> str:
    """Return the folder of notes, or its URL."""
    return f"{home.common}/{FOLDER}"


def noted_erasures(home: Home) -> set[str] | None:
    """Return the receipts of the erasures of *home* that have a note; None where this user may not look at notes."""
    folder = notes_folder(home)
    if is_local(folder) and Path(folder).exists() and not os.access(folder, os.R_OK | os.X_OK):
        return None
    return {PurePosixPath(path).stem for path in list_files(folder) if path.endswith(".json")}
