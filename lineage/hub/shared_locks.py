"""One writer per dataset across machines: a PostgreSQL advisory lock, which ends with its connection.

The lock file of database.locks excludes the processes of one machine; where the control database is shared, this
excludes the others (PostgreSQL manual, section 13.3.5).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from sqlalchemy import Connection, Engine, NullPool, create_engine, text

_TRY = text("SELECT pg_try_advisory_lock(hashtext('corpushub dataset'), hashtext(:dataset))")
_WAIT = text("SELECT pg_advisory_lock(hashtext('corpushub work'), hashtext(:name))")
_LET_GO = text("SELECT pg_advisory_unlock(hashtext('corpushub work'), hashtext(:name))")
_KEEP_ALIVE = text("""
    SELECT set_config('tcp_keepalives_idle', '60', false), set_config('tcp_keepalives_interval', '10', false),
    set_config('tcp_keepalives_count', '6', false)
""")  # or a machine without power would keep its locks for two hours
_HELD = text("""
    SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid::bigint = hashtext('corpushub dataset')::bigint & 4294967295
""")


@contextmanager
def try_hold(catalog: str, dataset: str) -> Iterator[bool]:
    """Hold *dataset* while the block lasts; yield whether that was possible."""
    engine = create_engine(catalog, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:  # closing it lets the lock go
            connection.execute(_KEEP_ALIVE)
            yield _taken(connection, dataset)
    finally:
        engine.dispose()


@contextmanager
def hold(catalog: str, name: str) -> Iterator[None]:
    """Hold *name* while the block lasts, waiting for others; for short work."""
    with _engine(catalog).connect() as connection:
        connection.execute(_KEEP_ALIVE)
        connection.execute(_WAIT, {"name": name})
        try:
            yield
        finally:
            connection.execute(_LET_GO, {"name": name})


def count_held(catalog: str) -> int:
    """Return how many datasets are held now, by anybody."""
    with _engine(catalog).connect() as connection:
        return int(connection.execute(_HELD).scalar_one())


@cache
def _engine(catalog: str) -> Engine:
    """Return what keeps a connection for short work: opening one costs more than most of that."""
    return create_engine(catalog, pool_pre_ping=True, isolation_level="AUTOCOMMIT")


def _taken(connection: Connection, dataset: str) -> bool:
    return bool(connection.execute(_TRY, {"dataset": dataset}).scalar_one())
