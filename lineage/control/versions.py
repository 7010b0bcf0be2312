"""The control database: runs, their inputs, versions and their files.

Functions take the engine that ``connect`` returns; each is one transaction. Times are RFC 3339 text in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from lineage.control.runs import Run
from lineage.control.version_files import put_files
from lineage.errors import UnknownReference
from lineage.hub.home import FileKind
from lineage.hub.schema import REVISIONS, RUNS, STANDINGS, VERSIONS
from lineage.references import VersionRef
from lineage.storage.files import DataFile


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
    db: Engine, version: Version, files: Mapping[FileKind, Iterable[DataFile]], run: Run | None = None
) -> None:
    """Record *version* with its files and, in the same transaction, the present state of its *run*: without proof."""
    with db.begin() as connection:
        put_version(connection, version, files, run)


def put_version(
    connection: Connection, version: Version, files: Mapping[FileKind, Iterable[DataFile]], run: Run | None = None
) -> None:
    """Do as save_version does inside a transaction."""
    same = (VERSIONS.c.dataset == version.dataset) & (VERSIONS.c.number == version.number)
    connection.execute(delete(VERSIONS).where(same))
    connection.execute(insert(VERSIONS), [asdict(version)])
    put_files(connection, version, files)
    if run is not None:
        connection.execute(update(RUNS).where(RUNS.c.id == run.id).values(**asdict(run)))


def get_version(db: Engine, ref: VersionRef) -> Version:
    """Return the version *ref*, the newest in use where it names none.

    Raises UnknownReference if there is none, or it names another revision than the present one.
    """
    query = select(VERSIONS).where(VERSIONS.c.dataset == ref.dataset)
    query = query.where(_in_use() if ref.number is None else VERSIONS.c.number == ref.number)
    with db.connect() as connection:
        row = connection.execute(query.order_by(VERSIONS.c.number.desc()).limit(1)).one_or_none()
    if row is None:
        raise _unknown_version(db, ref)
    version = Version(**row._mapping)
    if ref.revision is not None:
        _require_revision(ref, version, revision_of(db, version))
    return version


def revision_of(db: Engine, version: Version) -> int:
    """Return how often erasures have changed *version*."""
    columns = REVISIONS.c
    own = (columns.dataset == version.dataset) & (columns.number == version.number)
    with db.connect() as connection:
        return int(connection.execute(select(func.max(columns.revision)).where(own)).scalar() or 0)


def _require_revision(ref: VersionRef, version: Version, present: int) -> None:
    """Raise UnknownReference unless *ref* names the revision *present*: nothing is left of earlier ones."""
    if ref.revision != present:
        gone = (ref.revision or 0) < present
        fate = "is gone: an erasure took documents out of it" if gone else "does not exist"
        raise UnknownReference(f"{ref} {fate}; {version.name} is at revision {version.name}.{present}; name that one")


def _in_use() -> Any:
    """Return the condition that a version is not retired; see lineage.control.retention."""
    same = (STANDINGS.c.dataset == VERSIONS.c.dataset) & (STANDINGS.c.number == VERSIONS.c.number)
    return ~select(STANDINGS.c.number).where(same & STANDINGS.c.retired.is_not(None)).exists()


def newest_number(db: Engine, dataset: str) -> int | None:
    """Return the number of the newest version of *dataset*, a retired one included; None if it has none."""
    with db.connect() as connection:
        return connection.execute(select(func.max(VERSIONS.c.number)).where(VERSIONS.c.dataset == dataset)).scalar()


def _unknown_version(db: Engine, ref: VersionRef) -> UnknownReference:
    versions = list_versions(db, ref.dataset)
    if versions:
        retired = " (all retired: name one)" if ref.number is None else ""
        held = f"{ref.dataset} has versions up to v{versions[0].number}{retired}"
    else:
        held = "this hub holds " + (", ".join(list_datasets(db)) or "no dataset yet; make one with `corpushub run`")
    return UnknownReference(f"no version {ref} in this hub; {held}")


def list_versions(db: Engine, dataset: str) -> list[Version]:
    """Return the versions of *dataset*, newest first."""
    query = select(VERSIONS).where(VERSIONS.c.dataset == dataset).order_by(VERSIONS.c.number.desc())
    with db.connect() as connection:
        return [Version(**row._mapping) for row in connection.execute(query)]


def list_datasets(db: Engine) -> list[str]:
    """Return the names of the datasets that have a version, sorted."""
    return _names(db, select(VERSIONS.c.dataset))


def datasets_in_use(db: Engine) -> list[str]:
    """Return the names of the datasets that have a version which is not retired, sorted."""
    return _names(db, select(VERSIONS.c.dataset).where(_in_use()))


def _names(db: Engine, query: Any) -> list[str]:
    with db.connect() as connection:
        return list(connection.execute(query.distinct().order_by(VERSIONS.c.dataset)).scalars())


def version_of_run(db: Engine, run: str) -> Version | None:
    """Return the version that *run* made, None if it made none."""
    with db.connect() as connection:
        row = connection.execute(select(VERSIONS).where(VERSIONS.c.run == run)).one_or_none()
    return Version(**row._mapping) if row else None
