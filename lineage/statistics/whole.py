"""The statistics of a version from its files, in one process: what every other way to make them must agree with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import chain
from typing import Final

import numpy as np
import pyarrow as pa

from lineage.hub.home import FileKind
from lineage.statistics.bins import KEY_BITS, keys_of, rank_of
from lineage.statistics.counts import (
    COUNTS,
    LEDGER_COLUMNS,
    add,
    count_documents,
    count_ledger,
    finite,
    negative,
    without_texts,
)
from lineage.statistics.files import counts_among, read_counts, write_counts, write_summary
from lineage.statistics.model import PERCENTS, Statistics
from lineage.statistics.quantiles import GREATEST, LEAST, Search
from lineage.statistics.summary import digest, summarize
from lineage.storage.files import DataFile, open_parquet
from lineage.storage.parquet import canonical, read_errors
from lineage.storage.tables import LEDGER, PROFILES

SIGNALS_SHARE: Final = 16
"""Of a documents file its signals are that part, or less."""

_COUNTED: Final[tuple[FileKind, ...]] = ("documents", "ledger")
_READ: Final[tuple[FileKind, ...]] = ("documents", "profiles")


@dataclass(frozen=True, slots=True)
class Change:
    """What the statistics of a version are made of; files by absolute path or URL.

    Attributes:
        before: counts files of the version that it comes from; none if all its files are counted.
        added: its documents and ledger files that *before* does not count, each with its kind.
        removed: those that *before* counts and it does not have.
        documents: all its documents files.
        profiles: all its profiles files.
        folder: where statistics files go.
        size: bytes that are read, about.
    """

    before: tuple[str, ...]
    added: tuple[tuple[str, str], ...]
    removed: tuple[tuple[str, str], ...]
    documents: tuple[str, ...]
    profiles: tuple[str, ...]
    folder: str
    size: int = 0


StatisticsMaker = Callable[[Change], list[DataFile]]
"""Makes the statistics files of a version: its counts, and at the end its summary."""

Files = Mapping[FileKind, Sequence[DataFile]]
"""A version's files by kind, by absolute path or URL."""


def change_of(old: Files | None, new: Files, folder: str) -> Change:
    """Return what the statistics of a version with *new* files are made of, that comes from one with *old* files."""
    before = tuple(counts_among(_paths(old, "statistics"))) if old else ()
    counted = _counted(old) if old and before else {}
    wanted = _counted(new)
    added, removed = sorted(wanted.keys() - counted.keys()), sorted(counted.keys() - wanted.keys())
    size = sum(file.bytes for file in new.get("documents", ())) // SIGNALS_SHARE
    size += sum((wanted | counted)[one] for one in (*added, *removed))
    documents, profiles = (tuple(_paths(new, kind)) for kind in _READ)
    return Change(before, tuple(added), tuple(removed), documents, profiles, folder, size)


def _paths(files: Files, kind: FileKind) -> list[str]:
    return [file.path for file in files.get(kind, ())]


def _counted(files: Files) -> dict[tuple[str, str], int]:
    """Return the bytes of the files that are counted, by kind and path."""
    return {(kind, file.path): file.bytes for kind in _COUNTED for file in files.get(kind, ())}


def make_statistics(change: Change) -> list[DataFile]:
    """Make the statistics files of a version in this process; holds all its counts."""
    counts = _counts(change)
    return [write_counts(counts, change.folder), write_summary(_summary(counts, change), change.folder)]


def state_whole(documents: Sequence[str], ledger: Sequence[str], profiles: Sequence[str]) -> Statistics:
    """Return the statistics of a version with these files, each read once more for every signal that it has."""
    counted = tuple([("documents", path) for path in documents] + [("ledger", path) for path in ledger])
    change = Change((), counted, (), tuple(documents), tuple(profiles), "")
    return _summary(_counts(change), change)


def count_file(kind: str, path: str) -> pa.Table:
    """Count the documents or ledger file, as *kind* says, at *path*; DamagedFile if it cannot be read."""
    if kind == "documents":
        return reduce(_plus, map(count_documents, _documents(path)), COUNTS.empty_table())
    with read_errors(path), open_parquet(path) as file:
        held = [name for name in LEDGER_COLUMNS if name in file.schema_arrow.names]
        rows = file.read(held)
    schema = pa.schema([LEDGER.field(name) for name in LEDGER_COLUMNS])
    return count_ledger(canonical(rows, schema))


def read_signals(path: str, names: Iterable[str]) -> pa.Table:
    """Return those columns of the documents file at *path* that it has of *names*."""
    with read_errors(path), open_parquet(path) as file:
        held = [name for name in names if name in file.schema_arrow.names]
        return file.read(held) if held else pa.table({})


def read_profiles(paths: Iterable[str]) -> dict[str, str]:
    """Return the profiles in the profiles files at *paths*, canonical JSON by id."""
    found: dict[str, str] = {}
    for path in paths:
        with read_errors(path), open_parquet(path) as file:
            table = file.read(PROFILES.names)
        found |= dict(zip(table["profile"].to_pylist(), table["content"].to_pylist(), strict=True))
    return found


def _documents(path: str) -> Iterator[pa.Table]:
    """Yield the documents file at *path* by row group, without its texts."""
    with read_errors(path), open_parquet(path) as file:
        for group in range(file.num_row_groups):
            yield without_texts(file.read_row_group(group))


def _plus(one: pa.Table, other: pa.Table) -> pa.Table:
    return add([one, other])


def _counts(change: Change) -> pa.Table:
    parts = chain(
        map(read_counts, change.before),
        (count_file(*one) for one in change.added),
        (negative(count_file(*one)) for one in change.removed),
    )
    return reduce(_plus, parts, COUNTS.empty_table())


def _summary(counts: pa.Table, change: Change) -> Statistics:
    bounded = digest(counts)
    names = sorted(set(_signal_names(bounded)))
    return summarize([bounded], _quantiles(change.documents, names), read_profiles(change.profiles))


def _signal_names(counts: pa.Table) -> Iterator[str]:
    for breakdown, name in zip(counts["breakdown"].to_pylist(), counts["key"].to_pylist(), strict=True):
        if breakdown == "signal":
            yield name


def _quantiles(documents: Sequence[str], names: Sequence[str]) -> list[Search]:
    """Return the quantiles of signals by sorting all their values, one signal at a time."""
    searches: list[Search] = []
    for name in names:
        tables = [read_signals(path, [name]) for path in documents]
        keys = np.sort(np.concatenate([keys_of(finite(one[name])) for one in tables if name in one.column_names]))
        ranks = {LEAST: 1, **{percent: rank_of(percent, len(keys)) for percent in PERCENTS}, GREATEST: len(keys)}
        searches += [
            Search(name, percent, 1, int(keys[rank - 1]), KEY_BITS, settled=True) for percent, rank in ranks.items()
        ]
    return searches
