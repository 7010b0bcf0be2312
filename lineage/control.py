"""The control database: runs, their inputs, versions and their files.

Functions take the engine that ``connect`` returns; each is one transaction. Times are RFC 3339 text in UTC.
"""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, Row, create_engine, delete, event, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from lineage.errors import HomeError, UnknownReference
from lineage.files import DataFile
from lineage.home import FileKind, Home
from lineage.locks import wait_for
from lineage.references import VersionRef
from lineage.schema import (
    METADATA,
    REVISION,
    REVISIONS,
    RUN_INPUTS,
    RUNS,
    STANDINGS,
    VERSION_FILES,
    VERSIONS,
)
from lineage.shared_locks import is_shared


class RunState(StrEnum):
    """How far a run is."""

    STARTED = "started"  # recorded, nothing computed yet
    RUNNING = "running"
    COMMITTED = "committed"  # made a version
    FAILED = "failed"
    UNCHANGED = "unchanged"  # nothing to do: no new version


@dataclass(frozen=True)
class Run:
    """A run of a recipe.

    Attributes:
        counts: read, kept, changed, dropped, failed.
        reasons: documents by reason.
        not_done: recipe section -> what was not done because the recipe lacks it, as {"pii": "not scanned"}.
    """

    id: str
    dataset: str
    recipe: str
    recipe_digest: str
    inputs_digest: str
    code_version: str
    state: str = RunState.STARTED
    host: str = field(default_factory=socket.gethostname)
    pid: int = field(default_factory=os.getpid)
    started: str = field(default_factory=lambda: now())
    finished: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)
    bytes_in: int = 0
    seconds: float = 0.0
    error: str | None = None
    not_done: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RunInput:
    """A file that a run read: source and name as in the recipe, where it stood, and what it held."""

    source: str
    name: str
    path: str
    size: int
    sha256: str


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


def now() -> str:
    """Return the time as RFC 3339 text in UTC with microseconds."""
    return timestamp(datetime.now(UTC))


def timestamp(moment: datetime) -> str:
    """Return *moment* as RFC 3339 text in UTC with microseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def connect(home: Home) -> Engine:
    """Open the control database of *home*, making its tables on first use.

    Raises HomeError if there is no hub, it cannot be opened, or it was written by a later release.
    """
    if not (home.exists or home.catalog):
        raise HomeError(f"no hub at {home.path}; `corpushub run` makes one, or name another with --hub")
    engine = _server(home.catalog) if is_shared(home.catalog) else create_engine(home.control_uri)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    try:
        if engine.dialect.name != "sqlite" or _revision(engine) != REVISION or _lacks_tables(engine):
            _make_tables(home, engine)
    except DBAPIError as error:
        message = f"cannot open the control database {engine.url.render_as_string()}: {error.orig}; "
        raise HomeError(message + "check the hub home given with --hub or CORPUSHUB_HOME") from error
    return engine


@cache
def _server(catalog: str) -> Engine:
    """Return the one engine of this process for a database server: each keeps connections open."""
    return create_engine(catalog, pool_pre_ping=True)


def _prepare_sqlite(connection: Any, _: Any) -> None:
    """Wait for other writers up to a minute, make every commit durable, and overwrite what is deleted."""
    connection.execute("PRAGMA busy_timeout = 60000")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")


def _revision(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())


def _lacks_tables(engine: Engine) -> bool:
    """Tell whether a hub of an earlier release lacks tables that were added since."""
    with engine.connect() as connection:
        held = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars()
        return not METADATA.tables.keys() <= set(held)


def _make_tables(home: Home, engine: Engine) -> None:
    with wait_for(home.locks / ".control"):  # making tables is not safe for two processes at once
        sqlite = engine.dialect.name == "sqlite"
        if sqlite and _revision(engine) > REVISION:
            message = f"{home.path} was written by a later release of corpushub; nothing was changed; upgrade corpushub"
            raise HomeError(message)
        with engine.connect() as connection:
            if sqlite:
                connection.exec_driver_sql("PRAGMA journal_mode = WAL")
                connection.exec_driver_sql("BEGIN")  # the driver begins no transaction for CREATE TABLE by itself
                connection.exec_driver_sql(f"PRAGMA user_version = {REVISION}")
            elif engine.dialect.name == "postgresql":  # other machines do not see the lock file
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('corpushub tables'))")
            METADATA.create_all(connection)
            connection.commit()


# runs


def start_run(db: Engine, run: Run, inputs: Sequence[RunInput] = ()) -> None:
    """Record *run* and its inputs; a run of that id that was recorded before (a resumed one) is replaced."""
    with db.begin() as connection:
        connection.execute(delete(RUNS).where(RUNS.c.id == run.id))
        connection.execute(delete(RUN_INPUTS).where(RUN_INPUTS.c.run == run.id))
        connection.execute(insert(RUNS), [asdict(run)])
        if inputs:
            connection.execute(insert(RUN_INPUTS), [{"run": run.id, **asdict(item)} for item in inputs])


def save_run(db: Engine, run: Run) -> None:
    """Record the present state of *run*."""
    with db.begin() as connection:
        connection.execute(update(RUNS).where(RUNS.c.id == run.id).values(**asdict(run)))


def finish_run(db: Engine, run: Run, state: RunState, error: str | None = None) -> Run:
    """Record that *run* ended in *state*; return it as recorded."""
    ended = replace(run, state=state, error=error, finished=now())
    save_run(db, ended)
    return ended


def get_run(db: Engine, run: str) -> Run:
    """Return the run with id *run*; UnknownReference if there is none."""
    with db.connect() as connection:
        row = connection.execute(select(RUNS).where(RUNS.c.id == run)).one_or_none()
    if row is None:
        raise UnknownReference(f"no run {run} in this hub; list them with `corpushub runs`")
    return Run(**row._mapping)


def list_runs(db: Engine, dataset: str | None = None, limit: int | None = None) -> list[Run]:
    """Return runs, newest first, of *dataset* or of all."""
    query = select(RUNS).order_by(RUNS.c.started.desc(), RUNS.c.id.desc()).limit(limit)
    if dataset is not None:
        query = query.where(RUNS.c.dataset == dataset)
    with db.connect() as connection:
        return [Run(**row._mapping) for row in connection.execute(query)]


def digest_of_inputs(inputs: Iterable[RunInput]) -> str:
    """Return a SHA-256 (hex) over names and digests of *inputs*, whatever their order and place."""
    lines = sorted(f"{item.source} {item.name} {item.sha256}\n" for item in inputs)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def run_inputs(db: Engine, run: str) -> list[RunInput]:
    """Return the inputs of *run*, by source and name."""
    query = select(RUN_INPUTS).where(RUN_INPUTS.c.run == run).order_by(RUN_INPUTS.c.source, RUN_INPUTS.c.name)
    with db.connect() as connection:
        return [_load(RunInput, row) for row in connection.execute(query)]


# versions


def save_version(
    db: Engine, version: Version, files: Mapping[FileKind, Iterable[DataFile]], run: Run | None = None
) -> None:
    """Record *version* with its files and, in the same transaction, the present state of its *run*."""
    with db.begin() as connection:
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
    """Return the condition that a version is not retired; see lineage.standing."""
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


def _load(kind: type[Any], row: Row[Any]) -> Any:
    """Make a *kind* of the columns of *row* that it has."""
    return kind(**{item.name: row._mapping[item.name] for item in fields(kind)})
