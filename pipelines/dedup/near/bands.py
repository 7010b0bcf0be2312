"""Band entries: documents by the keys of their bands, with all that is needed to pair them where their bucket is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipelines.dedup.catalogue import Catalogue, Numbers, sidecar_path
from pipelines.dedup.drops import dropped_mask, read_drops
from pipelines.dedup.near.lsh import Bands, keys_of_band
from pipelines.dedup.near.sketches import Sketches, sketch
from pipelines.dedup.rows import PartRows
from pipelines.execution.once import Once, names
from pipelines.execution.stage import Report
from pipelines.handover.runs import Keys, even_lows, write_run
from pipelines.handover.sections import Array
from pipelines.handover.sidecar import Sidecar
from pipelines.kernels.minhash import EMPTY

ORDER = ("rank", "doc_id", "epoch")
"""Columns that survivor order is made of."""


class BandRows(PartRows):
    """Documents in their parts; further columns are ``sketch`` and ``winner`` (see BandTask)."""

    def __init__(self, catalogue: Catalogue, numbers: Numbers, settled: Sequence[str]) -> None:
        """Take the documents with these ascending *numbers*; *settled* are lists of near-duplicates of old."""
        super().__init__(catalogue, numbers)
        self._settled = settled

    def take(self, name: str, places: Numbers) -> Array:
        """Return a column's values at ascending *places*, at least one."""
        if name == "sketch":
            return read_sketches(self._catalogue, self.numbers[places])
        if name == "winner":
            return read_winners(self._settled, self.numbers[places])
        return super().take(name, places)


@dataclass(frozen=True, slots=True)
class BandReport(Report):
    """How many documents have bands; the paths of the runs follow from the task."""

    documents: int


@dataclass(frozen=True)
class BandTask(Once[BandReport]):
    """Write for each band the documents of a span as a run by band key.

    A run has the columns ``number``, ``sketch``, those of ORDER and ``winner``: the document itself, or, of one that an
    earlier version dropped as a near-duplicate, the kept one that stands for it. Holds some 200 bytes for each document
    of the span, twice while a run is written.

    Attributes:
        span: which span of the catalogue.
        bands: how signatures are cut.
        shares: of how many equal shares of the keys each will be read by one task.
        catalogue: path of the catalogue.
        earlier: paths of lists of drops whose documents take no part.
        settled: paths of lists of the near-duplicates that earlier versions dropped.
        out: folder of outputs.
    """

    span: int
    bands: Bands
    shares: int
    catalogue: str
    earlier: tuple[str, ...]
    settled: tuple[str, ...]
    out: str

    def inputs(self) -> Any:
        """Return what the output depends on."""
        cut = [self.bands.bands, self.bands.rows]
        return [self.span, cut, self.shares, names([self.catalogue, *self.earlier]), names(self.settled)]

    def run_path(self, band: int) -> str:
        """Return where the run of a *band* stands once the task is done."""
        return f"{self.path}-{band:03}.run"

    def work(self) -> BandReport:
        """Write the runs."""
        catalogue = Catalogue.load(self.catalogue, self.span)
        numbers = alive(catalogue, self.bands, self.earlier)
        rows = BandRows(catalogue, numbers, self.settled)
        everyone = np.arange(len(numbers))
        columns = {name: rows.take(name, everyone) for name in ("sketch", *ORDER, "winner") if len(numbers)}
        for band in range(self.bands.bands):
            keys = read_band(catalogue, self.bands, band)[numbers - catalogue.base]
            write_run(self.run_path(band), keys, {"number": numbers, **columns}, even_lows(self.shares))
        return BandReport(self.id, len(numbers))


def alive(catalogue: Catalogue, bands: Bands, earlier: Sequence[str]) -> Numbers:
    """Return the numbers of the documents that have a signature of something and are not dropped *earlier*."""
    some = min(4, bands.bands * bands.rows)  # values: of a text with words, not all of these are those of none
    gone = dropped_mask(earlier, catalogue.base, catalogue.base + len(catalogue))
    signed = [(values != EMPTY).any(axis=0) for values in catalogue.read("values", 0, some)]
    return np.flatnonzero(np.concatenate([np.empty(0, np.bool_), *signed]) & ~gone) + catalogue.base


def read_band(catalogue: Catalogue, bands: Bands, band: int) -> Keys:
    """Return the key of a *band* for every document."""
    values = catalogue.read("values", band * bands.rows, (band + 1) * bands.rows)
    return np.concatenate([np.empty(0, np.uint64), *(keys_of_band(some, band) for some in values)])


def read_sketches(catalogue: Catalogue, numbers: Numbers) -> Sketches:
    """Return the sketches of the documents with these ascending *numbers*, at least one, a part at a time."""
    return np.concatenate([*_sketches(catalogue, numbers)])


def _sketches(catalogue: Catalogue, numbers: Numbers) -> Iterator[Sketches]:
    for part, _, rows in catalogue.by_part(numbers):
        with Sidecar(sidecar_path(part)) as sidecar:
            yield sketch(np.array(sidecar.take("signature", rows)))


def read_winners(settled: Sequence[str], numbers: Numbers) -> Numbers:
    """Return for ascending *numbers* the documents that stand for them: themselves, or whom they were dropped for."""
    drops = read_drops(settled, int(numbers[0]), int(numbers[-1]) + 1)
    winners = numbers.copy()
    known = np.isin(drops.numbers, numbers, assume_unique=True)
    winners[np.searchsorted(numbers, drops.numbers[known])] = drops.winners[known]
    return winners
