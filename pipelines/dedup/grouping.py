"""Exact groups: rows of one doc_id, captures of one URL, documents of one content_id; the preferred one stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.dedup.catalogue import Catalogue, Numbering, Numbers
from pipelines.dedup.distinct import repeated
from pipelines.dedup.drops import CONFLICT, EXACT, NONE, REASONS, REPEATED, URL, Drops, dropped_mask
from pipelines.dedup.rows import PartRows, Rows, RunRows, id_words, order_keys
from pipelines.execution.once import Once, names
from pipelines.execution.stage import Report
from pipelines.handover.runs import (
    RANGES,
    KeyRange,
    Keys,
    RunList,
    are_among,
    distinct_keys,
    even_lows,
    share_keys,
    write_run,
)
from pipelines.handover.sections import Array


@dataclass(frozen=True, slots=True)
class GroupReport(Report):
    """Path of the drops, and how many there are of each kind."""

    drops: str
    repeated: int
    conflicts: int
    url: int
    exact: int


@dataclass(frozen=True, slots=True)
class RouteReport(Report):
    """Path of the run."""

    run: str


@dataclass(frozen=True)
class RouteTask(Once[RouteReport]):
    """Write the ids of a span's documents as a run by hashed id, with all that grouping needs to know of them.

    Attributes:
        column: "doc_id", "url_id" or "content_id"; an id of zeros takes no part.
        span: which span of the catalogue.
        shares: of how many equal shares of the hashed ids each will be read by one task.
        new: path of the list of runs of new documents, without which those of the span are of no interest; None where
            they are new themselves.
        catalogue: path of the catalogue.
        earlier: paths of lists of drops whose documents take no part.
        out: folder of outputs.
    """

    column: str
    span: int
    shares: int
    new: str | None
    catalogue: str
    earlier: tuple[str, ...]
    out: str

    def inputs(self) -> Any:
        """Return what the output depends on."""
        return [self.column, self.span, self.shares, names([self.catalogue, self.new or "", *self.earlier])]

    def work(self) -> RouteReport:
        """Write the run."""
        catalogue = Catalogue.load(self.catalogue, self.span)
        known = None if self.new is None else distinct_keys(self.new)
        keys, numbers, columns = read_keys(catalogue, self.column, self.earlier, _columns(self.column), known)
        columns |= {"number": numbers, "epoch": catalogue.epochs(numbers)}
        write_run(f"{self.path}.run", keys, columns, even_lows(min(self.shares, RANGES)))
        return RouteReport(self.id, f"{self.path}.run")


def _columns(column: str) -> list[str]:
    """Return what grouping by a *column* asks of sidecars."""
    return list(dict.fromkeys((column, "doc_id", "content_id", "rank")))


def read_keys(
    catalogue: Catalogue, column: str, earlier: Sequence[str], more: Sequence[str] = (), known: Keys | None = None
) -> tuple[Keys, Numbers, dict[str, Array]]:
    """Return hashed id, number, and *more* columns of each document that has an id and is not dropped *earlier*.

    Where ascending keys are *known*, only documents with one of these count.
    """
    keys, numbers = [np.empty(0, np.uint64)], [np.empty(0, np.int64)]
    columns: dict[str, list[Array]] = {name: [] for name in more}
    gone = dropped_mask(earlier, catalogue.base, catalogue.base + len(catalogue))
    for base, sidecar in catalogue.open_each():
        ids, first = sidecar.read(column), base - catalogue.base
        mine = np.flatnonzero(ids.any(axis=1) & ~gone[first : first + len(ids)])
        hashed = id_keys(ids[mine])
        if known is not None:
            here = are_among(hashed, known)
            mine, hashed = mine[here], hashed[here]
        keys.append(hashed)
        numbers.append(mine + base)
        for name, some in columns.items():
            some.append(sidecar.take(name, mine))
    joined = {name: np.concatenate(some) for name, some in columns.items() if some}
    return np.concatenate(keys), np.concatenate(numbers), joined


@dataclass(frozen=True)
class GroupTask(Once[GroupReport]):
    """Find the groups of equal ids in one share of the hashed ids and drop all but the first of each in survivor order.

    A task reads hashed ids and numbers of its share (16 bytes a document), and what else is known of the documents that
    share theirs; its memory is about 100 bytes for each entry. A million identical documents are one group: a sort,
    never pairs.

    Attributes:
        column: "doc_id", "url_id" or "content_id"; an id of zeros takes no part.
        share: which share of the hashed ids.
        shares: how many there are.
        catalogue: path of the catalogue.
        routed: path of the list of runs by hashed id; None where ids are read from sidecars.
        earlier: paths of lists of drops whose documents take no part.
        out: folder of outputs.
    """

    column: str
    share: int
    shares: int
    catalogue: str
    routed: str | None
    earlier: tuple[str, ...]
    out: str

    @property
    def cost(self) -> int:
        """Return a number that is the same for all tasks of the stage: shares are equal."""
        return 1

    def inputs(self) -> Any:
        """Return what the output depends on."""
        return [self.column, self.share, self.shares, names([self.catalogue, self.routed or "", *self.earlier])]

    def work(self) -> GroupReport:
        """Write the drops and count them."""
        numbering = Numbering.load(self.catalogue)
        drops = self._drops()
        drops = drops.take(np.flatnonzero(drops.numbers >= numbering.fresh))
        drops.write(f"{self.path}.drops", numbering.lows)
        drops.write_claims(f"{self.path}.drops", numbering.lows)
        counts = np.bincount(drops.codes, minlength=len(REASONS)).tolist()
        return GroupReport(self.id, f"{self.path}.drops", *(counts[at] for at in (REPEATED, CONFLICT, URL, EXACT)))

    def _drops(self) -> Drops:
        if self.routed is None:
            catalogue = Catalogue.load(self.catalogue)
            keys, numbers, _ = read_keys(catalogue, self.column, self.earlier)
            return self._dropped(keys, PartRows(catalogue, numbers))
        low, high = share_keys(self.share, self.shares)
        with KeyRange(RunList.load(self.routed).between(low, high), low, high) as table:
            return self._dropped(table.read("key"), RunRows(table))

    def _dropped(self, keys: Keys, rows: Rows) -> Drops:
        """Sort rows of one hash by id, then survivor order; the first of each run of equal ids stays."""
        places = repeated(keys)
        if len(places) == 0:
            return NONE
        names = [*_columns(self.column), "epoch"]
        columns = dict(zip(names, rows.take(names, places), strict=True))
        words, numbers = id_words(columns[self.column]), rows.numbers[places]
        ranked = order_keys(columns["doc_id"], columns["rank"], columns["epoch"])
        order = np.lexsort([numbers, *reversed(id_words(columns["content_id"])), *ranked, *words])
        fresh = np.ones(len(places), np.bool_)
        fresh[1:] = np.logical_or.reduce([word[order[1:]] != word[order[:-1]] for word in words])
        first = order[np.maximum.accumulate(np.where(fresh, np.arange(len(places)), 0))]  # place of the winner
        return self._described(numbers, columns, order[~fresh], first[~fresh])

    def _described(self, numbers: Numbers, columns: Mapping[str, Array], losers: Array, winners: Array) -> Drops:
        contents = columns["content_id"]
        same = (contents[losers] == contents[winners]).all(axis=1)
        codes = np.full(len(losers), EXACT, np.uint8)
        if self.column == "doc_id":
            codes = np.where(same, REPEATED, CONFLICT).astype(np.uint8)
        if self.column == "url_id":
            codes, same = np.full(len(losers), URL, np.uint8), np.zeros(len(losers), np.bool_)
        similarities = np.where(same, 1.0, np.nan).astype(np.float32)
        return Drops(numbers[losers], numbers[winners], columns["doc_id"][winners], similarities, codes)


def id_keys(ids: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """Return a uint64 key for each id of 16 or 32 bytes: its first two words mixed, so that counted ids spread too."""
    words: Array = np.ascontiguousarray(ids[:, :16]).view("<u8")
    mixed: Array = words[:, 0] * np.uint64(0x9E3779B97F4A7C15) + words[:, 1] * np.uint64(0xC2B2AE3D27D4EB4F)
    mixed = (mixed ^ (mixed >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
    return np.asarray(mixed ^ (mixed >> np.uint64(29)))
