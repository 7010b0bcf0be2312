"""Rows of documents as a stage of deduplication reads them: from sidecars, or from runs that were routed to it."""

from __future__ import annotations

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
