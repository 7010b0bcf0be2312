"""Which document is meant by a URL, an id of its source, or the beginning of its doc_id."""

from __future__ import annotations

import re
from typing import Final

from lineage.control.versions import get_version
from lineage.errors import AmbiguousReference, BadReference, Candidate, UnknownReference
from lineage.hub import Hub
from lineage.questions import find
from lineage.questions.find import Match, Scope, SearchResult
from lineage.references import DOC_ID, DocumentRef, Reference, VersionRef, parse, parse_version
from policies.addresses.redaction import redact_uri
from policies.addresses.tolerance import differing

LISTED: Final = 20
"""Most candidates that are listed."""

_BEGINNING: Final = re.compile(r"[0-9a-fA-F]{4,31}")


def named(hub: Hub, text: str) -> Reference:
    """Return what *text* names: what it is a reference to, or the one document that it otherwise means.

    A document may be named by its URL (as find_uri compares it), the id that its source gives it, or four or more
    digits with which its doc_id begins, behind ``NAME#`` or ``NAME@v3#`` in that version, and alone in the newest of
    every dataset. A dataset's name means the dataset.

    Raises:
        AmbiguousReference: several documents are meant; it lists them.
        UnknownReference: there is none.
    """
    if text.startswith("run:"):
        return parse(text)
    head, mark, rest = text.partition("#")
    version = _version(hub, head)
    if version is not None and (not mark or not rest or DOC_ID.fullmatch(rest.lower())):
        return parse(text)
    asked = rest if version else text
    found = _search(hub, asked, Scope([version] if version else (), LISTED + 1))
    documents = {(match.version, match.doc_id): match for match in reversed(found.matches)}
    unread = not documents or len(found.matches) <= LISTED
    if unread and not all(one.complete for one in found.searched):
        raise UnknownReference("the time was over before all was searched; name the document as NAME@v3#DOCID")
    if not documents:
        raise _unknown(hub, text, version)
    if len(documents) > 1:
        raise _ambiguous([*reversed(documents.values())])
    (match,) = documents.values()
    return DocumentRef(parse_version(match.version), match.doc_id)


def _version(hub: Hub, text: str) -> VersionRef | None:
    """Return the version that *text* names, None if there is none of that name."""
    try:
        ref = parse_version(text)
        get_version(hub.db, ref)
    except UnknownReference:
        return None
    return ref


def _search(hub: Hub, text: str, scope: Scope) -> SearchResult:
    """Ask what *text* may be, the surest first, until something is found; of addresses those that differ least."""
    uri = redact_uri(text)
    found = find.find_uri(hub, uri, scope)
    if found.matches:
        least = min(differing(match.matched_by) for match in found.matches)
        nearest = tuple(match for match in found.matches if differing(match.matched_by) == least)
        return SearchResult(nearest, found.searched)
    found = find.find_id(hub, uri, scope)
    if not found.matches and _BEGINNING.fullmatch(text):
        return find.find_id_prefix(hub, text, scope)
    return found


def _ambiguous(documents: list[Match]) -> AmbiguousReference:
    number = len(documents) if len(documents) <= LISTED else f"more than {LISTED}"
    candidates = tuple(
        Candidate(f"{one.version}#{one.doc_id}", one.outcome, one.reason, one.uri, one.matched_by)
        for one in documents[:LISTED]
    )
    return AmbiguousReference(f"{number} documents are meant; name one of them", candidates)


def _unknown(hub: Hub, text: str, version: VersionRef | None) -> UnknownReference:
    """Return why nothing is named: as a reference has it, where *text* could be one."""
    if version is None:
        try:
            get_version(hub.db, parse_version(text.partition("#")[0]))
        except BadReference:
            pass
        except UnknownReference as error:
            return error
    where = f"in {version}" if version else "in the newest version of any dataset"
    hint = "give a reference, a URL, a source's id, or four or more digits with which the doc_id begins"
    return UnknownReference(f"nothing {where} has that URL or id; {hint}")
