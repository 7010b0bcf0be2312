"""Proof of a run: what it rests on is recorded, and what it goes on from must be what the audit log says."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from sqlalchemy.exc import SQLAlchemyError

from lineage.control.in_force import InForce
from lineage.control.versions import Version
from lineage.errors import LineageError
from lineage.hub import Hub
from lineage.hub.database import Database
from pipelines.code.version import Plugin, library_versions


def require(hub: Hub, dataset: str) -> InForce:
    """Return what a run of *dataset* must not take in.

    LogDamaged says which records of the hub are not what its audit log says.
    """
    from lineage.proof import guard  # cryptography is imported only where something is verified

    return guard.in_force(hub, dataset, guard.require_sound(hub, dataset))


def record(db: Database, run_id: str, policy: tuple[str, str | None] | None, plugins: Iterable[Plugin] = ()) -> None:
    """Record the policy that the run decides by, None if it has none, and the libraries it rests on.

    Of the *policy* it is the digest of what it means, and that of its text if it was kept; of *plugins* the digest of
    what they hold is recorded beside the version: nobody else vouches for it.
    """
    from lineage.proof.attest import record_environment

    foreign = {one.name: f"{one.version} sha256:{one.digest}" for one in plugins}
    record_environment(
        db, run_id, policy[0] if policy else None, library_versions() | foreign, (policy or ("", None))[1]
    )


def unattested(hub: Hub, version: Version | None) -> str | None:
    """Return why *version*, which was just made, has no signed statement, or the log is not signed.

    The version is committed: that it could not be signed must not fail the run.
    """
    from lineage.audit_log.log import catch_up
    from lineage.audit_log.signing import open_signer
    from lineage.proof.attest import attestations

    try:
        if version is not None and not attestations(hub.db, version):
            open_signer(hub.home)
            return f"{version.name} is committed and has no signed statement: `corpushub attest --sign {version.name}`"
        catch_up(hub)
    except (LineageError, OSError, SQLAlchemyError, sqlite3.Error) as error:
        words = str(error) if isinstance(error, LineageError) else type(error).__name__
        name = version.name if version is not None else "what was done"
        return f"{name} is committed and has no signed statement yet, or the log lacks it: {words}"
    return None
