"""One writer per dataset across machines: a PostgreSQL advisory lock, which ends with its connection.

The lock file of lineage.locks excludes the processes of one machine; where the control database is shared, this
excludes the others (PostgreSQL manual, section 13.3.5).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, NullPool, create_engine, text

_TRY = text("SELECT pg_try_advisory_lock(hashtext('corpushub dataset'), hashtext(:dataset))")


def is_shared(catalog: str) -> bool:
    """Tell whether the control database at *catalog* is one that several machines use."""
    return catalog.startswith("postgresql")


@contextmanager
def try_hold(catalog: str, dataset: str) -> Iterator[bool]:
    """Hold *dataset* while the block lasts; yield whether that was possible."""
    engine = create_engine(catalog, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:  # closing it lets the lock go
            yield _taken(connection, dataset)
    finally:
        engine.dispose()


def _taken(connection: Connection, dataset: str) -> bool:
    return bool(connection.execute(_TRY, {"dataset": dataset}).scalar_one())
