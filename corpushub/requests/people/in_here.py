"""Whether a text, a page, a site, an e-mail address or a phone number is in a hub, and what happened to it there.

What is looked for is in no answer, message or record. A search that was not made, or not to its end, is told as such:
that nothing was found says something only of what was searched.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from corpushub.errors import BadRequest
from corpushub.requests.reread import reread
from corpushub.requests.search import text_and_copies
from corpushub.requests.subjects import Request
from lineage.control.erasures import keys_of_versions
from lineage.control.retention import retentions
from lineage.control.runs import get_run
from lineage.control.versions import Version, list_datasets, list_versions
from lineage.hub import Hub
from lineage.hub.connection import now
from lineage.questions import find
from lineage.questions.find import Match, Scope, SearchResult
from lineage.references import parse_version
from lineage.storage.bounds import Bounds
from policies.addresses.redaction import redact_uri
from policies.addresses.urls import asked_host, is_web
from policies.pii.keys import KeySource

KINDS: Final = ("text", "page", "site", "email", "phone")
"""What somebody may ask about."""

LEAST_TEXT: Final = 8
"""Characters of a text: fewer would be found everywhere, and say nothing of anybody."""

MOST_TEXT: Final = 100_000
"""Characters of a text."""

MOST_ASKED: Final = 1_000
"""Characters of an address, a host or a number."""

MOST_VERSIONS: Final = 20
"""Versions of a dataset that are searched: the newest."""

Verdict = Literal["found", "redacted", "dropped", "absent"]
"""The strongest of what happened: a version holds it; one holds a document from which it was taken out; it was dropped
on the way; nothing of it was met in what was searched."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a document on the way to a version.

    Attributes:
        version: NAME@vN.
        outcome: found (the version holds it as it was asked for), redacted (the version holds the document, and
            personal data like this was found there and replaced), dropped or failed.
        reason: why it was not kept; else null.
        matched_by: what was compared, as `find` tells it.
    """

    version: str
    outcome: str
    reason: str | None
    matched_by: str | None


@dataclass(frozen=True, slots=True)
class DocumentInHere:
    """A document that was found.

    Attributes:
        doc_id: its id.
        uri: where it was captured.
        fates: what became of it on the way to each version in which it was met, the newest first.
    """

    doc_id: str
    uri: str | None
    fates: tuple[Fate, ...]


@dataclass(frozen=True, slots=True)
class VersionSearched:
    """A version that was searched.

    Attributes:
        version: NAME@vN.
        created: as of when it speaks, RFC 3339 in UTC.
        documents: how many it holds.
        complete: whether all of it was searched.
    """

    version: str
    created: str
    documents: int
    complete: bool


@dataclass(frozen=True, slots=True)
class DatasetInHere:
    """What a dataset has of what was asked for.

    Attributes:
        dataset: its name.
        verdict: see Verdict.
        documents: those that were found; what a version holds first, then what was replaced, then what was dropped.
        searched: the versions that were searched, the newest first.
        unsearched: what was not looked for in this dataset, and why.
    """

    dataset: str
    verdict: Verdict
    documents: tuple[DocumentInHere, ...]
    searched: tuple[VersionSearched, ...]
    unsearched: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InHere:
    """Whether something is in a hub; what was asked for is not repeated.

    Attributes:
        kind: what it was: text, page, site, email or phone.
        asked: when, RFC 3339 in UTC.
        datasets: what each has of it, by name.
        unsearched: what was not looked for anywhere.
    """

    kind: str
    asked: str
    datasets: tuple[DatasetInHere, ...]
    unsearched: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """How far to look.

    Attributes:
        datasets: those that may be spoken of; None means all.
        limit: most documents of a dataset.
        seconds: for the whole search.
    """

    datasets: Collection[str] | None = None
    limit: int = 50
    seconds: float = 10.0


Ask = Callable[[Scope], SearchResult]


def in_here(hub: Hub, kind: str, value: str, reach: Reach | None = None) -> InHere:
    """Look for *value*, of one of KINDS, in every version of every dataset that *reach* names.

    Raises:
        BadRequest: it cannot be a value of its kind; what it was is not said.
    """
    wanted, until = reach or Reach(), time.monotonic() + (reach or Reach()).seconds
    asked = value.strip()
    _require(kind, asked)
    names = [name for name in list_datasets(hub.db) if wanted.datasets is None or name in wanted.datasets]

    def look(name: str, share: int) -> DatasetInHere:
        seconds = max(0.0, until - time.monotonic()) / share
        return reread(hub, lambda: _in_dataset(hub, name, kind, asked, replace(wanted, seconds=seconds)))

    found = [look(name, len(names) - at) for at, name in enumerate(names)]
    return InHere(kind, now(), tuple(found), _UNSEARCHED[kind])


def _require(kind: str, value: str) -> None:
    """Raise BadRequest unless *value* can be one of *kind*."""
    if kind not in KINDS:
        raise BadRequest(f"nothing was searched: say whether it is one of {', '.join(KINDS)}")
    most, name = (MOST_TEXT if kind == "text" else MOST_ASKED), _NAMES[kind]
    if len(value) > most:
        raise BadRequest(f"nothing was searched: {name} may have {most:,} characters here")
    if not _FITS[kind](value):
        raise BadRequest(f"nothing was searched: that is not {name}; write it as {_EXAMPLES[kind]}")


def _is_personal(kind: str) -> Callable[[str], bool]:
    def fits(value: str) -> bool:
        try:
            return bool(Request(kind, value, "").normal())
        except BadRequest:
            return False

    return fits


_NAMES: Final = {
    "text": "a text",
    "page": "the address of a page",
    "site": "a site",
    "email": "an e-mail address",
    "phone": "a phone number",
}
_EXAMPLES: Final = {
    "text": f"it stands there, {LEAST_TEXT} characters or more",
    "page": "https://example.org/people/somebody",
    "site": "example.org",
    "email": "someone@example.org",
    "phone": "+1 212 555 0100",
}
_FITS: Final[Mapping[str, Callable[[str], bool]]] = {
    "text": lambda value: len("".join(value.split())) >= LEAST_TEXT,
    "page": is_web,
    "site": lambda value: bool(asked_host(value)),
    "email": _is_personal("email"),
    "phone": _is_personal("phone"),
}

_SPELLINGS: Final = (
    "the value in disguise ('at' for '@', escapes, other separators), where the search for personal data did not see "
    "through it: an erasure looks for all of these"
)
_UNSEARCHED: Final[Mapping[str, tuple[str, ...]]] = {
    "text": (
        "texts that say the same in other words, or of which letters other than their case differ",
        "texts that were dropped, of which the hub keeps none: they are found where they were copies of one it keeps",
    ),
    "page": ("the same page under another address, and pages that quote it",),
    "site": ("copies of its pages on other sites",),
    "email": (_SPELLINGS, "texts that speak of a person without the value, and pictures"),
    "phone": (_SPELLINGS, "texts that speak of a person without the value, and pictures"),
}


def _in_dataset(hub: Hub, name: str, kind: str, value: str, reach: Reach) -> DatasetInHere:
    every = list_versions(hub.db, name)
    versions = every[:MOST_VERSIONS]
    removed = {number for number, one in retentions(hub.db, name).items() if one.removed}
    held = [one for one in versions if one.number not in removed]
    unsearched = [
        f"the texts of {one.name}, which was retired: they were removed" for one in versions if one not in held
    ]
    if len(every) > len(versions):
        unsearched.append(f"the {len(every) - len(versions)} versions before {versions[-1].name}")
    until = time.monotonic() + reach.seconds

    def ask(among: Sequence[Version], search: Ask) -> SearchResult:
        refs = [parse_version(one.name) for one in among]
        left = Bounds(seconds=max(0.0, until - time.monotonic()))
        return search(Scope(refs, reach.limit, left)) if refs else SearchResult((), ())

    asks: list[tuple[Sequence[Version], Ask]]
    if kind == "page":
        asks = [(versions, lambda scope: find.find_uri(hub, redact_uri(value), scope))]
    elif kind == "site":
        asks = [(versions, lambda scope: find.find_host(hub, asked_host(value) or "", scope))]
    else:
        asks = [(held, lambda scope: text_and_copies(hub, value, scope))]
    if kind in ("email", "phone"):
        request, key = Request(kind, value, ""), KeySource.locate(None)
        scanned, why = _scanned(hub, versions, key)
        unsearched += why
        if key is not None:
            hashes = [request.subject(key.load(), "").value]
            asks.append((scanned, lambda scope: find.find_person(hub, hashes, scope)))
    results = [ask(among, search) for among, search in asks]
    documents = tuple(sorted(_documents(versions, results), key=_weight))[: reach.limit]
    searched = tuple(_searched(versions, results))
    return DatasetInHere(name, _verdict(documents), documents, searched, tuple(unsearched))


def _scanned(hub: Hub, versions: Sequence[Version], key: KeySource | None) -> tuple[list[Version], list[str]]:
    """Return in which of *versions* hashes under *key* tell of persons, and of the others why they do not."""
    keys, scanned, why = keys_of_versions(hub.db), [], []
    for version in versions:
        run = get_run(hub.db, version.run)
        used = keys.get(version.run)
        if run.not_done.get("pii") or run.not_done.get("findings"):
            why.append(f"what was replaced on the way to {version.name}: no search for personal data was recorded")
        elif key is None or used not in (None, key.id):
            why.append(f"what was replaced on the way to {version.name}: the key that would tell is not at hand")
        else:
            scanned.append(version)
    return scanned, why


def _documents(versions: Sequence[Version], results: Sequence[SearchResult]) -> Iterator[DocumentInHere]:
    """Yield each document of *results* once, with what became of it on the way to each of *versions*."""
    order = {one.name: place for place, one in enumerate(versions)}
    matches: dict[str, dict[str, Match]] = {}
    for result in results:  # what a text holds counts for more than what was once found in it
        for match in result.matches:
            matches.setdefault(match.doc_id, {}).setdefault(match.version, match)
    for doc_id, by_version in matches.items():
        fates = [_fate(match) for match in by_version.values()]
        uri = next((match.uri for match in by_version.values() if match.uri), None)
        yield DocumentInHere(doc_id, uri, tuple(sorted(fates, key=lambda one: order[one.version])))


def _fate(match: Match) -> Fate:
    replaced = match.matched_by == "finding" and match.outcome == "kept"
    outcome = "redacted" if replaced else "found" if match.outcome == "kept" else match.outcome
    return Fate(match.version, outcome, match.reason, match.matched_by)


def _weight(document: DocumentInHere) -> int:
    """Return the place of *document* in an answer: see DatasetInHere."""
    outcomes = {fate.outcome for fate in document.fates}
    return 0 if "found" in outcomes else 1 if "redacted" in outcomes else 2


def _searched(versions: Sequence[Version], results: Sequence[SearchResult]) -> Iterator[VersionSearched]:
    """Yield which of *versions* were searched: wholly, if each search that was made there was."""
    complete: dict[str, bool] = {}
    for result in results:
        for one in result.searched:
            complete[one.version] = complete.get(one.version, True) and one.complete and one.note is None
    for version in versions:
        if version.name in complete:
            yield VersionSearched(version.name, version.created, version.documents, complete[version.name])


def _verdict(documents: Sequence[DocumentInHere]) -> Verdict:
    outcomes = {fate.outcome for one in documents for fate in one.fates}
    if "found" in outcomes:
        return "found"
    return "redacted" if "redacted" in outcomes else "dropped" if outcomes else "absent"
