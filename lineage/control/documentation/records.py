"""Documentation on record: added for a version whenever its words change, never altered; the newest counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from lineage.control.documentation.model import WRITTEN, Documentation, Rested, SourceDocumentation, Written
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
    written = Written.load(row["said"])
    said: Mapping[str, Any] = {name: getattr(written, name) for name in WRITTEN}
    rests = {name: Rested(**one) for name, one in row["rests"].items()}
    told: Mapping[str, Any] = {
        "version": version.name,
        "written": row["written"],
        "rests": rests,
        "undocumented": undocumented,
    }
    return Documentation(**said, **told)


def record_documentation(
    db: Database, version: Version, written: Written, rests: Mapping[str, Rested], at: str
) -> None:
    """Record what *written* says of *version* at the time *at*, and on what each prose field rests."""
    kept = {"said": asdict(written), "rests": {name: asdict(one) for name, one in rests.items()}}
    key = {"dataset": version.dataset, "number": version.number}
    with db.begin() as connection:
        (newest,) = rows(connection, f"SELECT max(position) AS position FROM documentation WHERE {_OWN}", **key)
        position = int(newest["position"] or 0) + 1
        insert(connection, "documentation", [{**key, "position": position, "written": at, **kept}])


_OWN = "dataset = :dataset AND number = :number"


def _newest(db: Database, version: Version | None) -> Row | None:
    query = f"SELECT * FROM documentation WHERE {_OWN} ORDER BY position DESC LIMIT 1"
    while version is not None:
        found = rows(db, query, dataset=version.dataset, number=version.number)
        if found:
            return found[0]
        version = _parent(db, version)
    return None


def _parent(db: Database, version: Version) -> Version | None:
    try:
        return None if version.parent is None else get_version(db, VersionRef(version.dataset, version.parent))
    except UnknownReference:
        return None


def _undocumented(db: Database, version: Version) -> str | None:
    try:
        return get_run(db, version.run).not_done.get(UNDOCUMENTED)
    except UnknownReference:
        return None
