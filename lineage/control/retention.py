"""Pinned and retired versions: what must stay, and what need not be used any more.

A *pinned* version cannot be retired. A *retired* version is never the newest, so that no run goes on from it and no
question without a number meets it; it can still be named, shown and traced. ``clean`` removes the documents and index
files that only retired versions hold; ledger files, which hold no text, stay, so that documents remain traceable.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

from lineage.control.versions import Version
from lineage.errors import VersionRetired
from lineage.hub.database import Database, delete, insert, rows


@dataclass(frozen=True, slots=True)
class Retention:
    """Since when, and why, a version is pinned or retired; times are RFC 3339 text, None for never.

    Attributes:
        pinned: since when it is pinned.
        pinned_why: what for.
        retired: since when it is retired.
        retired_why: what for.
        removed: since when the files that it alone held are gone.
    """

    pinned: str | None = None
    pinned_why: str | None = None
    retired: str | None = None
    retired_why: str | None = None
    removed: str | None = None


@dataclass(frozen=True, slots=True)
class VersionStanding:
    """How a version stands: see Retention.

    Attributes:
        version: NAME@vN.
        pinned: since when it is pinned.
        pinned_why: what for.
        retired: since when it is retired.
        retired_why: what for.
        removed: since when the files that it alone held are gone.
    """

    version: str
    pinned: str | None
    pinned_why: str | None
    retired: str | None
    retired_why: str | None
    removed: str | None


def standing_of(db: Database, version: Version) -> Retention:
    """Return how *version* stands."""
    return retentions(db, version.dataset).get(version.number, Retention())


def retentions(db: Database, dataset: str) -> dict[int, Retention]:
    """Return how the versions of *dataset* stand that were ever pinned or retired, by number."""
    names = ", ".join(Retention.__dataclass_fields__)
    found = rows(db, f"SELECT number, {names} FROM version_standings WHERE dataset = :dataset", dataset=dataset)
    return {row.pop("number"): Retention(**row) for row in found}


def require_files(version: Version, standing: Retention) -> None:
    """Raise VersionRetired if the files of *version* were removed."""
    if standing.removed:
        message = f"{version.name} was retired, and its documents were removed on {standing.removed}; "
        raise VersionRetired(message + "it can be shown and traced, not read; nothing was changed")


def put_retention(connection: Connection, version: Version, standing: Retention) -> None:
    """Record how *version* stands."""
    key = {"dataset": version.dataset, "number": version.number}
    delete(connection, "version_standings", **key)
    insert(connection, "version_standings", [{**key, **asdict(standing)}])
