"""Refuse to go on where what is on record is not what the audit log says: else the next leaf would cover the change."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from lineage.audit_log.audit import Said
from lineage.audit_log.signing import open_signer
from lineage.control.in_force import InForce, read_in_force
from lineage.control.records import (
    SUPPRESSED,
    receipt_ids,
    receipt_record,
    rules_record,
    run_record,
    standing_record,
    version_record,
)
from lineage.control.versions import list_datasets, list_versions
from lineage.hub import Hub
from lineage.hub.altered import require_unaltered
from lineage.proof.records import require_logged, require_records


def require_signer(hub: Hub) -> None:
    """Refuse to begin what cannot be logged at its end; SigningError says what is wrong with the key."""
    open_signer(hub.home)


def require_sound(hub: Hub, dataset: str | None = None) -> Said:
    """Refuse to add to *dataset*, or to change any where None is named, unless records are what the log says.

    These are the suppressions and receipts, the rules that stand, the versions and runs, from which files are taken
    over, and which versions are retired. Return what the log says. Raises LogDamaged, or AlteredDatabase, one sentence
    with what to do; nothing was read or changed then.
    """

    def names(connection: Connection, said: Said) -> Iterator[str]:
        yield SUPPRESSED
        yield from (receipt_record(receipt) for receipt in receipt_ids(connection))
        for name in list_datasets(hub.db) if dataset is None else [dataset]:
            yield rules_record(name)
            for version in list_versions(hub.db, name):
                yield from (version_record(version.name), run_record(version.run), standing_record(version.name))
        own = "" if dataset is None else f"{dataset}@v"
        ours = (version_record(own), standing_record(own), receipt_record(""))
        yield from (name for name in said.records if name.startswith(ours))

    return require_records(hub, names)


def in_force(hub: Hub, dataset: str, said: Said) -> InForce:
    """Return what runs of *dataset* must not take in, which must be what the log *said*.

    What is returned is what was held against the log: nobody can show the one to whoever checks, and another to
    whoever uses it. Raises LogDamaged, AlteredDatabase.
    """
    with hub.db.connect() as connection:
        require_unaltered(connection)
        found = read_in_force(connection, dataset)
    require_logged(said, (SUPPRESSED, rules_record(dataset)), found.digests)
    return found
