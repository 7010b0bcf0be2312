"""Pinned and retired versions: what must stay, and what need not be used any more.

A *pinned* version cannot be retired. A *retired* version is never the newest, so that no run goes on from it and no
question without a number meets it; it can still be named, shown and traced. ``clean`` removes the documents and index
files that only retired versions hold; ledger files, which hold no text, stay, so that documents remain traceable.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, Engine, delete, insert, select

from lineage.control.versions import Version
from lineage.errors import VersionRetired
from lineage.hub.schema import STANDINGS


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


def standing_of(db: Engine, version: Version) -> Retention:
    """Return how *version* stands."""
    return retentions(db, version.dataset).get(version.number, Retention())


def retentions(db: Engine, dataset: str) -> dict[int, Retention]:
    """Return how the versions of *dataset* stand that were ever pinned or retired, by number."""
    query = select(STANDINGS).where(STANDINGS.c.dataset == dataset)
    names = list(Retention.__dataclass_fields__)
    with db.connect() as connection:
        rows = connection.execute(query).all()
    return {row.number: Retention(**{name: row._mapping[name] for name in names}) for row in rows}


def require_files(version: Version, standing: Retention) -> None:
    """Raise VersionRetired if the files of *version* were removed."""
    if standing.removed:
        message = f"{version.name} was retired, and its documents were removed on {standing.removed}; "
        raise VersionRetired(message + "it can be shown and traced, not read; nothing was changed")


def put_retention(connection: Connection, version: Version, standing: Retention) -> None:
    """Record how *version* stands."""
    key = {"dataset": version.dataset, "number": version.number}
    columns = STANDINGS.c
    same = (columns.dataset == version.dataset) & (columns.number == version.number)
    connection.execute(delete(STANDINGS).where(same))
    connection.execute(insert(STANDINGS), [{**key, **asdict(standing)}])
