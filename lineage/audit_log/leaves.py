"""What the leaves of the audit log stand for, kept in the control database beside their salts.

The log holds 32 bytes for each event: HMAC-SHA-256 of its content under a random salt of its own. Whoever has content
and salt can show that the event was logged; once the control database has forgotten them, the leaf is a random number
to everybody, and every proof about the log holds as before.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from typing import Any

import orjson
from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from lineage.audit_log.signing import pre_authentication
from lineage.hub.connection import now
from lineage.hub.database import Database
from lineage.hub.schema import AUDIT_CHECKPOINTS, AUDIT_LEAVES, LEAF_SIGNATURES

SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Event:
    """Something to be logged, once.

    Attributes:
        kind: "version", "policy", "erasure" or another word for what happened.
        subject: what it happened to, as "web@v3" or a receipt's id; never a personal value.
        digest: SHA-256 (hex) of the record of it: a statement, a receipt, a policy.
        facts: further facts, plain JSON; never personal data.
        place: records in the same transaction what its leaf is.
    """

    kind: str
    subject: str
    digest: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    place: Callable[[Connection, Leaf], None] | None = field(default=None, compare=False)

    @property
    def key(self) -> str:
        """Return what tells this event from every other."""
        return leaf_key(self.kind, self.subject, self.digest)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf of the log; subject, content and salt are None once they are forgotten.

    Attributes:
        log: origin of the log.
        index: place in the log, from 0.
        key: what tells its event from every other.
        kind: the kind of the event.
        subject: what it happened to.
        content: the event with the time at which it was logged, canonical JSON.
        salt: 64 hex digits.
        entry: what the log holds, 64 hex digits.
    """

    log: str
    index: int
    key: str
    kind: str
    subject: str | None
    content: str | None
    salt: str | None
    entry: str


def leaf_key(kind: str, subject: str, digest: str) -> str:
    """Return what tells an event from every other."""
    return f"{kind}:{subject}:{digest}"


Sign = Callable[[bytes], bytes]
"""Signs with the key of the home."""


def commitment(content: str, salt: str) -> str:
    """Return the entry (hex) for *content* under *salt* (hex)."""
    return hmac.new(bytes.fromhex(salt), content.encode(), hashlib.sha256).hexdigest()


def add_leaf(connection: Connection, log: str, event: Event, sign: Sign) -> Leaf:
    """Record *event* as the next leaf of *log*, with a signature; IntegrityError if another process took its place."""
    salt = os.urandom(SALT_BYTES).hex()
    parts = {"kind": event.kind, "subject": event.subject, "digest": event.digest, "facts": dict(event.facts)}
    content = orjson.dumps({**parts, "logged": now()}, option=orjson.OPT_SORT_KEYS).decode()
    index = int(connection.execute(_count(log)).scalar_one())
    leaf = Leaf(log, index, event.key, event.kind, event.subject, content, salt, commitment(content, salt))
    connection.execute(insert(AUDIT_LEAVES), [{item.name: getattr(leaf, item.name) for item in fields(Leaf)}])
    connection.execute(delete(LEAF_SIGNATURES).where(LEAF_SIGNATURES.c.log == log, LEAF_SIGNATURES.c.index == index))
    signature = base64.b64encode(sign(placed(log, index, leaf.entry))).decode()
    connection.execute(insert(LEAF_SIGNATURES), [{"log": log, "index": index, "signature": signature}])
    if event.place is not None:
        event.place(connection, leaf)
    return leaf


def lock_leaves(connection: Connection) -> None:
    """Take the database's right to write before anything is read, so that what is read stays until the end."""
    connection.execute(delete(LEAF_SIGNATURES).where(LEAF_SIGNATURES.c.index < 0))


def placed(log: str, index: int, entry: str) -> bytes:
    """Return what whoever places a leaf signs: no other thing that the key signs has this form (DSSE's encoding)."""
    return pre_authentication("application/vnd.corpushub.leaf", f"{log}\n{index}\n{entry}\n".encode())


def leaf_signatures(db: Database, log: str) -> dict[int, bytes]:
    """Return the signatures under the leaves of *log* that no checkpoint spoke of when they were placed."""
    query = select(LEAF_SIGNATURES.c.index, LEAF_SIGNATURES.c.signature).where(LEAF_SIGNATURES.c.log == log)
    with db.connect() as connection:
        return {int(index): _decoded(signature) for index, signature in connection.execute(query)}


def drop_signatures(db: Database, log: str, size: int) -> None:
    """Drop the signatures under the first *size* leaves of *log*: a signed checkpoint speaks of these."""
    with db.begin() as connection:
        connection.execute(delete(LEAF_SIGNATURES).where(LEAF_SIGNATURES.c.log == log, LEAF_SIGNATURES.c.index < size))


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def find_leaf(db: Database, log: str, index: int) -> Leaf | None:
    """Return leaf *index* of *log*, None if there is none."""
    with db.connect() as connection:
        return _one(connection, log, AUDIT_LEAVES.c.index == index)


def known_leaf(connection: Connection, log: str, event: Event) -> Leaf | None:
    """Return the leaf that *event* has in *log*, None if it has none."""
    return _one(connection, log, AUDIT_LEAVES.c.key == event.key)


def _one(connection: Connection, log: str, condition: Any) -> Leaf | None:
    row = connection.execute(select(AUDIT_LEAVES).where(AUDIT_LEAVES.c.log == log, condition)).one_or_none()
    return Leaf(**row._mapping) if row else None


def has_leaves(db: Database) -> bool:
    """Tell whether the control database has leaves of any log."""
    with db.connect() as connection:
        return connection.execute(select(AUDIT_LEAVES.c.log).limit(1)).first() is not None


def leaves_about(db: Database, kind: str, subject: str) -> list[Leaf]:
    """Return the leaves of any log about *subject*, in their order."""
    same = (AUDIT_LEAVES.c.kind == kind) & (AUDIT_LEAVES.c.subject == subject)
    with db.connect() as connection:
        rows = connection.execute(select(AUDIT_LEAVES).where(same).order_by(AUDIT_LEAVES.c.log, AUDIT_LEAVES.c.index))
        return [Leaf(**row._mapping) for row in rows]


def leaves_from(db: Database, log: str, start: int = 0) -> list[Leaf]:
    """Return the leaves of *log* from index *start* on, in their order."""
    own = (AUDIT_LEAVES.c.log == log) & (AUDIT_LEAVES.c.index >= start)
    with db.connect() as connection:
        rows = connection.execute(select(AUDIT_LEAVES).where(own).order_by(AUDIT_LEAVES.c.index))
        return [Leaf(**row._mapping) for row in rows]


def count_leaves(db: Database, log: str) -> int:
    """Return how many leaves the control database has of *log*."""
    with db.connect() as connection:
        return int(connection.execute(_count(log)).scalar_one())


def count_all_leaves(db: Database) -> int:
    """Return how many leaves the control database has of all logs."""
    with db.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(AUDIT_LEAVES)).scalar_one())


def forget_leaf(connection: Connection, log: str, index: int) -> None:
    """Forget what leaf *index* stands for: its entry stays, and nobody can link it to anything any more."""
    same = (AUDIT_LEAVES.c.log == log) & (AUDIT_LEAVES.c.index == index)
    nothing = {"key": f"forgotten:{index}", "subject": None, "content": None, "salt": None}
    connection.execute(update(AUDIT_LEAVES).where(same).values(**nothing))


def newest_checkpoint(db: Database, log: str) -> str | None:
    """Return the newest signed checkpoint of *log* that the control database knows."""
    kept = kept_checkpoint(db, log)
    return None if kept is None else kept[1]


def kept_checkpoint(db: Database, log: str) -> tuple[int, str] | None:
    """Return the size, and the signed note, of the newest checkpoint of *log* that the control database knows."""
    columns = AUDIT_CHECKPOINTS.c
    with db.connect() as connection:
        row = connection.execute(select(columns.size, columns.note).where(columns.log == log)).one_or_none()
    return None if row is None else (int(row.size), str(row.note))


def has_checkpoints(db: Database) -> bool:
    """Tell whether the control database knows a checkpoint of any log."""
    with db.connect() as connection:
        return connection.execute(select(AUDIT_CHECKPOINTS.c.log).limit(1)).first() is not None


def save_checkpoint(db: Database, log: str, size: int, note: str) -> None:
    """Keep *note* as the newest checkpoint of *log*, unless a larger one is known."""
    while not _newer(db, log, size, note):
        with suppress(IntegrityError), db.begin() as connection:  # another home that shares the database was first
            connection.execute(insert(AUDIT_CHECKPOINTS), [{"log": log, "size": size, "note": note}])


def _newer(db: Database, log: str, size: int, note: str) -> bool:
    """Replace the checkpoint that is known of *log*, unless it is larger; return False if none is known."""
    mine, known = {"size": size, "note": note}, AUDIT_CHECKPOINTS.c
    with db.begin() as connection:
        connection.execute(update(AUDIT_CHECKPOINTS).where(known.log == log, known.size <= size).values(**mine))
        return connection.execute(select(known.size).where(known.log == log)).one_or_none() is not None


def _count(log: str) -> Any:
    return select(func.count()).select_from(AUDIT_LEAVES).where(AUDIT_LEAVES.c.log == log)
