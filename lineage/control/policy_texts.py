"""The policies that runs decided by, kept as they were written, so that a decision can be explained later."""

from __future__ import annotations

from sqlalchemy import Engine, delete, insert, select

from lineage.control.texts import remember_original
from lineage.hub.schema import POLICIES, RUN_ENVIRONMENTS


def keep_policy(db: Engine, digest: str, text: str, written: str | None = None) -> None:
    """Keep the *text* of the policy with *digest*; a text of the same meaning that was kept before is replaced.

    *written* is the text as its file has it, of which only the digest is kept.
    """
    with db.begin() as connection:
        connection.execute(delete(POLICIES).where(POLICIES.c.digest == digest))
        connection.execute(insert(POLICIES), [{"digest": digest, "text": text}])
        if written is not None:
            remember_original(connection, POLICIES, digest, written)


def policy_of_run(db: Engine, run: str) -> tuple[str, str] | None:
    """Return digest and text of the policy that *run* decided by; None if it had none, or the text is not kept."""
    columns = RUN_ENVIRONMENTS.c
    with db.connect() as connection:
        digest = connection.execute(select(columns.policy).where(columns.run == run)).scalar_one_or_none()
    text = None if digest is None else policy_text(db, str(digest))
    return None if text is None else (str(digest), text)


def policy_text(db: Engine, digest: str) -> str | None:
    """Return the text of the policy with *digest*, None if this hub has not kept it."""
    with db.connect() as connection:
        found = connection.execute(select(POLICIES.c.text).where(POLICIES.c.digest == digest)).scalar_one_or_none()
    return None if found is None else str(found)
