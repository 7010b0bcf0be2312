"""What pages answer: the answers of commands side by side, as far as one look at a thing takes several of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from corpushub.requests.reread import reread
from corpushub.web.ways import Ways, ways_of
from lineage.errors import BadFilter, VersionRetired
from lineage.references import DocumentRef, VersionRef, parse_version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pyarrow import Table

    from corpushub.audit.answer import Audit
    from corpushub.audit.document_trace import DocumentTrace
    from corpushub.face.hub import Hub
    from corpushub.papers.fields import Paper
    from corpushub.web.access.counts import Count
    from lineage.control.documentation.staleness import StaleField
    from lineage.questions.diff import Asked as Changed
    from lineage.questions.diff import VersionDiff
    from lineage.questions.documents.conditions import Conditions
    from lineage.questions.documents.listing import Listing
    from lineage.questions.documents.released import Released
    from lineage.questions.find import SearchResult
    from lineage.questions.graph import VersionTrace
    from lineage.questions.history import History
    from lineage.questions.show import VersionSummary
    from lineage.statistics.model import Statistics


MOST_FOUND: Final = 50
"""Most matches of what somebody typed."""


@dataclass(frozen=True, slots=True)
class DatasetSummary:
    """A dataset of the hub.

    Attributes:
        name: its name.
        newest: its newest version that is in use, NAME@vN; null if all are retired.
        created: when that was made, RFC 3339 in UTC; likewise null.
        documents: how many it keeps; rounded for whoever may only know its numbers, null for whom may not.
        bytes: of their texts; likewise.
        versions: how many versions there are; likewise.
    """

    name: str
    newest: str | None
    created: str | None
    documents: Count | None
    bytes: int | None
    versions: int | None


@dataclass(frozen=True, slots=True)
class Datasets:
    """The datasets of a hub, by name."""

    datasets: tuple[DatasetSummary, ...]


@dataclass(frozen=True, slots=True)
class DatasetPage:
    """The versions of a dataset, newest first, as ``corpushub history`` tells them."""

    name: str
    history: History


@dataclass(frozen=True, slots=True)
class VersionPage:
    """A version: what it is, and what it holds and lost in numbers; as ``corpushub show`` tells both.

    Attributes:
        summary: what it is.
        statistics: the numbers; null where its files were removed before they were counted.
        removed: whether its files were removed.
    """

    summary: VersionSummary
    statistics: Statistics | None
    removed: bool


@dataclass(frozen=True, slots=True)
class DocumentsPage:
    """Some documents of a version, and what was asked for."""

    asked: Conditions
    listing: Listing


@dataclass(frozen=True, slots=True)
class Twin:
    """The document that another one was dropped for, and the texts of both, as far as the hub holds them.

    Attributes:
        doc_id: of that document.
        released: its text in the version; null if it is not kept there.
        held_by: a version that keeps the dropped one, NAME@vN; null if none does.
        dropped: its text there; null likewise.
    """

    doc_id: str
    released: Released | None
    held_by: str | None
    dropped: Released | None


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """A document: its story, as ``corpushub trace`` tells it, and its text, if the version keeps it.

    Attributes:
        version: NAME@vN.
        trace: where it came from, what was done to it and why, and what is known of its rights.
        released: its text; null for what was dropped or failed, whose text this version holds nowhere.
        twin: of what was dropped for another document, that one; null for others.
    """

    version: str
    trace: DocumentTrace
    released: Released | None
    twin: Twin | None


@dataclass(frozen=True, slots=True)
class FoundPage:
    """What was found for what somebody typed.

    Attributes:
        asked: that.
        by: what it was taken for: url, host, id or text.
        result: what was found, and where it was looked for.
    """

    asked: str
    by: str
    result: SearchResult


@dataclass(frozen=True, slots=True)
class LineagePage:
    """What a version was made of and what was made of it, as ``corpushub trace`` tells both.

    Attributes:
        version: NAME@vN.
        trace: the graph behind it.
        made_of_it: the versions whose runs went on from it.
        drawn: what is drawn of it.
    """

    version: str
    trace: VersionTrace
    made_of_it: tuple[str, ...]
    drawn: Ways


@dataclass(frozen=True, slots=True)
class DiffPage:
    """What changed between two versions, as ``corpushub diff`` tells it, and which documents were asked for."""

    asked: Changed
    diff: VersionDiff


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A version judged by a shipped policy, as ``corpushub audit`` does.

    Attributes:
        chosen: the name of the policy.
        policies: the names of all that can be chosen.
        audit: what came of it.
    """

    chosen: str
    policies: tuple[str, ...]
    audit: Audit


def audit(hub: Hub, ref: str, policy: Path, chosen: str, policies: Sequence[str]) -> AuditPage:
    """Judge version *ref* by *policy*, the file of the one *chosen* among *policies*."""
    return AuditPage(chosen, tuple(policies), hub.audit(ref, policy))


@dataclass(frozen=True, slots=True)
class PapersPage:
    """A paper of a version, as ``corpushub papers`` would write it, and what of its words may not hold any more.

    Attributes:
        formats: what a paper in each format is called, by its name.
        paper: the paper: sections of fields.
        stale: words and papers that may not hold any more.
    """

    formats: Mapping[str, str]
    paper: Paper
    stale: tuple[StaleField, ...]


def papers(hub: Hub, ref: VersionRef, chosen: str) -> PapersPage:
    """Return the paper of version *ref* in the format *chosen*; it is made to be looked at, and logged nowhere."""
    from corpushub.papers.facts import facts_of
    from corpushub.papers.formats import FORMATS, paper_of
    from corpushub.papers.papers import last_made
    from lineage.control.documentation.staleness import stale_fields

    facts = facts_of(hub, ref)
    stale = stale_fields(hub, facts.version, datetime.now(UTC), last_made(hub, facts.version))
    titles = {name: made.title for name, made in FORMATS.items()}
    return PapersPage(titles, paper_of(chosen, facts), stale)


def lineage(hub: Hub, ref: str, opened: Sequence[str], *, only_sources: bool) -> LineagePage:
    """Return where version *ref* stands among all; see ways_of for what is drawn of that."""
    summary, trace = hub.show(ref), hub.trace_version(ref)
    after: dict[str, tuple[str, ...]] = {}
    for one in reversed(hub.history(parse_version(ref).dataset).versions):
        for parent in one.parents:
            after[parent] = (*after.get(parent, ()), one.version)
    drawn = ways_of(summary.version, trace, after, opened, only=only_sources)
    return LineagePage(summary.version, trace, after.get(summary.version, ()), drawn)


def datasets(hub: Hub) -> Datasets:
    """Return the datasets of *hub*."""
    from lineage.control.retention import retentions
    from lineage.control.versions import list_datasets, list_versions

    found = []
    for name in list_datasets(hub.db):
        versions = list_versions(hub.db, name)
        standing = retentions(hub.db, name)
        used = [one for one in versions if not (one.number in standing and standing[one.number].retired)]
        newest = used[0] if used else None
        found.append(
            DatasetSummary(
                name=name,
                newest=newest.name if newest else None,
                created=newest.created if newest else None,
                documents=newest.documents if newest else 0,
                bytes=newest.bytes if newest else 0,
                versions=len(versions),
            )
        )
    return Datasets(tuple(found))


def dataset(hub: Hub, name: str) -> DatasetPage:
    """Return the versions of dataset *name*; UnknownReference if there is none."""
    return DatasetPage(parse_version(name).dataset, hub.history(name))


def version(hub: Hub, ref: str) -> VersionPage:
    """Return what version *ref* is and holds; UnknownReference if there is none."""
    try:
        return VersionPage(hub.show(ref), hub.statistics(ref).statistics, removed=False)
    except VersionRetired:
        return VersionPage(hub.show(ref), None, removed=True)


def documents(hub: Hub, ref: VersionRef, asked: Conditions) -> DocumentsPage:
    """Return a page of the documents of version *ref*; see list_documents."""
    from lineage.questions.documents.listing import list_documents

    def listed() -> Listing:
        return list_documents(hub, ref, asked, judged=_judged(hub, ref, asked) if asked.policy else None)

    return DocumentsPage(asked, reread(hub, listed))


def _judged(hub: Hub, ref: VersionRef, asked: Conditions) -> Table:
    """Return the groups of documents that the policy of *asked*, a shipped one, speaks of."""
    from corpushub.audit.report import groups_of
    from lineage.questions.documents.conditions import check
    from policies.rules.policy_file import shipped, shipped_names

    check(asked)
    if asked.policy not in shipped_names():
        raise BadFilter(f"policy={asked.policy!r} is none of {', '.join(shipped_names())}")
    return groups_of(hub, ref, shipped(asked.policy), asked.verdict, asked.finding)


def document(hub: Hub, ref: DocumentRef) -> DocumentPage:
    """Return document *ref*; UnknownReference if its version never met it."""
    from lineage.questions.documents.released import released

    trace = hub.trace_document(str(ref))
    own = reread(hub, lambda: released(hub, ref))
    twin = _twin(hub, ref, trace) if own is None and trace.duplicate_of not in (None, ref.doc_id) else None
    return DocumentPage(str(ref.version), trace, own, twin)


def _twin(hub: Hub, ref: DocumentRef, trace: DocumentTrace) -> Twin:
    from lineage.questions.documents.released import released

    assert trace.duplicate_of is not None
    other = DocumentRef(ref.version, trace.duplicate_of)
    held = next(iter(reversed(trace.versions)), None)
    before = DocumentRef(parse_version(held), ref.doc_id) if held else None
    return Twin(
        doc_id=other.doc_id,
        released=reread(hub, lambda: released(hub, other)),
        held_by=held,
        dropped=reread(hub, lambda: released(hub, before)) if before else None,
    )


def found(hub: Hub, asked: str, seconds: float, among: Sequence[str] | None = None) -> FoundPage:
    """Look for what somebody typed: an id, a URL, a host, else a text.

    Args:
        hub: where.
        asked: that.
        seconds: how long.
        among: the datasets whose newest versions are looked through; None for all.
    """
    from lineage.references import DOC_ID
    from policies.addresses.urls import is_web

    text = asked.strip()
    if DOC_ID.fullmatch(text.lower()):
        kind = "id"
    elif is_web(text):
        kind = "url"
    elif " " not in text and "." in text.strip(".") and text.isascii():
        kind = "host"
    else:
        kind = "text"
    if among is None:
        return FoundPage(text, kind, hub.find(limit=MOST_FOUND, seconds=seconds, **{kind: text}))
    return FoundPage(text, kind, _found_among(hub, (kind, text), seconds, among))


def _found_among(hub: Hub, asked: tuple[str, str], seconds: float, among: Sequence[str]) -> SearchResult:
    from corpushub.requests.search import search_in
    from lineage.control.versions import datasets_in_use
    from lineage.questions.find import Scope, SearchResult
    from lineage.storage.bounds import Bounds

    versions = [VersionRef(one) for one in datasets_in_use(hub.db) if one in among]
    if not versions:
        return SearchResult((), ())
    return reread(hub, lambda: search_in(hub, *asked, Scope(versions, MOST_FOUND, Bounds(seconds=seconds))))
