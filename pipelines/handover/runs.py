"""Sorted runs: files of rows ordered by a 64-bit key, in columns, of which a task reads the ranges that are its own.

A run is a file of sections (see pipelines.handover.sections): ``key`` (uint64, ascending; hashed ids spread evenly over
all values, numbers of documents do not), one section for each column, and where its ranges begin: ``lows`` (uint64, the
least key of each range) and ``starts`` (int64, the first row of each, and the number of all rows). Lists of hashes may
be a column too: ``set_offsets`` and ``sets``, as in a sidecar. A reader asks for any range of keys. It pays for the
columns that it asks for, and, where the range is none of those in ``lows``, for the keys at its ends.

What many tasks wrote is a list of runs, which stands in a file of its own: tasks name that file, never its contents.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from pipelines.handover.ids import digest
from pipelines.handover.sections import Array, Sections, pack_sections
from pipelines.handover.workfiles import read_json, write_json, writing
from pipelines.kernels.shingles import ShingleSets

SPACE = 1 << 64
"""One more than the largest key."""

RANGES = 4096
"""Most ranges that a writer notes the beginnings of; finer ones are found by the keys."""

SETS = ("set_offsets", "sets")
"""Sections of a column of lists."""

_FRAME = ("key", "lows", "starts")
_LIST = ".runs"
Keys = npt.NDArray[np.uint64]


def even_lows(count: int) -> Keys:
    """Cut all keys into *count* equal ranges; return the least key of each."""
    return np.array([share_keys(at, count)[0] for at in range(count)], np.uint64)


def share_keys(share: int, shares: int) -> tuple[int, int]:
    """Return the keys [low, high) of one of *shares* equal ranges."""
    return (share * SPACE) // shares, ((share + 1) * SPACE) // shares


def write_run(
    path: str, keys: Array, columns: Mapping[str, Array], lows: Array, sets: ShingleSets | None = None
) -> None:
    """Write rows, given in any order, sorted by *keys*; rows of one key stay in the order given."""
    order = np.argsort(keys, kind="stable")
    ordered, bounds = keys[order].astype(np.uint64), np.asarray(lows, np.uint64)
    starts = np.append(np.searchsorted(ordered, bounds), len(ordered)).astype(np.int64)
    sections: dict[str, Array] = {"key": ordered, "lows": bounds, "starts": starts}
    sections |= columns
    if sets is not None:
        taken = sets.take(order)
        sections |= {"set_offsets": taken.offsets, "sets": taken.hashes}
    with writing(path) as file:
        pack_sections(file, sections, {"rows": len(ordered)}, dict.fromkeys(columns, order))


class Run(Sections):
    """An open run."""

    @property
    def columns(self) -> list[str]:
        """The names of its columns, a column of lists aside."""
        return [name for name in self.header["sections"] if name not in (*_FRAME, *SETS)]

    @property
    def has_sets(self) -> bool:
        """Whether it has a column of lists."""
        return "sets" in self.header["sections"]

    def rows(self, low: int, high: int) -> tuple[int, int]:
        """Return the first row of the keys [low, high), and the one behind the last."""
        lows, starts = self.read("lows"), self.read("starts")
        return self._row(lows, starts, low), self._row(lows, starts, high)

    def _row(self, lows: Array, starts: Array, key: int) -> int:
        """Return the first row whose key is at or above *key*: known for a range's beginning, else looked for in it."""
        if key >= SPACE:
            return int(starts[-1])
        wanted = np.uint64(key)
        at = int(np.searchsorted(lows, wanted))
        if at < len(lows) and lows[at] == wanted:
            return int(starts[at])
        first, last = int(starts[at - 1]) if at else 0, int(starts[at])
        return first + int(np.searchsorted(self.read("key", first, last), wanted))

    def read_sets(self, start: int, stop: int) -> ShingleSets:
        """Return the lists of rows [start, stop)."""
        offsets = self.read("set_offsets", start, stop + 1)
        return ShingleSets(offsets - offsets[0], self.read("sets", int(offsets[0]), int(offsets[-1])))


@dataclass(frozen=True, slots=True)
class RunList:
    """Runs by the range of keys that they hold.

    Attributes:
        lows: the least key of each group of runs, ascending; the first is 0.
        paths: for each group the paths of its runs.
    """

    lows: tuple[int, ...]
    paths: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, paths: Sequence[str]) -> RunList:
        """Make a list of runs each of which may hold any key."""
        return cls((0,), (tuple(paths),))

    @classmethod
    def load(cls, path: str) -> RunList:
        """Read what :meth:`save` wrote."""
        if not path.endswith(_LIST):
            return cls.of([path])
        lows, paths = read_json(path)
        return cls(tuple(lows), tuple(tuple(group) for group in paths))

    def save(self, folder: str) -> str:
        """Write the list into *folder*, named by what it lists; return its path. A single run is its own list."""
        if len(self.paths) == 1 and len(self.paths[0]) == 1:
            return self.paths[0][0]
        names = [[path.rsplit("/", 1)[-1] for path in group] for group in self.paths]
        path = f"{folder}/{digest([list(map(str, self.lows)), names])[:32]}{_LIST}"
        write_json(path, [self.lows, self.paths])
        return path

    def groups(self) -> Iterator[tuple[int, int, tuple[str, ...]]]:
        """Yield for each group its keys [low, high) and its runs."""
        for (low, high), paths in zip(pairwise((*self.lows, SPACE)), self.paths, strict=True):
            yield low, high, paths

    def between(self, low: int, high: int) -> list[str]:
        """Return the paths of runs that may hold keys [low, high)."""
        return [path for first, stop, paths in self.groups() if first < high and low < stop for path in paths]


def distinct_keys(path: str) -> Keys:
    """Return all keys of the list of runs at *path*, ascending, each but once: 8 bytes a row, twice."""
    with KeyRange(RunList.load(path).between(0, SPACE)) as table:
        keys = np.sort(table.read("key")) if table.first else np.empty(0, np.uint64)
    return np.asarray(keys[np.append(True, keys[1:] != keys[:-1])[: len(keys)]])


def are_among(keys: Keys, known: Keys) -> npt.NDArray[np.bool_]:
    """Return bool n: which of *keys* are among *known*, which are ascending."""
    at = np.searchsorted(known, keys)
    at[at == len(known)] = 0
    return np.asarray(known[at] == keys) if len(known) else np.zeros(len(keys), np.bool_)


class KeyRange:
    """The rows of the keys [low, high) of several runs as one table, run after run; each is opened once."""

    def __init__(self, paths: Sequence[str], low: int = 0, high: int = SPACE) -> None:
        self._stack = ExitStack()
        self._pieces: list[tuple[Run, int, int]] = []
        with ExitStack() as stack:
            for path in paths:
                run = stack.enter_context(Run(path))
                self._pieces.append((run, *run.rows(low, high)))
            self._stack = stack.pop_all()
        self._bases = np.concatenate([[0], np.cumsum([stop - start for _, start, stop in self._pieces])]).astype(int)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    def __len__(self) -> int:
        return int(self._bases[-1])

    @property
    def first(self) -> Run | None:
        """One of the runs, which all have the same columns; None where there is none."""
        return self._pieces[0][0] if self._pieces else None

    def read(self, name: str) -> Array:
        """Return a column; there must be a run, or nobody knows its type."""
        return np.concatenate([run.read(name, start, stop) for run, start, stop in self._pieces])

    def each_sets(self) -> Iterator[ShingleSets]:
        """Yield the column of lists, run by run."""
        for run, start, stop in self._pieces:
            yield run.read_sets(start, stop)

    def read_sets(self) -> ShingleSets:
        """Return the column of lists."""
        return ShingleSets.join([*self.each_sets()])

    def take(self, name: str, places: npt.NDArray[np.int64]) -> Array:
        """Return a column's values at ascending *places*; of each run only what lies between them is read."""
        cuts = np.searchsorted(places, self._bases)
        return np.concatenate(
            [
                run.take(name, places[first:last] - base + start)
                for (run, start, _), base, (first, last) in zip(
                    self._pieces, self._bases.tolist(), pairwise(cuts.tolist()), strict=False
                )
            ]
        )
