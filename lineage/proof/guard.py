"""Refuse to go on where what is on record is not what the audit log says: else the next leaf would cover the change."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from lineage.audit_log.audit import Said
from lineage.audit_log.signing import open_signer
from lineage.control.records import SUPPRESSED, rules_record, run_record, standing_record, version_record
from lineage.control.versions import list_datasets, list_versions
from lineage.hub import Hub
from lineage.proof.records import require_records


def require_signer(hub: Hub) -> None:
    """Refuse to begin what cannot be logged at its end; SigningError says what is wrong with the key."""
    open_signer(hub.home)


def require_sound(hub: Hub, dataset: str | None = None) -> None:
    """Refuse to add to *dataset*, or to change any where None is named, unless records are what the log says.

    These are the suppressions, the rules that stand, the versions and runs, from which files are taken over, and which
    versions are retired. Raises LogDamaged, one sentence with what to do; nothing was read or changed then.
    """

    def names(_: Connection, said: Said) -> Iterator[str]:
        yield SUPPRESSED
        for name in list_datasets(hub.db) if dataset is None else [dataset]:
            yield rules_record(name)
            for version in list_versions(hub.db, name):
                yield from (version_record(version.name), run_record(version.run), standing_record(version.name))
        own = "" if dataset is None else f"{dataset}@v"
        yield from (name for name in said.records if name.startswith((version_record(own), standing_record(own))))

    require_records(hub, names)
