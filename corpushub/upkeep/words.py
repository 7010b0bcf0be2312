"""Full-text indexes of a version's documents: made file by file, where there is none yet, or removed."""

from __future__ import annotations

from dataclasses import dataclass

from corpushub.running.rewriters import rewriters_for
from lineage.commit.work import leave_work
from lineage.control.retention import require_files, standing_of
from lineage.control.under_way import refuse_unfinished
from lineage.control.version_files import version_files
from lineage.control.versions import get_version
from lineage.hub import Hub
from lineage.hub.locks import lock_dataset
from lineage.references import VersionRef
from lineage.storage.files import entries, list_files, remove_file, remove_folder
from lineage.storage.words.build import IndexWords, words_file, words_folder
from pipelines.execution.executor import Execution


@dataclass(frozen=True, slots=True)
class Indexing:
    """What indexes were made or removed.

    Attributes:
        version: NAME@vN.
        documents: of the version.
        text_files: its documents files.
        indexed: how many of them have an index now.
        made: how many were made for it.
        bytes: of those that were made.
        removed: indexes of the dataset that were removed.
    """

    version: str
    documents: int
    text_files: int
    indexed: int
    made: int
    bytes: int
    removed: int


def index_words(hub: Hub, ref: VersionRef, execution: Execution) -> Indexing:
    """Index the documents files of *ref* that have no index yet; doing it again after a crash goes on.

    Raises:
        UnknownReference, VersionRetired: there is no such version, or its files are gone.
        DatasetBusy: a run or another command works on the dataset.
        DamagedFile: a file is not what was committed; the others are indexed.
    """
    with lock_dataset(hub.home, ref.dataset, "index"):
        refuse_unfinished(hub.home)
        version = get_version(hub.db, ref)
        require_files(version, standing_of(hub.db, version))
        files = [file for file in version_files(hub.db, version, "documents") if file.rows]
        there = set(entries(words_folder(hub.home, ref.dataset)))
        targets = {file.path: words_file(hub.home, ref.dataset, file.sha256) for file in files}
        missing = [file for file in files if targets[file.path].rpartition("/")[2] not in there]
        chores = [IndexWords(hub.home.resolve(file.path), file.bytes, targets[file.path]) for file in missing]
        work = f"{ref.dataset}/words"
        with rewriters_for(hub.home, work, execution) as rewriters:
            sizes = rewriters.run(chores) if chores else []
        remove_folder(hub.home.work_folder(work))
        leave_work(hub.home, ref.dataset)
    return Indexing(version.name, version.documents, len(files), len(files), len(sizes), sum(sizes), 0)


def remove_words(hub: Hub, ref: VersionRef) -> Indexing:
    """Remove all indexes of the dataset of *ref*; texts are read then."""
    with lock_dataset(hub.home, ref.dataset, "index"):
        version = get_version(hub.db, ref)
        files = [file for file in version_files(hub.db, version, "documents") if file.rows]
        old = list_files(words_folder(hub.home, ref.dataset))
        for path in old:
            remove_file(path)
    return Indexing(version.name, version.documents, len(files), 0, 0, 0, len(old))
