"""Answer a question in SQL over one version: read-only, offline, and bounded in time, memory and rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import pyarrow as pa

from lineage.control.retention import require_files, standing_of
from lineage.control.version_files import version_files
from lineage.control.versions import get_version
from lineage.hub import Hub
from lineage.questions.sandbox import process
from lineage.questions.sandbox.pool import Pool
from lineage.questions.sandbox.process import Column, Job
from lineage.references import VersionRef
from lineage.storage import query
from lineage.storage.bounds import Bounds
from lineage.storage.tables import DOCUMENTS, LEDGER, PROFILES

View = Literal["documents", "ledger", "profiles"]

VIEWS: Final[Mapping[View, pa.Schema]] = {"documents": DOCUMENTS, "ledger": LEDGER, "profiles": PROFILES}
"""What a question may name, with the columns that there are at least; nothing else can be read."""


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
class QueryAnswer:
    """What a question was answered with.

    Attributes:
        version: the version that was asked, NAME@vN.
        columns: of the rows, in order.
        rows: values by column, those of JSON: times are RFC 3339 text in UTC, bytes base64, and text what a double
            does not hold: large integers, infinity.
        truncated: whether there are more rows than the limit.
    """

    version: str
    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Any], ...]
    truncated: bool


def ask(
    hub: Hub, ref: VersionRef, question: str, limits: QueryLimits | None = None, pool: Pool | None = None
) -> QueryAnswer:
    """Answer the SELECT statement *question* over the views ``documents``, ``ledger`` and ``profiles`` of *ref*.

    It is answered by a process of its own, one of *pool* if that is given, which is killed when its time is over.

    Raises QueryError where the question is not one SELECT statement, is wrong, reaches outside the version or
    outgrows its bounds; UnknownReference if there is no such version; DamagedFile if a data file cannot be read.
    """
    settings = limits or QueryLimits()
    with nullcontext(pool) if pool is not None else Pool(most=1) as processes:
        version = get_version(hub.db, ref)
        require_files(version, standing_of(hub.db, version))
        paths = {view: query.resolve_all(hub.home, version_files(hub.db, version, view)) for view in VIEWS}
        views: dict[str, process.View] = {view: (relation_of(some, view), some) for view, some in paths.items()}
        answer = processes.answer(Job(views, question, settings.limit, settings.bounds))
    names = [column.name for column in answer.columns]
    return QueryAnswer(
        version=version.name,
        columns=tuple(answer.columns),
        rows=tuple(dict(zip(names, row, strict=True)) for row in answer.rows[: settings.limit]),
        truncated=len(answer.rows) > settings.limit,
    )


def relation_of(paths: Sequence[str], view: View) -> str:
    """Return a query over all rows of the files *paths*, with the columns of *view* at least."""
    if paths:
        files = ", ".join(query.quote(path) for path in paths)
        return f"SELECT * FROM read_parquet([{files}], union_by_name = true)"
    return "SELECT " + ", ".join(map(_null, VIEWS[view])) + " WHERE false"


def _null(column: pa.Field) -> str:
    """Return a null for *column*, of a type that what is asked of texts, times and maps can take."""
    kinds = ((pa.types.is_string, "VARCHAR"), (pa.types.is_timestamp, "TIMESTAMPTZ"), (pa.types.is_map, _COUNTS))
    kind = next((f"::{name}" for of, name in kinds if of(column.type)), "")
    return f'NULL{kind} AS "{column.name}"'


_COUNTS: Final = "MAP(VARCHAR, INTEGER)"
