"""Remove what dead runs left behind: files between stages and journals, and data files that no version names."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.streams.scratch import PREFIX, abandoned
from corpushub.requests.people.forgetting import forget, forgettable
from lineage.commit.pending import list_pending, read_pending
from lineage.commit.work import remove_work, work_names, work_places
from lineage.control.people.accesses import DAYS, count_accesses, forget_accesses
from lineage.control.retention import Retention, retentions
from lineage.control.runs import list_runs
from lineage.control.under_way import refuse_unfinished
from lineage.control.version_files import version_files
from lineage.control.versions import list_datasets, list_versions
from lineage.errors import DatasetBusy
from lineage.hub import Hub
from lineage.hub.connection import timestamp
from lineage.hub.home import FileKind, Home, is_local
from lineage.hub.locks import holder_of, lock_dataset
from lineage.storage import stores
from lineage.storage.files import entries, remove_file, size_of
from lineage.storage.words.build import words_of

KINDS: tuple[FileKind, ...] = ("documents", "ledger", "index", "profiles", "statistics")

GRACE_SECONDS = 3600.0
"""Data files younger than this are left alone: a run may be about to commit them."""


@dataclass(frozen=True, slots=True)
class Leftover:
    """A file or folder that is needed no more.

    Attributes:
        path: where it stands.
        bytes: what it holds, all files of a folder together.
    """

    path: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Leftovers:
    """What a hub needs no more.

    Attributes:
        leftovers: what was found.
        removed: whether it was there and has been removed.
        accesses: rows of the log of accesses that are older than 400 days, and go too.
    """

    leftovers: Sequence[Leftover]
    removed: bool
    accesses: int = 0


def clean(hub: Hub, *, remove: bool, grace: float = GRACE_SECONDS) -> Leftovers:
    """List the leftovers of *hub*, and remove them if asked to. Datasets with a run under way are left alone.

    Keys under which persons told something in confidence that may be kept no longer are leftovers, too.

    Data files are leftovers if no version in use holds them and they have been so for *grace* seconds: files of
    versions that were retired are among them, files of pinned versions never. In an object store only what retired
    versions held is looked for: a file that no version names may belong to a commit begun by another machine.

    Raises ErasureError if an erasure is not finished: the files it has rewritten look like leftovers; LogDamaged if
    records are not what the audit log says: so do the files of a version that somebody took out of the database.
    """
    if remove:
        from lineage.proof.guard import require_sound  # cryptography is imported only where something is verified

        refuse_unfinished(hub.home)
        require_sound(hub)
    data = _orphans if is_local(hub.home.warehouse) else _retired_objects
    work = {f"{place}/{name}": name for name, place in idle_work(hub.home)}
    scratch = map(str, sorted({*abandoned(), *abandoned(str(hub.home.scratch))}))
    paths = [*scratch, *map(str, _journals(hub)), *data(hub, grace)]
    keys = forgettable(hub)
    leftovers = [Leftover(path, size_of(path)) for path in (*work, *paths, *map(str, keys))]
    before = timestamp(datetime.now(UTC) - timedelta(days=DAYS))
    accesses = count_accesses(hub.db, before)
    if remove:
        forget(hub, keys)
        _mark_removed(hub, set(paths))
        for name in dict.fromkeys(work.values()):
            _remove_work(hub.home, name)
        for path in paths:
            _remove(path)
        if accesses:
            forget_accesses(hub.db, before)
    return Leftovers(leftovers, removed=remove and bool(leftovers or accesses), accesses=accesses)


def idle_work(home: Home) -> Iterator[tuple[str, str]]:
    """Yield the name of what has work files, which no command of any home is making now, and each place of them."""
    for name in work_names(home):
        if not name.startswith(PREFIX) and holder_of(home, name) is None:
            yield from ((name, place) for place in work_places(home) if name in entries(place))


def _remove_work(home: Home, name: str) -> None:
    """Remove the work files of *name*, unless a command that needs them has begun meanwhile."""
    with suppress(DatasetBusy), lock_dataset(home, name, "clean"):
        remove_work(home, name)


def _journals(hub: Hub) -> Iterator[Path]:
    datasets, begun = {run.id: run.dataset for run in list_runs(hub.db)}, list_pending(hub.home)
    for folder in sorted(hub.home.runs.glob("*")):
        dataset = datasets.get(folder.name)
        if folder.is_dir() and folder.name not in begun and (dataset is None or holder_of(hub.home, dataset) is None):
            yield folder


def _orphans(hub: Hub, grace: float) -> Iterator[str]:
    """Data files of the local warehouse that no version of their dataset needs."""
    for folder in sorted(Path(hub.home.warehouse).glob("*")):
        if holder_of(hub.home, folder.name) is not None:
            continue
        live = _needed(hub, folder.name, grace)
        for file in sorted(folder.glob("*/data/*")):
            if str(file) not in live and (_is_index(file) or time.time() - file.stat().st_mtime > grace):
                yield str(file)


def _is_index(file: Path) -> bool:
    """Tell whether *file* is a full-text index: made of what was committed, it goes when its documents file may go."""
    return file.parent.parent.name == "words" and not file.name.startswith(".")


def _retired_objects(hub: Hub, grace: float) -> Iterator[str]:
    """Objects of the warehouse that versions held which are retired, and that no version needs."""
    for dataset in list_datasets(hub.db):
        known = {number for number, standing in retentions(hub.db, dataset).items() if standing.retired}
        versions = [version for version in list_versions(hub.db, dataset) if version.number in known]
        held = {file.path for version in versions for kind in KINDS for file in version_files(hub.db, version, kind)}
        there = {hub.home.resolve(path) for path in held}
        words = {words_of(hub.home, dataset, path) for path in there}
        unneeded = (there | words) - _needed(hub, dataset, grace)
        if unneeded and holder_of(hub.home, dataset) is None:
            yield from sorted(path for path in unneeded if stores.exists(path))


def _needed(hub: Hub, dataset: str, grace: float) -> set[str]:
    """Return the files of *dataset* that must stay: all of versions in use, and the ledgers of the others."""
    known = retentions(hub.db, dataset)
    overdue = timestamp(datetime.now(UTC) - timedelta(seconds=grace))
    begun = (files for one in read_pending(hub.home, dataset) for files in one.release.files().values())
    needed = {hub.home.resolve(file.path) for files in begun for file in files}  # the next run finishes these
    for version in list_versions(hub.db, dataset):
        retired = known.get(version.number, Retention()).retired
        kinds = ("ledger",) if retired and retired < overdue else KINDS
        needed |= {hub.home.resolve(file.path) for table in kinds for file in version_files(hub.db, version, table)}
    return needed | {words_of(hub.home, dataset, path) for path in needed}


def _mark_removed(hub: Hub, paths: set[str]) -> None:
    """Record which retired versions cannot be read once *paths* are gone: first, so that a crash hides nothing."""
    from lineage.proof.standings import mark_removed  # cryptography is imported only where something is signed

    for dataset in list_datasets(hub.db):
        known = retentions(hub.db, dataset)
        for version in list_versions(hub.db, dataset):
            files = [file for table in KINDS for file in version_files(hub.db, version, table)]
            if version.number in known and any(hub.home.resolve(file.path) in paths for file in files):
                mark_removed(hub, version)


def _remove(path: str) -> None:
    if is_local(path) and Path(path).is_dir():
        shutil.rmtree(path)
    else:
        remove_file(path)
