"""Pin and retire versions: each change is logged together with how the version then stands."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace
from enum import StrEnum

import orjson
from sqlalchemy import Connection

from lineage.audit_log.audit import Said
from lineage.audit_log.leaves import Event
from lineage.control.records import standing_record
from lineage.control.retention import Retention, VersionStanding, put_retention, require_files, standing_of
from lineage.control.versions import Version, get_version
from lineage.errors import VersionPinned, VersionRetired
from lineage.hub import Hub
from lineage.hub.connection import now
from lineage.hub.locks import lock_dataset
from lineage.proof.records import log_records
from lineage.references import VersionRef


class Change(StrEnum):
    """What is done to a version; also what the dataset's lock is held for, and the kind of its leaf."""

    PIN = "pin"
    UNPIN = "unpin"
    RETIRE = "retire"
    RESTORE = "restore"
    REMOVED = "removed"


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


def mark_removed(hub: Hub, version: Version) -> None:
    """Record that the files which only *version* held are about to be removed."""
    _save(hub, version, replace(standing_of(hub.db, version), removed=now()), Change.REMOVED)


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
        _save(hub, version, after, change)
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


def _save(hub: Hub, version: Version, standing: Retention, change: Change) -> None:
    """Record and log how *version* stands from now on. The time makes each change one of its own."""

    def save(connection: Connection, _: Said) -> list[Event]:
        put_retention(connection, version, standing)
        told = orjson.dumps({**asdict(standing), "changed": now()}, option=orjson.OPT_SORT_KEYS)
        return [Event(change, version.name, hashlib.sha256(told).hexdigest())]

    log_records(hub, [standing_record(version.name)], save)
