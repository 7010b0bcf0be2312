"""Ask again where an erasure took the files away under a question: it is answered from the revised version."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from lineage.errors import DamagedFile
from lineage.hub import Hub

Answer = TypeVar("Answer")

TRIES = 5
"""How often a question is asked; each needs another erasure in between to fail again."""


def reread(hub: Hub, ask: Callable[[], Answer]) -> Answer:
    """Return what *ask* returns; ask again if a file is missing and an erasure of *home* went on meanwhile.

    A question learns from the control database which files a version has, and opens them one after another; an erasure
    removes files once the control database names others. Raises DamagedFile if no erasure explains it.
    """
    for left in reversed(range(TRIES)):
        began = datetime.now(UTC)
        try:
            return ask()
        except DamagedFile:
            if left == 0 or not _erased_since(hub, began):
                raise
    raise AssertionError("the last try returns or raises")


def _erased_since(hub: Hub, moment: datetime) -> bool:
    from lineage.control import erasures  # their import is for the rare case
    from lineage.hub.connection import timestamp  # their import is for the rare case

    return erasures.committed_since(hub.db, timestamp(moment))
