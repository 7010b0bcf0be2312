"""One pass over a batch for the patterns of many recognizers: where each of them can match at all.

Hyperscan searches for widened patterns (see patterns.py) in one byte for each code point and reports where they end.
From that and the width of a pattern follow windows outside of which it cannot match, and in which the pattern, searched
from the beginning of a window, finds exactly its matches in the whole text:

- Every match lies in the stretch of its width before the end that was reported for it, or in the same run between white
  space. Stretches that overlap are joined, so that a match that would shut out another is in the same window.
- A search may look at the whole text before the window, and as far behind it as a match from within can look.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import tempfile
from array import array
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import numpy as np

from policies.cache import chosen_folder, processor
from policies.pii.search.patterns import Shape, as_bytes, shape, widened
from policies.pii.search.windows import Batch, Positions

Expression = tuple[str, int]
"""A pattern of the regex module and its flags."""

_SOURCES: Final = ("patterns.py", "windows.py")  # they determine what is compiled


@dataclass(frozen=True, slots=True)
class Stretches:
    """m stretches of single texts in which a pattern is to be searched for, in order; positions are the batch's.

    Attributes:
        documents: int64 m, the number of the text.
        begins: int64 m, where the search begins.
        stops: int64 m; a match that begins here or later is not this stretch's.
        ends: int64 m, where the search ends.
        linear: the search takes time in proportion to the stretch.
    """

    documents: Positions
    begins: Positions
    stops: Positions
    ends: Positions
    linear: bool = True


@dataclass(slots=True)
class Prefilter:
    """Patterns that are searched for in one pass, by their numbers."""

    database: Any
    shapes: Sequence[Shape]

    def ends(self, batch: Batch) -> list[Positions]:
        """Return for each pattern where in *batch* its matches end, in order and each but once."""
        ends = [array("I") for _ in self.shapes]  # a hostile text has several matches at each of its characters
        add = [one.append for one in ends]
        self.database.scan(as_bytes(batch.codes), match_event_handler=lambda number, _, end, __, ___: add[number](end))
        return [distinct([np.array(found, np.int64)]) for found in ends]

    def stretches(self, batch: Batch, ends: Sequence[Positions]) -> list[Stretches]:
        """Return for each of the first patterns, given where its matches end, where in *batch* it can match."""
        return [_around(batch, found, one) for found, one in zip(ends, self.shapes, strict=False)]


def whole(batch: Batch) -> Stretches:
    """Return all texts of *batch* in full."""
    begins, ends = batch.starts[:-1], batch.starts[1:] - 1
    return Stretches(np.arange(len(begins)), begins, ends, ends)


@cache
def prefilter(expressions: tuple[Expression, ...]) -> Prefilter | None:
    """Return the prefilter of *expressions*; None without Hyperscan or where one of them has no shape."""
    shapes = [shape(*one) for one in expressions]
    known = [one for one in shapes if one is not None]
    if not expressions or len(known) < len(shapes) or not _available():
        return None
    return Prefilter(_database(expressions), known)


def distinct(places: Sequence[Positions]) -> Positions:
    """Return *places*, each in order or nearly so, as one, in order and each but once."""
    ordered = np.sort(np.concatenate([np.empty(0, np.int64), *places]), kind="stable")
    return ordered[np.diff(ordered, prepend=-1) > 0]


def _available() -> bool:
    try:
        import_module("hyperscan")
    except ImportError:
        return False
    return True


def _around(batch: Batch, ends: Positions, pattern: Shape) -> Stretches:
    """Return the stretches around *ends*, in order and each but once, where a match of *pattern* may end."""
    documents = np.searchsorted(batch.starts, ends - 1, side="right") - 1
    inside = ends <= batch.starts[documents + 1] - 1  # no match ends with what stands between two texts
    ends, documents = ends[inside], documents[inside]
    if pattern.width is not None:
        joined = _joined(batch, documents, ends, pattern.width)
        if pattern.reach is not None:
            return _bounded(batch, joined, pattern.width + pattern.reach)
        return _to_space(batch, _bounded(batch, joined, pattern.width)) if pattern.solid else _texts(batch, documents)
    return _runs(batch, documents, ends) if pattern.solid else _texts(batch, documents)


def _joined(batch: Batch, documents: Positions, ends: Positions, width: int) -> Stretches:
    """Return the stretches of *width* before *ends*, joined where they overlap."""
    begins = np.maximum(ends - width, batch.starts[documents])
    apart = np.flatnonzero(begins[1:] >= ends[:-1]) + 1
    head = np.concatenate([[0], apart])[: len(ends)]
    tail = np.concatenate([apart - 1, [len(ends) - 1]])[: len(head)]
    return Stretches(documents[head], begins[head], ends[tail], ends[tail])


def _bounded(batch: Batch, found: Stretches, behind: int) -> Stretches:
    limits = batch.starts[found.documents + 1] - 1
    return Stretches(found.documents, found.begins, found.stops, np.minimum(found.stops + behind, limits))


def _to_space(batch: Batch, found: Stretches) -> Stretches:
    """Let each search go on to behind the next white space."""
    spaces = np.flatnonzero(batch.is_space())
    limits = batch.starts[found.documents + 1] - 1
    ends = np.minimum(spaces[np.searchsorted(spaces, found.ends)] + 1, limits)
    return Stretches(found.documents, found.begins, found.stops, ends)


def _runs(batch: Batch, documents: Positions, ends: Positions) -> Stretches:
    """Return the runs between white space that hold a match that ends at *ends*, with the white space behind them."""
    spaces = np.flatnonzero(batch.is_space())  # every text stands between line feeds
    place, first = np.unique(np.searchsorted(spaces, ends - 1), return_index=True)
    documents, stops = documents[first], spaces[place]
    limits = batch.starts[documents + 1] - 1
    return Stretches(documents, spaces[place - 1] + 1, stops, np.minimum(stops + 1, limits), linear=False)


def _texts(batch: Batch, documents: Positions) -> Stretches:
    """Return those of the texts in full that are among *documents*."""
    numbers = np.unique(documents)
    ends = batch.starts[numbers + 1] - 1
    return Stretches(numbers, batch.starts[numbers], ends, ends)


def _database(expressions: Sequence[Expression]) -> Any:
    """Return the compiled database of *expressions*, from the cache folder if an earlier process left it there."""
    import hyperscan

    folder = patterns_folder()
    path = folder / f"{_digest(expressions)}.hs" if folder else None
    if path and path.is_file():
        with suppress(OSError, hyperscan.error):
            database = hyperscan.loadb(path.read_bytes(), hyperscan.HS_MODE_BLOCK)
            database.scratch = hyperscan.Scratch(database)
            return database
    sources = [(widened(*one) or "").encode() for one in expressions]
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    flags = hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_DOTALL
    database.compile(sources, list(range(len(sources))), len(sources), [flags] * len(sources))
    if path:
        _store(path, hyperscan.dumpb(database))
    return database


def _store(path: Path, content: bytes) -> None:
    """Let *path* appear with *content*, or not at all."""
    with suppress(OSError):
        temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        temporary.write_bytes(content)
        temporary.replace(path)


def _digest(expressions: Sequence[Expression]) -> str:
    """Identify a compiled database: its patterns, what widens them, what compiled it, and for which processor."""
    state = hashlib.sha256(repr((expressions, sys.version_info[:2], os.uname().machine, processor())).encode())
    for name in _SOURCES:
        state.update(Path(__file__).with_name(name).read_bytes())
    for package in ("hyperscan", "regex"):
        with suppress(PackageNotFoundError):
            state.update(version(package).encode())
    return state.hexdigest()[:32]


_ADMINISTRATOR = 0


def patterns_folder() -> Path | None:
    """Return the folder of compiled databases, to which nobody else can write: who can, can run code as us.

    None if there is none, or the one that the environment names is not ours alone.
    """
    if chosen := chosen_folder():
        return chosen / "prefilter" if _is_ours(chosen / "prefilter") else None
    with suppress(RuntimeError):  # a user whom the system does not know has no home
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute()
        if _is_ours(home / "corpushub" / "prefilter"):
            return home / "corpushub" / "prefilter"
    shared = Path(tempfile.gettempdir()) / f"corpushub-{os.getuid()}" / "prefilter"
    return shared if _is_ours(shared.parent) and _is_ours(shared) else None


def _is_ours(folder: Path) -> bool:
    """Make *folder* unless it is there, and tell whether only we, or the administrator, may write to it."""
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        state = folder.lstat()
    except OSError:
        return False
    shared = state.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISDIR(state.st_mode) and state.st_uid in {os.getuid(), _ADMINISTRATOR} and not shared
