"""The control database: runs, their inputs, versions and their files.

Functions take the engine that ``connect`` returns; each is one transaction. Times are RFC 3339 text in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from lineage.control.runs import Run
from lineage.errors import UnknownReference
from lineage.hub.connection import _load
from lineage.hub.home import FileKind
from lineage.hub.schema import REVISIONS, RUNS, STANDINGS, VERSION_FILES, VERSIONS
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


# runs


# versions


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
    _forget_version(connection, version)
    connection.execute(insert(VERSIONS), [asdict(version)])
    key = {"dataset": version.dataset, "number": version.number}
    rows = [{**key, "table": kind, **asdict(file)} for kind, some in files.items() for file in some]
    if rows:
        connection.execute(insert(VERSION_FILES), rows)
    if run is not None:
        connection.execute(update(RUNS).where(RUNS.c.id == run.id).values(**asdict(run)))


def _forget_version(connection: Connection, version: Version) -> None:
    for table in (VERSIONS, VERSION_FILES):
        same = (table.c.dataset == version.dataset) & (table.c.number == version.number)
        connection.execute(delete(table).where(same))


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


def version_files(db: Engine, version: Version, table: FileKind) -> list[DataFile]:
    """Return the files of one kind of *version*, paths relative to the warehouse, by first doc_id then path."""
    files = VERSION_FILES.c
    own = (files.dataset == version.dataset) & (files.number == version.number) & (files.table == table)
    query = select(VERSION_FILES).where(own).order_by(files.first_doc_id, files.path)
    with db.connect() as connection:
        return [_load(DataFile, row) for row in connection.execute(query)]


def first_versions(db: Engine, dataset: str, table: FileKind) -> dict[str, int]:
    """Return for each file of *dataset* of one kind (path relative to the warehouse) the first version that held it."""
    files = VERSION_FILES.c
    own = (files.dataset == dataset) & (files.table == table)
    query = select(files.path, func.min(files.number)).where(own).group_by(files.path)
    with db.connect() as connection:
        return {str(path): int(number) for path, number in connection.execute(query)}


def ledger_files_with(db: Engine, dataset: str, doc_id: str) -> dict[str, list[int]]:
    """Return the ledger files of *dataset* whose range includes *doc_id*, each with the versions that hold it."""
    files = VERSION_FILES.c
    numbers = select(VERSIONS.c.number).where(VERSIONS.c.dataset == dataset)  # so that the key leads to ledger files
    query = select(files.path, files.number).where(
        (files.dataset == dataset)
        & files.number.in_(numbers)
        & (files.table == "ledger")
        & (files.first_doc_id <= doc_id)
        & (files.last_doc_id >= doc_id)
    )
    found: dict[str, list[int]] = {}
    with db.connect() as connection:
        for path, number in connection.execute(query.order_by(files.number, files.path)):
            found.setdefault(path, []).append(number)
    return found


def version_manifest(db: Engine, version: Version) -> dict[str, list[DataFile]]:
    """Return all files of *version* by kind, paths relative to the warehouse, by first doc_id then path."""
    files = VERSION_FILES.c
    own = (files.dataset == version.dataset) & (files.number == version.number)
    found: dict[str, list[DataFile]] = {}
    with db.connect() as connection:
        for row in connection.execute(select(VERSION_FILES).where(own).order_by(files.first_doc_id, files.path)):
            facts = {item.name: row._mapping[item.name] for item in fields(DataFile)}
            found.setdefault(row._mapping["table"], []).append(DataFile(**facts))
    return found
