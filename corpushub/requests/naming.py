"""Which document is meant by a URL, an id of its source, or the beginning of its doc_id."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from lineage.control.versions import datasets_in_use, get_version
from lineage.errors import AmbiguousReference, BadReference, Candidate, UnknownReference
from lineage.hub import Hub
from lineage.references import DOC_ID, DocumentRef, Reference, VersionRef, parse, parse_version

if TYPE_CHECKING:
    from lineage.questions.find import Match, Scope, SearchResult

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
    refs = [version] if version else [VersionRef(name) for name in datasets_in_use(hub.db)]
    documents = _search(hub, rest if version else text, refs)
    if not documents:
        raise _unknown(hub, text, version)
    if len(documents) > 1:
        raise _ambiguous(documents)
    return DocumentRef(parse_version(documents[0].version), documents[0].doc_id)


def _version(hub: Hub, text: str) -> VersionRef | None:
    """Return the version that *text* names, None if there is none of that name."""
    try:
        ref = parse_version(text)
        get_version(hub.db, ref)
    except UnknownReference:
        return None
    return ref


def _search(hub: Hub, text: str, refs: Sequence[VersionRef]) -> list[Match]:
    """Ask of each version what *text* may be, the surest first, until something is found: each document once.

    Of addresses those that differ least are meant.
    """
    from lineage.questions import find  # a query engine, where no reference names the document
    from policies.addresses.redaction import redact_uri
    from policies.addresses.tolerance import differing

    uri = redact_uri(text)
    asks: list[Callable[[Scope], SearchResult]] = [
        lambda scope: find.find_uri(hub, uri, scope),
        lambda scope: find.find_id(hub, uri, scope),
    ]
    if _BEGINNING.fullmatch(text):
        asks.append(lambda scope: find.find_id_prefix(hub, text, scope))
    for ask in asks:
        matches = [match for ref in refs for match in _asked(ask, ref)]
        least = min((differing(match.matched_by) for match in matches), default=0)
        nearest = [match for match in matches if differing(match.matched_by) == least]
        if nearest:
            return [*{(match.version, match.doc_id): match for match in nearest}.values()]
    return []


def _asked(ask: Callable[[Scope], SearchResult], ref: VersionRef) -> Sequence[Match]:
    """Return the first matches in one version; UnknownReference if time ran out before there were enough."""
    from lineage.questions.find import Scope  # see _search

    found = ask(Scope([ref], LISTED + 1))
    if len(found.matches) <= LISTED and not all(one.complete for one in found.searched):
        raise UnknownReference(f"the time was over before all of {ref} was searched; write NAME@v3#DOCID")
    return found.matches


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
