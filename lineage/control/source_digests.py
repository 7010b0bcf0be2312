"""Digests of source files, kept in the control database for as long as size and stamp of a file stay the same.

The stamp is made of the times of a local file, and is the version or entity tag of an object in a store.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TypeVar

from sqlalchemy import delete, insert, select

from lineage.hub.database import Database
from lineage.hub.schema import SOURCE_DIGESTS

_AT_ONCE = 500  # values of one statement
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SourceDigest:
    """What a file held when it had a size and a stamp: its SHA-256, hex."""

    path: str
    size: int
    stamp: str
    sha256: str


def known_digests(db: Database, paths: Sequence[str]) -> dict[str, SourceDigest]:
    """Return what was last known of the files at *paths*, by path."""
    found: dict[str, SourceDigest] = {}
    with db.connect() as connection:
        for some in _batches(paths):
            for row in connection.execute(select(SOURCE_DIGESTS).where(SOURCE_DIGESTS.c.path.in_(some))):
                found[row.path] = SourceDigest(**row._mapping)
    return found


def remember_digests(db: Database, digests: Sequence[SourceDigest]) -> None:
    """Keep *digests*, each in the place of what was known of its file, if we may write."""
    if not digests or db.read_only:
        return
    with db.begin() as connection:
        for some in _batches(digests):
            connection.execute(delete(SOURCE_DIGESTS).where(SOURCE_DIGESTS.c.path.in_([one.path for one in some])))
            connection.execute(insert(SOURCE_DIGESTS), [asdict(one) for one in some])


def _batches(values: Sequence[T]) -> Iterator[Sequence[T]]:
    return (values[at : at + _AT_ONCE] for at in range(0, len(values), _AT_ONCE))
