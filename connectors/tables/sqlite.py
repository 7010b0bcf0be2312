"""Read rows of a SQLite database: a table, a view, or what a query returns.

The database is opened read-only, and nothing that it or a query holds may do more than select: no other file is opened
and none is written, also for sorting. Memory, the length of values, and the steps of SQLite's machine are bounded.
Between two steps nothing can be ended, so only functions whose work is linear in their values may be called; whoever
wrote the file chose those values, if not the calls. The processor time of all steps is the last resort.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final, TypeVar

import pyarrow as pa

from connectors.batches import Row, batches, failed
from connectors.capture import Extent, Failure, Limits, Slice
from connectors.errors import BadOption, UnreadableSource
from connectors.streams.scratch import named
from connectors.streams.streams import note_whole, plain_copy, require_known, require_whole, whole
from connectors.tables.fields import Fields, columns_of, require_distinct

T = TypeVar("T")

OPTIONS = frozenset({"fields", "table", "query"})
split = whole

_FREE_STEPS: Final = 1 << 28
"""Steps of SQLite's machine that any file may take, some seconds of work; ``expansion`` more for each of its bytes."""

_EVERY: Final = 1 << 10  # steps between two looks at how many there were
_MORE: Final = 8 << 20  # bytes of a file for which it has ``record_seconds`` once more
_LEAST_LENGTH: Final = 1 << 20  # bytes that a value may always have
_SQL_LIMITS: Final = {
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 1000,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 1 << 20,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
_PRAGMAS: Final = (
    "trusted_schema = OFF",  # what views hold may not call what is unsafe
    "cell_size_check = ON",
    "query_only = ON",
    "temp_store = MEMORY",  # texts that are sorted are left in no file
    "hard_heap_limit = 1073741824",  # all of SQLite in this process: a query that holds much ends
)
_MEMORY: Final = "memory than SQLite may have here"
_SELECTING: Final = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE})
_CALLABLE: Final = (
    "-> ->> abs avg ceil ceiling char coalesce count cume_dist current_date current_time current_timestamp date "
    "datetime dense_rank exp first_value floor hex if ifnull iif json json_array json_array_length json_extract "
    "json_group_array json_group_object json_object json_quote json_type json_valid julianday lag last_value lead "
    "length likelihood likely ln log log10 log2 lower ltrim max min mod nth_value ntile nullif octet_length "
    "percent_rank pow power quote rank round row_number rtrim sign sqrt strftime substr substring sum time total "
    "trim trunc typeof unhex unicode unixepoch unlikely upper"
)
_LINEAR: Final = frozenset(_CALLABLE.split())
"""Functions that may be called: one step of them takes no more than a few passes over their values."""

_TRIMS: Final = frozenset({"trim", "ltrim", "rtrim"})  # linear only where blanks are trimmed
_UNSAFE: Final = "unsafe use of"  # what SQLite says of a call that the file itself holds
_COSTLY: Final = "it calls a function whose work may grow beyond any bound"


def read(part: Slice, options: Mapping[str, Any], limits: Limits, extent: Extent) -> Iterator[pa.RecordBatch]:
    """Yield the captures of the rows of option ``table``, or of what option ``query`` selects.

    A row's offset is its rowid, or its number where there is none; its length is null. Raises MissingSource,
    BadOption, and UnreadableSource if the file is no SQLite database.
    """
    require_known(options, OPTIONS)
    require_whole(part)
    fields = Fields.of(options)
    with plain_copy(part.path, limits) as path, closing(_connect(path, limits)) as database:
        _require_database(database, part.path)
        size = Path(path).stat().st_size
        work = _Work(_FREE_STEPS + limits.expansion * size, limits.record_seconds * (1 + size / _MORE))
        cursor = _select(database, options, part.path, work)
        names = [column[0] for column in cursor.description]
        require_distinct(part.path, names, columns_of(options, names))
        rows = _bounded(_rows(cursor, names, (fields, limits, work), part.path), limits.most_rows(size), part.path)
        yield from batches(rows, limits)
        note_whole(extent, size)


def _connect(path: str, limits: Limits) -> sqlite3.Connection:
    with named(path) as name:  # it is opened at once
        copied = "" if name == path else "&immutable=1"
        database = sqlite3.connect(f"{Path(name).resolve().as_uri()}?mode=ro{copied}", uri=True)
    database.text_factory = _decoded
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, max(_LEAST_LENGTH, 2 * limits.record_bytes))
    for limit, most in _SQL_LIMITS.items():
        database.setlimit(limit, most)
    for pragma in _PRAGMAS:
        database.execute(f"PRAGMA {pragma}").fetchone()
    return database


def _allowed(action: int, one: str | None, two: str | None, *_: str | None) -> int:
    """Allow what selects: no other database, no writing, no pragma, no function but those that are linear."""
    if action == sqlite3.SQLITE_FUNCTION:
        return sqlite3.SQLITE_OK if (two or "").lower() in _LINEAR else sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK if action in _SELECTING else sqlite3.SQLITE_DENY


def _refuse_costly(database: sqlite3.Connection) -> None:
    """Put a refusal in the place of each function that may not be called: generated columns ask no authorizer.

    SQLite itself refuses what is not its own in views and generated columns ("unsafe use"). What only stands in a
    constraint or an index is called by nobody who selects, and hides no table.
    """
    for name, arguments in database.execute("SELECT name, narg FROM pragma_function_list").fetchall():
        if name not in _LINEAR or (name in _TRIMS and arguments != 1):
            database.create_function(name, arguments, _refused)


def _refused(*_: object) -> None:
    raise PermissionError(_COSTLY)  # SQLite says that a function raised


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


def _select(database: sqlite3.Connection, options: Mapping[str, Any], path: str, work: _Work) -> sqlite3.Cursor:
    table, query = options.get("table"), options.get("query")
    if isinstance(table, str) == isinstance(query, str):
        raise BadOption("give option 'table' or option 'query', one of the two")
    what = f"query {query!r}" if query else f"table {table!r}"
    try:
        statement = query or _statement(database, str(table), options)
        _refuse_costly(database)
        database.set_authorizer(_allowed)
        database.set_progress_handler(work.is_over, _EVERY)
        return work.done(lambda: database.execute(statement))
    except MemoryError as error:
        raise UnreadableSource(f"{path}: {what} takes more {_MEMORY}") from error
    except sqlite3.Error as error:
        if _is_interrupted(error):
            raise _too_long(path, what) from error
        refused = BadOption if _is_meant_wrongly(error, asked=query is not None) else UnreadableSource
        raise refused(f"{path}: {what} cannot be read: {_COSTLY if _is_costly(error) else error}") from error


class _Work:
    """Counts steps of SQLite's machine, which are the same everywhere, and its processor time, and ends it after both.

    Attributes:
        steps: how many are left, in units of _EVERY.
        seconds: how many are left.
    """

    def __init__(self, steps: int, seconds: float) -> None:
        self.steps, self.seconds = steps // _EVERY, seconds
        self._ends = 0.0

    def done(self, ask: Callable[[], T]) -> T:
        """Return what *ask* returns, and count the time that it takes: what becomes of its rows is not SQLite's."""
        self._ends = time.thread_time() + self.seconds
        try:
            return ask()
        finally:
            self.seconds = self._ends - time.thread_time()

    def is_over(self) -> bool:
        """Tell whether to end."""
        self.steps -= 1
        return self.steps < 0 or time.thread_time() > self._ends


def _is_interrupted(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT


def _is_costly(error: sqlite3.Error) -> bool:
    """Tell whether a function was refused: named in a query, in what the file holds, or with its arguments."""
    said = str(error)
    refused = said.startswith(("not authorized to use function", _UNSAFE, "user-defined function raised"))
    return refused and "virtual table" not in said


def _too_long(path: str, what: str) -> UnreadableSource:
    return UnreadableSource(
        f"{path}: {what} takes more work than a file of its size may; if that is meant, raise `expansion` or "
        "`record_seconds` of [limits]"
    )


def _is_meant_wrongly(error: sqlite3.Error, *, asked: bool) -> bool:
    """Tell whether no database could do what was *asked* in SQL: what this one lacks, or damage, is its own fault."""
    if _is_costly(error):
        return asked and not str(error).startswith(_UNSAFE)
    code = error.sqlite_errorcode & 0xFF if hasattr(error, "sqlite_errorcode") else sqlite3.SQLITE_ERROR
    if code == sqlite3.SQLITE_AUTH:
        return asked
    return code in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_READONLY) and not str(error).startswith("no such")


def _statement(database: sqlite3.Connection, table: str, options: Mapping[str, Any]) -> str:
    """Return what selects the columns of *table* that are mapped, and no others, with the rowid where there is one."""
    name = _quoted(table)
    kind = database.execute("SELECT wr, type FROM pragma_table_list WHERE name = ?", (table,)).fetchone()
    columns = [column[0] for column in database.execute(f"SELECT * FROM {name} LIMIT 0").description]
    rowid = ["rowid AS [ rowid]"] if kind is not None and kind[0] == 0 and kind[1] == "table" else []
    mapped = [_quoted(column) for column in columns_of(options, columns)]
    return f"SELECT {', '.join([*rowid, *mapped]) or 'NULL'} FROM {name}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _bounded(rows: Iterator[Row], most: int, path: str) -> Iterator[Row]:
    """Yield *rows*; a view or a query can make more of a few bytes than anybody means, or never end."""
    for number, row in enumerate(rows):
        if number >= most:
            raise UnreadableSource(
                f"{path}: it gives more than {most:,} rows, which is more than can be of a file of its size; "
                "if that is meant, raise `expansion` of [limits]"
            )
        yield row


def _rows(cursor: sqlite3.Cursor, names: list[str], how: tuple[Fields, Limits, _Work], path: str) -> Iterator[Row]:
    fields, limits, work = how
    number = 0
    while True:
        try:
            values = work.done(cursor.fetchone)
        except MemoryError as error:
            raise UnreadableSource(f"{path}: what is asked takes more {_MEMORY}") from error
        except sqlite3.DataError:  # longer than any value may be; SQLite does not go on behind it
            yield failed(Failure.TOO_LARGE, number, None, "a value is longer than any may be")
            return
        except sqlite3.Error as error:
            if _is_interrupted(error):
                raise _too_long(path, "what is asked") from error
            if _is_costly(error):
                raise UnreadableSource(f"{path}: what is asked cannot be read: {_COSTLY}") from error
            # a damaged page: what follows cannot be reached
            yield failed(Failure.BROKEN_RECORD, number, None, error.sqlite_errorname)
            return
        if values is None:
            return
        record = dict(zip(names, values, strict=True))
        yield fields.row(record, record.get(" rowid", number), None, limits)
        number += 1
