"""Answer a question in SQL over one version: read-only, offline, and bounded in time, memory and rows."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from lineage.control.retention import require_files, standing_of
from lineage.control.versions import get_version, version_files
from lineage.hub import Hub
from lineage.hub.connection import timestamp
from lineage.hub.home import TableName
from lineage.questions.sandbox.pool import Pool
from lineage.questions.sandbox.process import Job, View
from lineage.references import VersionRef
from lineage.storage import query
from lineage.storage.query import Bounds
from lineage.storage.tables import DOCUMENTS, LEDGER

VIEWS: tuple[TableName, ...] = ("documents", "ledger")
"""What a question may name; nothing else can be read."""

_LARGEST = 2**53
"""Integers beyond this become text: readers of JSON that have only doubles would change them (RFC 8259, section 6)."""


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """How a question is answered.

    Attributes:
        limit: most rows.
        bounds: memory, threads and seconds.
    """

    limit: int = 1000
    bounds: Bounds = field(default_factory=lambda: Bounds(seconds=30.0))


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer.

    Attributes:
        name: as the question calls it.
        type: the Arrow type of its values, before they became those of JSON.
    """

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """What a question was answered with.

    Attributes:
        version: the version that was asked, NAME@vN.
        columns: of the rows, in order.
        rows: values by column, those of JSON: times are RFC 3339 text in UTC, bytes base64, large integers text.
        truncated: whether there are more rows than the limit.
    """

    version: str
    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Any], ...]
    truncated: bool


def ask(
    hub: Hub, ref: VersionRef, question: str, limits: QueryLimits | None = None, pool: Pool | None = None
) -> QueryAnswer:
    """Answer the SELECT statement *question* over the views ``documents`` and ``ledger`` of *ref*.

    It is answered by a process of its own, one of *pool* if that is given, which is killed when its time is over.

    Raises QueryError where the question is not one SELECT statement, is wrong, reaches outside the version or
    outgrows its bounds; UnknownReference if there is no such version; DamagedFile if a data file cannot be read.
    """
    settings = limits or QueryLimits()
    with nullcontext(pool) if pool is not None else Pool(most=1) as processes:
        version = get_version(hub.db, ref)
        require_files(version, standing_of(hub.db, version))
        paths = {view: query.resolve_all(hub.home, version_files(hub.db, version, view)) for view in VIEWS}
        views: dict[str, View] = {view: (relation_of(some, view), some) for view, some in paths.items()}
        table = processes.answer(Job(views, question, settings.limit, settings.bounds))
    rows = table.slice(0, settings.limit).to_pylist()
    return QueryAnswer(
        version=version.name,
        columns=tuple(Column(column.name, str(column.type)) for column in table.schema),
        rows=tuple({name: plain(value) for name, value in row.items()} for row in rows),
        truncated=table.num_rows > settings.limit,
    )


def relation_of(paths: Sequence[str], view: TableName) -> str:
    """Return a query over all rows of the files *paths*, with the columns of *view* at least."""
    if paths:
        files = ", ".join(query.quote(path) for path in paths)
        return f"SELECT * FROM read_parquet([{files}], union_by_name = true)"
    schema = LEDGER if view == "ledger" else DOCUMENTS
    return "SELECT " + ", ".join(f'NULL AS "{column}"' for column in schema.names) + " WHERE false"


def plain(value: Any) -> Any:
    """Return *value* as JSON has it."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return plain(int(value) if value == value.to_integral_value() else float(value))
    if isinstance(value, int):
        return value if abs(value) <= _LARGEST else str(value)
    return _as_text(value)


def _as_text(value: Any) -> Any:
    if isinstance(value, datetime):
        return timestamp(value) if value.tzinfo else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value if value is None or isinstance(value, str) else str(value)
