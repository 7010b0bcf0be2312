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

    def take(self, names: Sequence[str], places: Numbers) -> list[Array]:
        """Return the values of columns at ascending *places*."""


class PartRows:
    """Documents in their parts; a column is one of the sidecar, or ``epoch``."""

    def __init__(self, catalogue: Catalogue, numbers: Numbers) -> None:
        """Take the documents with these ascending *numbers*."""
        self.numbers = numbers
        self._catalogue = catalogue

    def take(self, names: Sequence[str], places: Numbers) -> list[Array]:
        """Return the values of columns at ascending *places*, at least one; each part is opened once."""
        held = [name for name in names if name != "epoch"]
        columns = dict(zip(held, self._catalogue.gather(held, self.numbers[places]) if held else [], strict=True))
        return [self._catalogue.epochs(self.numbers[places]) if name == "epoch" else columns[name] for name in names]


class RunRows:
    """Documents as runs hold them; columns are those of the runs."""

    def __init__(self, table: KeyRange) -> None:
        """Take all rows of *table*, which must have a run."""
        self.numbers: npt.NDArray[np.int64] = table.read("number")
        self._table = table

    def take(self, names: Sequence[str], places: Numbers) -> list[Array]:
        """Return the values of columns at ascending *places*."""
        return [self._table.take(name, places) for name in names]


ORDER = ("doc_id", "rank", "epoch")
"""The columns that survivor order is made of, where no doc_id stands twice."""


def preference(rows: Rows, places: Numbers) -> Numbers:
    """Return survivor order of documents with distinct doc_ids: indices into *places*, the preferred one first."""
    return np.lexsort([rows.numbers[places], *order_keys(*rows.take(ORDER, places))])


def order_keys(doc_ids: Array, ranks: Array, epochs: Array) -> list[Array]:
    """Return keys for ``np.lexsort`` (the last one weighs most); ids compare as bytes."""
    return [*reversed(id_words(doc_ids)), *ranks.T[::-1], epochs]


def id_words(ids: npt.NDArray[np.uint8]) -> list[Array]:
    """Split ids (n, width) into big-endian 64-bit words, the most significant first."""
    return list(np.ascontiguousarray(ids).view(">u8").astype(np.uint64).T)
