"""Documentation on record: added for a version whenever its words change, never altered; the newest counts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from lineage.control.documentation.facts import Facts, digest_of, facts_of
from lineage.control.documentation.model import (
    WRITTEN,
    Documentation,
    FactKind,
    Rested,
    SourceDocumentation,
    Written,
)
from lineage.control.runs import get_run
from lineage.control.versions import Version, get_version
from lineage.errors import UnknownReference
from lineage.hub import Hub
from lineage.hub.database import Database, Row, insert, rows
from lineage.references import VersionRef

UNDOCUMENTED = "undocumented"
"""The key under which `not_done` of a run says that what its hub requires was left out."""


def documentation_of(hub: Hub, version: Version) -> Documentation:
    """Return what is said of *version*: what was recorded for it last, else for the version it followed, else nothing.

    A withdrawal and the like make versions without a recipe: they are documented as the version before them is. Where
    nothing was ever recorded there are the names of the sources alone.
    """
    row, undocumented = _newest(hub.db, version), _undocumented(hub.db, version)
    if row is None:
        named = tuple(SourceDocumentation(name) for name in sorted(version.sources))
        return Documentation(sources=named, version=version.name, undocumented=undocumented)
    written = _written(row)
    said: Mapping[str, Any] = {name: getattr(written, name) for name in WRITTEN}
    rests = {name: Rested(**one) for name, one in row["rests"].items()}
    told: Mapping[str, Any] = {
        "version": version.name,
        "written": row["written"],
        "rests": rests,
        "undocumented": undocumented,
    }
    return Documentation(**said, **told)


def document(hub: Hub, version: Version, written: Written, at: str, confirmed: Collection[str] = ()) -> bool:
    """Record at the time *at* what is *written* of *version*; tell whether that says anything new.

    A prose field rests on the facts of the version for which its words, or what it is about, were written, or on those
    of *version* if it is among those *confirmed*.
    """
    before = documentation_of(hub, version)
    facts = facts_of(hub.db, version, written.sources)
    rests = {
        name: before.rests[name]
        if name in before.rests and name not in confirmed and _same(before, written, name)
        else _rested(version, facts, written.about_of(name), at)
        for name in written.prose()
    }
    own = _own(hub.db, version)
    if own is not None and rests == before.rests and written == _written(own):
        return False
    _record(hub.db, version, {"written": at, "said": asdict(written), "rests": _content(rests)})
    return True


def _same(before: Documentation, written: Written, name: str) -> bool:
    """Tell whether a prose field says the same as *before*, of the same."""
    return getattr(before, name) == getattr(written, name) and before.about_of(name) == written.about_of(name)


def _rested(version: Version, facts: Mapping[FactKind, Facts], about: Sequence[FactKind], at: str) -> Rested:
    own = {kind: facts[kind] for kind in about}
    return Rested(version.name, at, digest_of(own), own)


def _content(rests: Mapping[str, Rested]) -> dict[str, Any]:
    return {name: asdict(one) for name, one in rests.items()}


def _record(db: Database, version: Version, row: Mapping[str, Any]) -> None:
    key = {"dataset": version.dataset, "number": version.number}
    with db.begin() as connection:
        (newest,) = rows(connection, f"SELECT max(position) AS position FROM documentation WHERE {_OWN}", **key)
        insert(connection, "documentation", [{**key, "position": int(newest["position"] or 0) + 1, **row}])


_OWN = "dataset = :dataset AND number = :number"


def _newest(db: Database, version: Version | None) -> Row | None:
    """Return what was recorded last of *version*, else of the nearest version before it."""
    while version is not None:
        row = _own(db, version)
        if row is not None:
            return row
        version = _parent(db, version)
    return None


def _own(db: Database, version: Version) -> Row | None:
    query = f"SELECT * FROM documentation WHERE {_OWN} ORDER BY position DESC LIMIT 1"
    found = rows(db, query, dataset=version.dataset, number=version.number)
    return found[0] if found else None


def _parent(db: Database, version: Version) -> Version | None:
    try:
        return None if version.parent is None else get_version(db, VersionRef(version.dataset, version.parent))
    except UnknownReference:
        return None


def _written(row: Row) -> Written:
    return Written.load(row["said"])


def _undocumented(db: Database, version: Version) -> str | None:
    try:
        return get_run(db, version.run).not_done.get(UNDOCUMENTED)
    except UnknownReference:
        return None
