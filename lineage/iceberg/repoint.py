"""Re-point every version of an Iceberg table at rewritten files, and forget the snapshots that named the old ones.

One commit for each table: a chain of new snapshots, one for each version, on a branch of its own that has no parent;
every tag vN moves to its version's new snapshot, and main to the last; the old snapshots are removed. All versions get
new snapshots, changed or not, and none follows an old one: a snapshot lists the files that it took out, with their
bounds. A version that was ever changed has a second tag vN.R, which says at which revision it is; the tags of earlier
revisions go with their snapshots.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyiceberg.table import Table, Transaction
from pyiceberg.table.refs import SnapshotRefType
from pyiceberg.table.snapshots import Snapshot
from pyiceberg.table.update import AssertRefSnapshotId, RemoveSnapshotsUpdate
from pyiceberg.table.update.snapshot import ManageSnapshots

from lineage.errors import HomeError
from lineage.hub.home import Home, TableName
from lineage.hub.private import private_files
from lineage.iceberg.catalog import descriptor, live_files_of, open_catalog
from lineage.references import tag, tags_of
from lineage.storage.files import DataFile

ERASURE = "corpushub.erasure"
REVISION = "corpushub.revision"

_BRANCH = "corpushub-erasure"
_MAIN = "main"
_OURS = "corpushub."


@dataclass(frozen=True, slots=True)
class Revised:
    """A version as one table is to hold it.

    Attributes:
        number: its number.
        revision: its revision, 0 for a version as it was committed.
        files: all its files, paths relative to the warehouse.
        facts: what changes in the snapshot's summary.
    """

    number: int
    revision: int
    files: Sequence[DataFile]
    facts: Mapping[str, str]


@private_files()
def revise_table(
    home: Home, dataset: str, name: TableName, versions: Sequence[Revised], receipt: str
) -> dict[int, int]:
    """Make the table *name* of *dataset* hold exactly *versions*; return the snapshot of each by number.

    Repeatable: a table that erasure *receipt* has revised is left as it is. Call it under the dataset's lock. Raises
    HomeError if the table lacks one of the versions.
    """
    table = open_catalog(home).load_table((dataset, name))
    if not _is_revised(table, receipt):
        _refuse_gaps(table, dataset, versions)
        with table.transaction() as change:
            _revise(home, change, versions, receipt)
        table = open_catalog(home).load_table((dataset, name))
    return {one.number: table.metadata.refs[tag(one.number)].snapshot_id for one in versions}


def _is_revised(table: Table, receipt: str) -> bool:
    current = table.current_snapshot()
    return current is not None and _facts(current).get(ERASURE) == receipt


def _refuse_gaps(table: Table, dataset: str, versions: Sequence[Revised]) -> None:
    missing = [tag(one.number) for one in versions if tag(one.number) not in table.metadata.refs]
    if missing:
        message = f"the Iceberg table of {dataset} lacks {', '.join(missing)}; no version was changed; "
        raise HomeError(message + "restore the catalog from a backup, then run `corpushub erase --resume`")


def _revise(home: Home, change: Transaction, versions: Sequence[Revised], receipt: str) -> None:
    """Stage the new snapshots, the moved references and the removal of the old snapshots."""
    refs, old = dict(change.table_metadata.refs), [one.snapshot_id for one in change.table_metadata.snapshots]
    change._stage((), (AssertRefSnapshotId.model_validate({"ref": _MAIN, "snapshot-id": refs[_MAIN].snapshot_id}),))
    for one in sorted(versions, key=lambda version: version.number):
        before = change.table_metadata.snapshot_by_id(refs[tag(one.number)].snapshot_id)
        known = _facts(before) if before else {}
        facts = {**known, **one.facts, REVISION: str(one.revision), ERASURE: receipt}
        snapshot = _snapshot(home, change, one.files, facts)
        for name in tags_of(one.number, one.revision):
            _point(change, name, snapshot)
    head = change.table_metadata.refs[_BRANCH].snapshot_id
    change._stage(*change._set_ref_snapshot(head, _MAIN, SnapshotRefType.BRANCH))
    with ManageSnapshots(change) as manage:
        manage.remove_branch(_BRANCH)
    change._stage((RemoveSnapshotsUpdate.model_validate({"snapshot-ids": old}),))  # with the tags that name them


def _point(change: Transaction, name: str, snapshot: int) -> None:
    """Make or move the tag *name*."""
    change._stage(*change._set_ref_snapshot(snapshot, name, SnapshotRefType.TAG))


def _snapshot(home: Home, change: Transaction, files: Sequence[DataFile], facts: Mapping[str, str]) -> int:
    """Stage a snapshot of exactly *files* on the erasure's branch; return its id."""
    head = change.table_metadata.snapshot_by_name(_BRANCH)
    current = live_files_of(head, change._table.io)
    wanted = {home.resolve(file.path): file for file in files}
    metadata = change.table_metadata  # made anew with every access
    column, partitioning = metadata.schema().find_field("doc_id").field_id, metadata.default_spec_id
    producer = change.update_snapshot(snapshot_properties=dict(facts), branch=_BRANCH).overwrite()
    for path in sorted(current.keys() - wanted.keys()):
        producer.delete_data_file(current[path])
    for path in sorted(wanted.keys() - current.keys()):
        producer.append_data_file(descriptor(path, wanted[path], column, partitioning))
    producer.commit()
    return producer.snapshot_id


def _facts(snapshot: Snapshot) -> dict[str, str]:
    """Return our own properties of a snapshot."""
    properties = snapshot.summary.additional_properties if snapshot.summary else {}
    return {key: str(value) for key, value in properties.items() if key.startswith(_OURS)}
