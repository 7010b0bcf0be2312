"""Rebuild a dataset's Iceberg tables where the hub home was moved, since Iceberg keeps absolute locations."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import NoSuchTableError

from lineage.control.version_files import version_files
from lineage.control.versions import Version, list_versions, revision_of
from lineage.errors import HomeError
from lineage.hub import Hub
from lineage.hub.home import Home, TableName
from lineage.hub.private import private_files
from lineage.iceberg.catalog import WriteSet, commit_version, newest_number, open_catalog
from lineage.storage.files import DataFile, open_parquet
from lineage.storage.tables import signals_of

TABLES: tuple[TableName, ...] = ("documents", "ledger")


@private_files()
def follow_move(hub: Hub, dataset: str) -> bool:
    """Rebuild the Iceberg tables of *dataset* if they stand under another home; tell whether that was needed.

    Versions keep their numbers, runs and files; snapshots get new ids and times. The tables at the old place are
    not touched. Call it under the dataset's lock. Repeatable after a crash: what is rebuilt is found by run id.
    """
    catalog = open_catalog(hub.home)
    moved = [name for name in TABLES if _stands_elsewhere(hub.home, catalog, dataset, name)]
    for name in moved:
        catalog.drop_table((dataset, name))
    versions = list_versions(hub.db, dataset)[::-1]
    if not moved and not _lacks(catalog, dataset, len(versions)):
        return False
    for version in versions:
        _replay(hub, version)
    return True


def _stands_elsewhere(home: Home, catalog: SqlCatalog, dataset: str, name: TableName) -> bool:
    try:
        return bool(catalog.load_table((dataset, name)).location() != home.table_folder(dataset, name))
    except NoSuchTableError:
        return False
    except FileNotFoundError:
        return True  # its metadata went with the old folder


def _lacks(catalog: SqlCatalog, dataset: str, versions: int) -> bool:
    """Tell whether the documents table has fewer versions than the control database: an unfinished rebuild."""
    try:
        table = catalog.load_table((dataset, "documents"))
    except NoSuchTableError:
        return versions > 0
    return (newest_number(table) or 0) < versions


def _replay(hub: Hub, version: Version) -> None:
    """Commit the files of *version* again; HomeError if it would get another number."""
    documents = version_files(hub.db, version, "documents")
    write = WriteSet(
        dataset=version.dataset,
        run=version.run,
        documents=documents,
        ledger=version_files(hub.db, version, "ledger"),
        signals=_signals(hub.home, documents),
        summary={"recipe-digest": version.recipe_digest, "manifest-root": version.manifest_root},
        revision=revision_of(hub.db, version),
    )
    made = commit_version(hub.home, write)
    if made.number != version.number:
        message = f"{version.name} cannot be rebuilt after the hub home was moved: versions before it are missing; "
        raise HomeError(message + "reading still works; restore the catalog from a backup to write")


def _signals(home: Home, files: Sequence[DataFile]) -> dict[str, pa.DataType]:
    """Return the signal columns of *files*, from their footers."""
    signals: dict[str, pa.DataType] = {}
    for file in files:
        with suppress(FileNotFoundError), open_parquet(home.resolve(file.path)) as parquet:  # gone if it was retired
            signals |= signals_of(parquet.schema_arrow)
    return signals
