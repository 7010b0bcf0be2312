"""Millions of strings in one buffer, asked for by halving: membership, and entries that a text begins with."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

_REMEMBERED: Final = 1 << 16


class SortedStrings:
    """Distinct strings in the order of their UTF-8 bytes; takes their bytes and eight for each."""

    __slots__ = ("_data", "_ends", "holds")

    def __init__(self, strings: pa.Array) -> None:
        """Take *strings* (no nulls) in any order, each as often as it comes."""
        distinct = strings.cast(pa.large_string()).unique()
        array = distinct.take(pc.sort_indices(distinct))
        _, ends, data = array.buffers()
        self._ends = memoryview(ends).cast("q")[: len(array) + 1] if len(array) else memoryview(bytes(8)).cast("q")
        self._data = data.to_pybytes() if data else b""
        self.holds = lru_cache(_REMEMBERED)(self._holds)  # hosts have their parents in common

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __iter__(self) -> Iterator[str]:
        return (self._at(row).decode() for row in range(len(self)))

    def prefix_of(self, text: str) -> str | None:
        """Return an entry that *text* begins with, None if there is none; the cost is that of a few searches."""
        whole = wanted = text.encode()
        while at := self._after(wanted):
            entry = self._at(at - 1)
            if whole.startswith(entry):
                return entry.decode()
            wanted = _shared(wanted, entry)
        return None

    def _holds(self, entry: str) -> bool:
        wanted = entry.encode("utf-8", "replace")
        at = self._after(wanted)
        return at > 0 and self._at(at - 1) == wanted

    def _after(self, entry: bytes) -> int:
        return bisect_right(range(len(self)), entry, key=self._at)

    def _at(self, row: int) -> bytes:
        return self._data[self._ends[row] : self._ends[row + 1]]


def _shared(wanted: bytes, entry: bytes) -> bytes:
    """Return what both begin with; *entry* stands before *wanted*, and every prefix of *wanted* that is an entry too.

    A prefix of *wanted* that stands before *entry* is no longer than this.
    """
    for at, (left, right) in enumerate(zip(wanted, entry, strict=False)):
        if left != right:
            return wanted[:at]
    return wanted[: min(len(wanted) - 1, len(entry))]
