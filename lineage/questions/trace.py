"""Where a document came from and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from lineage.control.runs import list_runs
from lineage.control.version_files import ledger_files_with
from lineage.control.versions import Version, get_version
from lineage.errors import UnknownReference
from lineage.hub import Hub
from lineage.hub.connection import timestamp
from lineage.hub.database import Database
from lineage.references import DocumentRef
from lineage.storage.ledger import Row, lookup
from lineage.storage.tables import FINAL_OUTCOMES

_COLUMNS = (
    "step",
    "outcome",
    "reason",
    "value",
    "detail",
    "run",
    "edits",
    "findings",
    "marks",
    "seq",
    "file",
    "offset",
    "length",
    "source",
    "uri",
    "captured_at",
    "license",
    "policy",
    "profile",
    "output",
    "duplicate_of",
    "similarity",
)


@dataclass(frozen=True, slots=True)
class Locator:
    """Where a record stands; all null if nobody knows any more.

    Attributes:
        file: the file, as the recipe names it.
        offset: the record's first byte there.
        length: its bytes.
    """

    file: str | None
    offset: int | None
    length: int | None


@dataclass(frozen=True, slots=True)
class Edit:
    """A span of a text that a step replaced, in code points of the text as it received it; see EDITS.

    Attributes:
        start: its first one.
        end: the one behind its last.
        length: of what replaced it.
    """

    start: int
    end: int
    length: int


@dataclass(frozen=True, slots=True)
class Finding:
    """Personal data in a text, never the value; see FINDINGS.

    Attributes:
        type: the entity type.
        start: first code point.
        end: the one behind the last.
        recognizer: what found it.
        score: how sure that is, 0 to 1.
        hash: the keyed hash of the normal value, null if the run had no key.
    """

    type: str
    start: int
    end: int
    recognizer: str
    score: float
    hash: str | None


@dataclass(frozen=True, slots=True)
class Event:
    """What a step did to a document.

    Attributes:
        step: which one.
        outcome: kept, changed, dropped or failed.
        reason: why, null where nothing had to be said.
        value: what the step measured.
        detail: what the reason refers to.
        run: run:ID of the run that the step belongs to.
        edits: what it replaced; null where it edited nothing, or keeps no spans.
        findings: the personal data it found; null where it found none.
        marks: what else is to be said of the record; null where nothing is.
    """

    step: str
    outcome: str
    reason: str | None
    value: float | None
    detail: str | None
    run: str
    edits: tuple[Edit, ...] | None
    findings: tuple[Finding, ...] | None
    marks: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class DocumentTrace:
    """Where a document came from and what became of it; what is unknown is null.

    Attributes:
        doc_id: its id.
        source: the source, as the recipe names it.
        locator: where its record stands.
        uri: where it was captured.
        captured_at: when, RFC 3339 in UTC.
        license: an SPDX expression.
        profile: id of the profile of its rights.
        policy: digest of the policy that decided.
        output: the data file that holds it.
        events: what happened to it, in order.
        duplicate_of: the document it was dropped for.
        similarity: the verified Jaccard index of the two.
        versions: those that keep it, as NAME@vN, oldest first.
    """

    doc_id: str
    source: str | None
    locator: Locator
    uri: str | None
    captured_at: str | None
    license: str | None
    profile: str | None
    policy: str | None
    output: str | None
    events: tuple[Event, ...]
    duplicate_of: str | None
    similarity: float | None
    versions: tuple[str, ...]


def trace_document(hub: Hub, ref: DocumentRef) -> DocumentTrace:
    """Return the trace of the document *ref*, kept or not: its origin, its events in order, the versions that keep it.

    Raises UnknownReference if the version is unknown or no record of that id was read for it.
    """
    version = get_version(hub.db, ref.version)
    by_version = document_events(hub, version.dataset, ref.doc_id)
    rows = by_version.get(version.number, [])
    if not rows:
        raise _not_there(ref, version, by_version)
    ending = final_event(rows)
    keeping = (number for number, found in sorted(by_version.items()) if is_kept(found))
    return DocumentTrace(
        doc_id=ref.doc_id,
        source=ending["source"],
        locator=Locator(ending["file"], ending["offset"], ending["length"]),
        uri=ending["uri"],
        captured_at=as_text(ending["captured_at"]),
        license=ending["license"],
        profile=ending["profile"],
        policy=ending["policy"],
        output=ending["output"],
        events=tuple(_event(row) for row in rows),
        duplicate_of=ending["duplicate_of"],
        similarity=ending["similarity"],
        versions=tuple(f"{version.dataset}@v{number}" for number in keeping),
    )


def _event(row: Row) -> Event:
    edits, findings = row["edits"], row["findings"]
    return Event(
        step=row["step"],
        outcome=row["outcome"],
        reason=row["reason"],
        value=row["value"],
        detail=row["detail"],
        run=f"run:{row['run']}",
        edits=None if edits is None else tuple(Edit(**one) for one in edits),
        findings=None if findings is None else tuple(Finding(**one) for one in findings),
        marks=tuple(row["marks"]) if row["marks"] else None,
    )


def document_events(hub: Hub, dataset: str, doc_id: str) -> dict[int, list[Row]]:
    """Return the events of *doc_id* for each version number of *dataset* that has any, in order.

    Each ledger file is read once, however many versions hold it. Events of several runs come in the order of the
    runs' starts.
    """
    found: dict[int, list[Row]] = {}
    for path, numbers in ledger_files_with(hub.db, dataset, doc_id).items():
        rows = lookup(hub.home.resolve(path), doc_id, _COLUMNS)
        for number in numbers if rows else ():
            found.setdefault(number, []).extend(rows)
    ages = _run_ages(hub.db, dataset, found.values())
    for events in found.values():
        events.sort(key=lambda event: (ages.get(event["run"], 0), event["run"] or "", event["seq"]))
    return found


def _run_ages(db: Database, dataset: str, found: Iterable[list[Row]]) -> Mapping[str, int]:
    """Return the rank of each run by its start; empty where one run has all events."""
    if len({event["run"] for events in found for event in events}) < 2:
        return {}
    return {run.id: -age for age, run in enumerate(list_runs(db, dataset))}


def is_kept(events: Iterable[Row]) -> bool:
    """Tell whether a document with these *events* is in the version."""
    return any(event["outcome"] == "kept" for event in events)


def final_event(events: Iterable[Row]) -> Row:
    """Return the event that settled the document: kept before dropped before failed, the latest of its kind.

    A record that was read twice is kept once and dropped once under one doc_id.
    """
    found = list(events)
    for outcome in FINAL_OUTCOMES:
        for event in reversed(found):
            if event["outcome"] == outcome:
                return event
    return found[-1]


def as_text(moment: datetime | None) -> str | None:
    """Return *moment* as RFC 3339 text in UTC, null for none."""
    return None if moment is None else timestamp(moment)


def _not_there(ref: DocumentRef, version: Version, found: Mapping[int, list[Row]]) -> UnknownReference:
    others = ", ".join(f"{version.dataset}@v{number}" for number in sorted(found))
    hint = f"it was read for {others}" if others else f"no version of {version.dataset} has read it"
    return UnknownReference(f"no document {ref.doc_id} in {version.name}; {hint}; look for it with `corpushub find`")
