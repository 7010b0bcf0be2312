"""Records and the log that holds them: changes are logged with them, and what changed otherwise is found.

Whoever changes a record says which ones. Before the change they must be what the log says, and afterwards their new
digests are logged in the same transaction. So a leaf never covers what somebody else has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from lineage.audit_log.audit import RECORDS, Said, audit, doubtful
from lineage.audit_log.leaves import Event, Leaf, has_leaves
from lineage.audit_log.log import Log, append_change, checked_log, newest_note, take_over
from lineage.audit_log.signing import trusted_keys
from lineage.control.cells import unreadable
from lineage.control.records import digests
from lineage.errors import LogDamaged
from lineage.hub import Hub
from lineage.hub.altered import require_unaltered
from lineage.hub.database import Database
from lineage.hub.locks import wait_among_homes
from lineage.proof.checks import Problem

HUB = "hub"
"""What ``attest --sign`` calls the records that no leaf speaks of."""

NO_LOG = (
    "the hub has versions or erasures, and no audit log speaks of them; nothing was read or changed; restore the log "
    "from a copy, or, if there never was one, run `corpushub attest --sign hub`, which begins it"
)

Changed = Callable[[Connection, Said], Sequence[Event]]
"""Changes records, given what the log says, and returns the events to log; the last one will name the records."""


def log_records(hub: Hub, names: Collection[str], change: Changed) -> list[Leaf]:
    """Carry *change* out, which changes the records called *names*, and log it.

    Raises LogDamaged, with nothing changed, if one of them is not what the log says; SigningError as append_change.
    """

    def carried_out(connection: Connection, log: Log) -> list[Event]:
        said = _said(hub, log)
        _require(connection, said, names)
        *others, last = change(connection, said)
        require_unaltered(connection)  # what it wrote is what it reads back
        made = digests(connection, names)
        facts = {**last.facts, RECORDS: {name: made.get(name) for name in names}}
        return [*others, replace(last, facts=facts)]

    return append_change(hub, carried_out)


def _said(hub: Hub, log: Log) -> Said:
    """Return what the leaves of *log* say; LogDamaged if any of them is not what was logged."""
    with hub.db.connect() as connection:
        require_unaltered(connection)
        for place in unreadable(connection):
            words = "in the control database holds what cannot be read; nothing was changed; "
            raise LogDamaged(f"{place} {words}`corpushub verify` names all of it")
    keys = [*trusted_keys(hub.home).values()]
    said = audit(hub.db, log, keys)
    if not log.note and not said.records:
        with hub.db.connect() as connection:
            if digests(connection):
                raise LogDamaged(NO_LOG)
    for path, problem in [*said.problems, *doubtful(said)]:
        raise LogDamaged(f"{path}: {problem}; nothing was changed; `corpushub verify` names all that is wrong")
    return said


def _require(connection: Connection, said: Said, names: Collection[str]) -> None:
    require_unaltered(connection)
    require_logged(said, names, digests(connection, names))


def require_logged(said: Said, names: Iterable[str], present: Mapping[str, str]) -> None:
    """Raise LogDamaged unless the records called *names*, whose digests are *present*, are what the log says."""
    for problem in _differences(present, said, names):
        words = f"{problem.path}: {problem.problem}; nothing was read or changed; "
        raise LogDamaged(words + "`corpushub verify` names all that is wrong")


def require_records(hub: Hub, names: Callable[[Connection, Said], Iterable[str]]) -> Said:
    """Refuse to go on where records are not what the log says, or the log is not what was signed; return what it says.

    *names* says which records, given what is there and what the log says. A hub without anything is sound.

    Raises LogDamaged: one sentence with what to do.
    """
    hub.require()
    with wait_among_homes(hub.home, "log"):  # others may append meanwhile
        take_over(hub)
        if newest_note(hub.home) is None and not has_leaves(hub.db):
            with hub.db.connect() as connection:
                require_unaltered(connection)
                if digests(connection):
                    raise LogDamaged(NO_LOG)
            return Said("")
        log, problem = checked_log(hub, trusted_keys(hub.home).values())
        if problem:
            raise LogDamaged(f"audit log: {problem}; nothing was read or changed; `corpushub verify` names all of it")
        said = _said(hub, log)
        with hub.db.connect() as connection:
            _require(connection, said, [*names(connection, said)])
        return said


def every_record(db: Database, said: Said) -> tuple[dict[str, str], list[Problem]]:
    """Return the digests of all records there are, and what is wrong with them."""
    with db.connect() as connection:
        present = digests(connection)
        present |= digests(connection, [name for name in said.records if name not in present])
    return present, [*_differences(present, said, sorted({*present, *said.records}))]


def _differences(present: Mapping[str, str], said: Said, names: Iterable[str]) -> Iterator[Problem]:
    """Yield what is wrong with the records called *names*."""
    for name in names:
        now, logged = present.get(name), said.records.get(name)
        if now == logged:
            continue
        if logged is None:
            again = "it was taken back, says the log" if name in said.records else "no leaf of the log speaks of it"
            why = f"{again}: it was made before records were logged (`corpushub attest --sign hub` covers it as it "
            yield Problem(name, why + "is now), or by somebody else")
        elif now is None:
            yield Problem(name, "it is in the log, and not in the control database")
        else:
            yield Problem(name, "it is not what was logged")
