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
from pipelines.handover.runs import RANGES, Keys, even_lows, write_run
from pipelines.handover.sections import Array
from pipelines.handover.sidecar import Sidecar
from pipelines.kernels.minhash import EMPTY


class BandRows(PartRows):
    """Documents in their parts; further columns are ``sketch`` and ``winner`` (see BandTask)."""

    def __init__(self, catalogue: Catalogue, numbers: Numbers, settled: Sequence[str]) -> None:
        """Take the documents with these ascending *numbers*; *settled* are lists of near-duplicates of old."""
        super().__init__(catalogue, numbers)
        self._settled = settled

    def take(self, names: Sequence[str], places: Numbers) -> list[Array]:
        """Return the values of columns at ascending *places*, at least one; of a sketch, it alone is asked for."""
        if names == ["sketch"]:
            return [np.concatenate([*self._sketches(self.numbers[places])])]
        if names == ["winner"]:
            return [read_winners(self._settled, self.numbers[places])]
        return super().take(names, places)

    def _sketches(self, numbers: Numbers) -> Iterator[Sketches]:
        for part, _, rows in self._catalogue.by_part(numbers):
            with Sidecar(sidecar_path(part)) as sidecar:
                yield sketch(np.array(sidecar.take("signature", rows)))


@dataclass(frozen=True, slots=True)
class BandReport(Report):
    """How many documents have bands; the paths of the runs follow from the task."""

    documents: int


@dataclass(frozen=True)
class BandTask(Once[BandReport]):
    """Write for each band the documents of a span as a run by band key.

    A run has the columns ``number``, ``sketch``, those of survivor order, and ``winner``: the document itself, or, of
    one that an earlier version dropped as a near-duplicate, the kept one that stands for it. Holds some 300 bytes for
    each document of the span, and 100 more while a run is written.

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
        pieces: dict[str, list[Array]] = {name: [] for name in ("number", "sketch", "doc_id", "rank")}
        keys: list[list[Keys]] = [[] for _ in range(self.bands.bands)]
        for base, sidecar, rows, values in signed(catalogue, self.earlier):
            for band, some in enumerate(keys):
                some.append(keys_of_band(self.bands.values(values, band), band))
            found = rows + base, sketch(values.T.copy()), sidecar.take("doc_id", rows), sidecar.take("rank", rows)
            for column, taken in zip(pieces.values(), found, strict=True):
                column.append(taken)
        columns = {name: np.concatenate(pieces.pop(name)) for name in list(pieces)}
        columns["epoch"] = catalogue.epochs(columns["number"])
        columns["winner"] = read_winners(self.settled, columns["number"])
        for band, hashed in enumerate(keys):
            joined = np.concatenate(hashed)
            hashed.clear()
            write_run(self.run_path(band), joined, columns, even_lows(min(self.shares, RANGES)))
        return BandReport(self.id, len(columns["number"]))


def signed(
    catalogue: Catalogue, earlier: Sequence[str], start: int = 0, stop: int | None = None
) -> Iterator[tuple[int, Sidecar, Numbers, Array]]:
    """Yield of each part the documents that have a signature of something and are not dropped *earlier*.

    That is: the number of the part's first document, its sidecar, the rows of these documents, and their signature
    values [start, stop), uint32 (values, rows).
    """
    gone = dropped_mask(earlier, catalogue.base, catalogue.base + len(catalogue))
    for base, sidecar in catalogue.open_each():
        few = min(4, sidecar.header["sections"]["values"][2][0])  # of a text with words, not all are those of none
        first = base - catalogue.base
        some = (sidecar.read("values", 0, few) != EMPTY).any(axis=0) & ~gone[first : first + len(sidecar)]
        rows = np.flatnonzero(some)
        yield base, sidecar, rows, sidecar.read("values", start, stop)[:, rows]


def read_bands(
    catalogue: Catalogue, bands: Bands, span: tuple[int, int], earlier: Sequence[str]
) -> tuple[Numbers, list[Keys]]:
    """Return the numbers of documents that have bands and are not dropped *earlier*, and their keys, band by band."""
    numbers = [np.empty(0, np.int64)]
    keys: list[list[Keys]] = [[np.empty(0, np.uint64)] for _ in range(*span)]
    for base, _, rows, values in signed(catalogue, earlier, span[0] * bands.rows, span[1] * bands.rows):
        numbers.append(rows + base)
        for at, some in enumerate(keys):
            some.append(keys_of_band(bands.values(values, at), span[0] + at))
    return np.concatenate(numbers), [np.concatenate(some) for some in keys]


def read_winners(settled: Sequence[str], numbers: Numbers) -> Numbers:
    """Return whom ascending *numbers* are compared as: themselves, or the document that they were dropped for."""
    if len(numbers) == 0:
        return numbers
    drops = read_drops(settled, int(numbers[0]), int(numbers[-1]) + 1)
    winners = numbers.copy()
    known = np.isin(drops.numbers, numbers, assume_unique=True)
    winners[np.searchsorted(numbers, drops.numbers[known])] = drops.winners[known]
    return winners
