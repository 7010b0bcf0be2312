"""The control database of a hub: opened, its tables made on first use. Times are RFC 3339 text in UTC."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import fields
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, ExceptionContext, Row, create_engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateTable

from lineage.errors import HomeError
from lineage.hub.altered import require_unaltered
from lineage.hub.home import Home
from lineage.hub.locks import wait_for
from lineage.hub.private import make_file
from lineage.hub.schema import METADATA, REVISION
from lineage.hub.shared_locks import is_shared


def now() -> str:
    """Return the time as RFC 3339 text in UTC with microseconds."""
    return timestamp(datetime.now(UTC))


def timestamp(moment: datetime) -> str:
    """Return *moment* as RFC 3339 text in UTC with microseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def connect(home: Home) -> Engine:
    """Open the control database of *home*, making its tables on first use.

    Raises HomeError if there is no hub, it cannot be opened, or it was written by a later release; AlteredDatabase if
    it holds a view, a trigger or the like.
    """
    if not (home.exists or home.catalog):
        raise HomeError(f"no hub at {home.path}; `corpushub run` makes one, or name another with --hub")
    database = home.path / "hub.sqlite"
    if not home.catalog and not (home.is_writable and os.access(database, os.W_OK)) and database.exists():
        return _read_only(home, database)
    if not home.catalog:
        make_file(database)
    engine = _server(home.catalog) if is_shared(home.catalog) else create_engine(home.control_uri)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    try:
        with engine.connect() as connection:
            require_unaltered(connection)
        if engine.dialect.name != "sqlite" or _revision(engine) != REVISION or _lacks_tables(engine):
            _make_tables(home, engine)
    except DBAPIError as error:
        raise _unopened(engine, error) from error
    return engine


def is_read_only(engine: Engine) -> bool:
    """Tell whether nothing can be recorded in the database of *engine*."""
    return bool(engine.get_execution_options().get(_READ_ONLY))


_READ_ONLY: Final = "corpushub_read_only"


def _read_only(home: Home, database: Path) -> Engine:
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
    engine = create_engine(
        home.control_uri,
        creator=lambda: sqlite3.connect(address, uri=True, check_same_thread=False),
        execution_options={_READ_ONLY: True},
    )
    event.listen(engine, "connect", _supply_tables)
    event.listen(engine, "handle_error", _refuse_to_write)
    try:
        with engine.connect() as connection:
            require_unaltered(connection)
        if _revision(engine) > REVISION:
            raise _later(home)
    except DBAPIError as error:
        raise _unopened(engine, error) from error
    return engine


def _supply_tables(connection: Any, _: Any) -> None:
    """Make the tables that a hub of an earlier release lacks for this connection alone: nothing stands in them."""
    held = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table in METADATA.sorted_tables if held else ():
        if table.name not in held:
            made = str(CreateTable(table).compile(dialect=sqlite.dialect()))
            connection.execute(made.replace("CREATE TABLE", "CREATE TEMPORARY TABLE", 1))


def _refuse_to_write(context: ExceptionContext) -> None:
    """Say in our words that a database may only be read."""
    if getattr(context.original_exception, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_READONLY:
        message = "this hub may only be read here; nothing was changed; "
        raise HomeError(message + "give the command where its home may be written") from context.original_exception


def _later(home: Home) -> HomeError:
    message = f"{home.path} was written by a later release of corpushub; nothing was changed; upgrade corpushub"
    return HomeError(message)


def _unopened(engine: Engine, error: DBAPIError) -> HomeError:
    message = f"cannot open the control database {engine.url.render_as_string()}: {error.orig}; "
    if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL):
        return HomeError(message + "see that there is room on its drive, and that files may grow (ulimit -f)")
    return HomeError(message + "check the hub home given with --hub or CORPUSHUB_HOME")


def disconnect(engine: Engine) -> None:
    """Close the connections of *engine*, unless other hubs of this process use it too: that of a server is shared."""
    if engine.dialect.name == "sqlite":
        engine.dispose()


@cache
def _server(catalog: str) -> Engine:
    """Return the one engine of this process for a database server: each keeps connections open."""
    return create_engine(catalog, pool_pre_ping=True)


def _prepare_sqlite(connection: Any, _: Any) -> None:
    """Wait for other writers up to a minute, make every commit durable, and overwrite what is deleted."""
    connection.execute("PRAGMA busy_timeout = 60000")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")


def _revision(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())


def _lacks_tables(engine: Engine) -> bool:
    """Tell whether a hub of an earlier release lacks tables that were added since."""
    with engine.connect() as connection:
        held = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars()
        return not METADATA.tables.keys() <= set(held)


def _make_tables(home: Home, engine: Engine) -> None:
    with wait_for(home.locks / ".control"):  # making tables is not safe for two processes at once
        sqlite = engine.dialect.name == "sqlite"
        if sqlite and _revision(engine) > REVISION:
            raise _later(home)
        with engine.connect() as connection:
            if sqlite:
                connection.exec_driver_sql("PRAGMA journal_mode = WAL")
                connection.exec_driver_sql("BEGIN")  # the driver begins no transaction for CREATE TABLE by itself
                connection.exec_driver_sql(f"PRAGMA user_version = {REVISION}")
            elif engine.dialect.name == "postgresql":  # other machines do not see the lock file
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('corpushub tables'))")
            METADATA.create_all(connection)
            connection.exec_driver_sql("DROP TABLE IF EXISTS file_digests")  # of earlier releases; see SOURCE_DIGESTS
            connection.commit()


def _load(kind: type[Any], row: Row[Any]) -> Any:
    """Make a *kind* of the columns of *row* that it has."""
    return kind(**{item.name: row._mapping[item.name] for item in fields(kind)})
