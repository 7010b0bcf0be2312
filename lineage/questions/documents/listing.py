"""The documents of a version some at a time, kept or not: those that meet conditions, how many, and what they have.

A page begins behind the last document of the page before, in the order of ids, so that no page costs more than the
first. What takes too long is told as far as it was seen: a number may be "at least", never wrong in silence.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from lineage.control.retention import require_files, standing_of
from lineage.control.version_files import version_files
from lineage.control.versions import get_version
from lineage.errors import BadFilter
from lineage.hub import Hub
from lineage.questions.sql import relation_of
from lineage.questions.trace import as_text
from lineage.references import VersionRef
from lineage.statistics.model import NO_ADDRESS, UNKNOWN
from lineage.storage import query
from policies.addresses.sql import teach_hosts

OUTCOMES: Final = ("kept", "changed", "dropped", "failed")
"""What became of documents; the changed are those of the kept whose text a step changed."""

FACETS: Final = ("language", "license", "source", "step", "reason")
"""By what the documents that were found are counted, where their table has it."""

MOST: Final = 200
"""Most documents of a page."""

VALUES: Final = 8
"""Most values that are told of a facet."""

SECONDS: Final = 2.0
"""How long a question may take before what was found so far is told."""

AROUND: Final = 120
"""Code points that are shown before what was looked for in a text; three times as many in all."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """Which documents are asked for; what is None asks nothing, and UNKNOWN is the value of those that have none.

    Attributes:
        outcome: one of OUTCOMES.
        language, license, source: equal to this.
        domain: of this host, or a host below it; NO_ADDRESS for those without a web address.
        month: captured in it, YYYY-MM (UTC).
        step, reason: which step dropped or changed them, or failed, and why.
        text: text that the kept contain, letter case ignored.
        signal: a number that was measured of the kept, for at_least and below; "length" is bytes of text.
        at_least: the least value of it.
        below: the least value that is too large.
        after: where the page before ended, as it says.
        limit: most documents of the page.
    """

    outcome: str = "kept"
    language: str | None = None
    license: str | None = None
    source: str | None = None
    domain: str | None = None
    month: str | None = None
    step: str | None = None
    reason: str | None = None
    text: str | None = None
    signal: str | None = None
    at_least: float | None = None
    below: float | None = None
    after: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """A document of a list; what is unknown is null.

    Attributes:
        doc_id: its id.
        outcome: kept, dropped or failed.
        step: which step settled that; null for the kept.
        reason: why; likewise.
        value: what the step measured; likewise.
        uri: where it was captured.
        source: the source, as the recipe names it.
        license: an SPDX expression.
        language: the code of its language.
        captured_at: when, RFC 3339 in UTC.
        bytes: of its text; null for those not kept, whose text is nowhere.
        snippet: what stands around the text that was asked for, or where its text begins; likewise.
        start: where in it that begins, in code points; null where no text was asked for.
    """

    doc_id: str
    outcome: str
    step: str | None
    reason: str | None
    value: float | None
    uri: str | None
    source: str | None
    license: str | None
    language: str | None
    captured_at: str | None
    bytes: int | None
    snippet: str | None
    start: int | None


@dataclass(frozen=True, slots=True)
class Facet:
    """A value of the documents that were found.

    Attributes:
        value: it; UNKNOWN for those that have none.
        documents: how many have it.
    """

    value: str
    documents: int


@dataclass(frozen=True, slots=True)
class Listing:
    """Some documents of a version.

    Attributes:
        version: NAME@vN.
        documents: those of this page.
        next: where the next page begins; null if this is the last.
        found: how many meet the conditions, those of other pages included.
        complete: whether that is all; else there are at least so many.
        facets: of these documents by language, licence, source, step and reason, the most frequent values first; {}
            where counting took too long.
    """

    version: str
    documents: tuple[Listed, ...]
    next: str | None
    found: int
    complete: bool
    facets: Mapping[str, tuple[Facet, ...]] = field(default_factory=dict)


def list_documents(hub: Hub, ref: VersionRef, wanted: Conditions, seconds: float = SECONDS) -> Listing:
    """Return a page of the documents of version *ref* that are *wanted*.

    Raises:
        UnknownReference, VersionRetired: there is nothing to list.
        BadFilter: a condition is none, or does not fit what is asked for.
        DamagedFile: a data file is missing or unreadable.
    """
    _check(wanted)
    version = get_version(hub.db, ref)
    require_files(version, standing_of(hub.db, version))
    documents, ledger = (
        query.resolve_all(hub.home, version_files(hub.db, version, kind)) for kind in ("documents", "ledger")
    )
    ends = time.monotonic() + seconds
    with query.connect([*documents, *ledger]) as connection:
        found = _Found.of(connection, documents, ledger, wanted)

        def rows(statement: str, *values: Any) -> list[dict[str, Any]] | None:
            left = max(ends - time.monotonic(), 0.01)
            return query.rows_within(connection, left, statement, values)

        found_in, values = f"WITH found AS ({found.sql})", found.values
        if found.costly:  # looked for once, not for the page and again for the numbers
            if rows(f"CREATE TEMP TABLE found AS {found.sql}", *values) is None:
                return Listing(version.name, (), None, 0, complete=False)
            found_in, values = "", ()
        where, behind = ("WHERE (doc_id, seq, place) > (?, ?, ?)", _place(wanted.after)) if wanted.after else ("", ())
        first = f"{found_in} SELECT * FROM found {where} ORDER BY doc_id, seq, place LIMIT {wanted.limit + 1}"
        page = rows(first, *values, *behind)
        if page is None:
            return Listing(version.name, (), None, 0, complete=False)
        more, page = len(page) > wanted.limit, page[: wanted.limit]
        asked = _texts(documents, page, wanted.text) if found.kept and page else None
        texts = {row["doc_id"]: row for row in (rows(*asked) if asked else None) or ()}
        counted = rows(f"{found_in} {_counting(FACETS[:3] if found.kept else FACETS)}", *values)
    return Listing(
        version=version.name,
        documents=tuple(_listed(row, texts.get(row["doc_id"], {})) for row in page),
        next=_cursor(page[-1]) if more else None,
        found=sum(row["documents"] for row in counted if not row["facet"]) if counted else len(page) + more,
        complete=counted is not None,
        facets=_facets(counted or ()),
    )


def _counting(facets: Sequence[str]) -> str:
    """Return the query that counts all that was found (facet null), and by the most frequent values of each facet."""
    named = " ".join(f"WHEN grouping({name}) = 0 THEN '{name}'" for name in facets)
    sets = ", ".join(f"({name})" for name in facets)
    return (
        f"SELECT CASE {named} END AS facet, coalesce({', '.join(facets)}, '{UNKNOWN}') AS name, "
        f"count(*)::BIGINT AS documents FROM found GROUP BY GROUPING SETS ((), {sets}) "
        f"QUALIFY row_number() OVER (PARTITION BY facet ORDER BY documents DESC, name) <= {VALUES} "
        "ORDER BY documents DESC, name"
    )


def _facets(counted: Sequence[Mapping[str, Any]]) -> dict[str, tuple[Facet, ...]]:
    return {
        name: tuple(Facet(row["name"], row["documents"]) for row in counted if row["facet"] == name)
        for name in FACETS
        if any(row["facet"] == name for row in counted)
    }


_SHOWN: Final = "doc_id, uri, source, license, language, captured_at"

_CURSOR: Final = re.compile(r"([0-9a-f]{32})-([0-9]{1,5})-([0-9]{1,18})")
_MONTH: Final = re.compile(rf"[0-9]{{4}}-(0[1-9]|1[0-2])|{UNKNOWN}")


@dataclass(frozen=True, slots=True)
class _Found:
    """The documents that meet conditions, as SQL.

    Attributes:
        sql: a query for them.
        values: of its parameters.
        kept: whether they are kept, and have texts.
        costly: whether each text or address must be looked into.
    """

    sql: str
    values: tuple[Any, ...]
    kept: bool
    costly: bool

    @classmethod
    def of(cls, connection: Any, documents: Sequence[str], ledger: Sequence[str], wanted: Conditions) -> _Found:
        """Say what is *wanted* in SQL over the files."""
        kept = wanted.outcome in ("kept", "changed")
        met, values = _common(connection, wanted)
        if kept:
            columns = f"{_SHOWN}, 'kept' AS outcome, NULL AS step, NULL AS reason, NULL AS value, 0 AS seq"
            relation, more = relation_of(documents, "documents"), _of_texts(connection, documents, wanted)
        else:
            columns = f"{_SHOWN}, outcome, step, reason, value, seq"
            relation, more = relation_of(ledger, "ledger"), [("outcome = ?", (wanted.outcome,)), *_of_events(wanted)]
        if wanted.outcome == "changed":
            events = [("outcome = ?", ("changed",)), *_of_events(wanted)]
            some = " AND ".join(one for one, _ in events)
            more.append(
                (
                    f"doc_id IN (SELECT doc_id FROM ({relation_of(ledger, 'ledger')}) WHERE {some})",
                    tuple(value for _, given in events for value in given),
                )
            )
        met, values = [*met, *(one for one, _ in more)], [*values, *(value for _, some in more for value in some)]
        where = "WHERE " + " AND ".join(met) if met else ""
        place = 'coalesce("offset", 0) AS place'
        costly = wanted.text is not None or wanted.domain is not None or wanted.signal == LENGTH
        return cls(f"SELECT {columns}, {place} FROM ({relation}) {where}", tuple(values), kept, costly)


Met = tuple[str, tuple[Any, ...]]
"""A condition in SQL, and the values of its parameters."""


def _common(connection: Any, wanted: Conditions) -> tuple[list[str], list[Any]]:
    """Return what rows of either table must meet."""
    met, values = [], []
    for name in ("language", "license", "source"):
        if (value := getattr(wanted, name)) is not None:
            met.append(f"coalesce({name}, '{UNKNOWN}') = ?")
            values.append(value)
    if wanted.month is not None:
        met.append(f"coalesce(strftime(captured_at, '%Y-%m'), '{UNKNOWN}') = ?")
        values.append(wanted.month)
    if wanted.domain == NO_ADDRESS:
        teach_hosts(connection)
        met.append("host_of(uri) IS NULL")
    elif wanted.domain is not None:
        teach_hosts(connection)
        met.append("(host_of(uri) = ? OR ends_with(host_of(uri), ?))")
        values += [wanted.domain, f".{wanted.domain}"]
    return met, values


def _of_texts(connection: Any, documents: Sequence[str], wanted: Conditions) -> list[Met]:
    """Return what the kept must meet besides."""
    met: list[Met] = []
    if wanted.text is not None:
        met.append(("instr(lower(text), lower(?)) > 0", (wanted.text,)))
    if wanted.signal is None:
        return met
    if wanted.signal == LENGTH:
        number = "strlen(text)"
    else:
        rows = query.rows(connection, f"DESCRIBE {relation_of(documents, 'documents')}")
        if wanted.signal not in {row["column_name"] for row in rows if row["column_type"] in _NUMBERS}:
            raise BadFilter(f"signal={wanted.signal!r} is no number that was measured of these documents")
        number = f'"{wanted.signal}"::DOUBLE'
    if wanted.at_least is not None:
        met.append((f"{number} >= ?", (wanted.at_least,)))
    if wanted.below is not None:
        met.append((f"{number} < ?", (wanted.below,)))
    return met


LENGTH: Final = "length"
_NUMBERS: Final = frozenset({"INTEGER", "BIGINT", "FLOAT", "DOUBLE", "BOOLEAN"})


def _of_events(wanted: Conditions) -> list[Met]:
    """Return what an event must meet."""
    given = ((name, getattr(wanted, name)) for name in ("step", "reason"))
    return [(f"coalesce({name}, '{UNKNOWN}') = ?", (value,)) for name, value in given if value is not None]


def _check(wanted: Conditions) -> None:
    """Raise BadFilter unless the conditions fit one another; the message names the first that does not."""
    kept = wanted.outcome in ("kept", "changed")
    wrong = (
        (wanted.outcome not in OUTCOMES, f"outcome={wanted.outcome!r} is none of {', '.join(OUTCOMES)}"),
        (not 1 <= wanted.limit <= MOST, f"limit={wanted.limit} is not from 1 to {MOST}"),
        (wanted.after is not None and not _CURSOR.fullmatch(wanted.after), "after= is no end of a page"),
        (wanted.month is not None and not _MONTH.fullmatch(wanted.month), "month= is not YYYY-MM"),
        (wanted.text is not None and not kept, "text= can be looked for in kept documents alone: no others have one"),
        (wanted.signal is not None and not kept, "signal= was measured of kept documents alone"),
        (
            wanted.signal is None and (wanted.at_least, wanted.below) != (None, None),
            "at_least= and below= want signal=",
        ),
        (wanted.outcome == "kept" and (wanted.step or wanted.reason), "step= and reason= are not of kept documents"),
        (
            wanted.signal is not None and (wanted.at_least, wanted.below) == (None, None),
            "signal= wants at_least= or below=",
        ),
        (wanted.text == "", "text= is empty"),
    )
    for is_wrong, why in wrong:
        if is_wrong:
            raise BadFilter(why)


def _place(cursor: str) -> tuple[str, int, int]:
    """Return the place behind which a page begins."""
    found = _CURSOR.fullmatch(cursor)
    assert found is not None  # see _check
    return found[1], int(found[2]), int(found[3])


def _cursor(row: Mapping[str, Any]) -> str:
    return f"{row['doc_id']}-{row['seq']}-{row['place']}"


def _texts(documents: Sequence[str], page: Sequence[Any], asked: str | None) -> list[Any]:
    """Return a query for the size of the texts of a *page*, and what stands around *asked*, or at their beginning."""
    ids = [row["doc_id"] for row in page]
    at = f"instr(lower(text), lower({query.quote(asked)}))" if asked else "0"
    relation = relation_of(documents, "documents")
    statement = (
        f"SELECT doc_id, strlen(text)::BIGINT AS bytes, {at} AS at, "
        f"substr(text, greatest({at} - {AROUND}, 1), {3 * AROUND}) AS snippet FROM ({relation}) "
        "WHERE doc_id BETWEEN ? AND ? AND doc_id IN (SELECT unnest(?))"  # the range passes over whole groups of rows
    )
    return [statement, ids[0], ids[-1], ids]


def _listed(row: Mapping[str, Any], text: Mapping[str, Any]) -> Listed:
    at = text.get("at")
    return Listed(
        doc_id=row["doc_id"],
        outcome=row["outcome"],
        step=row["step"],
        reason=row["reason"],
        value=row["value"],
        uri=row["uri"],
        source=row["source"],
        license=row["license"],
        language=row["language"],
        captured_at=as_text(row["captured_at"]),
        bytes=text.get("bytes"),
        snippet=text.get("snippet"),
        start=min(at - 1, AROUND) if at else None,
    )
