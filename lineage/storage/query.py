"""DuckDB over the files of a version: bounded in memory and threads, no network, no other file."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import duckdb

from lineage.errors import DamagedFile
from lineage.hub.home import Home, is_local
from lineage.storage.bounds import Bounds
from lineage.storage.files import DataFile
from lineage.storage.stores import fsspec_store

UNREADABLE = (duckdb.IOException, duckdb.InvalidInputException, duckdb.PermissionException)
"""What DuckDB raises where a file that it may read is missing or no Parquet: it looks for a missing one as a folder."""


@contextmanager
def connect(paths: Sequence[str], bounds: Bounds | None = None) -> Iterator[Any]:
    """Open a connection as open_connection does, and close it after the block."""
    with closing(open_connection(paths, bounds)) as connection:
        yield connection


def open_connection(paths: Sequence[str], bounds: Bounds | None = None) -> Any:
    """Return an in-memory DuckDB connection that can read the files *paths* and nothing else.

    Extensions are neither installed nor loaded by themselves: each try would wait for a download. Nothing is spilled
    to disk, since texts must not be left there: a query over the memory limit fails.
    """
    limits = bounds or Bounds()
    connection = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "memory_limit": f"{limits.memory_mb}MB",
            "threads": str(limits.threads),
            "temp_directory": "",
            "python_enable_replacements": "false",  # names in a query are never variables of this process
        }
    )
    if not all(is_local(path) for path in paths):
        connection.register_filesystem(fsspec_store(paths[0]))
    allowed = ", ".join(quote(path) for path in paths)
    connection.execute(f"SET allowed_paths = [{allowed}]")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


@contextmanager
def interrupted_after(connection: Any, seconds: float | None) -> Iterator[None]:
    """Interrupt the query of the block after *seconds*, again and again: an interrupt between two queries is lost."""
    if seconds is None or not seconds < threading.TIMEOUT_MAX:
        yield
        return
    ended = threading.Event()

    def watch() -> None:
        wait = seconds
        while not ended.wait(wait):
            connection.interrupt()
            wait = 0.05

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()  # no interrupt may come late, and no thread be left when the process ends


def rows(connection: Any, query: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
    """Return the rows of *query* as dictionaries; DamagedFile if a data file is missing or unreadable."""
    try:
        result = connection.execute(query, list(values))
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    except UNREADABLE as error:
        raise DamagedFile(f"a data file cannot be read: {_first_line(error)}; `corpushub verify` names them") from error


def rows_within(
    connection: Any, seconds: float | None, query: str, values: Sequence[Any] = ()
) -> list[dict[str, Any]] | None:
    """Return what rows does; None if *seconds* were over, or memory was all used, before the query ended."""
    try:
        with interrupted_after(connection, seconds):
            return rows(connection, query, values)
    except (duckdb.InterruptException, duckdb.OutOfMemoryException):
        return None


def resolve_all(home: Home, files: Sequence[DataFile]) -> list[str]:
    """Return where *files* stand, leaving out those without rows."""
    return [home.resolve(file.path) for file in files if file.rows]


def quote(text: str) -> str:
    """Return *text* as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0]
