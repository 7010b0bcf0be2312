"""Rows of documents as a stage of deduplication reads them, from sidecars or from runs, and their survivor order.

The order is total: the version that took a document in, the ranks given at annotation (lower first), then doc_id,
content_id, part name and row. Of several duplicates the first stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from pipelines.dedup.catalogue import Catalogue, Numbers
from pipelines.handover.runs import KeyRange
from pipelines.handover.sections import Array


class Rows(Protocol):
    """Some documents: a number for each, and columns of which any rows are read."""

    @property
    def numbers(self) -> Numbers:
        """The number of each row; rows may stand in any order."""

    def take(self, name: str, places: Numbers) -> Array:
        """Return a column's values at ascending *places*."""


class PartRows:
    """Documents in their parts; a column is one of the sidecar, or ``epoch``."""

    def __init__(self, catalogue: Catalogue, numbers: Numbers) -> None:
        """Take the documents with these ascending *numbers*."""
        self.numbers = numbers
        self._catalogue = catalogue

    def take(self, name: str, places: Numbers) -> Array:
        """Return a column's values at ascending *places*, at least one."""
        if name == "epoch":
            return self._catalogue.epochs(self.numbers[places])
        return self._catalogue.gather(name, self.numbers[places])


class RunRows:
    """Documents as runs hold them; columns are those of the runs."""

    def __init__(self, table: KeyRange) -> None:
        """Take all rows of *table*, which must have one."""
        self.numbers: npt.NDArray[np.int64] = table.read("number")
        self._table = table

    def take(self, name: str, places: Numbers) -> Array:
        """Return a column's values at ascending *places*."""
        return self._table.take(name, places)


def preference(rows: Rows, places: Numbers) -> Numbers:
    """Return survivor order of documents with distinct doc_ids: indices into *places*, the preferred one first."""
    return np.lexsort(order_keys(rows, places, ("doc_id",)))


def order_keys(rows: Rows, places: Numbers, ids: Sequence[str] = ("doc_id", "content_id")) -> list[Array]:
    """Return keys for ``np.lexsort`` (the last one weighs most) of the documents at *places*; ids compare as bytes."""
    words = [word for name in ids for word in id_words(rows.take(name, places))]
    return [rows.numbers[places], *reversed(words), *rows.take("rank", places).T[::-1], rows.take("epoch", places)]


def id_words(ids: npt.NDArray[np.uint8]) -> list[Array]:
    """Split ids (n, width) into big-endian 64-bit words, the most significant first."""
    return list(np.ascontiguousarray(ids).view(">u8").astype(np.uint64).T)
