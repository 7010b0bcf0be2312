"""What everybody is shown of a dataset that is listed, open, or tells its numbers: answers of their own.

Each is made of the full answer by naming what is told, so that what a full answer learns to tell later on is not told
to everybody. Pages and JSON are made of these answers alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from corpushub.requests.people.visitors import Visitor
from corpushub.web import answers
from corpushub.web.access.counts import Count, Groups, coarse, groups, rounded, told
from lineage.control.people.roles import Role, Visibility
from lineage.references import parse_version

if TYPE_CHECKING:
    from lineage.questions.documents.conditions import Conditions
    from lineage.questions.documents.listing import Facet
    from lineage.questions.find import SearchedVersion
    from lineage.questions.history import HistoryEntry, Runs
    from lineage.statistics.losses import Losses
    from lineage.statistics.model import Share


@dataclass(frozen=True, slots=True)
class PublicDataset:
    """A dataset that shows itself to everybody.

    Attributes:
        name: its name.
        level: what it shows: listed, metadata or open.
        versions: its versions in use, newest first; none where it is only listed.
    """

    name: str
    level: Visibility
    versions: tuple[PublicEntry, ...]


@dataclass(frozen=True, slots=True)
class PublicEntry:
    """A version of a dataset that tells its numbers.

    Attributes:
        version: NAME@vN.
        created: when it was made, RFC 3339 in UTC.
        documents: how many it keeps.
        bytes: of their texts, by the first two digits.
    """

    version: str
    created: str
    documents: Count
    bytes: int


@dataclass(frozen=True, slots=True)
class PublicVersion:
    """A version in numbers.

    Attributes:
        version: NAME@vN.
        created: when it was made, RFC 3339 in UTC.
        is_open: whether its documents are shown, too.
        kept: documents of the version.
        changed: those of the kept whose text a step changed.
        dropped: records that were dropped.
        failed: records that could not be read.
        bytes: of the texts of the kept, by the first two digits.
        groups: the kept by language, licence, source, registrable domain, month and length; the others by reason.
    """

    version: str
    created: str
    is_open: bool
    kept: Count
    changed: Count
    dropped: Count
    failed: Count
    bytes: int
    groups: tuple[Groups, ...]


@dataclass(frozen=True, slots=True)
class PublicLoss:
    """What became of the records of one language or source, or for one reason.

    Attributes:
        name: it.
        kept: of its records; of a reason "< 5".
        dropped: likewise.
        failed: likewise.
    """

    name: str
    kept: Count
    dropped: Count
    failed: Count


@dataclass(frozen=True, slots=True)
class PublicLosses:
    """What was kept and dropped on the way to a version.

    Attributes:
        version: NAME@vN.
        by: language, source or reason.
        losses: those of which at least 5 were kept, dropped or failed, by name; others are not named.
    """

    version: str
    by: str
    losses: tuple[PublicLoss, ...]


@dataclass(frozen=True, slots=True)
class PublicListed:
    """A document of a list; what is unknown is null.

    Attributes:
        doc_id: its id.
        uri: where it was captured.
        license: an SPDX expression.
        language: the code of its language.
        captured_at: when, RFC 3339 in UTC.
        snippet: what stands around the text that was asked for, or where its text begins.
        start: where in it that begins, in code points; null where no text was asked for.
    """

    doc_id: str
    uri: str | None
    license: str | None
    language: str | None
    captured_at: str | None
    snippet: str | None
    start: int | None


@dataclass(frozen=True, slots=True)
class PublicDocuments:
    """Some documents of an open version.

    Attributes:
        version: NAME@vN.
        asked: which were asked for.
        documents: those of this page.
        next: where the next page begins; null if this is the last.
        found: how many meet the conditions.
        complete: whether that is all; else there are at least so many.
        groups: of these documents, by language, licence and source.
    """

    version: str
    asked: Conditions
    documents: tuple[PublicListed, ...]
    next: str | None
    found: Count
    complete: bool
    groups: tuple[Groups, ...]


@dataclass(frozen=True, slots=True)
class PublicDocument:
    """A document of an open version; what is unknown is null.

    Attributes:
        version: NAME@vN.
        doc_id: its id.
        uri: where it was captured.
        license: an SPDX expression.
        language: the code of its language.
        captured_at: when, RFC 3339 in UTC.
        title: where the licence asks for attribution; likewise author.
        author: its author.
        text: its text.
    """

    version: str
    doc_id: str
    uri: str | None
    license: str | None
    language: str | None
    captured_at: str | None
    title: str | None
    author: str | None
    text: str


def datasets(answer: answers.Datasets, visitor: Visitor) -> answers.Datasets:
    """Return the datasets that *visitor* may know of, each with what they may know of it."""
    known = (one for one in answer.datasets if visitor.knows(one.name))
    return answers.Datasets(tuple(_summary(one, visitor) for one in known))


def _summary(one: answers.DatasetSummary, visitor: Visitor) -> answers.DatasetSummary:
    if visitor.may(Role.READER, one.name):
        return one
    if not visitor.level_of(one.name).reaches(Visibility.METADATA):
        return answers.DatasetSummary(one.name, None, None, None, None, None)
    size = None if one.bytes is None else coarse(one.bytes)
    return replace(one, documents=told(one.documents) if isinstance(one.documents, int) else None, bytes=size)


def dataset(answer: answers.DatasetPage, visitor: Visitor) -> PublicDataset:
    """Return what everybody is shown of a dataset."""
    level = visitor.level_of(answer.name)
    used = [one for one in answer.history.versions if one.retired is None]
    entries = tuple(map(_entry, used)) if level.reaches(Visibility.METADATA) else ()
    return PublicDataset(answer.name, level, entries)


def _entry(one: HistoryEntry) -> PublicEntry:
    return PublicEntry(one.version, one.created, told(one.documents), coarse(one.bytes))


def version(answer: answers.VersionPage, visitor: Visitor) -> PublicVersion | None:
    """Return what everybody is told of a version; nothing of one whose files are gone."""
    numbers = answer.statistics
    if numbers is None:
        return None
    totals = numbers.totals
    lost = Counter[str]()
    for one in numbers.lost:
        lost[one.reason or one.step] += one.documents
    return PublicVersion(
        version=answer.summary.version,
        created=answer.summary.created,
        is_open=visitor.level_of(parse_version(answer.summary.version).dataset).reaches(Visibility.OPEN),
        kept=told(totals.kept),
        changed=told(totals.changed),
        dropped=told(totals.dropped),
        failed=told(totals.failed),
        bytes=coarse(totals.bytes),
        groups=(
            _shares("language", numbers.languages),
            _shares("license", numbers.licenses),
            _shares("source", numbers.sources),
            _shares("domain", numbers.domains.listed),
            _shares("month", numbers.months),
            groups("length", ((f"{one.least} bytes and more", one.documents) for one in numbers.lengths)),
            groups("reason", lost.items()),
        ),
    )


def _shares(by: str, shares: Iterable[Share]) -> Groups:
    return groups(by, ((one.name, one.documents) for one in shares))


def losses(answer: Losses, visitor: Visitor) -> PublicLosses:
    """Return what everybody is told of losses."""
    rows = [(one.name, one.kept, one.dropped, one.failed) for one in answer.losses]
    named = sorted(row for row in rows if any(map(rounded, row[1:])))
    return PublicLosses(
        answer.version, answer.by, tuple(PublicLoss(name, *map(told, counts)) for name, *counts in named)
    )


def documents(answer: answers.DocumentsPage, visitor: Visitor) -> PublicDocuments:
    """Return what everybody is shown of a list of kept documents."""
    listing = answer.listing
    return PublicDocuments(
        version=listing.version,
        asked=answer.asked,
        documents=tuple(
            PublicListed(one.doc_id, one.uri, one.license, one.language, one.captured_at, one.snippet, one.start)
            for one in listing.documents
        ),
        next=listing.next,
        found=told(listing.found),
        complete=listing.complete,
        groups=tuple(_facet(by, listing.facets.get(by, ())) for by in ("language", "license", "source")),
    )


def _facet(by: str, values: Iterable[Facet]) -> Groups:
    return groups(by, ((one.value, one.documents) for one in values))


def document(answer: answers.DocumentPage, visitor: Visitor) -> PublicDocument | None:
    """Return what everybody is shown of a document; None of one that is not kept: what is known of it is not told."""
    trace, released = answer.trace, answer.released
    if released is None:
        return None
    return PublicDocument(
        version=answer.version,
        doc_id=trace.doc_id,
        uri=trace.uri,
        license=trace.license,
        language=released.language,
        captured_at=trace.captured_at,
        title=released.title,
        author=released.author,
        text=released.text,
    )


def found(answer: answers.FoundPage, visitor: Visitor) -> answers.FoundPage:
    """Return what *visitor* may know of what was found: the kept, and of the others where they may see the ledger."""

    def shows(place: str, least: Role) -> bool:
        return visitor.may(least, parse_version(place).dataset)

    kept = (one for one in answer.result.matches if one.outcome == "kept" or shows(one.version, Role.AUDITOR))
    searched = (one if shows(one.version, Role.READER) else _coarsely(one) for one in answer.result.searched)
    return replace(answer, result=replace(answer.result, matches=tuple(kept), searched=tuple(searched)))


def _coarsely(one: SearchedVersion) -> SearchedVersion:
    return replace(one, documents=rounded(one.documents), bytes=0, indexed=None)


def runs(answer: Runs, visitor: Visitor) -> Runs:
    """Return the runs of datasets of which *visitor* may see runs."""
    return replace(answer, runs=tuple(one for one in answer.runs if visitor.may(Role.AUDITOR, one.dataset)))
