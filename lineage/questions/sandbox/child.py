"""What runs in the process of one question: DuckDB over the files of a version, within limits of the system.

Run as a program (``python -P -m lineage.questions.sandbox.child``). It is made ready first, so that it can wait warm;
then it says "ready", reads one job, a line of JSON, from standard input, answers on standard output, and ends. An
answer is one JSON text: an ``error`` and its ``kind``, or ``columns`` and ``rows``. It ends with its parent, for then
standard input ends.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

import duckdb
import orjson
import pyarrow as pa
from duckdb.sqltypes import VARCHAR

from lineage.questions.sandbox.values import rows
from lineage.storage import query
from lineage.storage.bounds import Bounds
from policies.addresses.columns import hosts_of

READY: Final = b"ready\n"
"""What it says once it waits for its job."""

HOST_OF: Final = "host_of"
"""The function that a question can ask for the host of an address: what erasures and statistics take for it."""

QUERY, DAMAGE, MEMORY = "query", "damage", "memory"
"""Kinds of errors."""

_SLACK_MB: Final = 128  # address space that threads, caches and the answer take beside DuckDB's memory
_SHARE: Final = 4  # of the memory that an answer may take
_VALUE: Final = 64  # bytes of one value in the process that reads the answer, beside its text
_DEEPEST: Final = 64  # lists and structures within each other
_REACH: Final = "the question reaches outside the version, which is not allowed; nothing was read or changed"
_UNREAD: Final = "a data file cannot be read ({}); `corpushub verify` names it"

_AS_TEXT: Final = frozenset({"time with time zone", "bit", "bignum", "variant", "uhugeint"})
"""Types of DuckDB that Arrow has no value for: as text they are exact."""

_TOLD: Final = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException, duckdb.SyntaxException)
"""Errors whose messages hold no values, which would quote the documents."""


class Refused(Exception):
    """The question is not answered: the message, and its kind."""

    def __init__(self, message: str, kind: str = QUERY) -> None:
        super().__init__(message)
        self.kind = kind


def answer(views: Mapping[str, Sequence[Any]], question: str, limit: int, bounds: Bounds) -> pa.Table:
    """Return up to one row more than *limit* of the answer to *question*.

    *views* holds, by name, the query that makes each view and the files it reads. The memory of this process is bounded
    from the moment the views stand.

    Raises:
        Refused: it is no one SELECT statement, is wrong, or outgrows its bounds; or a file cannot be read.
    """
    with query.connect([path for _, paths in views.values() for path in paths], bounds) as connection:
        connection.create_function(HOST_OF, _hosts, [VARCHAR], VARCHAR, type="arrow", null_handling="special")
        _make_views(connection, views)
        statement = f"SELECT * FROM (\n{_checked(connection, question)}\n) LIMIT {limit + 1}"
        _bound_memory(bounds.memory_mb)
        try:
            table = _exact(connection, statement).to_arrow_table()
        except (duckdb.OutOfMemoryException, MemoryError) as error:
            raise Refused("", MEMORY) from error
        except (duckdb.IOException, FileNotFoundError) as error:
            raise Refused(_UNREAD.format(type(error).__name__), DAMAGE) from error
        except (duckdb.Error, RuntimeError, ValueError) as error:
            raise _wrong(error) from error
        if _cost(table) > _most(bounds):
            raise Refused("", MEMORY)
        return table


def _hosts(uris: pa.ChunkedArray) -> pa.Array:
    return hosts_of(uris)


def _most(bounds: Bounds) -> int:
    """Return how many bytes an answer may take in the process that reads it."""
    return (bounds.memory_mb << 20) // _SHARE


def _exact(connection: Any, statement: str) -> Any:
    """Return the relation *statement*, with text in the place of values that Arrow would change."""
    relation = connection.sql(statement)
    types = [_arrow_type(kind) for kind in relation.types]
    if types == [str(kind) for kind in relation.types]:
        return relation
    names = [_quoted(name) for name in relation.columns]
    casts = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in zip(names, types, strict=True))
    return connection.sql(f"SELECT {casts} FROM ({statement})")


def _arrow_type(kind: Any, depth: int = 0) -> str:
    """Return *kind*, a type of DuckDB, in SQL, with VARCHAR for whatever Arrow has no value for."""
    if depth > _DEEPEST:
        raise Refused(f"the answer nests deeper than {_DEEPEST} levels; nothing was changed")
    if kind.id in _AS_TEXT:
        return "VARCHAR"
    if kind.id not in ("list", "array", "struct", "map", "union"):
        return str(kind)
    inner = [(name, _arrow_type(one, depth + 1)) for name, one in kind.children if name and not isinstance(one, int)]
    if kind.id == "list":
        return f"{inner[0][1]}[]"
    if kind.id == "array":
        return f"{inner[0][1]}[{dict(kind.children)['size']}]"
    if kind.id == "map":
        return f"MAP({', '.join(one for _, one in inner)})"
    return f"{kind.id.upper()}({', '.join(f'{_quoted(name)} {one}' for name, one in inner)})"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _make_views(connection: Any, views: Mapping[str, Sequence[Any]]) -> None:
    try:
        for name, (relation, _) in views.items():
            connection.execute(f"CREATE VIEW {name} AS {relation}")
    except query.UNREADABLE as error:
        raise Refused(_UNREAD.format(type(error).__name__), DAMAGE) from error


def _checked(connection: Any, question: str) -> str:
    """Return *question*, which is one SELECT statement; Refused if not."""
    try:
        statements = connection.extract_statements(question)
    except duckdb.Error as error:
        raise _wrong(error) from error
    if len(statements) == 1 and statements[0].type == duckdb.StatementType.MULTI:
        raise Refused("PIVOT must name its values here: PIVOT ... ON column IN (value, ...); nothing was changed")
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise Refused("only one SELECT statement (or DESCRIBE, SUMMARIZE) can be asked; nothing was changed")
    return question.strip().rstrip("; \n\t")


def _wrong(error: Exception) -> Refused:
    """Return what may be told of *error*: messages about values would quote the documents."""
    if isinstance(error, duckdb.PermissionException):
        return Refused(_REACH)
    if isinstance(error, _TOLD):
        return Refused(f"the question cannot be understood: {str(error).splitlines()[0]}; nothing was changed")
    kind = type(error).__name__
    return Refused(f"the question cannot be answered ({kind}): a value does not fit what is done with it; use TRY")


def _bound_memory(memory_mb: int) -> None:
    """Let this process take *memory_mb* beyond what it has: DuckDB does not count all of its memory itself."""
    status = Path("/proc/self/statm")
    if status.exists():
        held = int(status.read_text().split()[0]) * resource.getpagesize()
        most = held + ((memory_mb + _SLACK_MB) << 20)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _cost(table: pa.Table) -> int:
    """Return about how many bytes the values of *table* take in the process that reads them."""
    return int(table.nbytes) + _VALUE * sum(_values(chunk) for column in table.columns for chunk in column.chunks)


def _values(array: Any) -> int:
    """Return how many values *array* holds, those within its values included."""
    if isinstance(array, pa.ExtensionArray):
        return _values(array.storage)
    if pa.types.is_struct(array.type):
        return len(array) + sum(_values(field) for field in array.flatten())
    if pa.types.is_map(array.type):
        return len(array) + _values(array.keys) + _values(array.items)
    if pa.types.is_nested(array.type) and hasattr(array, "flatten"):
        return len(array) + _values(array.flatten())
    return len(array)


def _carry_out(job: Mapping[str, Any], out: IO[bytes]) -> None:
    bounds = Bounds(job["memory_mb"], job["threads"])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump would hold texts
    if job["cpu"] is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (job["cpu"], job["cpu"] + 1))
    try:
        said: bytes | bytearray = _told(answer(job["views"], job["question"], job["limit"], bounds), _most(bounds))
    except Refused as refused:
        said = json.dumps({"error": str(refused), "kind": refused.kind}).encode()
    except (MemoryError, pa.ArrowMemoryError):
        said = json.dumps({"error": "", "kind": MEMORY}).encode()
    out.write(said)


def _told(table: pa.Table, most: int) -> bytes | bytearray:
    """Return *table* as JSON of at most *most* bytes, values counted; Refused beyond."""
    columns = [[column.name, str(column.type)] for column in table.schema]
    left, text = most - _cost(table), bytearray(b'{"columns":' + orjson.dumps(columns) + b',"rows":[')
    for number, row in enumerate(rows(table)):
        text += b"," if number else b""
        text += orjson.dumps(row)
        if len(text) > left:
            raise Refused("", MEMORY)
    text += b"]}"
    return text


def _end_with_parent(jobs: IO[bytes]) -> None:
    jobs.read()
    os._exit(1)


def main() -> None:
    """Make DuckDB ready, answer one job and end."""
    jobs, out, code = sys.stdin.buffer, os.fdopen(os.dup(1), "wb"), os.EX_SOFTWARE
    try:
        duckdb.connect().close()
        out.write(READY)
        out.flush()
        line = jobs.readline()
        if line:
            threading.Thread(target=_end_with_parent, args=(jobs,), daemon=True).start()
            _carry_out(json.loads(line), out)
            out.flush()
        code = os.EX_OK
    finally:
        os._exit(code)  # nothing of an interpreter that ran to its limits needs to be put away


if __name__ == "__main__":
    main()
