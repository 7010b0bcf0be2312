"""Read rows of a SQLite database: a table, a view, or what a query returns. The database is opened read-only."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa

from connectors.batches import Row, batches, failed
from connectors.capture import Extent, Failure, Limits, Slice
from connectors.errors import BadOption, UnreadableSource
from connectors.streams.scratch import named
from connectors.streams.streams import note_whole, plain_copy, require_known, require_whole, whole
from connectors.tables.fields import Fields, columns_of, require_distinct

OPTIONS = frozenset({"fields", "table", "query"})
split = whole


def read(part: Slice, options: Mapping[str, Any], limits: Limits, extent: Extent) -> Iterator[pa.RecordBatch]:
    """Yield the captures of the rows of option ``table``, or of what option ``query`` selects.

    A row's offset is its rowid, or its number where there is none; its length is null. Raises MissingSource,
    BadOption, and UnreadableSource if the file is no SQLite database.
    """
    require_known(options, OPTIONS)
    require_whole(part)
    fields = Fields.of(options)
    with plain_copy(part.path, limits) as path, closing(_connect(path)) as database:
        _require_database(database, part.path)
        cursor = _select(database, options, part.path)
        names = [column[0] for column in cursor.description]
        require_distinct(part.path, names, columns_of(options, names))
        size = Path(path).stat().st_size
        rows = _bounded(_rows(cursor, names, fields, limits), limits.most_rows(size), part.path)
        yield from batches(rows, limits)
        note_whole(extent, size)


def _connect(path: str) -> sqlite3.Connection:
    with named(path) as name:  # it is opened at once
        copied = "" if name == path else "&immutable=1"
        database = sqlite3.connect(f"{Path(name).resolve().as_uri()}?mode=ro{copied}", uri=True)
    database.text_factory = _decoded
    return database


def _decoded(value: bytes) -> str | bytes:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value  # SQLite does not promise UTF-8


def _require_database(database: sqlite3.Connection, path: str) -> None:
    try:
        database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError as error:
        raise UnreadableSource(f"{path}: this is not a readable SQLite database: {error}") from error


def _select(database: sqlite3.Connection, options: Mapping[str, Any], path: str) -> sqlite3.Cursor:
    table, query = options.get("table"), options.get("query")
    if isinstance(table, str) == isinstance(query, str):
        raise BadOption("give option 'table' or option 'query', one of the two")
    try:
        return database.execute(query) if query else _select_table(database, str(table))
    except sqlite3.Error as error:
        what = f"query {query!r}" if query else f"table {table!r}"
        refused = BadOption if _is_meant_wrongly(error) else UnreadableSource
        raise refused(f"{path}: {what} cannot be read: {error}") from error


def _is_meant_wrongly(error: sqlite3.Error) -> bool:
    """Tell whether no database could do what was asked: what this one lacks, or damage, is its own fault."""
    code = error.sqlite_errorcode & 0xFF if hasattr(error, "sqlite_errorcode") else sqlite3.SQLITE_ERROR
    return code in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_READONLY) and not str(error).startswith("no such")


def _select_table(database: sqlite3.Connection, table: str) -> sqlite3.Cursor:
    name = '"' + table.replace('"', '""') + '"'
    kind = database.execute("SELECT wr, type FROM pragma_table_list WHERE name = ?", (table,)).fetchone()
    has_rowid = kind is not None and kind[0] == 0 and kind[1] == "table"
    return database.execute(f"SELECT {'rowid AS [ rowid], ' if has_rowid else ''}* FROM {name}")


def _bounded(rows: Iterator[Row], most: int, path: str) -> Iterator[Row]:
    """Yield *rows*; a view or a query can make more of a few bytes than anybody means, or never end."""
    for number, row in enumerate(rows):
        if number >= most:
            raise UnreadableSource(
                f"{path}: it gives more than {most:,} rows, which is more than can be of a file of its size; "
                "if that is meant, raise `expansion` of [limits]"
            )
        yield row


def _rows(cursor: sqlite3.Cursor, names: list[str], fields: Fields, limits: Limits) -> Iterator[Row]:
    number = 0
    while True:
        try:
            values = cursor.fetchone()
        except sqlite3.Error:  # a damaged page: what follows cannot be reached
            yield failed(Failure.BROKEN_RECORD, number, None)
            return
        if values is None:
            return
        record = dict(zip(names, values, strict=True))
        yield fields.row(record, record.get(" rowid", number), None, limits)
        number += 1
