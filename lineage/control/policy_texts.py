"""The policies that runs decided by, kept as they were written, so that a decision can be explained later.

A text is kept under its own SHA-256: one that means the same and is written otherwise stands beside it.
"""

from __future__ import annotations

from sqlalchemy import Connection, Engine, delete, insert, select

from lineage.control.texts import digest_of_text, remember_original
from lineage.hub.connection import now
from lineage.hub.schema import POLICIES, POLICY_TEXTS, RUN_TEXTS


def put_policy(connection: Connection, digest: str, text: str, written: str) -> None:
    """Record the *text* of the policy with *digest*, which is not kept yet.

    *written* is the text as its file has it, of which only the digest is kept.
    """
    name = digest_of_text(text)
    connection.execute(insert(POLICY_TEXTS), [{"sha256": name, "policy": digest, "text": text, "kept": now()}])
    remember_original(connection, POLICY_TEXTS, name, written)


def policy_of_run(db: Engine, run: str) -> tuple[str, str] | None:
    """Return the SHA-256 and the text of the policy that *run* decided by; None if there was none that is kept."""
    name = policy_text_of(db, run)
    text = None if name is None else text_kept_as(db, name)
    return None if name is None or text is None else (name, text)


def remember_policy_text(db: Engine, run: str, text: str | None) -> None:
    """Record the SHA-256 of the *text* of the policy that *run* decides by; None if it was not kept."""
    with db.begin() as connection:
        connection.execute(delete(RUN_TEXTS).where(RUN_TEXTS.c.run == run))
        if text is not None:
            connection.execute(insert(RUN_TEXTS), [{"run": run, "policy_text": text}])


def policy_text_of(db: Engine, run: str) -> str | None:
    """Return the SHA-256 of the policy's text that *run* decided by, None if it is unknown or there was none."""
    with db.connect() as connection:
        found = connection.execute(select(RUN_TEXTS.c.policy_text).where(RUN_TEXTS.c.run == run)).scalar_one_or_none()
    return None if found is None else str(found)


def policy_text(db: Engine, digest: str) -> str | None:
    """Return the text of the policy with *digest* that was kept last, None if this hub has not kept any."""
    table = POLICY_TEXTS.c
    newest = select(table.text).where(table.policy == digest).order_by(table.kept.desc(), table.sha256).limit(1)
    with db.connect() as connection:
        found = connection.execute(newest).scalar_one_or_none()
        if found is None:  # a hub of an earlier release
            found = connection.execute(select(POLICIES.c.text).where(POLICIES.c.digest == digest)).scalar_one_or_none()
    return None if found is None else str(found)


def text_kept_as(db: Engine, sha256: str) -> str | None:
    """Return the text of a policy by its SHA-256, None if this hub has not kept it."""
    with db.connect() as connection:
        found = connection.execute(
            select(POLICY_TEXTS.c.text).where(POLICY_TEXTS.c.sha256 == sha256)
        ).scalar_one_or_none()
    return None if found is None else str(found)


def misnamed_texts(db: Engine) -> list[str]:
    """Return the names of kept texts that are not the SHA-256 of what is kept under them."""
    with db.connect() as connection:
        rows = connection.execute(select(POLICY_TEXTS.c.sha256, POLICY_TEXTS.c.text)).all()
    return sorted(str(name) for name, text in rows if digest_of_text(text) != name)
