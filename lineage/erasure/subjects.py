"""Find the documents of a subject in every live version, by the columns of the ledgers: kept and dropped ones.

A person (email, phone, name) is known by the keyed hash of the findings; host and uri-prefix are compared, in normal
form, with the address as the ledger has it, which is redacted, and doc and content with the ids. What was dropped as a
copy of a person's document, or of a content, holds the same and counts as found; a copy of a document that was found by
its address or id is another's, and only loses the link to it. Beside that every text, title, author, address and id of
a record is searched for the spellings of a person's value, in every version: a scan may have missed a disguise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from lineage.control.erasures import PERSONAL, Subject
from lineage.control.retention import Retention, retentions
from lineage.control.version_files import version_files
from lineage.control.versions import Version, list_versions
from lineage.erasure.matching import findings_with
from lineage.erasure.spellings import Spelling, rows_with
from lineage.hub import Hub
from lineage.hub.database import Database
from lineage.hub.home import FileKind
from lineage.rewrite.tombstones import ERASED
from lineage.storage.files import DataFile, exists
from lineage.storage.parquet import read_columns, string_columns
from policies.addresses.columns import hosts_of, starts_with_any
from policies.addresses.hosts import canonical_host

KINDS: Final = (*PERSONAL, "uri-prefix", "host", "doc", "content")
"""What a subject can be."""

COPIED: Final = (*PERSONAL, "content")
"""Kinds whose copies hold the subject too."""

UNSPOKEN: Final = frozenset(
    {"doc_id", "content_id", "run", "source", "file", "duplicate_of", "output", "policy", "profile"}
)
"""Columns of text that are not searched for persons: digests of ours, and the names of sources and their files."""

_COLUMNS: Final = ("doc_id", "content_id", "reason", "uri", "duplicate_of", "findings")

Ids = set[str]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found in one dataset.

    Attributes:
        dataset: its name.
        doc_ids: of all documents of the subjects, kept or dropped.
        versions: kept documents of the subjects in each version that holds any, by number.
    """

    dataset: str
    doc_ids: frozenset[str]
    versions: Mapping[int, int]


def find_subjects(hub: Hub, dataset: str, subjects: Sequence[Subject], spellings: Sequence[Spelling] = ()) -> Found:
    """Find *subjects* in all versions of *dataset*, and *spellings* of persons; files are read a few times.

    Raises DamagedFile if a ledger or documents file cannot be read.
    """
    versions = list_versions(hub.db, dataset)
    ledger = [hub.home.resolve(path) for path in distinct_files(hub, versions, "ledger")]
    documents = [hub.home.resolve(path) for path in distinct_files(hub, versions, "documents")]
    found = _matching(ledger, [one for one in subjects if one.kind in COPIED])
    found |= _speaking_of((*documents, *ledger), spellings)
    found = _with_copies(ledger, found)
    found |= _matching(ledger, [one for one in subjects if one.kind not in COPIED])
    return Found(dataset, frozenset(found), _kept(hub, versions, found))


def distinct_files(hub: Hub, versions: Sequence[Version], kind: FileKind) -> dict[str, DataFile]:
    """Return the files of one kind that *versions* hold, by path, in order; what retired versions lost aside."""
    lost = lost_files(hub, versions, kind)
    return {path: file for path, file in _files(hub.db, versions, kind).items() if file.rows and path not in lost}


def lost_files(hub: Hub, versions: Sequence[Version], kind: FileKind) -> dict[str, DataFile]:
    """Return the files of one kind that are gone because only retired versions among *versions* held them."""
    known = {name: retentions(hub.db, name) for name in {one.dataset for one in versions}}
    removed = [one for one in versions if known[one.dataset].get(one.number, Retention()).removed]
    needed = _files(hub.db, [one for one in versions if one not in removed], kind) if removed else {}
    alone = {path: file for path, file in _files(hub.db, removed, kind).items() if path not in needed}
    return {path: file for path, file in alone.items() if not exists(hub.home.resolve(path))}


def _files(db: Database, versions: Iterable[Version], kind: FileKind) -> dict[str, DataFile]:
    return dict(sorted((file.path, file) for version in versions for file in version_files(db, version, kind)))


def _matching(ledger: Sequence[str], subjects: Sequence[Subject]) -> Ids:
    """Return the ids of documents of which a row is about one of *subjects*."""
    found: Ids = set()
    for path in ledger if subjects else ():
        for rows in read_columns(path, _COLUMNS):
            live = rows.filter(pc.fill_null(pc.not_equal(rows["reason"], ERASED), True))
            found.update(live["doc_id"].filter(_about(live, subjects)).to_pylist())
    return found


def _about(rows: pa.Table, subjects: Sequence[Subject]) -> Any:
    """Return bool n: whether each ledger row is about one of *subjects*."""
    wanted: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for one in subjects:
        wanted[one.kind].append(canonical_host(one.value) or one.value if one.kind == "host" else one.value)
    mask = starts_with_any(rows["uri"], wanted["uri-prefix"])
    for column, kind in ((rows["doc_id"], "doc"), (rows["content_id"], "content"), (hosts_of(rows["uri"]), "host")):
        if wanted[kind]:
            mask = pc.or_(mask, pc.is_in(column, value_set=pa.array(wanted[kind], pa.string())))
    hashes = [value for kind in PERSONAL for value in wanted[kind]]
    if hashes and "findings" in rows.column_names:
        hits = pa.array(findings_with(rows["findings"], hashes), pa.int64())
        mask = pc.or_(mask, pc.is_in(pa.array(range(len(rows)), pa.int64()), value_set=hits))
    return mask


def _speaking_of(paths: Iterable[str], spellings: Sequence[Spelling]) -> Ids:
    """Return the ids of documents of which a row of the files at *paths* holds one of *spellings*."""
    found: Ids = set()
    for path in paths if spellings else ():
        for rows in read_columns(path, ("doc_id", *spoken_columns(path))):
            for name in rows.column_names[1:]:
                found.update(rows["doc_id"].filter(rows_with(rows[name], spellings)).to_pylist())
    return found


def spoken_columns(path: str) -> list[str]:
    """Return the columns of the data file at *path* that may speak of a person."""
    return [name for name in string_columns(path) if name not in UNSPOKEN]


def _with_copies(ledger: Sequence[str], found: Ids) -> Ids:
    """Return *found* with all documents that were dropped for one of them, or for one of those."""
    fresh = found
    while fresh:
        wanted = pa.array(sorted(fresh), pa.string())
        copies: Ids = set()
        for path in ledger:
            for rows in read_columns(path, ("doc_id", "duplicate_of")):
                copies.update(rows["doc_id"].filter(pc.is_in(rows["duplicate_of"], value_set=wanted)).to_pylist())
        fresh = copies - found
        found = found | fresh
    return found


def _kept(hub: Hub, versions: Iterable[Version], found: Ids) -> dict[int, int]:
    """Count the documents of *found* in each of *versions* that holds any."""
    wanted = pa.array(sorted(found), pa.string())
    counts: dict[int, int] = {}
    per_file: dict[str, int] = {}
    for version in versions if found else ():
        for path in distinct_files(hub, [version], "documents"):
            if path not in per_file:
                groups = read_columns(hub.home.resolve(path), ("doc_id",))
                per_file[path] = sum(pc.sum(pc.is_in(rows["doc_id"], value_set=wanted)).as_py() or 0 for rows in groups)
            counts[version.number] = counts.get(version.number, 0) + per_file[path]
    return {number: count for number, count in sorted(counts.items()) if count}
