"""What keeps a run from beginning, and what it has to finish first: asked by plans, which change nothing."""

from __future__ import annotations

import os

from lineage.commit.pending import read_pending
from lineage.control.under_way import notes_folder
from lineage.errors import DatasetBusy, HomeError
from lineage.hub import Hub
from lineage.hub.locks import holder_of
from lineage.storage.files import list_files


def refuse(hub: Hub, dataset: str) -> None:
    """Refuse what a run of *dataset* would refuse whatever its recipe says.

    Raises:
        HomeError: the hub cannot be written.
        DatasetBusy: another command changes the dataset.
        LogDamaged: what the hub holds is not what its audit log says.
    """
    home = hub.home
    place = next(path for path in (home.path, *home.path.absolute().parents) if path.exists())
    if not os.access(place, os.W_OK | os.X_OK):
        message = f"the hub {home.path} cannot be written by this user; a run would be refused; "
        raise HomeError(message + "give permission, or name another hub with --hub")
    if not home.exists:
        return
    holder = holder_of(home, dataset)
    if holder is not None:
        who = f"{holder.run} (pid {holder.pid} on {holder.host}, since {holder.since})"
        raise DatasetBusy(f"dataset {dataset} is held by {who}; nothing was changed; a run is refused until that ends")
    from lineage.proof.guard import require_sound  # cryptography is imported only where there is something to verify

    require_sound(hub, dataset)


def unfinished(hub: Hub, dataset: str) -> list[str]:
    """Return what a run of *dataset* would finish first, in words."""
    if not hub.home.exists:
        return []
    erasures = sum(path.endswith(".json") for path in list_files(notes_folder(hub.home)))
    found = [f"{erasures} interrupted erasure" + "s" * (erasures > 1)] if erasures else []
    return found + ["an interrupted commit" for _ in read_pending(hub.home, dataset)]
