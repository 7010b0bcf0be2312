"""Pinned and retired versions: what must stay, and what need not be used any more.

A *pinned* version cannot be retired. A *retired* version is never the newest, so that no run goes on from it and no
question without a number meets it; it can still be named, shown and traced. ``clean`` removes the documents and index
files that only retired versions hold; ledger files, which hold no text, stay, so that documents remain traceable.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from sqlalchemy import Engine, delete, insert, select

from lineage.control.versions import Version, get_version
from lineage.errors import VersionPinned, VersionRetired
from lineage.hub import Hub
from lineage.hub.connection import now
from lineage.hub.locks import lock_dataset
from lineage.hub.schema import STANDINGS
from lineage.references import VersionRef


class Change(StrEnum):
    """What is done to a version; also what the dataset's lock is held for."""

    PIN = "pin"
    UNPIN = "unpin"
    RETIRE = "retire"
    RESTORE = "restore"


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


def pin(hub: Hub, ref: VersionRef, why: str) -> VersionStanding:
    """Keep *ref* from being retired; VersionRetired if it is retired already. Return how it stands."""
    return _change(hub, ref, Change.PIN, why)


def unpin(hub: Hub, ref: VersionRef) -> VersionStanding:
    """Let *ref* be retired again; return how it stands."""
    return _change(hub, ref, Change.UNPIN)


def retire(hub: Hub, ref: VersionRef, why: str) -> VersionStanding:
    """Take *ref* out of use; VersionPinned if it is pinned. Return how it stands."""
    return _change(hub, ref, Change.RETIRE, why)


def restore(hub: Hub, ref: VersionRef) -> VersionStanding:
    """Take the retired version *ref* into use again; VersionRetired if its files are gone. Return how it stands."""
    return _change(hub, ref, Change.RESTORE)


def _change(hub: Hub, ref: VersionRef, change: Change, why: str | None = None) -> VersionStanding:
    """Change how *ref* stands, under the dataset's lock, unless something forbids it; return how it then stands."""
    version = get_version(hub.db, ref)
    with lock_dataset(hub.home, version.dataset, change):
        before = standing_of(hub.db, version)
        _refuse(version, before, change)
        word = "pinned" if change in {Change.PIN, Change.UNPIN} else "retired"
        undone = change in {Change.UNPIN, Change.RESTORE}
        since = None if undone else getattr(before, word) or now()
        after = replace(before, **{word: since, f"{word}_why": why})
        _save(hub.db, version, after)
    return VersionStanding(version.name, **asdict(after))


def _refuse(version: Version, before: Retention, change: Change) -> None:
    """Raise VersionPinned or VersionRetired if *version*, which stands as *before*, cannot be changed so."""
    if change is Change.RESTORE:
        require_files(version, before)
    if change is Change.PIN and before.retired:
        message = f"{version.name} is retired since {before.retired}; nothing was changed; "
        raise VersionRetired(message + f"take it back first with `corpushub retire {version.name} --undo`")
    if change is Change.RETIRE and before.pinned:
        message = f"{version.name} is pinned since {before.pinned} ({before.pinned_why}); nothing was changed; "
        raise VersionPinned(message + f"`corpushub pin {version.name} --undo` lets it go")


def mark_removed(db: Engine, version: Version) -> None:
    """Record that the files which only *version* held are about to be removed."""
    _save(db, version, replace(standing_of(db, version), removed=now()))


def require_files(version: Version, standing: Retention) -> None:
    """Raise VersionRetired if the files of *version* were removed."""
    if standing.removed:
        message = f"{version.name} was retired, and its documents were removed on {standing.removed}; "
        raise VersionRetired(message + "it can be shown and traced, not read; nothing was changed")


def _save(db: Engine, version: Version, standing: Retention) -> None:
    key = {"dataset": version.dataset, "number": version.number}
    columns = STANDINGS.c
    with db.begin() as connection:
        same = (columns.dataset == version.dataset) & (columns.number == version.number)
        connection.execute(delete(STANDINGS).where(same))
        connection.execute(insert(STANDINGS), [{**key, **asdict(standing)}])
