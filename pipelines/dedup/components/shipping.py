"""Shipping: pairs, and what is compared of their documents, to the share of tasks that verifies their component.

Shares are equal ranges of hashed roots. One pass over the parts writes what each share needs of a document, so that
nobody gathers it from everywhere later; where the parts are few, and on this machine, gathering costs less.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipelines.dedup.catalogue import Catalogue, Numbering, Numbers, sidecar_path
from pipelines.dedup.indexes.kept_texts import sets_of
from pipelines.dedup.near.pairs import distinct_edges
from pipelines.execution.once import Once, names
from pipelines.execution.stage import Report
from pipelines.handover.runs import RANGES, KeyRange, Keys, RunList, even_lows, write_run
from pipelines.handover.sections import Array
from pipelines.handover.sidecar import Sidecar
from pipelines.kernels.shingles import ShingleSets

SHIP_TEXT = 512 << 20
"""Bytes of text of the parts whose sets are in memory at a time; these take about half of that, twice."""


@dataclass(frozen=True, slots=True)
class ShipReport(Report):
    """Path of the pairs by share, and paths of the documents by share."""

    pairs: str
    members: list[str]


@dataclass(frozen=True)
class ShipTask(Once[ShipReport]):
    """Write the pairs of a span, each but once, and the documents of it that are in one, by hashed root.

    The columns are ``left`` and ``right``; and ``number``, ``rank``, ``doc_id`` and ``epoch`` with the shingle sets, or
    the ``signature`` where similarity is estimated.

    Attributes:
        span: which span of the catalogue.
        pairs: path of the list of pairs by their smaller document.
        labels: path of the list of labels.
        shares: how many shares there are.
        exact: ship sets of shingles; otherwise signatures; None ships pairs alone.
        texts: path of the list of the documents files of earlier versions, None where there are none.
        catalogue: path of the catalogue.
        out: folder of outputs.
    """

    span: int
    pairs: str
    labels: str
    shares: int
    exact: bool | None
    texts: str | None
    catalogue: str
    out: str

    def inputs(self) -> Any:
        """Return what the output depends on."""
        return [self.span, self.shares, self.exact, names([self.catalogue, self.pairs, self.labels, self.texts or ""])]

    def work(self) -> ShipReport:
        """Write the runs."""
        catalogue = Catalogue.load(self.catalogue, self.span)
        bounds = Numbering.load(self.catalogue).span(self.span)
        with KeyRange(RunList.load(self.labels).between(*bounds), *bounds) as table:
            numbers, roots = table.read("key").astype(np.int64), table.read("root")
        order = np.argsort(numbers)
        numbers, keys = numbers[order], root_keys(roots[order])
        pairs = distinct_edges(self.pairs, *bounds)
        columns = {"left": pairs.left, "right": pairs.right}
        lows = even_lows(min(self.shares, RANGES))
        write_run(f"{self.path}.pairs", keys[np.searchsorted(numbers, pairs.left)], columns, lows)
        paths: list[str] = []
        for some in () if self.exact is None else _chunks(catalogue):
            path = f"{self.path}-{len(paths):04}.run"
            cut = slice(*np.searchsorted(numbers, [some.base, some.base + len(some)]).tolist())
            self._write(path, some, numbers[cut], keys[cut], lows)
            paths.append(path)
        return ShipReport(self.id, f"{self.path}.pairs", paths)

    def _write(self, path: str, catalogue: Catalogue, numbers: Numbers, keys: Keys, lows: Array) -> None:
        columns: dict[str, Array] = {"number": numbers, "epoch": catalogue.epochs(numbers)}
        names, sets = ("rank", "doc_id") if self.exact else ("rank", "doc_id", "signature"), []
        pieces: dict[str, list[Array]] = {name: [] for name in names}
        for base, sidecar in catalogue.open_each():
            first, last = np.searchsorted(numbers, [base, base + len(sidecar)])
            for name, column in pieces.items():
                column.append(sidecar.take(name, numbers[first:last] - base))
            sets += [sets_of(sidecar, numbers[first:last] - base, self.texts)] if self.exact else []
        columns |= {name: np.concatenate(column) for name, column in pieces.items()}
        whole = ShingleSets.join(sets) if self.exact else None
        sets.clear()  # or each would be held twice while the run is written
        write_run(path, keys, columns, lows, whole)


def _chunks(catalogue: Catalogue) -> Iterator[Catalogue]:
    """Yield the parts in runs of about SHIP_TEXT."""
    start, size = 0, 0
    for at, part in enumerate(catalogue.parts):
        size += part.bytes
        if size >= SHIP_TEXT or at == len(catalogue.parts) - 1:
            yield Catalogue(catalogue.parts[start : at + 1], int(catalogue.bases[start]))
            start, size = at + 1, 0


def part_sets(catalogue: Catalogue, numbers: Numbers, texts: str | None) -> Iterator[ShingleSets]:
    """Yield the shingle sets of the documents with these ascending *numbers*, part by part.

    Those that earlier versions dropped have empty ones; those that they kept stand in the files of the list *texts*.
    """
    for part, _, rows in catalogue.by_part(numbers):
        with Sidecar(sidecar_path(part)) as sidecar:
            yield sets_of(sidecar, rows, texts)


def root_keys(roots: Numbers) -> Keys:
    """Return a key for each root: its number mixed (the finalizer of SplitMix64), so that shares are even."""
    mixed: Keys = roots.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))
