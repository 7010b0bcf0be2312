"""Work on single files of a hub, which any process can do: planned in one place, carried out by whoever has workers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Protocol

import pyarrow as pa

from lineage.storage.files import read_whole, write_once


class Chore(Protocol):
    """Something to do with one file: small, frozen and picklable; what it needs beside that stands in files."""

    @property
    def name(self) -> list[str]:
        """Name the work by what it is and the content of its inputs, not by their place."""

    @property
    def code(self) -> tuple[str, ...]:
        """Return the modules whose functions do it."""

    @property
    def size(self) -> int:
        """Return the bytes of the file."""

    def run(self) -> Any:
        """Do it, and say in JSON values what came of it; doing it twice gives the same."""

    def stands(self, result: Any) -> bool:
        """Tell whether *result*, which an earlier attempt came to, need not be found again."""


ChoreRunner = Callable[[Sequence[Chore]], list[Any]]
"""Does chores in any order, and returns what came of each in theirs."""


def in_turn(chores: Sequence[Chore]) -> list[Any]:
    """Do *chores* one after another in this process: what every other run_chores must agree with."""
    return [chore.run() for chore in chores]


def keep_table(folder: str, stem: str, table: pa.Table) -> str:
    """Write *table* into *folder* for those who do chores, named *stem* and by its content; return where."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    content = sink.getvalue()
    path = f"{folder}/{stem}-{hashlib.sha256(content).hexdigest()[:32]}.arrow"
    write_once(path, memoryview(content))
    return path


@lru_cache(maxsize=4)  # the next chores of a process read the same ones; names are made of what is in them
def read_table(path: str) -> pa.Table:
    """Return what keep_table wrote."""
    return pa.ipc.open_file(pa.py_buffer(read_whole(path))).read_all()
