"""Digests of source files, kept in the control database for as long as size and modification time stay."""

from __future__ import annotations

from sqlalchemy import Engine, delete, insert, select

from lineage.hub.connection import is_read_only
from lineage.hub.schema import FILE_DIGESTS


def cached_digest(db: Engine, path: str, size: int, mtime_ns: int) -> str | None:
    """Return the SHA-256 of the file at *path* if it was computed for that size and modification time."""
    query = select(FILE_DIGESTS).where(FILE_DIGESTS.c.path == path)
    with db.connect() as connection:
        row = connection.execute(query).one_or_none()
    return str(row.sha256) if row and (row.size, row.mtime_ns) == (size, mtime_ns) else None


def remember_digest(db: Engine, path: str, size: int, mtime_ns: int, sha256: str) -> None:
    """Keep the SHA-256 of the file at *path* for as long as its size and modification time stay, if we may write."""
    if is_read_only(db):
        return
    with db.begin() as connection:
        connection.execute(delete(FILE_DIGESTS).where(FILE_DIGESTS.c.path == path))
        row = {"path": path, "size": size, "mtime_ns": mtime_ns, "sha256": sha256}
        connection.execute(insert(FILE_DIGESTS), [row])
