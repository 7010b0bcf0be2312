"""The facts of a version that words speak of, as they stand now, and how they have moved since words were written."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from typing import Final

import orjson

from lineage.control.documentation.model import FactKind, SourceDocumentation
from lineage.control.runs import get_run
from lineage.control.versions import Version, revision_of
from lineage.errors import UnknownReference
from lineage.hub.database import Database, rows

Facts = Mapping[str, float | str]
"""The facts of one kind: what is measured or named, and its value."""

POINTS: Final = 0.05
"""By how much the share of a language must move for words about languages to be stale: 5 points of 100."""

_SCANNED, _REVISION, _POLICY = "scanned", "revision", "policy"
_UNKNOWN = "unknown"


def facts_of(
    db: Database, version: Version, said: tuple[SourceDocumentation, ...] = ()
) -> dict[FactKind, dict[str, float | str]]:
    """Return the facts of *version* by kind, with what is *said* of its sources among them."""
    told = {source.name: source for source in said}
    documents = sum(version.languages.values()) or 1
    return {
        "sources": {name: _source(told.get(name)) for name in sorted({*version.sources, *told})},
        "licenses": dict.fromkeys(sorted(version.licenses), "held"),
        "languages": {name: round(count / documents, 4) for name, count in sorted(version.languages.items())},
        "pii": {_SCANNED: _scanned(db, version.run), _REVISION: float(revision_of(db, version))},
        "policy": {_POLICY: _policy(db, version.run)},
    }


def digest_of(facts: Mapping[FactKind, Facts]) -> str:
    """Return the SHA-256 (hex) of *facts*."""
    return hashlib.sha256(orjson.dumps(dict(facts), option=orjson.OPT_SORT_KEYS)).hexdigest()


def moved(kind: FactKind, then: Facts, now: Facts) -> Iterator[str]:
    """Yield in words how the facts of *kind* have moved from *then* to *now*; nothing where words may still hold."""
    if kind == "languages":
        yield from _shares(then, now)
    elif kind == "pii":
        if then.get(_SCANNED) != now.get(_SCANNED):
            yield "personal data is looked for, or acted upon, in another way"
        if (lost := float(now.get(_REVISION, 0)) - float(then.get(_REVISION, 0))) > 0:
            yield "an erasure took documents out" if lost == 1 else f"{lost:.0f} erasures took documents out"
    elif kind == "policy":
        if then != now:
            yield "another policy decided"
    else:
        yield from _members({"sources": "source", "licenses": "licence"}[kind], then, now)


def _members(word: str, then: Facts, now: Facts) -> Iterator[str]:
    yield from (f"a new {word}: {name}" for name in sorted({*now} - {*then}))
    yield from (f"a {word} is gone: {name}" for name in sorted({*then} - {*now}))
    yield from (f"the {word} {name} is of another kind" for name in sorted({*then} & {*now}) if then[name] != now[name])


def _shares(then: Facts, now: Facts) -> Iterator[str]:
    for name in sorted({*then, *now}):
        before, after = float(then.get(name, 0)), float(now.get(name, 0))
        if abs(after - before) >= POINTS - 1e-9:
            yield f"{name} went from {before:.1%} to {after:.1%} of the documents"


def _source(said: SourceDocumentation | None) -> str:
    """Return what words about a source rest on, beside that there is one."""
    return " ".join((said.connector or "-", said.license or "-", said.acquired or "-")) if said else "-"


def _scanned(db: Database, run: str) -> str:
    """Name what *run* did about personal data: by the recipe's section, as it is kept, and the rest of what it says."""
    try:
        made = get_run(db, run)
    except UnknownReference:
        return _UNKNOWN
    if "pii" in made.not_done:
        return "not scanned"
    try:
        section = tomllib.loads(made.recipe).get("pii")
    except tomllib.TOMLDecodeError:  # of a recipe that no run of ours has read
        return _UNKNOWN
    return hashlib.sha256(orjson.dumps(section, option=orjson.OPT_SORT_KEYS, default=str)).hexdigest()


def _policy(db: Database, run: str) -> str:
    found = rows(db, "SELECT policy FROM run_environments WHERE run = :run", run=run)
    return str(found[0]["policy"] or "none") if found else "none"
