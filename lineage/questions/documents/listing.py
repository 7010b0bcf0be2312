"""The documents of a version some at a time, kept or not: those that meet conditions, how many, and what they have.

A page begins behind the last document of the page before, in the order of ids, so that no page costs more than the
first. What takes too long is told as far as it was seen: a number may be "at least", never wrong in silence.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pyarrow as pa

from lineage.control.retention import require_files, standing_of
from lineage.control.version_files import version_files
from lineage.control.versions import Version, get_version
from lineage.hub import Hub
from lineage.questions.documents.conditions import Conditions, Files, Found, Met, among, check, of_profiles, place_of
from lineage.questions.profiles import read_profiles
from lineage.questions.trace import as_text
from lineage.references import VersionRef
from lineage.statistics.model import UNKNOWN
from lineage.statistics.rights import with_signal
from lineage.storage import query
from lineage.storage.files import DataFile
from lineage.storage.ledger import cells_of

FACETS: Final = ("language", "license", "source", "step", "reason")
"""By what the documents that were found are counted, where their table has it."""

VALUES: Final = 8
"""Most values that are told of a facet."""

SECONDS: Final = 2.0
"""How long a question may take before what was found so far is told."""

AROUND: Final = 120
"""Code points that are shown before what was looked for in a text; three times as many in all."""


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


def list_documents(
    hub: Hub, ref: VersionRef, wanted: Conditions, seconds: float = SECONDS, judged: pa.Table | None = None
) -> Listing:
    """Return a page of the documents of version *ref* that are *wanted*.

    Where a policy is among the conditions, *judged* are the groups of documents that it speaks of, as
    Population.groups has them.

    Raises:
        UnknownReference, VersionRetired: there is nothing to list.
        BadFilter: a condition is none, or does not fit what is asked for.
        DamagedFile: a data file is missing or unreadable.
    """
    check(wanted)
    version = get_version(hub.db, ref)
    require_files(version, standing_of(hub.db, version))
    held = version_files(hub.db, version, "documents")
    files = Files(
        query.resolve_all(hub.home, held), query.resolve_all(hub.home, version_files(hub.db, version, "ledger"))
    )
    ends = time.monotonic() + seconds
    with query.connect([*files.documents, *files.ledger]) as connection:
        more_met = [*_of_consent(hub, version, wanted), *([among(connection, judged)] if judged is not None else [])]
        found = Found.of(connection, files, wanted, more_met)

        def rows(statement: str, *values: Any) -> list[dict[str, Any]] | None:
            left = max(ends - time.monotonic(), 0.01)
            return query.rows_within(connection, left, statement, values)

        found_in, values = f"WITH found AS ({found.sql})", found.values
        if found.costly:  # looked for once, not for the page and again for the numbers
            if rows(f"CREATE TEMP TABLE found AS {found.sql}", *values) is None:
                return Listing(version.name, (), None, 0, complete=False)
            found_in, values = "", ()
        where, behind = ("WHERE (doc_id, seq, place) > (?, ?, ?)", place_of(wanted.after)) if wanted.after else ("", ())
        first = f"{found_in} SELECT * FROM found {where} ORDER BY doc_id, seq, place LIMIT {wanted.limit + 1}"
        page = rows(first, *values, *behind)
        if page is None:
            return Listing(version.name, (), None, 0, complete=False)
        more, page = len(page) > wanted.limit, page[: wanted.limit]
        snippets = _snippets(connection, _texts(hub, held, page), wanted.text) if found.kept else {}
        counted = rows(f"{found_in} {_counting(FACETS[:3] if found.kept else FACETS)}", *values)
    return Listing(
        version=version.name,
        documents=tuple(_listed(row, snippets.get(row["doc_id"], {})) for row in page),
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


def _cursor(row: Mapping[str, Any]) -> str:
    return f"{row['doc_id']}-{row['seq']}-{row['place']}"


def _of_consent(hub: Hub, version: Version, wanted: Conditions) -> list[Met]:
    """Return that the profile has the signal of consent that is asked for."""
    return [] if wanted.consent is None else [of_profiles(with_signal(read_profiles(hub, version), wanted.consent))]


def _texts(hub: Hub, held: Sequence[DataFile], page: Sequence[Any]) -> pa.Table:
    """Return the texts of the documents of a *page*, from the files *held* that have them."""
    ids = [row["doc_id"] for row in page]
    texts: dict[str, str | None] = {}
    for file in held:
        if some := [doc_id for doc_id in ids if file.may_hold(doc_id)]:
            texts |= cells_of(hub.home.resolve(file.path), "text", some)
    return pa.table({"doc_id": pa.array([*texts], pa.string()), "text": pa.array([*texts.values()], pa.string())})


def _snippets(connection: Any, texts: pa.Table, asked: str | None) -> dict[str, Mapping[str, Any]]:
    """Return by id the size of each of *texts*, and what stands around *asked* there, or at its beginning."""
    connection.register("texts", texts)
    at = f"instr(lower(text), lower({query.quote(asked)}))" if asked else "0"
    statement = (
        f"SELECT doc_id, strlen(text)::BIGINT AS bytes, {at} AS at, "
        f"substr(text, greatest({at} - {AROUND}, 1), {3 * AROUND}) AS snippet FROM texts"
    )
    return {row["doc_id"]: row for row in query.rows(connection, statement)}


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
