"""Rewrite data files without some documents: each file once, under a new content hash, beside the old one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lineage.control.versions import Version
from lineage.errors import DamagedFile
from lineage.hub.home import FileKind
from lineage.rewrite.chores import ChoreRunner, in_turn, read_table
from lineage.rewrite.tombstones import bury, cut_links, rename_outputs
from lineage.statistics.whole import StatisticsMaker, make_statistics
from lineage.storage.files import DataFile, exists, open_parquet, require_content
from lineage.storage.parquet import write_documents, write_ledger
from lineage.storage.tables import LEDGER, signals_of

Mix = dict[str, int]

_READS_ALL = 1 << 12
"""Above so many ids no range of doc_ids excludes a file: the ids are looked for in every one."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What became of a file.

    Attributes:
        changed: whether it held any of the documents; if not, the file stays.
        file: the file in its place; None where no row is left.
        documents: documents that it lost; text_bytes, licenses, languages and sources count them.
    """

    changed: bool
    file: DataFile | None = None
    documents: int = 0
    text_bytes: int = 0
    licenses: Mix = field(default_factory=dict)
    languages: Mix = field(default_factory=dict)
    sources: Mix = field(default_factory=dict)

    @classmethod
    def load(cls, content: Mapping[str, Any]) -> Rewritten:
        """Return what was kept as JSON."""
        file = content["file"]
        return cls(**{**content, "file": file and DataFile(**file)})


UNCHANGED = Rewritten(False)

Rewriter = Callable[[str, pa.Array, str], Rewritten]
"""Rewrites the file at a path without the documents of the given ids (string n) into a folder."""


@dataclass(frozen=True, slots=True)
class Rewriting:
    """Rewrite one file; see chores.Chore.

    Attributes:
        rewriter: how; a function of a module.
        path: the file.
        folder: where the new one goes.
        size: bytes of the file.
        ids: a table with doc_id (chores.keep_table): the documents that go.
    """

    rewriter: Rewriter
    path: str
    folder: str
    size: int
    ids: str

    @property
    def name(self) -> list[str]:
        """Name the work."""
        return [self.rewriter.__name__, file_name(self.path), file_name(self.ids)]

    @property
    def code(self) -> tuple[str, ...]:
        """Return the modules whose functions do it."""
        return (__name__, self.rewriter.__module__)

    def run(self) -> dict[str, Any]:
        """Rewrite the file; return what became of it, for Rewritten.load."""
        return asdict(untouched(self.path, self.rewriter(self.path, read_ids(self.ids), self.folder)))

    def stands(self, result: Mapping[str, Any]) -> bool:
        """Tell whether the new file of an earlier attempt is still there."""
        return is_there(result)


@dataclass(frozen=True, slots=True)
class LedgerRewriting:
    """Rewrite one ledger file; as Rewriting, and *renamed* is a table of old and new names of documents files."""

    path: str
    folder: str
    size: int
    ids: str
    renamed: str

    @property
    def name(self) -> list[str]:
        """Name the work."""
        return ["ledger", *map(file_name, (self.path, self.ids, self.renamed))]

    @property
    def code(self) -> tuple[str, ...]:
        """Return the modules whose functions do it."""
        return (__name__,)

    def run(self) -> dict[str, Any]:
        """Rewrite the file; return what became of it, for Rewritten.load."""
        made = rewrite_ledger(self.path, read_ids(self.ids), self.folder, read_renamed(self.renamed))
        return asdict(untouched(self.path, made))

    def stands(self, result: Mapping[str, Any]) -> bool:
        """Tell whether the new file of an earlier attempt is still there."""
        return is_there(result)


def untouched(path: str, made: Rewritten) -> Rewritten:
    """Return what was *made* of the file at *path*; DamagedFile if it replaces a file that is not what was committed.

    What is written anew gets a new digest, which is signed: a change behind the hub's back must not be signed with it.
    """
    if made.changed:
        require_content(path)
    return made


def is_there(result: Mapping[str, Any]) -> bool:
    """Tell whether the file that a rewriting made, if any, is there: somebody may have cleaned up since."""
    return not result["file"] or exists(result["file"]["path"])


def renamed_files(done: Mapping[str, Rewritten]) -> dict[str, str]:
    """Return the names of the documents files of *done* (by path) that were replaced, and of those in their place."""
    return {file_name(old): file_name(one.file.path) for old, one in done.items() if one.file is not None}


def renamed_table(renamed: Mapping[str, str]) -> pa.Table:
    """Return *renamed* for chores.keep_table."""
    columns = {"old": list(renamed), "new": list(renamed.values())}
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def read_renamed(path: str) -> dict[str, str]:
    """Return what renamed_table made of a mapping."""
    table = read_table(path)
    return dict(zip(table["old"].to_pylist(), table["new"].to_pylist(), strict=True))


def read_ids(path: str) -> pa.Array:
    """Return the doc_ids (string n) of the table at *path*."""
    return read_table(path)["doc_id"].combine_chunks()


def rewrite_documents(path: str, wanted: pa.Array, folder: str) -> Rewritten:
    """Rewrite the documents file at *path*; the signals it has stay. Holds the file, about three times over."""
    if not pc.any(pc.is_in(_read(path, ["doc_id"])["doc_id"], value_set=wanted)).as_py():
        return UNCHANGED
    table = _read(path)
    gone = pc.is_in(table["doc_id"], value_set=wanted)
    left, lost = table.filter(pc.invert(gone)), table.filter(gone)
    del table
    file = write_documents(left, folder, signals_of(left.schema)) if left.num_rows else None
    return Rewritten(
        True,
        file,
        documents=lost.num_rows,
        text_bytes=pc.sum(pc.binary_length(lost["text"])).as_py() or 0,
        licenses=_count(lost["license"]),
        languages=_count(lost["language"]),
        sources=_count(lost["source"]),
    )


def rewrite_ledger(path: str, wanted: pa.Array, folder: str, renamed: Mapping[str, str]) -> Rewritten:
    """Rewrite the ledger file at *path*: tombstones for *wanted*, no links to them, new names of data files."""
    keys = _read(path, ["doc_id", "duplicate_of", "output"])
    hits = [pc.is_in(keys[name], value_set=wanted) for name in ("doc_id", "duplicate_of")]
    hits.append(pc.is_in(keys["output"], value_set=pa.array(list(renamed), pa.string())))
    if not any(pc.any(one).as_py() for one in hits):
        return UNCHANGED
    table = _read(path)
    for name in LEDGER.names:  # an older file lacks columns
        if name not in table.column_names:
            table = table.append_column(LEDGER.field(name), pa.nulls(table.num_rows, LEDGER.field(name).type))
    table = rename_outputs(cut_links(bury(table, wanted), wanted), renamed)
    return Rewritten(True, write_ledger(table, folder))


def may_hold_any(file: DataFile, doc_ids: frozenset[str]) -> bool:
    """Tell whether *file* may hold one of *doc_ids* by its range alone."""
    return len(doc_ids) > _READS_ALL or any(file.may_hold(one) for one in doc_ids)


def file_name(path: str) -> str:
    """Return the name of the file at *path* without its folder, as ledgers name outputs."""
    return PurePosixPath(path).name


def subtract(counts: Mapping[str, int], lost: Mapping[str, int]) -> Mix:
    """Return *counts* less *lost*, without what is none any more."""
    left = Counter(counts)
    left.subtract(lost)
    return {name: number for name, number in sorted(left.items()) if number > 0}


def _read(path: str, columns: list[str] | None = None) -> Any:
    try:
        with open_parquet(path) as file:
            return file.read(columns)
    except (OSError, pa.ArrowException) as error:
        message = f"cannot rewrite the data file {path}: {type(error).__name__}; all versions are as before; "
        raise DamagedFile(message + "run `corpushub verify`") from error


def _count(column: pa.ChunkedArray) -> Mix:
    return {row["values"] or "unknown": row["counts"] for row in pc.value_counts(column).to_pylist()}


def less(version: Version, lost: Iterable[Rewritten]) -> Version:
    """Return *version* without what its files have *lost* in its counts."""
    for one in lost:
        version = replace(
            version,
            documents=version.documents - one.documents,
            bytes=max(version.bytes - one.text_bytes, 0),
            licenses=subtract(version.licenses, one.licenses),
            languages=subtract(version.languages, one.languages),
            sources=subtract(version.sources, one.sources),
        )
    return version


@dataclass(frozen=True, slots=True)
class Rewriters:
    """With what files are rewritten and searched.

    Attributes:
        by_kind: kind of file -> how it is rewritten, for the kinds that lineage does not know the inside of.
        run: carries out the rewriting and searching of many files.
        run_here: likewise, on this machine: what is looked for may be nowhere else.
        state: makes the statistics of a version whose files were rewritten.
    """

    by_kind: Mapping[FileKind, Rewriter] = field(default_factory=dict)
    run: ChoreRunner = in_turn
    run_here: ChoreRunner = in_turn
    state: StatisticsMaker = make_statistics
