"""What recipes and policies were before personal data was taken out of their texts: their digests."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, Table, delete, insert, select

from lineage.hub.schema import ORIGINAL_TEXTS


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


def remember_original(connection: Connection, table: Table, key: str, text: str) -> None:
    """Record the digest of *text*, of which *table* keeps at *key* what has no personal data."""
    columns = ORIGINAL_TEXTS.c
    connection.execute(delete(ORIGINAL_TEXTS).where(columns.of == table.name, columns.key == key))
    row = {"of": table.name, "key": key, "sha256": digest_of_text(text)}
    connection.execute(insert(ORIGINAL_TEXTS), [row])


def text_digests(db: Engine, table: Table, key: str, kept: str) -> TextDigests:
    """Return the digests of the text at *key* of *table*, which the hub has as *kept*."""
    columns = ORIGINAL_TEXTS.c
    query = select(columns.sha256).where(columns.of == table.name, columns.key == key)
    with db.connect() as connection:
        known = connection.execute(query).scalar_one_or_none()
    return TextDigests(str(known) if known else digest_of_text(kept), digest_of_text(kept))
