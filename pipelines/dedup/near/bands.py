"""Band entries: documents by the keys of their bands, with all that is needed to pair them where their bucket is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.dedup.catalogue import Catalogue, Numbering, Numbers, sidecar_path
from pipelines.dedup.drops import dropped_mask, read_drops
from pipelines.dedup.near.lsh import Bands, keys_of_band
from pipelines.dedup.near.sketches import Sketches, sketch
from pipelines.dedup.planning.layout import BANDS_AT_ONCE
from pipelines.dedup.rows import PartRows
from pipelines.errors import SidecarMismatch
from pipelines.execution.once import Once, names
from pipelines.execution.stage import Report
from pipelines.handover.runs import RANGES, Keys, are_among, distinct_keys, even_lows, write_run
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
                yield sketches_of(sidecar, rows)


@dataclass(frozen=True, slots=True)
class BandReport(Report):
    """How many documents have bands; the paths of the runs follow from the task."""

    documents: int


@dataclass(frozen=True)
class BandTask(Once[BandReport]):
    """Write for each band the documents of a span as a run by band key.

    A run has the columns ``number``, ``sketch``, those of survivor order, and ``winner``: the document itself, or, of
    one that an earlier version dropped as a near-duplicate, the kept one that stands for it. Holds some 200 bytes for
    each document of the span, and 100 more while a run is written.

    Attributes:
        span: which span of the catalogue.
        bands: how signatures are cut.
        of: the bands [start, stop) that are written.
        shares: of how many equal shares of the keys each will be read by one task.
        new: for each of these bands the path of the list of runs of new documents, without which those of the span are
            of no interest; None where they are new themselves.
        catalogue: path of the catalogue.
        earlier: paths of lists of drops whose documents take no part.
        settled: paths of lists of the near-duplicates that earlier versions dropped.
        out: folder of outputs.
    """

    span: int
    bands: Bands
    of: tuple[int, int]
    shares: int
    new: tuple[str, ...] | None
    catalogue: str
    earlier: tuple[str, ...]
    settled: tuple[str, ...]
    out: str

    def inputs(self) -> Any:
        """Return what the output depends on."""
        cut, files = [self.bands.bands, self.bands.rows], [self.catalogue, *self.earlier]
        return [self.span, cut, self.of, self.shares, names(self.new or ()), names(files), names(self.settled)]

    def run_path(self, band: int) -> str:
        """Return where the run of a *band* stands once the task is done."""
        return f"{self.path}-{band:03}.run"

    def work(self) -> BandReport:
        """Write the runs."""
        catalogue, coarse = Catalogue.load(self.catalogue, self.span), Numbering.load(self.catalogue).fresh > 0
        known = None if self.new is None else [distinct_keys(path) for path in self.new]
        lows, columns = even_lows(min(self.shares, RANGES)), dict[str, Array]()
        for start in range(*self.of, BANDS_AT_ONCE):
            some = slice(start - self.of[0], start - self.of[0] + BANDS_AT_ONCE)
            of, asked_for = (start, min(start + BANDS_AT_ONCE, self.of[1])), None if known is None else known[some]
            keys, asked, found = self._read(catalogue, of, asked_for, coarse, columns=not columns or known is not None)
            columns = found or columns
            for at, band in enumerate(range(*of)):
                mine: Any = slice(None) if asked is None else np.flatnonzero(asked[at])
                write_run(self.run_path(band), keys[at, mine], {name: one[mine] for name, one in columns.items()}, lows)
        return BandReport(self.id, len(columns["number"]))

    def _read(
        self, catalogue: Catalogue, of: tuple[int, int], known: Sequence[Keys] | None, coarse: bool, *, columns: bool
    ) -> tuple[Keys, npt.NDArray[np.bool_] | None, dict[str, Array]]:
        """Read the keys of the bands *of*, of documents that have one that is *known*; the columns too, if wanted.

        Return the keys (bands x n), which of them are asked for (likewise; None for all), and the columns.
        """
        # Places for all are made ahead, of which the unused cost nothing: pieces to be joined would be held twice.
        keys, held = np.empty((of[1] - of[0], len(catalogue)), np.uint64), 0
        asked = None if known is None else np.empty(keys.shape, np.bool_)
        found: dict[str, Array] = {}
        for base, sidecar, rows, hashed in banded(catalogue, self.bands, of, self.earlier, coarse):
            few, some = rows, np.arange(len(rows))
            if known is not None and asked is not None:
                here = np.array([are_among(*one) for one in zip(hashed, known, strict=True)])
                some = np.flatnonzero(here.any(axis=0))
                few = rows[some]
                asked[:, held : held + len(few)] = here[:, some]
            for at, own in enumerate(hashed):
                keys[at, held : held + len(few)] = own[some]
            if columns:
                taken = {"number": few + base, "sketch": sketches_of(sidecar, few)}
                taken |= {name: sidecar.take(name, few) for name in ("doc_id", "rank")}
                for name, values in taken.items():
                    if name not in found:
                        found[name] = np.empty((len(catalogue), *values.shape[1:]), values.dtype)
                    found[name][held : held + len(few)] = values
            held += len(few)
        if columns:
            found = {name: column[:held] for name, column in found.items()}
            found["epoch"] = catalogue.epochs(found["number"])
            found["winner"] = read_winners(self.settled, found["number"])
        return keys[:, :held], None if asked is None else asked[:, :held], found


def banded(
    catalogue: Catalogue, bands: Bands, span: tuple[int, int], earlier: Sequence[str], coarse: bool
) -> Iterator[tuple[int, Sidecar, Numbers, list[Keys]]]:
    """Yield of each part the documents that have a signature of something and are not dropped *earlier*.

    That is: the number of the part's first document, its sidecar, the rows of these documents, and their keys in the
    bands of the *span*, band by band; *coarse* ones where an index is among the parts.
    """
    gone = dropped_mask(earlier, catalogue.base, catalogue.base + len(catalogue))
    for base, sidecar in catalogue.open_each():
        first = base - catalogue.base
        rows = np.flatnonzero(is_signed(sidecar) & ~gone[first : first + len(sidecar)])
        keys = keys_in(sidecar, bands, span, rows)
        yield base, sidecar, rows, [coarse_keys(some) for some in keys] if coarse else keys


def is_signed(sidecar: Sidecar) -> npt.NDArray[np.bool_]:
    """Return bool n: which documents have a signature of something."""
    if "signed" in sidecar.header["sections"]:
        return sidecar.read("signed").astype(np.bool_)
    few = min(4, sidecar.header["sections"]["values"][2][0])  # of a text with words, not all are those of none
    return np.asarray((sidecar.read("values", 0, few) != EMPTY).any(axis=0))


def keys_in(sidecar: Sidecar, bands: Bands, span: tuple[int, int], rows: Numbers) -> list[Keys]:
    """Return the keys of *rows* in the bands of the *span*, band by band; those of an index are coarse.

    Raises:
        SidecarMismatch: an index has the keys of other bands.
    """
    if "bands" in sidecar.header["sections"]:
        if sidecar.header["cut"] != [bands.bands, bands.rows]:
            raise SidecarMismatch("the index was made for another threshold; nothing was committed; run with --full")
        return [some.astype(np.uint64) << np.uint64(32) for some in sidecar.read("bands", *span)[:, rows]]
    values = sidecar.read("values", span[0] * bands.rows, span[1] * bands.rows)[:, rows]
    return [keys_of_band(bands.values(values, at), span[0] + at) for at in range(span[1] - span[0])]


def coarse_keys(keys: Keys) -> Keys:
    """Return *keys* without their lower half, which an index does not keep: sketches tell who met by chance."""
    return np.asarray(keys >> np.uint64(32) << np.uint64(32))


def sketches_of(sidecar: Sidecar, rows: Numbers) -> Sketches:
    """Return the sketches of ascending *rows*."""
    if "sketch" in sidecar.header["sections"]:
        return np.array(sidecar.take("sketch", rows))
    return sketch(np.array(sidecar.take("signature", rows)))


def read_bands(
    catalogue: Catalogue, bands: Bands, span: tuple[int, int], earlier: Sequence[str], coarse: bool
) -> tuple[Numbers, list[Keys]]:
    """Return the numbers of documents that have bands and are not dropped *earlier*, and their keys, band by band."""
    numbers = [np.empty(0, np.int64)]
    keys: list[list[Keys]] = [[np.empty(0, np.uint64)] for _ in range(*span)]
    for base, _, rows, hashed in banded(catalogue, bands, span, earlier, coarse):
        numbers.append(rows + base)
        for some, own in zip(keys, hashed, strict=True):
            some.append(own)
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
