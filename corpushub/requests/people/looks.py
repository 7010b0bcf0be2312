"""Tell who has seen what."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lineage.control.people.accesses import Access, Looked, list_accesses
from lineage.hub import Hub


@dataclass(frozen=True, slots=True)
class Accesses:
    """Who has seen what, the newest first.

    Attributes:
        accesses: as many as were asked for.
        complete: whether these are all.
    """

    accesses: tuple[Access, ...]
    complete: bool


def accesses(hub: Hub, asked: Looked) -> Accesses:
    """Return who has seen what is *asked* for."""
    found = list_accesses(hub.db, replace(asked, limit=asked.limit + 1))
    return Accesses(found[: asked.limit], len(found) <= asked.limit)
