"""What recipes and policies were before personal data was taken out of their texts: their digests."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

from lineage.hub.database import Database, delete, insert, rows


@dataclass(frozen=True, slots=True)
class TextDigests:
    """Digests of a text that a run rested on.

    Attributes:
        original: SHA-256 (hex) of the text as its file had it.
        kept: SHA-256 (hex) of the text as the hub keeps it: the same unless personal data was taken out.
    """

    original: str
    kept: str


def digest_of_text(text: str) -> str:
    """Return the SHA-256 (hex) of *text* in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def remember_original(connection: Connection, table: str, key: str, text: str) -> None:
    """Record the digest of *text*, of which *table* keeps at *key* what has no personal data."""
    delete(connection, "original_texts", of=table, key=key)
    insert(connection, "original_texts", [{"of": table, "key": key, "sha256": digest_of_text(text)}])


def text_digests(db: Database, table: str, key: str, kept: str) -> TextDigests:
    """Return the digests of the text at *key* of *table*, which the hub has as *kept*."""
    query = "SELECT sha256 FROM original_texts WHERE of = :of AND key = :key"
    known = [str(row["sha256"]) for row in rows(db, query, of=table, key=key) if row["sha256"]]
    return TextDigests(known[0] if known else digest_of_text(kept), digest_of_text(kept))
