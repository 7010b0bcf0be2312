"""The control database, opened: asked in SQL by the driver alone where it is a file, changed through SQLAlchemy.

Importing SQLAlchemy takes longer than most questions do. So what commands ask is SQL, which SQLite and PostgreSQL read
alike; rows are asked of a database, or of the connection of a transaction, by one function.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, Table

Row = dict[str, Any]
"""A row, by column name."""

TABLES: Final = frozenset(
    {
        *("runs", "run_costs", "run_inputs", "run_environments", "run_texts", "run_keys", "original_texts"),
        *("versions", "version_files", "file_spans", "version_standings", "policies", "policy_texts"),
        *("source_digests", "outbox", "attestations", "audit_leaves", "audit_leaf_signatures", "audit_checkpoints"),
        *("erasures", "erasure_limits", "revisions", "suppressions", "revisals", "standing_rules"),
        *("documentation", "run_attempts", "run_progress", "person_requests", "reports"),
        *("access_tokens", "visibilities", "accesses", "exports"),
    }
)
"""The tables of lineage.hub.schema, by name; a test compares them."""

JSON_COLUMNS: Final = frozenset(
    {
        *("counts", "reasons", "not_done", "licenses", "languages", "sources", "libraries"),
        *("requests", "files", "rules", "found", "lifted", "said", "rests", "attempt", "progress", "plan", "datasets"),
    }
)
"""The columns of lineage.hub.schema that hold JSON, and only these, have these names; a test compares them."""

_SECONDS: Final = 60.0  # to wait for whoever writes


class Database:
    """The control database of a hub, which threads may share.

    Attributes:
        is_sqlite: whether it is a file; else a server has it.
        read_only: whether nothing can be recorded in it.
    """

    def __init__(
        self,
        make_engine: Callable[[], Engine],
        address: str | None,
        prepare: Callable[[sqlite3.Connection], None] | None = None,
        *,
        is_sqlite: bool = True,
        read_only: bool = False,
    ) -> None:
        self.is_sqlite, self.read_only = is_sqlite, read_only
        self._make_engine, self._address, self._prepare = make_engine, address, prepare
        self._lock = threading.RLock()
        self._engine: Engine | None = None
        self._reader: sqlite3.Connection | None = None

    @property
    def engine(self) -> Engine:
        """What changes it: SQLAlchemy's, made when it is first asked for."""
        with self._lock:
            if self._engine is None:
                self._engine = self._make_engine()
            return self._engine

    def connect(self) -> AbstractContextManager[Connection]:
        """Return a connection of the engine."""
        return self.engine.connect()

    def begin(self) -> AbstractContextManager[Connection]:
        """Return a connection of the engine in a transaction, which is committed at the end of the block."""
        return self.engine.begin()

    def dispose(self) -> None:
        """Close all connections; the next who asks opens another."""
        with self._lock:
            if self._reader is not None:
                self._reader.close()
                self._reader = None
            if self._engine is not None:
                self._engine.dispose()

    def ask(self, query: str, values: dict[str, Any]) -> list[Row]:
        """Return what *query* finds; see rows."""
        if self._address is None:
            with self.connect() as connection:
                return rows(connection, query, **values)
        with self._lock:
            cursor = self._read(self._address).execute(query, values)
            return _told([column[0] for column in cursor.description], cursor.fetchall())

    def _read(self, address: str) -> sqlite3.Connection:
        if self._reader is None:
            reader = sqlite3.connect(address, _SECONDS, uri=True, check_same_thread=False)
            try:
                if self._prepare is not None:
                    self._prepare(reader)
                reader.execute("PRAGMA query_only = ON")
            except sqlite3.Error:
                reader.close()
                raise
            self._reader = reader
        return self._reader


def rows(source: Database | Connection, query: str, /, **values: Any) -> list[Row]:
    """Return the rows that the SELECT statement *query* finds in *source*, with *values* for its ``:names``.

    Of a connection it sees what its transaction has changed. Columns of JSON come as what they say.
    """
    if isinstance(source, Database):
        return source.ask(query, values)
    from sqlalchemy import text  # whoever has a connection has imported it

    result = source.execute(text(query), values)
    return _told(list(result.keys()), result.all())


def _told(names: Sequence[str], found: Iterable[Sequence[Any]]) -> list[Row]:
    told = [dict(zip(names, row, strict=True)) for row in found]
    for name in JSON_COLUMNS.intersection(names):
        for row in told:
            row[name] = _content(row[name])
    return told


def _content(cell: Any) -> Any:
    """Return what a cell of JSON says; PostgreSQL's driver has read it already."""
    return cell if cell is None or isinstance(cell, dict | list) else json.loads(cell)


def insert(connection: Connection, table: str, new: Iterable[Mapping[str, Any]]) -> None:
    """Add the rows *new* to *table*."""
    if listed := [dict(row) for row in new]:
        connection.execute(_of(table).insert(), listed)


def delete(connection: Connection, table: str, /, **key: Any) -> None:
    """Remove the rows of *table* whose columns have the values of *key*; one of these at least is given."""
    connection.execute(_of(table).delete().where(*_same(table, key)))


def delete_each(connection: Connection, table: str, keys: Iterable[Mapping[str, Any]]) -> None:
    """Do as delete does for each of many *keys*, which have the same columns, in one statement."""
    from sqlalchemy import bindparam  # whoever has a connection has imported it

    if listed := [dict(key) for key in keys]:
        same = _same(table, {name: bindparam(f"key_{name}") for name in listed[0]})
        values = [{f"key_{name}": value for name, value in key.items()} for key in listed]
        connection.execute(_of(table).delete().where(*same), values)


def update(connection: Connection, table: str, values: Mapping[str, Any], /, **key: Any) -> None:
    """Give the rows of *table* whose columns have the values of *key* other *values*."""
    connection.execute(_of(table).update().where(*_same(table, key)).values(**values))


def _of(table: str) -> Table:
    from lineage.hub.schema import METADATA  # SQLAlchemy, which whoever has a connection has imported

    return METADATA.tables[table]


def _same(table: str, key: Mapping[str, Any]) -> list[Any]:
    if not key:
        raise ValueError(f"no rows of {table} are named")
    return [_of(table).c[name] == value for name, value in key.items()]
