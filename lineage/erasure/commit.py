"""Commit an erasure: the Iceberg tables of each dataset, then the control database in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, update

from lineage.control.erasures import ErasureState, Revision, move, revision_numbers, save_revisions, suppress
from lineage.control.people.accesses import forget_seen
from lineage.control.people.reports import forget_reported
from lineage.control.retention import retentions
from lineage.control.version_files import files_by_version, put_statistics, replace_files, versions_behind
from lineage.control.versions import Version, list_versions
from lineage.control.withdrawals import forget_documents
from lineage.erasure.notes import Note
from lineage.erasure.on_record import Erased, log_erasure
from lineage.erasure.spellings import is_said, read_wanted
from lineage.hub import Hub
from lineage.hub.connection import now
from lineage.hub.database import Database
from lineage.hub.home import FileKind, Home
from lineage.hub.schema import VERSIONS
from lineage.rewrite.chores import read_table
from lineage.rewrite.files import Rewritten, less
from lineage.statistics.whole import StatisticsMaker, change_of
from lineage.storage.files import DataFile, exists
from lineage.storage.manifest import manifest_root

if TYPE_CHECKING:
    from lineage.iceberg.repoint import Revised

KINDS: Final[tuple[FileKind, ...]] = ("documents", "ledger", "index", "profiles", "statistics")
"""The kinds of files of which a manifest root is made."""

Files = Mapping[str, Mapping[str, DataFile]]
"""Kind of file -> path relative to the warehouse -> the file."""


@dataclass(frozen=True, slots=True)
class Change:
    """What an erasure makes of a version.

    Attributes:
        before: the version as it was.
        after: the version as it will be, its snapshots aside.
        files: its files afterwards.
        documents: how many it loses.
        revision: its revision; of an unchanged version that which it had, 0 for none.
    """

    before: Version
    after: Version
    files: Files
    documents: int
    revision: int

    @property
    def changed(self) -> bool:
        """Whether any file of the version is replaced."""
        return self.after.manifest_root != self.before.manifest_root


def commit_erasure(hub: Hub, note: Note) -> None:
    """Make every version of the datasets in *note* hold the rewritten files, and record the suppressions.

    May be repeated after a crash at any point. Readers see a version before it or after it, never half.
    """
    changes = {dataset: planned_changes(hub.db, note, dataset) for dataset in note.replaced or {}}
    for dataset, versions in changes.items():
        changes[dataset] = _revise_tables(hub, note, dataset, versions)
    every = [one for versions in changes.values() for one in versions]
    revisions = [_revision(one, note.erasure.id) for one in every if one.changed]
    speaks = _speaking(note)

    def record(connection: Connection) -> None:
        """Record all that the erasure changes, in the transaction of *connection*."""
        for one in every:
            _save(connection, one)
        for dataset, replaced in (note.replaced or {}).items():
            replace_files(connection, dataset, replaced)
        for dataset, stated in note.stated.items():
            for number, files in stated.items():
                put_statistics(connection, dataset, number, files)
        save_revisions(connection, revisions)
        suppress(connection, note.subjects, note.erasure)
        forget_documents(connection, note.doc_ids)
        forget_reported(connection, note.doc_ids, speaks, note.erasure.created)
        forget_seen(connection, note.doc_ids, note.erasure.id)
        move(connection, note.erasure.id, ErasureState.COMMITTED, documents=len(note.doc_ids))

    revised = [one.after for one in every if one.changed]
    behind = [
        f"{dataset}@v{number}"
        for dataset, replaced in (note.replaced or {}).items()
        for number in sorted(_behind(hub.db, note, dataset, replaced))
    ]
    log_erasure(hub, Erased(note.erasure.id, len(note.doc_ids), revised, revisions, behind), record)


def _speaking(note: Note) -> Callable[[str], bool]:
    """Return what tells whether a text speaks of a person of *note*; none does where nobody here knows how."""
    if note.spellings is None or not exists(note.spellings):
        return lambda _: False
    spellings = read_wanted(read_table(note.spellings)).spellings
    return lambda text: is_said(text, spellings)


def _behind(db: Database, note: Note, dataset: str, replaced: Mapping[str, Mapping[str, Rewritten]]) -> set[int]:
    """Return the numbers of the versions of *dataset* that are the first without a file that goes."""
    stated = {number + 1 for number in note.stated.get(dataset, {})} & {
        one.number for one in list_versions(db, dataset)
    }
    return versions_behind(db, dataset, replaced) | stated


def planned_changes(db: Database, note: Note, dataset: str) -> list[Change]:
    """Return what the erasure makes of each version of *dataset*, oldest first; [] if it replaces nothing there."""
    replaced = (note.replaced or {}).get(dataset, {})
    if not any(replaced.values()):
        return []
    revisions, held = revision_numbers(db, dataset), files_by_version(db, dataset)
    stated = note.stated.get(dataset, {})
    changes = []
    for one in list_versions(db, dataset)[::-1]:
        files = dict(held.get(one.number, {}))
        if one.number in stated:
            files["statistics"] = {file.path: file for file in stated[one.number]}
        changes.append(_change(one, files, replaced, revisions.get(one.number, 0)))
    return changes


def state_changes(hub: Hub, note: Note, dataset: str, state: StatisticsMaker) -> dict[int, tuple[DataFile, ...]]:
    """Make the statistics of the versions of *dataset* that the erasure of *note* changes, by number.

    A version that has none, because an earlier release made it or its files were cleaned up, gets none.
    """
    held, stated = files_by_version(hub.db, dataset), {}
    removed = {number for number, one in retentions(hub.db, dataset).items() if one.removed}
    for one in planned_changes(hub.db, note, dataset):
        number, old = one.before.number, held.get(one.before.number, {})
        if one.changed and number not in removed and old.get("statistics"):
            folder = hub.home.data_folder(dataset, "statistics")
            made = state(change_of(_at(hub.home, old), _at(hub.home, one.files), folder))
            stated[number] = tuple(replace(file, path=hub.home.relative(file.path)) for file in made)
    return stated


def _at(home: Home, files: Files) -> dict[FileKind, list[DataFile]]:
    """Return *files* by where they stand."""
    return {
        kind: [replace(file, path=home.resolve(file.path)) for file in files.get(kind, {}).values()] for kind in KINDS
    }


def _change(version: Version, held: Files, replaced: Mapping[str, Mapping[str, Rewritten]], revision: int) -> Change:
    files: dict[str, dict[str, DataFile]] = {}
    lost: list[Rewritten] = []
    for kind, own in held.items():
        swaps = replaced.get(kind, {})
        kept = [one for path, one in own.items() if path not in swaps]
        swapped = [swaps[path] for path in own if path in swaps]
        lost += swapped
        files[kind] = {one.path: one for one in (*kept, *(swap.file for swap in swapped)) if one is not None}
    root = _root(files)
    after = replace(less(version, lost), manifest_root=root)
    changed = root != version.manifest_root
    return Change(version, after, files, sum(one.documents for one in lost), revision + changed)


def _root(files: Files) -> str:
    return manifest_root(*(files.get(kind, {}).values() for kind in KINDS))


def _revise_tables(hub: Hub, note: Note, dataset: str, versions: list[Change]) -> list[Change]:
    """Revise both Iceberg tables of *dataset*, the ledger first; return the changes with their snapshots."""
    if not versions:
        return []
    from lineage.iceberg.catalog import LEDGER_SNAPSHOT
    from lineage.iceberg.relocate import follow_move
    from lineage.iceberg.repoint import revise_table

    follow_move(hub, dataset)
    receipt = note.erasure.id
    ledger = revise_table(hub.home, dataset, "ledger", _table(versions, "ledger"), receipt)
    named = {number: {LEDGER_SNAPSHOT: str(snapshot)} for number, snapshot in ledger.items()}
    documents = revise_table(hub.home, dataset, "documents", _table(versions, "documents", named), receipt)
    return [
        replace(
            one,
            after=replace(
                one.after,
                ledger_snapshot=ledger[one.after.number],
                documents_snapshot=documents[one.after.number],
            ),
        )
        for one in versions
    ]


def _table(
    versions: Iterable[Change], kind: str, facts: Mapping[int, Mapping[str, str]] | None = None
) -> list[Revised]:
    """Return what one table is to hold of each of *versions*, with *facts* by number."""
    from lineage.iceberg.catalog import WRITE_SET, WriteSet
    from lineage.iceberg.repoint import Revised

    made = []
    for one in versions:
        version, files = one.after, one.files
        documents, ledger = ([*files.get(name, {}).values()] for name in ("documents", "ledger"))
        own = {
            WRITE_SET: WriteSet(version.dataset, version.run, documents, ledger).digest(),
            "corpushub.manifest-root": version.manifest_root,
        }
        own |= (facts or {}).get(version.number, {})
        made.append(Revised(version.number, one.revision, [*files.get(kind, {}).values()], own))
    return made


def _save(connection: Connection, change: Change) -> None:
    """Record the version as changed."""
    version = change.after
    same = (VERSIONS.c.dataset == version.dataset) & (VERSIONS.c.number == version.number)
    connection.execute(update(VERSIONS).where(same).values(**asdict(version)))


def _revision(change: Change, receipt: str) -> Revision:
    version = change.after
    return Revision(
        dataset=version.dataset,
        number=version.number,
        revision=change.revision,
        receipt=receipt,
        documents=change.documents,
        old_root=change.before.manifest_root,
        new_root=version.manifest_root,
        created=now(),
    )
