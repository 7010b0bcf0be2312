"""Of which documents an answer shows a text, a finding or the story: what the log of accesses is told of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from lineage.control.people.accesses import Aspect, Reveal, reveal
from lineage.references import parse_version

if TYPE_CHECKING:
    from corpushub.web.access.public import PublicDocument, PublicDocuments
    from corpushub.web.answers import AuditPage, DocumentPage, DocumentsPage, FoundPage
    from corpushub.web.people import InHerePage
    from lineage.questions.documents.listing import Listing

Revealing = Callable[[Any], Iterator[Reveal]]
"""Tells what an answer shows."""

ERASED = "erased"
"""Why a document is gone of which nothing is left to be seen but that."""


def nothing(_: Any) -> Iterator[Reveal]:
    """Tell that an answer shows nothing of single documents but what it counts or names."""
    yield from ()


def of_documents(answer: DocumentsPage) -> Iterator[Reveal]:
    """Tell which texts a list shows the beginning of, or what stands around what was looked for."""
    yield from _listed(answer.listing)


def of_public_documents(answer: PublicDocuments) -> Iterator[Reveal]:
    """Tell the same of a list that everybody is shown."""
    yield from _listed(answer)


def _listed(listing: Listing | PublicDocuments) -> Iterator[Reveal]:
    version = parse_version(listing.version)
    yield from (reveal(version, one.doc_id, Aspect.SNIPPET) for one in listing.documents if one.snippet is not None)


def of_found(answer: FoundPage) -> Iterator[Reveal]:
    """Tell which texts were found, of which some is shown."""
    matches = (one for one in answer.result.matches if one.snippet is not None)
    yield from (reveal(parse_version(one.version), one.doc_id, Aspect.SNIPPET) for one in matches)


def of_document(answer: DocumentPage) -> Iterator[Reveal]:
    """Tell whose story a page tells, and whether it shows its text; of an erased document there is neither."""
    trace = answer.trace
    if answer.released is None and any(event.reason == ERASED for event in trace.events):
        return
    what = Aspect.STORY if answer.released is None else Aspect.BOTH
    yield reveal(parse_version(answer.version), trace.doc_id, what)
    if answer.twin is not None and answer.twin.released is not None:
        yield reveal(parse_version(answer.version), answer.twin.doc_id, Aspect.TEXT)
    if answer.twin is not None and answer.twin.dropped is not None and answer.twin.held_by is not None:
        yield reveal(parse_version(answer.twin.held_by), trace.doc_id, Aspect.TEXT)


def of_public(answer: PublicDocument) -> Iterator[Reveal]:
    """Tell whose text a page shows."""
    yield reveal(parse_version(answer.version), answer.doc_id, Aspect.TEXT)


def of_in_here(answer: InHerePage) -> Iterator[Reveal]:
    """Tell of which documents a person learns what became of them."""
    for dataset in answer.answer.datasets if answer.answer else ():
        for one in dataset.documents:
            yield from (reveal(parse_version(fate.version), one.doc_id, Aspect.STORY) for fate in one.fates[:1])


def of_audit(answer: AuditPage) -> Iterator[Reveal]:
    """Tell of which documents an audit names what is not allowed."""
    version = parse_version(answer.audit.version)
    named = dict.fromkeys(one.doc_id for finding in answer.audit.findings for one in finding.examples)
    yield from (reveal(version, doc_id, Aspect.FINDING) for doc_id in named)
