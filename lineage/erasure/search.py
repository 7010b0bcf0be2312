"""Searching one file of a hub: a chore, and what it may find."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from lineage.rewrite.files import file_name
from lineage.storage.files import open_bytes

_BLOCK: Final = 1 << 24


@dataclass(frozen=True, slots=True)
class Remains:
    """What was found where.

    Attributes:
        path: relative to the hub or warehouse.
        problem: a sentence that names nobody.
    """

    path: str
    problem: str


@dataclass(frozen=True, slots=True)
class Search:
    """Search one file; see chores.Chore.

    Attributes:
        searcher: how: tells what is wrong with the file at a path, None if nothing is.
        path: the file.
        size: its bytes.
        wanted: a table (chores.keep_table) of what to look for.
    """

    searcher: Callable[[str, str], str | None]
    path: str
    size: int
    wanted: str

    @property
    def name(self) -> list[str]:
        """Name the work."""
        return ["search", self.searcher.__name__, self.path, file_name(self.wanted)]

    @property
    def code(self) -> tuple[str, ...]:
        """Return the modules whose functions do it."""
        return (__name__, self.searcher.__module__)

    def run(self) -> str | None:
        """Search the file; say what is wrong."""
        return self.searcher(self.path, self.wanted)

    def stands(self, result: Any) -> bool:
        """Tell that no earlier search counts: a file may have changed since."""
        return False


def read_blocks(path: str, overlap: int = 64) -> Iterator[bytes]:
    """Yield the file at *path* in blocks of which each repeats the last *overlap* bytes of the one before.

    Nothing if it is gone by now.
    """
    with suppress(FileNotFoundError), open_bytes(path) as file:
        yield from overlapping(iter(lambda: file.read(_BLOCK), b""), overlap)


def overlapping(pieces: Iterator[bytes], overlap: int) -> Iterator[bytes]:
    """Yield *pieces*, each behind the last *overlap* bytes of what came before."""
    tail = b""
    for piece in pieces:
        block = tail + piece
        yield block
        tail = block[-overlap:]
