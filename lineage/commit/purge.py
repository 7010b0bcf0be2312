"""Remove what no version names any more: data files, Iceberg metadata, work files, and free pages of the databases."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator

from lineage.commit.work import remove_work
from lineage.control.version_files import paths_held
from lineage.hub import Hub
from lineage.hub.database import Database
from lineage.hub.home import Home
from lineage.storage.files import list_files, remove_file
from lineage.storage.words.build import words_of


def stray_files(hub: Hub, dataset: str) -> list[str]:
    """Return the files of *dataset* in the warehouse that neither a version nor its Iceberg tables name, sorted.

    Full-text indexes are among them unless their documents files stand: those of retired versions may be gone.
    """
    live = set(live_paths(hub, dataset)) | reachable_metadata(hub.home, dataset)
    there = list_files(f"{hub.home.warehouse}/{dataset}")
    live |= {words_of(hub.home, dataset, path) for path in there if path in live}
    return [path for path in there if path not in live]


def live_paths(hub: Hub, dataset: str) -> Iterator[str]:
    """Yield where the data files of all versions of *dataset* stand."""
    with hub.db.connect() as connection:
        for path in sorted(paths_held(connection, dataset)):
            yield hub.home.resolve(path)


def reachable_metadata(home: Home, dataset: str) -> set[str]:
    """Return the metadata files, manifest lists and manifests that the tables of *dataset* consist of now."""
    from pyiceberg.exceptions import NoSuchTableError

    from lineage.iceberg.catalog import open_catalog  # costs a second, which other commands need not pay

    found: set[str] = set()
    for name in ("documents", "ledger"):
        try:
            table = open_catalog(home).load_table((dataset, name))
        except (NoSuchTableError, FileNotFoundError):
            continue  # no version yet, or the home was moved: then the tables are rebuilt before anything is written
        found.add(_plain(table.metadata_location))
        for snapshot in table.metadata.snapshots:
            found.add(_plain(snapshot.manifest_list))
            found.update(_plain(manifest.manifest_path) for manifest in snapshot.manifests(table.io))
    return found


def purge(hub: Hub, datasets: Iterable[str]) -> int:
    """Remove the stray files, work files and journals of *datasets*; return how many files of the warehouse went.

    Call it under the locks of all of them: what a run has not committed yet is stray.
    """
    names = list(datasets)
    removed = 0
    for dataset in names:
        strays = stray_files(hub, dataset)
        for path in strays:
            remove_file(path)
        removed += len(strays)
        remove_work(hub.home, dataset)
    for journal in hub.home.runs.glob("*"):
        shutil.rmtree(journal, ignore_errors=True) if journal.is_dir() else journal.unlink()
    for path in list_files(f"{hub.home.common}/runs"):  # nothing is under way: what stands there was never finished
        remove_file(path)
    return removed


def compact_database(db: Database) -> None:
    """Write the control database anew without what was deleted from it: SQLite keeps deleted rows in free pages."""
    if not db.is_sqlite:
        return
    db.dispose()
    with db.connect() as connection:
        plain = connection.execution_options(isolation_level="AUTOCOMMIT")
        plain.exec_driver_sql("VACUUM")
        plain.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    db.dispose()


def _plain(path: str) -> str:
    return path.removeprefix("file://")
