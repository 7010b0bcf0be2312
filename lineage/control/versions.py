"""The control database: runs, their inputs, versions and their files.

Functions take the engine that ``connect`` returns; each is one transaction. Times are RFC 3339 text in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

from lineage.control.runs import Run
from lineage.control.version_files import put_files
from lineage.errors import UnknownReference
from lineage.hub.database import Database, delete, insert, rows, update
from lineage.hub.home import FileKind
from lineage.references import VersionRef
from lineage.storage.files import DataFile

_IN_USE = """NOT EXISTS (
    SELECT 1 FROM version_standings AS standing
    WHERE standing.dataset = versions.dataset AND standing.number = versions.number AND standing.retired IS NOT NULL
)"""
"""The condition that a version is not retired; see lineage.control.retention."""


@dataclass(frozen=True)
class Version:
    """A version of a dataset; licenses, languages and sources count its documents (null is "unknown")."""

    dataset: str
    number: int
    run: str
    parent: int | None
    manifest_root: str
    created: str
    documents: int
    bytes: int
    licenses: Mapping[str, int]
    languages: Mapping[str, int]
    sources: Mapping[str, int]
    recipe_digest: str
    ledger_snapshot: int
    documents_snapshot: int

    @property
    def name(self) -> str:
        """The version as people write it: NAME@vN."""
        return f"{self.dataset}@v{self.number}"

    @property
    def parents(self) -> tuple[str, ...]:
        """The version that it followed, likewise; none of a dataset's first."""
        return () if self.parent is None else (f"{self.dataset}@v{self.parent}",)


@dataclass(frozen=True, slots=True)
class VersionCount:
    """How many documents of a version something is about.

    Attributes:
        version: NAME@vN.
        documents: how many.
    """

    version: str
    documents: int


def save_version(
    db: Database, version: Version, files: Mapping[FileKind, Iterable[DataFile]], run: Run | None = None
) -> None:
    """Record *version* with its files and, in the same transaction, the present state of its *run*: without proof."""
    with db.begin() as connection:
        put_version(connection, version, files, run)


def put_version(
    connection: Connection, version: Version, files: Mapping[FileKind, Iterable[DataFile]], run: Run | None = None
) -> None:
    """Do as save_version does inside a transaction."""
    delete(connection, "versions", dataset=version.dataset, number=version.number)
    insert(connection, "versions", [asdict(version)])
    put_files(connection, version, files)
    if run is not None:
        update(connection, "runs", asdict(run), id=run.id)


def get_version(db: Database, ref: VersionRef) -> Version:
    """Return the version *ref*, the newest in use where it names none.

    Raises UnknownReference if there is none, or it names another revision than the present one.
    """
    meant = _IN_USE if ref.number is None else "number = :number"
    query = f"SELECT * FROM versions WHERE dataset = :dataset AND {meant} ORDER BY number DESC LIMIT 1"
    found = rows(db, query, dataset=ref.dataset, **({} if ref.number is None else {"number": ref.number}))
    if not found:
        raise _unknown_version(db, ref)
    version = Version(**found[0])
    if ref.revision is not None:
        _require_revision(ref, version, revision_of(db, version))
    return version


def revision_of(db: Database, version: Version) -> int:
    """Return how often erasures have changed *version*."""
    query = "SELECT max(revision) AS newest FROM revisions WHERE dataset = :dataset AND number = :number"
    (row,) = rows(db, query, dataset=version.dataset, number=version.number)
    return int(row["newest"] or 0)


def _require_revision(ref: VersionRef, version: Version, present: int) -> None:
    """Raise UnknownReference unless *ref* names the revision *present*: nothing is left of earlier ones."""
    if ref.revision != present:
        gone = (ref.revision or 0) < present
        fate = "is gone: an erasure took documents out of it" if gone else "does not exist"
        raise UnknownReference(f"{ref} {fate}; {version.name} is at revision {version.name}.{present}; name that one")


def newest_number(db: Database, dataset: str) -> int | None:
    """Return the number of the newest version of *dataset*, a retired one included; None if it has none."""
    (row,) = rows(db, "SELECT max(number) AS newest FROM versions WHERE dataset = :dataset", dataset=dataset)
    newest: int | None = row["newest"]
    return newest


def _unknown_version(db: Database, ref: VersionRef) -> UnknownReference:
    versions = list_versions(db, ref.dataset)
    if versions:
        retired = " (all retired: name one)" if ref.number is None else ""
        held = f"{ref.dataset} has versions up to v{versions[0].number}{retired}"
    else:
        held = "this hub holds " + (", ".join(list_datasets(db)) or "no dataset yet; make one with `corpushub run`")
    return UnknownReference(f"no version {ref} in this hub; {held}")


def list_versions(db: Database, dataset: str) -> list[Version]:
    """Return the versions of *dataset*, newest first."""
    query = "SELECT * FROM versions WHERE dataset = :dataset ORDER BY number DESC"
    return [Version(**row) for row in rows(db, query, dataset=dataset)]


def list_datasets(db: Database) -> list[str]:
    """Return the names of the datasets that have a version, sorted."""
    return [row["dataset"] for row in rows(db, "SELECT DISTINCT dataset FROM versions ORDER BY dataset")]


def datasets_in_use(db: Database) -> list[str]:
    """Return the names of the datasets that have a version which is not retired, sorted."""
    query = f"SELECT DISTINCT dataset FROM versions WHERE {_IN_USE} ORDER BY dataset"
    return [row["dataset"] for row in rows(db, query)]


def version_of_run(db: Database, run: str) -> Version | None:
    """Return the version that *run* made, None if it made none."""
    found = rows(db, "SELECT * FROM versions WHERE run = :run", run=run)
    return Version(**found[0]) if found else None
