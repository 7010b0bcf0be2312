"""Proof of a run: what it rests on is recorded, and a statement about its version is signed after the commit."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from lineage.errors import LineageError
from lineage.hub import Hub
from pipelines.code.version import Plugin, library_versions


def record(db: Engine, run_id: str, policy: str | None, plugins: Iterable[Plugin] = ()) -> None:
    """Record the digest of the policy that the run decides by, None if it has none, and the libraries it rests on.

    Of *plugins* the digest of what they hold is recorded beside the version: nobody else vouches for it.
    """
    from lineage.proof.attest import record_environment

    foreign = {one.name: f"{one.version} sha256:{one.digest}" for one in plugins}
    record_environment(db, run_id, policy, library_versions() | foreign)


def attest(hub: Hub, dataset: str) -> str | None:
    """Sign and log statements about the versions of *dataset* that have none; return why not, if that failed.

    The versions are committed: failing to attest them must not fail the run. The next command tries again.
    """
    from lineage.proof.attest import attest_missing  # cryptography: only runs that end in a version need it

    try:
        attest_missing(hub, dataset)
    except (LineageError, SQLAlchemyError) as error:
        words = str(error) if isinstance(error, LineageError) else type(error).__name__
        return f"a version of {dataset} is committed and has no signed statement yet: {words}; the next run tries again"
    return None
