"""Documents like a text, the best first, by the MinHash indexes of versions."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf

import pyarrow as pa

from corpushub.errors import BadRequest
from corpushub.recipe.model import Dedup
from lineage.control.retention import require_files, standing_of
from lineage.control.runs import get_run
from lineage.control.version_files import version_files
from lineage.control.versions import Version
from lineage.errors import DamagedFile
from lineage.hub import Hub
from lineage.questions import find
from lineage.questions.find import Match, Scope, SearchedVersion, SearchResult
from lineage.references import VersionRef
from pipelines.dedup.indexes.similar import FoundSimilar, Similar, has_shingles, similar_in

NO_INDEX = "it has no MinHash index: near-duplicates were not looked for when it was made"
"""Why a version cannot be searched by similarity."""


def find_similar(hub: Hub, text: str, scope: Scope) -> SearchResult:
    """Find the documents of the versions of *scope* that are like *text*, kept or dropped, the most alike first.

    Raises:
        BadRequest: the text has no words, or none of the versions has a MinHash index.
        SidecarMismatch: an index was signed in another way than this release signs.
    """
    if not has_shingles(text):
        raise BadRequest("the text to compare with has no words; nothing was searched; give a file with a text")
    ends = time.monotonic() + (inf if scope.bounds.seconds is None else scope.bounds.seconds)
    found = [_search(hub, version, text, scope, ends) for version in find.versions_in(hub, scope)]
    if found and all(one.searched.note for one in found):
        names = ", ".join(one.searched.version for one in found)
        raise BadRequest(f"cannot search {names}: {NO_INDEX}; make a version with [dedup] in its recipe, near = true")
    matches = sorted((match for one in found for match in one.matches), key=_order)
    searched = (one.searched for one in found)
    if len(matches) > scope.limit:
        searched = (replace(one, complete=False) for one in searched)
    return SearchResult(tuple(matches[: scope.limit]), tuple(searched))


@dataclass(frozen=True, slots=True)
class _Found:
    matches: Sequence[Match]
    searched: SearchedVersion


def _search(hub: Hub, version: Version, text: str, scope: Scope, ends: float) -> _Found:
    """Search the index files of *version* one after another, until the time *ends*."""
    require_files(version, standing_of(hub.db, version))
    threshold = _threshold(hub, version)
    files = [file for file in version_files(hub.db, version, "index") if file.rows]
    texts = [hub.home.resolve(file.path) for file in version_files(hub.db, version, "documents") if file.rows]
    found: dict[str, Similar] = {}
    rows, size, complete, indexed = 0, 0, True, not version.documents
    for file in files:
        if time.monotonic() > ends:
            complete = False
            break
        here = _similar_in(hub.home.resolve(file.path), text, threshold, texts)
        if here is not None:
            rows, size, indexed = rows + file.rows, size + file.bytes, True
            complete = complete and here.complete
            found.update(_better(found, here.documents))
    if not indexed and complete:
        return _Found((), SearchedVersion(version.name, 0, 0, False, NO_INDEX))
    best = sorted(found.values(), key=lambda one: (-one.resemblance, one.doc_id))
    matches = _matches(hub, version, best[: scope.limit], scope)
    complete = complete and len(best) <= scope.limit
    return _Found(matches, SearchedVersion(version.name, rows, size, complete))


def _better(known: dict[str, Similar], found: Sequence[Similar]) -> Iterator[tuple[str, Similar]]:
    for one in found:
        if one.doc_id not in known or known[one.doc_id].resemblance < one.resemblance:
            yield one.doc_id, one


def _similar_in(path: str, text: str, threshold: float, texts: Sequence[str]) -> FoundSimilar | None:
    try:
        return similar_in(path, text, threshold, texts)
    except (OSError, pa.ArrowException) as error:
        message = f"cannot read the index file {path}: {type(error).__name__}; run `corpushub verify`"
        raise DamagedFile(message) from error


def _threshold(hub: Hub, version: Version) -> float:
    """Return the least similarity of near-duplicates that the recipe of *version* names."""
    section = tomllib.loads(get_run(hub.db, version.run).recipe).get("dedup", {})
    return float(section.get("threshold", Dedup.model_fields["threshold"].default))


def _matches(hub: Hub, version: Version, best: Sequence[Similar], scope: Scope) -> list[Match]:
    """Return what the ledger says of *best*; what was read twice may have two rows."""
    alike = {one.doc_id: one for one in best}
    if not alike:
        return []
    every = replace(scope, limit=3 * len(alike))
    told = find.find_documents(hub, VersionRef(version.dataset, version.number), [*alike], every).matches
    return [_with(match, alike[match.doc_id]) for match in told]


def _with(match: Match, alike: Similar) -> Match:
    kind = "shingles" if alike.exact else "signature"
    return replace(match, matched_by=kind, resemblance=round(alike.resemblance, 6))


def _order(match: Match) -> tuple[float, str, str]:
    return -(match.resemblance or 0.0), match.version, match.doc_id
