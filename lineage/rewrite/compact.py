"""Merge the ledger files that runs left behind one another, as a version of its own: documents are not touched.

A version that grew by many runs has a ledger file for each, and a lookup looks into all of them. The merged files
divide the ids among them, so that a lookup in their version reads one. Files are named in manifests by their content,
so the merged ones make a new version; older versions keep theirs, into which a trace, which names the versions that
hold a document, still looks. Memory is bounded by one file's rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from lineage.commit.publish import finish_pending, publish
from lineage.commit.release import Release
from lineage.control.runs import RunState, get_run, run_inputs, start_run
from lineage.control.under_way import refuse_unfinished
from lineage.control.version_files import version_files
from lineage.control.versions import Version, get_version, version_of_run
from lineage.errors import CommitError
from lineage.events import openlineage, outbox
from lineage.hub import Hub
from lineage.hub.connection import now
from lineage.hub.home import Home
from lineage.hub.locks import lock_dataset
from lineage.proof.attest import take_over_environment
from lineage.proof.guard import require_sound
from lineage.references import VersionRef
from lineage.storage import query
from lineage.storage.files import DataFile, require_content
from lineage.storage.parquet import canonical, write_ledger
from lineage.storage.stores import file_system
from lineage.storage.tables import LEDGER

FILE_ROWS = 500_000
"""Rows of a merged file: as many as a run writes into one."""

_IDS = 1 << 128


@dataclass(frozen=True, slots=True)
class _Range:
    """Document ids from *first*, up to *end* (not included; None for all that follow)."""

    first: str
    end: str | None

    def condition(self) -> Any:
        """Return the rows of the range, as a filter that Parquet statistics can answer."""
        lower = pc.field("doc_id") >= self.first
        return lower if self.end is None else lower & (pc.field("doc_id") < self.end)


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """A number before something was done, and after it.

    Attributes:
        before: what it was.
        after: what it is.
    """

    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Compaction:
    """What merging made of the ledger of a version.

    Attributes:
        version: the new one, NAME@vN; null if nothing was to be done.
        from_: the one whose ledger it was.
        rows: of the ledger.
        files: how many hold them.
        bytes: of these files.
    """

    version: str | None
    from_: str
    rows: int
    files: BeforeAfter
    bytes: BeforeAfter


def compact(hub: Hub, dataset: str, file_rows: int = FILE_ROWS) -> Compaction:
    """Merge the ledger files of the newest version of *dataset*, if its rows need fewer or their ranges overlap.

    May be repeated after a crash. Raises DatasetBusy, ErasureError, ProofError, UnknownReference, or CommitError if
    rows went missing.
    """
    with lock_dataset(hub.home, dataset, "compact"):
        refuse_unfinished(hub.home)
        require_sound(hub, dataset)
        finish_pending(hub, dataset)
        parent = get_version(hub.db, VersionRef(dataset))
        files = [file for file in version_files(hub.db, parent, "ledger") if file.rows]
        ranges = _ranges(max(1, -(-sum(file.rows for file in files) // file_rows)))
        needed = len(files) > len(ranges) or _overlap(files)
        merged = list(_merge(hub.home, dataset, files, ranges)) if needed else files
        if sum(file.rows for file in merged) != sum(file.rows for file in files):
            message = f"merging the ledger of {parent.name} lost rows; nothing was committed; "
            raise CommitError(message + "run `corpushub verify`, and report this")
        version = _publish(hub, parent, merged) if merged is not files else None
    return Compaction(
        version=version.name if version else None,
        from_=parent.name,
        rows=sum(file.rows for file in files),
        files=BeforeAfter(len(files), len(merged)),
        bytes=BeforeAfter(sum(file.bytes for file in files), sum(file.bytes for file in merged)),
    )


def _overlap(files: Sequence[DataFile]) -> bool:
    """Tell whether an id may be in two of *files*, which come by their first id."""
    return any(later.first_doc_id <= file.last_doc_id for file, later in pairwise(files))


def _ranges(count: int) -> list[_Range]:
    """Divide the ids, which are hashes, into *count* ranges of one size."""
    bounds = [f"{_IDS * place // count:032x}" for place in range(count)]
    return [_Range(first, end) for first, end in zip(bounds, [*bounds[1:], None], strict=True)]


def _merge(home: Home, dataset: str, files: Sequence[DataFile], ranges: Sequence[_Range]) -> Iterator[DataFile]:
    """Write a file for each of *ranges* that has rows."""
    for file in files:
        require_content(home.resolve(file.path))
    store, names = file_system(query.resolve_all(home, files))
    sources = [ds.dataset(name, format="parquet", filesystem=store) for name in names]
    for part in ranges:
        tables = [source.to_table(filter=part.condition()) for source in sources]
        rows = pa.concat_tables(
            [canonical(table, LEDGER) for table in tables if table.num_rows] or [LEDGER.empty_table()]
        )
        if rows.num_rows:
            yield write_ledger(rows, home.data_folder(dataset, "ledger"))


def _publish(hub: Hub, parent: Version, ledger: Sequence[DataFile]) -> Version:
    """Publish the documents of *parent* with the merged *ledger*; a later run goes on from it as from *parent*."""
    made = get_run(hub.db, parent.run)
    names = "\n".join([parent.manifest_root, *[file.sha256 for file in ledger]])
    name = f"compact-{hashlib.sha256(names.encode()).hexdigest()[:12]}-v{parent.number}"
    if (known := version_of_run(hub.db, name)) is not None:
        return known  # retired since
    begun = replace(made, id=name, state=RunState.RUNNING, started=now(), finished=None)
    run = replace(begun, seconds=0.0, bytes_in=0)
    inputs = run_inputs(hub.db, made.id)
    start_run(hub.db, run, inputs)
    take_over_environment(hub.db, made.id, run.id)
    outbox.put(hub.db, run, openlineage.started(run, inputs))
    release = Release(
        run=run,
        documents=_absolute(hub.home, version_files(hub.db, parent, "documents")),
        ledger=ledger,
        index=_absolute(hub.home, version_files(hub.db, parent, "index")),
        profiles=_absolute(hub.home, version_files(hub.db, parent, "profiles")),
        statistics=_absolute(hub.home, version_files(hub.db, parent, "statistics")),
        licenses=parent.licenses,
        languages=parent.languages,
        sources=parent.sources,
        text_bytes=parent.bytes,
    )
    return publish(hub, release)


def _absolute(home: Home, files: Sequence[DataFile]) -> list[DataFile]:
    return [replace(file, path=home.resolve(file.path)) for file in files]
