"""Verdicts: the drops of all stages, followed to the document that is kept in the end, one file per part."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lineage.storage.files import exists
from pipelines.dedup.catalogue import Catalogue
from pipelines.dedup.drops import EXACT, NEAR, REASONS, Drops, read_drops
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


@dataclass(frozen=True)
class VerdictTask(Once[VerdictReport]):
    """Write the verdicts of some parts: files named by part and content, so that equal verdicts are equal paths.

    Reads the drops of the whole job: 37 bytes for each.

    Attributes:
        start, stop: which parts of the catalogue.
        drops: paths of all drops.
        catalogue: path of the catalogue.
        out: folder of outputs.
    """

    start: int
    stop: int
    drops: tuple[str, ...]
    catalogue: str
    out: str

    @property
    def cost(self) -> int:
        """Return the number of parts."""
        return self.stop - self.start

    def inputs(self) -> Any:
        """Return what the output depends on."""
        return [self.start, self.stop, names([self.catalogue, *self.drops])]

    def work(self) -> VerdictReport:
        """Write the verdict files; report their paths by part, and counts by reason."""
        catalogue = Catalogue.load(self.catalogue)
        drops = read_drops(self.drops)  # with those of earlier versions
        paths, counts = {}, np.zeros(len(REASONS), np.int64)
        for at in range(self.start, self.stop):
            base = int(catalogue.bases[at])
            mine = settle(drops.between(base, int(catalogue.bases[at + 1])), drops)
            if len(mine):
                paths[catalogue.parts[at].name] = self._write(catalogue.parts[at].name, mine, base)
                counts += np.bincount(mine.codes, minlength=len(REASONS))
        reasons = {reason.value: count for reason, count in zip(REASONS, counts.tolist(), strict=True)}
        return VerdictReport(self.id, paths, reasons)

    def _write(self, part: str, drops: Drops, base: int) -> str:
        batch = _batch(drops, base)
        state = hashlib.sha256()
        for column in (drops.numbers - base, drops.doc_ids, drops.similarities, drops.codes):
            state.update(np.ascontiguousarray(column).tobytes())
        path = f"{self.out}/{part}-{state.hexdigest()[:16]}.verdict.arrow"
        if not exists(path):
            with writing(path) as file, pa.ipc.new_file(file, VERDICTS) as writer:
                writer.write_batch(batch)
        return path


def settle(some: Drops, drops: Drops) -> Drops:
    """Follow the winners of *some* of the *drops* until they are kept, with the similarity of the last step.

    A copy of a document that is itself dropped for a near-duplicate is a near-duplicate of that one, and as similar;
    after a step that says nothing of similarity, none is known.
    """
    winners, doc_ids = some.winners.copy(), some.doc_ids.copy()
    similarities, codes = some.similarities.copy(), some.codes.copy()
    for _ in range(LINKS - 1):
        at = np.searchsorted(drops.numbers, winners)
        at[at == len(drops)] = 0
        moved = np.flatnonzero(drops.numbers[at] == winners) if len(drops) else np.empty(0, np.int64)
        at = at[moved]
        similarities[moved] = np.where(np.isnan(similarities[moved]), np.nan, drops.similarities[at])
        codes[moved[(codes[moved] == EXACT) & (drops.codes[at] == NEAR)]] = NEAR
        winners[moved], doc_ids[moved] = drops.winners[at], drops.doc_ids[at]
    return Drops(some.numbers, winners, doc_ids, similarities, codes)


def _batch(drops: Drops, base: int) -> pa.RecordBatch:
    spelled = np.array([reason.value for reason in REASONS])
    ids = pa.py_buffer(np.ascontiguousarray(drops.doc_ids))
    return pa.record_batch(
        [
            pa.array((drops.numbers - base).astype(np.uint32)),
            pa.array(spelled[drops.codes], pa.string()),
            pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(drops), [None, ids]),
            pa.array(drops.similarities, mask=np.isnan(drops.similarities)),
        ],
        schema=VERDICTS,
    )


def spans(rows: Sequence[int], most: int) -> list[tuple[int, int]]:
    """Cut parts with these *rows* into runs [start, stop) of about *most* rows."""
    run: npt.NDArray[np.int64] = (np.cumsum(rows, dtype=np.int64) - rows) // most
    cuts = [0, *(np.flatnonzero(np.diff(run)) + 1).tolist(), len(rows)]
    return list(pairwise(cuts))
