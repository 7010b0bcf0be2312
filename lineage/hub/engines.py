"""SQLAlchemy's engines for control databases, and the tables that it makes there."""

from __future__ import annotations

import sqlite3
from collections.abc import Set
from functools import cache
from typing import Any

from sqlalchemy import Engine, ExceptionContext, create_engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateTable

from lineage.errors import HomeError
from lineage.hub.altered import require_unaltered
from lineage.hub.connection import REVISION, later, unopened
from lineage.hub.database import TABLES, Database, rows
from lineage.hub.home import Home
from lineage.hub.locks import wait_for
from lineage.hub.schema import METADATA


def engine_of_file(home: Home) -> Engine:
    """Return the engine of the SQLite file of *home*, or of the one that its catalog names."""
    engine = create_engine(home.control_uri)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def engine_for_reading(home: Home, address: str) -> Engine:
    """Return an engine of the SQLite file at *address*, an URI, that refuses to write in our words."""
    engine = create_engine(
        home.control_uri, creator=lambda: sqlite3.connect(address, uri=True, check_same_thread=False)
    )
    event.listen(engine, "connect", lambda connection, _: supply_tables(connection, _held(connection)))
    event.listen(engine, "handle_error", _refuse_to_write)
    return engine


def open_by_url(home: Home) -> Database:
    """Open the control database that the catalog of *home* names; see lineage.hub.connection.connect."""
    engine = server(home.catalog) if home.has_server else engine_of_file(home)
    is_sqlite = engine.dialect.name == "sqlite"
    try:
        with engine.connect() as connection:
            require_unaltered(connection)
            whole = is_sqlite and _revision(connection) == REVISION and _names(connection) >= TABLES
        if not whole:
            make_tables(home, engine)
    except DBAPIError as error:
        raise unopened(engine.url.render_as_string(), error.orig) from error
    return Database(lambda: engine, None, is_sqlite=is_sqlite)


@cache
def server(catalog: str) -> Engine:
    """Return the one engine of this process for a database server: each keeps connections open."""
    return create_engine(catalog, pool_pre_ping=True)


def make_tables(home: Home, engine: Engine) -> None:
    """Make what is missing of the tables; HomeError if a later release wrote the database, or it cannot be written."""
    try:
        _make_tables(home, engine)
    except DBAPIError as error:
        raise unopened(engine.url.render_as_string(), error.orig) from error


def _make_tables(home: Home, engine: Engine) -> None:
    with wait_for(home.locks / ".control"), engine.connect() as connection:  # not safe for two processes at once
        sqlite = engine.dialect.name == "sqlite"
        if sqlite and _revision(connection) > REVISION:
            raise later(home)
        if sqlite:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            connection.exec_driver_sql("BEGIN")  # the driver begins no transaction for CREATE TABLE by itself
            connection.exec_driver_sql(f"PRAGMA user_version = {REVISION}")
        elif engine.dialect.name == "postgresql":  # other machines do not see the lock file
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('corpushub tables'))")
        METADATA.create_all(connection)
        connection.exec_driver_sql("DROP TABLE IF EXISTS file_digests")  # of earlier releases; see SOURCE_DIGESTS
        connection.commit()


def supply_tables(connection: Any, held: Set[str]) -> None:
    """Make the tables that are not among those *held* for the SQLite *connection* alone: nothing stands in them."""
    for table in METADATA.sorted_tables if held else ():
        if table.name not in held:
            made = str(CreateTable(table).compile(dialect=sqlite.dialect()))
            connection.execute(made.replace("CREATE TABLE", "CREATE TEMPORARY TABLE", 1))


def _held(connection: Any) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def _refuse_to_write(context: ExceptionContext) -> None:
    """Say in our words that a database may only be read."""
    if getattr(context.original_exception, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_READONLY:
        message = "this hub may only be read here; nothing was changed; "
        raise HomeError(message + "give the command where its home may be written") from context.original_exception


def _prepare_sqlite(connection: Any, _: Any) -> None:
    """Wait for other writers up to a minute, make every commit durable, and overwrite what is deleted."""
    connection.execute("PRAGMA busy_timeout = 60000")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")


def _revision(connection: Any) -> int:
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())


def _names(connection: Any) -> set[str]:
    return {row["name"] for row in rows(connection, "SELECT name FROM sqlite_master WHERE type = 'table'")}
