"""Exact groups: rows of one doc_id, captures of one URL, documents of one content_id; the preferred one stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.dedup.catalogue import Catalogue, Numbers
from pipelines.dedup.drops import CONFLICT, EXACT, REASONS, REPEATED, URL, Drops, dropped_mask
from pipelines.dedup.survivors import id_words, order_keys
from pipelines.execution.once import Once, names
from pipelines.execution.stage import Report
from pipelines.handover.sections import Array


@dataclass(frozen=True, slots=True)
class GroupReport(Report):
    """Path of the drops, and how many there are of each kind."""

    drops: str
    repeated: int
    conflicts: int
    url: int
    exact: int


@dataclass(frozen=True)
class GroupTask(Once[GroupReport]):
    """Find the groups of equal ids in one hash partition and drop all but the first of each in survivor order.

    A task reads the id column of every sidecar (16 or 32 bytes a document) in turn and keeps the entries of its
    partition; its memory is about 100 bytes for each of them. A million identical documents are one group: a sort,
    never pairs.

    Attributes:
        column: "doc_id", "url_id" or "content_id"; an id of zeros takes no part.
        partition: which of *partitions* equal shares of the hashed ids.
        partitions: how many there are.
        catalogue: path of the catalogue.
        earlier: paths of drops whose documents take no part.
        out: folder of outputs.
    """

    column: str
    partition: int
    partitions: int
    catalogue: str
    earlier: tuple[str, ...]
    out: str

    @property
    def cost(self) -> int:
        """Return a number that is the same for all tasks of the stage: partitions are equal."""
        return 1

    def inputs(self) -> Any:
        """Return what the output depends on."""
        return [self.column, self.partition, self.partitions, names([self.catalogue, *self.earlier])]

    def work(self) -> GroupReport:
        """Write the drops and count them."""
        catalogue = Catalogue.load(self.catalogue)
        drops = self._drops(catalogue, self._members(catalogue)).between(catalogue.fresh, len(catalogue))
        path = f"{self.path}.drops"
        drops.write(path)
        counts = np.bincount(drops.codes, minlength=len(REASONS)).tolist()
        return GroupReport(self.id, path, *(counts[code] for code in (REPEATED, CONFLICT, URL, EXACT)))

    def _members(self, catalogue: Catalogue) -> Numbers:
        """Return the documents of this partition whose key is not alone, ascending."""
        keys, numbers = [np.empty(0, np.uint64)], [np.empty(0, np.int64)]
        gone = dropped_mask(self.earlier, len(catalogue))
        for some, found in self._entries(catalogue):
            alive = ~gone[found]
            keys.append(some[alive])
            numbers.append(found[alive])
        key = np.concatenate(keys)
        order = np.argsort(key)
        same = key[order[1:]] == key[order[:-1]]
        shared = np.append(same, False) | np.append(False, same) if len(key) else np.empty(0, np.bool_)
        return np.sort(np.concatenate(numbers)[order[shared]])

    def _entries(self, catalogue: Catalogue) -> Iterator[tuple[npt.NDArray[np.uint64], Numbers]]:
        base = 0
        for ids in catalogue.read(self.column):
            keys = id_keys(ids)
            mine = np.flatnonzero((keys % np.uint64(self.partitions) == self.partition) & ids.any(axis=1))
            yield keys[mine], mine + base
            base += len(ids)

    def _drops(self, catalogue: Catalogue, members: Numbers) -> Drops:
        """Sort members by id, then survivor order; the first of each run of equal ids stays."""
        if len(members) == 0:
            members = np.empty(0, np.int64)
            return Drops(members, members, np.empty((0, 16), np.uint8), np.empty(0, np.float32), np.empty(0, np.uint8))
        words = id_words(catalogue.gather(self.column, members))
        order = np.lexsort([*order_keys(catalogue, members), *words])
        fresh = np.ones(len(members), np.bool_)
        fresh[1:] = np.logical_or.reduce([word[order[1:]] != word[order[:-1]] for word in words])
        first = order[np.maximum.accumulate(np.where(fresh, np.arange(len(members)), 0))]  # place of the winner
        losers, winners = order[~fresh], first[~fresh]
        ascending = np.argsort(losers)
        return self._described(catalogue, members, losers[ascending], winners[ascending])

    def _described(self, catalogue: Catalogue, members: Numbers, losers: Array, winners: Array) -> Drops:
        contents = catalogue.gather("content_id", members)
        same = (contents[losers] == contents[winners]).all(axis=1)
        codes = np.full(len(losers), EXACT, np.uint8)
        if self.column == "doc_id":
            codes = np.where(same, REPEATED, CONFLICT).astype(np.uint8)
        if self.column == "url_id":
            codes, same = np.full(len(losers), URL, np.uint8), np.zeros(len(losers), np.bool_)
        similarities = np.where(same, 1.0, np.nan).astype(np.float32)
        doc_ids = catalogue.gather("doc_id", members)[winners]
        return Drops(members[losers], members[winners], doc_ids, similarities, codes)


def id_keys(ids: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """Return a uint64 key for each id of 16 or 32 bytes: its first two words mixed, so that counted ids spread too."""
    words: Array = np.ascontiguousarray(ids[:, :16]).view("<u8")
    mixed: Array = words[:, 0] * np.uint64(0x9E3779B97F4A7C15) + words[:, 1] * np.uint64(0xC2B2AE3D27D4EB4F)
    mixed = (mixed ^ (mixed >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
    return np.asarray(mixed ^ (mixed >> np.uint64(29)))
