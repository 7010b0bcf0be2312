"""The policies that runs decided by, kept as they were written, so that a decision can be explained later.

A text is kept under its own SHA-256: one that means the same and is written otherwise stands beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

from lineage.control.texts import digest_of_text, remember_original
from lineage.hub.connection import now
from lineage.hub.database import Database, Row, delete, insert, rows


def put_policy(connection: Connection, digest: str, text: str, written: str) -> None:
    """Record the *text* of the policy with *digest*, which is not kept yet.

    *written* is the text as its file has it, of which only the digest is kept.
    """
    name = digest_of_text(text)
    insert(connection, "policy_texts", [{"sha256": name, "policy": digest, "text": text, "kept": now()}])
    remember_original(connection, "policy_texts", name, written)


def policy_of_run(db: Database, run: str) -> tuple[str, str] | None:
    """Return the SHA-256 and the text of the policy that *run* decided by; None if there was none that is kept."""
    name = policy_text_of(db, run)
    text = None if name is None else text_kept_as(db, name)
    return None if name is None or text is None else (name, text)


def remember_policy_text(db: Database, run: str, text: str | None) -> None:
    """Record the SHA-256 of the *text* of the policy that *run* decides by; None if it was not kept."""
    with db.begin() as connection:
        delete(connection, "run_texts", run=run)
        if text is not None:
            insert(connection, "run_texts", [{"run": run, "policy_text": text}])


def policy_text_of(db: Database, run: str) -> str | None:
    """Return the SHA-256 of the policy's text that *run* decided by, None if it is unknown or there was none."""
    return _one(rows(db, "SELECT policy_text FROM run_texts WHERE run = :run", run=run))


def policy_text(db: Database, digest: str) -> str | None:
    """Return the text of the policy with *digest* that was kept last, None if this hub has not kept any."""
    newest = "SELECT text FROM policy_texts WHERE policy = :digest ORDER BY kept DESC, sha256 LIMIT 1"
    found = rows(db, newest, digest=digest)
    return _one(found or rows(db, "SELECT text FROM policies WHERE digest = :digest", digest=digest))  # as it was once


def text_kept_as(db: Database, sha256: str) -> str | None:
    """Return the text of a policy by its SHA-256, None if this hub has not kept it."""
    return _one(rows(db, "SELECT text FROM policy_texts WHERE sha256 = :sha256", sha256=sha256))


def kept_policies(db: Database) -> list[str]:
    """Return the digests of the policies whose texts are kept, those first that were kept last."""
    newest = "SELECT policy, max(kept) AS kept FROM policy_texts GROUP BY policy ORDER BY kept DESC, policy"
    kept = [str(row["policy"]) for row in rows(db, newest)]
    return [*kept, *(str(row["digest"]) for row in rows(db, "SELECT digest FROM policies ORDER BY digest"))]


def runs_with_policy(db: Database, digest: str) -> list[str]:
    """Return the runs that decided by the policy with *digest*, newest first."""
    query = "SELECT runs.id AS run FROM run_environments JOIN runs ON runs.id = run_environments.run"
    found = rows(db, f"{query} WHERE policy = :digest ORDER BY started DESC, runs.id", digest=digest)
    return [str(row["run"]) for row in found]


def misnamed_texts(db: Database) -> list[str]:
    """Return the names of kept texts that are not the SHA-256 of what is kept under them."""
    kept = rows(db, "SELECT sha256, text FROM policy_texts")
    return sorted(str(row["sha256"]) for row in kept if digest_of_text(row["text"]) != row["sha256"])


def _one(found: list[Row]) -> str | None:
    """Return the only cell of the only row, if there is one and it holds anything."""
    cells = [cell for row in found for cell in row.values()]
    return None if not cells or cells[0] is None else str(cells[0])
