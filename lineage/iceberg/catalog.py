"""The Iceberg side: two tables for each dataset, written once for each run (pyiceberg 0.12, exactly).

Protocol of a commit (each part may be repeated; a crash anywhere is completed by the next call for the same run):

1. ledger snapshot: replaces the table's files by those of the version;
2. documents snapshot and its tag ``vN``, in one commit: names the ledger snapshot. This makes the version;
3. tag ``vN`` on the ledger snapshot.

pyiceberg's own retry would append the same files twice (its retry does not look for them), so it is switched off and
the loop here refreshes, looks for the run id in snapshot summaries, and commits; the catalog's compare-and-swap makes
look and commit one step. Ledger rows of a run without a documents snapshot belong to no version.

Importing this module costs over a second: only what commits imports it.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache

import pyarrow as pa
import pyiceberg.io.pyarrow  # noqa: F401 - the first commit would wait for it
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import (
    CommitFailedException,
    NamespaceAlreadyExistsError,
    NoSuchTableError,
    TableAlreadyExistsError,
    ValidationError,
)
from pyiceberg.io import FileIO
from pyiceberg.manifest import DataFile as IcebergFile
from pyiceberg.manifest import DataFileContent, FileFormat
from pyiceberg.table import Table, Transaction
from pyiceberg.table.refs import SnapshotRefType
from pyiceberg.table.snapshots import Snapshot
from pyiceberg.table.update.snapshot import ManageSnapshots
from pyiceberg.typedef import Record

from lineage.errors import CommitConflict, RepeatedRun, SchemaConflict
from lineage.hub.home import Home, TableName
from lineage.hub.locks import wait_among_homes
from lineage.hub.private import make_file, private_files
from lineage.references import tags_of
from lineage.storage.files import DataFile
from lineage.storage.stores import catalog_properties, endpoint
from lineage.storage.tables import DOCUMENTS, LEDGER, documents_schema

RUN = "corpushub.run"
VERSION = "corpushub.version"
PARENT = "corpushub.parent"
WRITE_SET = "corpushub.write-set"
LEDGER_SNAPSHOT = "corpushub.ledger-snapshot"

TRIES = 64
PROPERTIES = {
    "format-version": "2",
    "commit.retry.num-retries": "0",  # see above
    "write.metadata.metrics.default": "none",  # bounds would publish text and URIs
    "write.metadata.metrics.column.doc_id": "full",
    "write.parquet.compression-codec": "zstd",
}


@dataclass(frozen=True)
class WriteSet:
    """What a run adds: exactly the files of one version.

    Attributes:
        dataset: its name.
        run: the run's id; a second commit with the same id changes nothing.
        documents: all documents files of the version, those of earlier versions it goes on with included.
        ledger: all ledger files, likewise.
        signals: signal columns of the new documents files.
        summary: further facts for the snapshot summaries (recipe digest, manifest root); never personal data.
        revision: how often erasures have changed the version: only of one that is committed again, see relocate.
    """

    dataset: str
    run: str
    documents: Sequence[DataFile]
    ledger: Sequence[DataFile]
    signals: Mapping[str, pa.DataType] = field(default_factory=dict)
    summary: Mapping[str, str] = field(default_factory=dict)
    revision: int = 0

    def digest(self) -> str:
        """Return a SHA-256 (hex) of the list of files."""
        names = sorted({file.sha256 for file in (*self.documents, *self.ledger)})
        return hashlib.sha256("\n".join(names).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Snapshots:
    """What a commit made: version number, parent version (None for the first), snapshot ids, creation time in ms."""

    number: int
    parent: int | None
    ledger: int
    documents: int
    created_ms: int


def open_catalog(home: Home) -> SqlCatalog:
    """Open the catalog of *home*, making its tables where they are missing."""
    return _open_once(home, endpoint()) if home.has_server else _open(home)


@cache  # a server's address always leads to the same database, and connecting costs more than most questions
def _open_once(home: Home, _: str) -> SqlCatalog:
    return _open(home)


def _open(home: Home) -> SqlCatalog:
    uri = home.catalog_uri
    if uri.startswith("sqlite:") and "?" not in uri:
        uri += "?timeout=60"  # seconds to wait for other writers
    properties = {"uri": uri, "warehouse": home.warehouse, **catalog_properties()}
    if not home.catalog:
        make_file(home.path / "catalog.sqlite")
    with wait_among_homes(home, "catalog"):  # making tables is not safe for two processes at once
        return SqlCatalog("corpushub", **properties)


@private_files()
def commit_version(home: Home, write: WriteSet) -> Snapshots:
    """Commit *write* as the next version of its dataset, once; see the protocol above.

    Raises CommitConflict where other writers won every try, RepeatedRun where the run was committed with other files,
    SchemaConflict where a signal's type contradicts earlier versions.
    """
    catalog = open_catalog(home)
    ledger = commit_ledger(home, catalog, write)
    documents = commit_documents(home, catalog, write, ledger)
    made = _snapshots(documents)
    _tag_ledger(catalog, write, made)
    return made


def commit_ledger(home: Home, catalog: SqlCatalog, write: WriteSet) -> int:
    """Commit the ledger files of *write*, once; return the snapshot's id."""
    descriptors = {home.relative(file.path): file for file in write.ledger}
    _ensure(home, catalog, write.dataset, "ledger")

    def attempt(table: Table) -> None:
        with table.transaction() as change:
            with change.update_schema() as update:  # a table of an earlier release gains the columns added since
                update.union_by_name(LEDGER)
            _replace_files(home, change, descriptors, _summary(write))

    return _once(catalog, write, "ledger", attempt).snapshot_id


def commit_documents(home: Home, catalog: SqlCatalog, write: WriteSet, ledger: int) -> Snapshot:
    """Commit the documents files of *write* and the version's tag, once; return the snapshot."""
    descriptors = {home.relative(file.path): file for file in write.documents}
    _ensure(home, catalog, write.dataset, "documents")

    def attempt(table: Table) -> None:
        parent = newest_number(table)
        number = (parent or 0) + 1
        facts = {VERSION: str(number), PARENT: str(parent or ""), LEDGER_SNAPSHOT: str(ledger)}
        with table.transaction() as change:
            _widen_schema(change, write)
            snapshot = _replace_files(home, change, descriptors, _summary(write) | facts)
            with ManageSnapshots(change) as manage:
                for name in tags_of(number, write.revision):
                    manage.create_tag(snapshot, name)

    return _once(catalog, write, "documents", attempt)


def find_run(table: Table, run: str) -> Snapshot | None:
    """Return the snapshot that *run* made in *table*, None if it made none."""
    for snapshot in table.metadata.snapshots:
        if _fact(snapshot, RUN) == run:
            return snapshot
    return None


def newest_number(table: Table) -> int | None:
    """Return the number of the newest version that *table* (documents) holds, None if it holds none."""
    numbers = [int(text) for snapshot in table.metadata.snapshots if (text := _fact(snapshot, VERSION))]
    return max(numbers, default=None)


def live_files(table: Table) -> dict[str, IcebergFile]:
    """Return the files of the table's current snapshot by absolute path."""
    return live_files_of(table.current_snapshot(), table.io)


def live_files_of(snapshot: Snapshot | None, io: FileIO) -> dict[str, IcebergFile]:
    """Return the files of *snapshot* by absolute path; none for no snapshot."""
    manifests = snapshot.manifests(io) if snapshot is not None else []
    entries = (entry for manifest in manifests for entry in manifest.fetch_manifest_entry(io))
    return {entry.data_file.file_path: entry.data_file for entry in entries}


def _once(catalog: SqlCatalog, write: WriteSet, name: TableName, attempt: Callable[[Table], None]) -> Snapshot:
    """Run *attempt* on fresh metadata until the run's snapshot is there; return that snapshot."""
    for number in range(TRIES):
        table = catalog.load_table((write.dataset, name))
        snapshot = find_run(table, write.run)
        if snapshot is not None:
            return _same_files(snapshot, write)
        try:
            attempt(table)
        except CommitFailedException:
            time.sleep(random.uniform(0, 0.002 * min(number + 1, 20)))  # let the others through in another order
    message = f"could not commit run {write.run} to {write.dataset}: other writers won {TRIES} times; "
    raise CommitConflict(message + "earlier versions are as before; run again when they have ended")


def _same_files(snapshot: Snapshot, write: WriteSet) -> Snapshot:
    if _fact(snapshot, WRITE_SET) == write.digest():
        return snapshot
    message = f"run {write.run} was committed to {write.dataset} before, with other files; "
    raise RepeatedRun(message + "nothing was changed; start a new run")


def _ensure(home: Home, catalog: SqlCatalog, dataset: str, name: TableName) -> None:
    """Make the table *name* of *dataset* if it is missing."""
    try:
        catalog.load_table((dataset, name))
    except NoSuchTableError:
        with wait_among_homes(home, "catalog"):
            _create(home, catalog, dataset, name)


def _create(home: Home, catalog: SqlCatalog, dataset: str, name: TableName) -> None:
    schema = LEDGER if name == "ledger" else DOCUMENTS
    with suppress(NamespaceAlreadyExistsError):  # made for the other table, or by another writer
        catalog.create_namespace((dataset,))
    location = home.table_folder(dataset, name)
    try:
        new = catalog.create_table_transaction((dataset, name), schema, location=location, properties=PROPERTIES)
        mapping = new.table_metadata.schema().name_mapping.model_dump_json()
        new.set_properties({"schema.name-mapping.default": mapping})  # workers write plain Parquet without field ids
        new.commit_transaction()
    except (TableAlreadyExistsError, CommitFailedException):
        return  # another writer was faster


def _widen_schema(change: Transaction, write: WriteSet) -> None:
    """Add the columns of the run's signals; columns of earlier versions stay."""
    try:
        with change.update_schema() as update:
            update.union_by_name(documents_schema(write.signals))
    except (ValidationError, ValueError, TypeError) as error:
        message = f"a signal of run {write.run} has another type than in earlier versions of {write.dataset}: "
        raise SchemaConflict(f"{message}{error}; nothing was changed; name the signal differently") from error


def _replace_files(home: Home, change: Transaction, files: Mapping[str, DataFile], summary: Mapping[str, str]) -> int:
    """Stage a snapshot that holds exactly *files* (by path relative to the warehouse); return its id."""
    current = live_files(change._table)
    wanted = {home.resolve(path): file for path, file in files.items()}
    metadata = change.table_metadata  # made anew with every access
    column, partitioning = metadata.schema().find_field("doc_id").field_id, metadata.default_spec_id
    producer = change.update_snapshot(snapshot_properties=dict(summary)).overwrite()
    for path in sorted(current.keys() - wanted.keys()):
        producer.delete_data_file(current[path])
    for path in sorted(wanted.keys() - current.keys()):
        producer.append_data_file(descriptor(path, wanted[path], column, partitioning))
    producer.commit()  # staged: the transaction commits when its block ends
    return producer.snapshot_id


def descriptor(path: str, file: DataFile, doc_id: int, partitioning: int) -> IcebergFile:
    """Describe *file* for a manifest without opening it; bounds for the column with field id *doc_id* only."""
    return IcebergFile.from_args(
        content=DataFileContent.DATA,
        file_path=path,
        file_format=FileFormat.PARQUET,
        partition=Record(),
        record_count=file.rows,
        file_size_in_bytes=file.bytes,
        value_counts={doc_id: file.rows},
        null_value_counts={doc_id: 0},
        lower_bounds={doc_id: file.first_doc_id.encode()} if file.rows else {},
        upper_bounds={doc_id: file.last_doc_id.encode()} if file.rows else {},
        spec_id=partitioning,
    )


def _tag_ledger(catalog: SqlCatalog, write: WriteSet, made: Snapshots) -> None:
    """Tag the ledger snapshot of a version, unless it is tagged."""
    names = tags_of(made.number, write.revision)
    for _ in range(TRIES):
        table = catalog.load_table((write.dataset, "ledger"))
        if names[0] in table.metadata.refs:
            return
        try:
            with table.manage_snapshots() as manage:
                for name in names:
                    manage.create_tag(made.ledger, name)
        except CommitFailedException:
            time.sleep(random.uniform(0, 0.02))
    message = f"version {write.dataset}@v{made.number} was committed, but its ledger could not be tagged; "
    raise CommitConflict(message + "run again to complete it")


def _snapshots(documents: Snapshot) -> Snapshots:
    parent = _fact(documents, PARENT)
    return Snapshots(
        number=int(_fact(documents, VERSION)),
        parent=int(parent) if parent else None,
        ledger=int(_fact(documents, LEDGER_SNAPSHOT)),
        documents=documents.snapshot_id,
        created_ms=documents.timestamp_ms,
    )


def _summary(write: WriteSet) -> dict[str, str]:
    return {f"corpushub.{key}": value for key, value in write.summary.items()} | {
        RUN: write.run,
        WRITE_SET: write.digest(),
    }


def _fact(snapshot: Snapshot, key: str) -> str:
    summary = snapshot.summary
    return (summary.additional_properties.get(key) or "") if summary else ""


def tags(table: Table) -> list[str]:
    """Return the names of the table's tags, sorted."""
    refs = table.metadata.refs.items()
    return sorted(name for name, ref in refs if ref.snapshot_ref_type == SnapshotRefType.TAG)
