"""The control database of a hub: opened, its tables made on first use. Times are RFC 3339 text in UTC."""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lineage.errors import HomeError, LineageError
from lineage.hub.altered import require_unaltered
from lineage.hub.database import TABLES, Database, rows
from lineage.hub.home import Home
from lineage.hub.private import make_file

if TYPE_CHECKING:
    from sqlalchemy import Engine

REVISION: Final = 1
"""Raised when a table changes so that an earlier release could not use it; SQLite keeps it as user_version. Tables that
are missing are made when a hub is opened, so a new table needs no new revision."""


def now() -> str:
    """Return the time as RFC 3339 text in UTC with microseconds."""
    return timestamp(datetime.now(UTC))


def timestamp(moment: datetime) -> str:
    """Return *moment* as RFC 3339 text in UTC with microseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def connect(home: Home) -> Database:
    """Open the control database of *home*, making its tables on first use.

    Raises HomeError if there is no hub, it cannot be opened, or it was written by a later release; AlteredDatabase if
    it holds a view, a trigger or the like.
    """
    if not (home.exists or home.catalog):
        raise HomeError(f"no hub at {home.path}; `corpushub run` makes one, or name another with --hub")
    if home.catalog:
        from lineage.hub.engines import open_by_url  # SQLAlchemy, without which a file is opened and asked

        return open_by_url(home)
    database = home.path / "hub.sqlite"
    if database.exists() and not (home.is_writable and os.access(database, os.W_OK)):
        return _require_ours(home, _read_only(home, database))
    make_file(database)
    return _require_ours(home, _writable(home, database))


def disconnect(db: Database) -> None:
    """Close the connections of *db*, unless other hubs of this process use them too: those of a server are shared."""
    if db.is_sqlite:
        db.dispose()


def _require_ours(home: Home, db: Database) -> Database:
    """Return *db*, its tables made where any is missing; raise what connect does, and close it then."""
    try:
        require_unaltered(db)
        (found,) = rows(db, "PRAGMA user_version")
        if db.read_only and found["user_version"] > REVISION:
            raise later(home)
        if not (db.read_only or (found["user_version"] == REVISION and _has_all_tables(db))):
            from lineage.hub.engines import make_tables  # SQLAlchemy, once in the life of a hub

            make_tables(home, db.engine)
    except sqlite3.Error as error:
        db.dispose()
        raise unopened(home.control_uri, error) from error
    except LineageError:
        db.dispose()
        raise
    return db


def _has_all_tables(db: Database) -> bool:
    """Tell whether a hub lacks no tables that were added since the release that made it."""
    return {row["name"] for row in rows(db, "SELECT name FROM sqlite_master WHERE type = 'table'")} >= TABLES


def _writable(home: Home, database: Path) -> Database:
    def make_engine() -> Engine:
        from lineage.hub.engines import engine_of_file  # SQLAlchemy, without which a file is asked

        return engine_of_file(home)

    return Database(make_engine, database.resolve().as_uri())


def _read_only(home: Home, database: Path) -> Database:
    """Open a database that we may not write, or that stands in a folder we may not write, without a file beside it.

    While its owner writes, SQLite's shared memory is there to be read (SQLite documentation, "Read-Only WAL-mode
    Databases"); when nobody does, it is opened as one that does not change.
    """
    log, shared = (Path(f"{database}{suffix}") for suffix in ("-wal", "-shm"))
    waiting = log.exists() and log.stat().st_size > 0
    if waiting and not shared.exists():
        message = f"the control database {database} was not closed, and may only be read here; nothing was done; "
        raise HomeError(message + "run any command where the hub may be written, then ask again")
    address = f"{database.resolve().as_uri()}?mode=ro{'' if waiting else '&immutable=1'}"

    def make_engine() -> Engine:
        from lineage.hub.engines import engine_for_reading  # SQLAlchemy, without which a file is asked

        return engine_for_reading(home, address)

    return Database(make_engine, address, _supply_tables, read_only=True)


def _supply_tables(connection: sqlite3.Connection) -> None:
    """Make the tables that a hub of an earlier release lacks for this connection alone: nothing stands in them."""
    held = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if held and not held >= TABLES:
        from lineage.hub.engines import supply_tables  # SQLAlchemy, which makes tables

        supply_tables(connection, held)


def later(home: Home) -> HomeError:
    """Return what is said of a hub that a later release wrote."""
    message = f"{home.path} was written by a later release of corpushub; nothing was changed; upgrade corpushub"
    return HomeError(message)


def unopened(address: str, error: BaseException | None) -> HomeError:
    """Return what is said of the database at *address*, which no password is part of, after *error* of its driver."""
    message = f"cannot open the control database {address}: {error}; "
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL):
        return HomeError(message + "see that there is room on its drive, and that files may grow (ulimit -f)")
    return HomeError(message + "check the hub home given with --hub or CORPUSHUB_HOME")
