"""Verdicts: the drops of all stages, followed to the document that is kept in the end, one file per part."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lineage.storage.files import exists
from pipelines.dedup.catalogue import Catalogue, Numbering, Numbers
from pipelines.dedup.drops import EXACT, NEAR, REASONS, Drops, claims_path, read_drops
from pipelines.execution.once import Once, names
from pipelines.execution.stage import Report
from pipelines.handover.workfiles import writing

VERDICTS = pa.schema(
    {"row": pa.uint32(), "reason": pa.string(), "duplicate_of": pa.binary(16), "similarity": pa.float32()}
)
"""Columns of a verdict file: which rows of a part are dropped, ascending. Similarity is null for ID_CONFLICT,
URL_DUPLICATE, and what repeats a record that is dropped as one."""

LINKS = 4
"""Most steps from a dropped document to a kept one: repeated record, same URL, exact copy, near-duplicate."""


@dataclass(frozen=True, slots=True)
class VerdictReport(Report):
    """Paths of verdict files by part, and rows dropped by reason."""

    verdicts: Mapping[str, str]
    reasons: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class FollowReport(Report):
    """Paths of the drops whose winners are kept, by number, and of those that moved on to others, by winner.

    Attributes:
        moved: how many moved on.
    """

    settled: str
    claims: str
    moved: int


@dataclass(frozen=True)
class FollowTask(Once[FollowReport]):
    """Look up winners that stand in one span: where one is itself dropped, what was dropped for it moves on.

    Attributes:
        span: which span of the catalogue.
        claims: path of a list of drops by winner.
        drops: paths of lists of drops by number.
        catalogue: path of the catalogue.
        out: folder of outputs.
    """

    span: int
    claims: str
    drops: tuple[str, ...]
    catalogue: str
    out: str

    def inputs(self) -> Any:
        """Return what the output depends on."""
        return [self.span, names([self.catalogue, self.claims, *self.drops])]

    def work(self) -> FollowReport:
        """Write both runs."""
        numbering = Numbering.load(self.catalogue)
        bounds = numbering.span(self.span)
        claims, moved = follow(read_drops([self.claims], *bounds), read_drops(self.drops, *bounds))
        claims.take(~moved).write(f"{self.path}.settled", numbering.lows)
        claims.take(moved).write_claims(f"{self.path}.moved", numbering.lows)
        return FollowReport(self.id, f"{self.path}.settled", claims_path(f"{self.path}.moved"), int(moved.sum()))


@dataclass(frozen=True)
class VerdictTask(Once[VerdictReport]):
    """Write the verdicts of a span of parts: files named by part and content, so that equal verdicts are equal paths.

    Attributes:
        span: which span of the catalogue.
        drops: paths of lists of drops by number.
        settled: whether their winners are kept; otherwise the lists hold all drops of the job, and winners are looked
            up here.
        catalogue: path of the catalogue.
        out: folder of outputs.
    """

    span: int
    drops: tuple[str, ...]
    settled: bool
    catalogue: str
    out: str

    @property
    def cost(self) -> int:
        """Return a number that is the same for all tasks of the stage: spans are about equal."""
        return 1

    def inputs(self) -> Any:
        """Return what the output depends on."""
        return [self.span, self.settled, names([self.catalogue, *self.drops])]

    def work(self) -> VerdictReport:
        """Write the verdict files; report their paths by part, and counts by reason."""
        catalogue = Catalogue.load(self.catalogue, self.span)
        low, high = catalogue.base, catalogue.base + len(catalogue)
        drops = read_drops(self.drops, low, high) if self.settled else settle(read_drops(self.drops), low, high)
        paths, counts = {}, np.zeros(len(REASONS), np.int64)
        for part, where, rows in catalogue.by_part(drops.numbers):
            paths[part.name] = self._write(part.name, drops.take(where), rows)
            counts += np.bincount(drops.codes[where], minlength=len(REASONS))
        reasons = {reason.value: count for reason, count in zip(REASONS, counts.tolist(), strict=True)}
        return VerdictReport(self.id, paths, reasons)

    def _write(self, part: str, drops: Drops, rows: Numbers) -> str:
        batch = _batch(drops, rows)
        state = hashlib.sha256()
        for column in (rows, drops.doc_ids, drops.similarities, drops.codes):
            state.update(np.ascontiguousarray(column).tobytes())
        path = f"{self.out}/{part}-{state.hexdigest()[:16]}.verdict.arrow"
        if not exists(path):
            with writing(path) as file, pa.ipc.new_file(file, VERDICTS) as writer:
                writer.write_batch(batch)
        return path


def settle(drops: Drops, low: int, high: int) -> Drops:
    """Follow the winners of all *drops* numbered [low, high) until they are kept."""
    first, last = np.searchsorted(drops.numbers, [low, high])
    some = drops.take(slice(int(first), int(last)))
    for _ in range(LINKS - 1):
        some, _ = follow(some, drops)
    return some


def follow(some: Drops, drops: Drops) -> tuple[Drops, npt.NDArray[np.bool_]]:
    """Move *some* drops on from winners that are among the *drops* (ascending by number); tell which were moved.

    They take the similarity of the last step: a copy of a document that is itself dropped for a near-duplicate is a
    near-duplicate of that one, and as similar; after a step that says nothing of similarity, none is known.
    """
    if len(drops) == 0:
        return some, np.zeros(len(some), np.bool_)
    at = np.searchsorted(drops.numbers, some.winners)
    at[at == len(drops)] = 0
    moved = drops.numbers[at] == some.winners
    winners = np.where(moved, drops.winners[at], some.winners)
    doc_ids = np.where(moved[:, None], drops.doc_ids[at], some.doc_ids)
    known = moved & ~np.isnan(some.similarities)
    similarities = np.where(known, drops.similarities[at], some.similarities)
    nearly = moved & (some.codes == EXACT) & (drops.codes[at] == NEAR)
    codes = np.where(nearly, np.uint8(NEAR), some.codes)
    return Drops(some.numbers, winners, doc_ids, similarities, codes), moved


def _batch(drops: Drops, rows: Numbers) -> pa.RecordBatch:
    spelled = np.array([reason.value for reason in REASONS])
    ids = pa.py_buffer(np.ascontiguousarray(drops.doc_ids))
    return pa.record_batch(
        [
            pa.array(rows.astype(np.uint32)),
            pa.array(spelled[drops.codes], pa.string()),
            pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(drops), [None, ids]),
            pa.array(drops.similarities, mask=np.isnan(drops.similarities)),
        ],
        schema=VERDICTS,
    )
