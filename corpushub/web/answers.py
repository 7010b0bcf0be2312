"""What pages answer: the answers of commands side by side, as far as one look at a thing takes several of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from corpushub.requests.reread import reread
from lineage.references import DocumentRef, VersionRef, parse_version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from corpushub.audit.answer import Audit
    from corpushub.audit.document_trace import DocumentTrace
    from corpushub.face.hub import Hub
    from corpushub.papers.fields import Paper
    from corpushub.web.access.counts import Count
    from lineage.control.documentation.staleness import StaleField
    from lineage.questions.documents.listing import Conditions, Listing
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
    """A version: what it is, and what it holds and lost in numbers; as ``corpushub show`` tells both."""

    summary: VersionSummary
    statistics: Statistics


@dataclass(frozen=True, slots=True)
class DocumentsPage:
    """Some documents of a version, and what was asked for."""

    asked: Conditions
    listing: Listing


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """A document: its story, as ``corpushub trace`` tells it, and its text, if the version keeps it.

    Attributes:
        version: NAME@vN.
        trace: where it came from, what was done to it and why, and what is known of its rights.
        released: its text; null for what was dropped or failed, whose text is nowhere.
    """

    version: str
    trace: DocumentTrace
    released: Released | None


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
    """

    version: str
    trace: VersionTrace
    made_of_it: tuple[str, ...]


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


def lineage(hub: Hub, ref: str) -> LineagePage:
    """Return where version *ref* stands among all."""
    summary = hub.show(ref)
    entries = hub.history(parse_version(ref).dataset).versions
    after = tuple(one.version for one in reversed(entries) if summary.version in one.parents)
    return LineagePage(summary.version, hub.trace_version(ref), after)


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
    return VersionPage(hub.show(ref), hub.statistics(ref).statistics)


def documents(hub: Hub, ref: VersionRef, asked: Conditions) -> DocumentsPage:
    """Return a page of the documents of version *ref*; see list_documents."""
    from lineage.questions.documents.listing import list_documents

    return DocumentsPage(asked, reread(hub, lambda: list_documents(hub, ref, asked)))


def document(hub: Hub, ref: DocumentRef) -> DocumentPage:
    """Return document *ref*; UnknownReference if its version never met it."""
    from lineage.questions.documents.released import released

    trace = hub.trace_document(str(ref))
    return DocumentPage(str(ref.version), trace, reread(hub, lambda: released(hub, ref)))


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
