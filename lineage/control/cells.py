"""Whether each cell of the control database is what its column holds: SQLite keeps any value in any column.

A number that is text, a text that is no UTF-8, JSON that is none, a number beyond all bounds: nothing that is made of
such a cell means anything, be it a digest or an answer.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import JSON, Column, Connection, Float, Integer, Table
from sqlalchemy.exc import DBAPIError

from lineage.hub.people_schema import ACCESS_TOKENS, ACCESSES, PERSON_REQUESTS, REPORTS
from lineage.hub.schema import ERASURES, METADATA, OUTBOX, REVISALS, SOURCE_DIGESTS

_LEFT_OUT: Final = (ACCESSES, OUTBOX, PERSON_REQUESTS, REPORTS, SOURCE_DIGESTS)
"""Tables that nothing rests on: see docs/threats.md."""

_LISTS: Final = (ACCESS_TOKENS.c.datasets, ERASURES.c.requests, REVISALS.c.rules)
"""The columns of JSON that hold a list; all others hold an object."""


def unreadable(connection: Connection) -> Iterator[str]:
    """Yield the places of the control database that cannot be read, in words, one for each column; never a value."""
    look = _of_sqlite if connection.dialect.name == "sqlite" else _of_server
    for table in METADATA.sorted_tables:
        if table in _LEFT_OUT:
            continue
        try:
            wrong = sorted(set(look(connection, table)))
        except (DBAPIError, sqlite3.Error):
            yield f"the table {table.name}"
            continue
        yield from (f"{table.name}.{name}" for name in wrong)


def _of_sqlite(connection: Connection, table: Table) -> Iterator[str]:
    """Yield the columns of *table* that hold what they cannot; texts are read as bytes, so that none is an error."""
    columns = list(table.columns)
    quoted = [_quoted(connection, column) for column in columns]
    kinds = ", ".join(f"typeof({name}), {name}" for name in quoted)
    driver = connection.connection.driver_connection
    assert driver is not None
    before, driver.text_factory = driver.text_factory, bytes
    try:
        rows = driver.execute(f"SELECT {kinds} FROM {table.name}")
        checks = [(column.name, at, _check_of(column)) for at, column in enumerate(columns)]
        plain = not any(isinstance(column.type, JSON | Float) for column in columns)
        sound: set[tuple[bytes, ...]] = set()  # types of the values of rows in which nothing was wrong
        for row in rows:
            kinds_of_row = row[::2]
            if plain and kinds_of_row in sound and _is_text(b" ".join(one for one in row[1::2] if type(one) is bytes)):
                continue  # most rows, at once
            wrong = [name for name, at, holds in checks if not holds(row[2 * at].decode(), row[2 * at + 1])]
            yield from wrong
            if not wrong:
                sound.add(kinds_of_row)
    finally:
        driver.text_factory = before


def _of_server(connection: Connection, table: Table) -> Iterator[str]:
    """Yield the columns of *table* that hold what they cannot, as far as the server's types allow it."""
    columns = [column for column in table.columns if isinstance(column.type, JSON | Float)]
    for column in columns:
        holds = _check_of(column)
        kind = "real" if isinstance(column.type, Float) else "text"
        name = _quoted(connection, column)
        told = name if kind == "real" else f"CAST({name} AS TEXT)"
        for (value,) in connection.exec_driver_sql(f"SELECT {told} FROM {table.name}"):
            content = value.encode() if isinstance(value, str) else value
            if not holds("null" if value is None else kind, content):
                yield column.name


def _quoted(connection: Connection, column: Column[Any]) -> str:
    return connection.dialect.identifier_preparer.quote(column.name)


def _check_of(column: Column[Any]) -> Callable[[str, Any], bool]:
    """Return what tells from SQLite's name of a value's type, and the value, whether *column* may hold it."""
    kinds, holds = _KINDS[_family(column)]
    shape = list if any(column is one for one in _LISTS) else dict
    nullable = bool(column.nullable)

    def check(kind: str, value: Any) -> bool:
        if kind == "null":
            return nullable
        return kind in kinds and holds(value, shape, nullable)

    return check


def _family(column: Column[Any]) -> str:
    kind = column.type
    return next(
        (name for name, of in (("json", JSON), ("float", Float), ("integer", Integer)) if isinstance(kind, of)), "text"
    )


def _is_text(value: bytes, *_: object) -> bool:
    try:
        return "\0" not in value.decode()
    except UnicodeDecodeError:
        return False


def _is_json(value: bytes, shape: type, nullable: bool) -> bool:
    try:
        content = orjson.loads(value)
    except orjson.JSONDecodeError:
        return False
    return isinstance(content, shape) or (content is None and nullable)


def _is_number(value: float, *_: object) -> bool:
    return math.isfinite(value)


_KINDS: Final[dict[str, tuple[Sequence[str], Callable[..., bool]]]] = {
    "text": (("text",), _is_text),
    "json": (("text",), _is_json),
    "float": (("real", "integer"), _is_number),
    "integer": (("integer",), _is_number),
}
