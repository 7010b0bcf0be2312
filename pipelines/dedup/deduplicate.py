"""The deduplicate phase: parts in; for each part the rows to drop, why, and which kept document they duplicate, out.

Stages of tasks over files, each skipped where its output stands: rows with one doc_id; captures of one URL, if that is
asked for, and documents with one content_id; candidate pairs among the rest by bands of their signatures; their
components; verification and survivors; verdicts. The result depends on the documents, their ranks and the settings: not
on the order of the parts, the executor, or the number of tasks.

Parts of earlier versions (see pipelines.dedup.index) take part with the fates they have: new documents are compared
with them, and nothing is decided about them again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from pipelines.dedup.candidates import CandidateReport, CandidateTask, sure_matches
from pipelines.dedup.catalogue import Catalogue, sidecar_path
from pipelines.dedup.components import ConnectReport, ConnectTask
from pipelines.dedup.drops import CONFLICT, EXACT, NEAR, REASONS, REPEATED, URL
from pipelines.dedup.grouping import GroupTask
from pipelines.dedup.index import AdoptTask
from pipelines.dedup.lsh import bands_for, floor_matches
from pipelines.dedup.verdicts import VerdictTask, spans
from pipelines.dedup.verification import VerifyReport, VerifyTask
from pipelines.errors import SidecarMismatch
from pipelines.execution.once import run_stage
from pipelines.execution.stage import Executor, R, Task
from pipelines.handover.parts import FRESH, PartFile
from pipelines.handover.sidecar import Sidecar
from pipelines.handover.workfiles import read_json
from pipelines.kernels.minhash import MinHasher

BAND_TASKS = 8
"""Tasks over which the bands are spread, if there are as many bands."""

VERDICT_ROWS = 1 << 20
"""Rows of the parts whose verdicts one task writes."""


@dataclass(frozen=True, slots=True)
class DedupSettings:
    """What counts as a duplicate, and how large tasks may be.

    Attributes:
        threshold: least Jaccard index of the shingle sets of near-duplicates.
        num_perm: values of a signature.
        near: whether near-duplicates are looked for.
        exact: whether copies are; rows that repeat a doc_id always are.
        url: whether several captures of one normalised URL are.
        verify: "exact" compares the shingle sets of candidates; "signature" takes the estimate, of which the standard
            error is sqrt(s(1-s)/num_perm), 0.035 at 0.8 with 128 values.
        seed: of the signatures.
        shingle: tokens per shingle.
        task_documents: entries of a hash partition; a task needs about 50 bytes for each, and more for repeated ones.
        task_text: bytes of text that one task verifies; its memory is about 1.5 times that.
    """

    threshold: float = 0.8
    num_perm: int = 128
    near: bool = True
    exact: bool = True
    verify: Literal["exact", "signature"] = "exact"
    seed: int = 1
    shingle: int = 5
    task_documents: int = 8_000_000
    task_text: int = 64 << 20
    url: bool = False

    @property
    def sets(self) -> bool:
        """Whether candidates are compared as sets of shingles."""
        return self.near and self.verify == "exact"

    @property
    def minhash(self) -> MinHasher:
        """What signatures must have been made with."""
        return MinHasher(self.num_perm, self.seed, self.shingle)


@dataclass(frozen=True, slots=True)
class DedupResult:
    """What deduplication found.

    Attributes:
        verdicts: part name -> path of its verdict file (columns VERDICTS), for parts that lose a row.
        catalogue: path of the catalogue, in which documents have their numbers.
        counts: documents (of this run), indexed (of earlier versions); dropped rows by reason (repeated_record,
            id_conflict, url_duplicate, exact_duplicate, near_duplicate); candidates (distinct pairs), compared (pairs
            verified), components, largest_component (documents), and unassigned (documents of crowded buckets left to
            other bands, see CandidateTask).
    """

    verdicts: dict[str, str]
    catalogue: str
    counts: dict[str, int] = field(default_factory=dict)


def deduplicate(
    parts: Sequence[PartFile], settings: DedupSettings, out: str, execute: Executor, aside: tuple[str, ...] = ()
) -> DedupResult:
    """Find what to drop from *parts*; files go to the folder *out*.

    *aside* are paths of drops whose documents take no part (see pipelines.dedup.refusals): they are neither dropped nor
    survivors.

    Raises:
        SidecarMismatch: a part's signatures are absent or were made with other parameters, or its URLs are not there.
        TooManyDocuments: the parts hold 2**32 documents or more.
        StageLost: a task did not report.
    """
    catalogue = Catalogue.of(parts)
    if settings.near:
        _check(catalogue, settings.minhash.checksum())
    if settings.url:
        _check_urls(catalogue)
    return _Job(catalogue, catalogue.save(out), settings, out, execute, aside).run()


def _check(catalogue: Catalogue, checksum: str) -> None:
    for part in catalogue.parts:
        with Sidecar(sidecar_path(part)) as sidecar:
            if sidecar.header["checksum"] != checksum:
                raise SidecarMismatch(
                    f"{sidecar_path(part)}: its signatures were made with other parameters (num_perm, seed, shingle or "
                    "Unicode version) than are asked for; nothing was written; annotate again with these settings"
                )


def _check_urls(catalogue: Catalogue) -> None:
    for part in catalogue.parts:
        with Sidecar(sidecar_path(part)) as sidecar:
            if "url_id" not in sidecar.header["sections"]:
                message = f"{sidecar_path(part)}: it was written without URLs, which are to be compared; nothing was "
                raise SidecarMismatch(f"{message}written; annotate again with these settings")


@dataclass(frozen=True, slots=True)
class _Job:
    catalogue: Catalogue
    listing: str
    settings: DedupSettings
    out: str
    execute: Executor
    aside: tuple[str, ...]

    def run(self) -> DedupResult:
        """Run the stages one after another; each sees the rows that the ones before have left."""
        earlier, aside = self._adopt()
        drops = self._drops(self._groups("doc_id", aside))
        gone = earlier[REPEATED] + earlier[CONFLICT]
        if self.settings.url:
            drops += self._drops(self._groups("url_id", drops + gone + aside))
        gone += earlier[URL]
        if self.settings.exact:
            drops += self._drops(self._groups("content_id", drops + gone + aside))
        gone += earlier[EXACT]
        counts = {"documents": len(self.catalogue) - self.catalogue.fresh, "indexed": self.catalogue.fresh}
        if self.settings.near:
            found = self._stage(self._candidates(drops + gone + aside))
            (connected,) = self._stage([self._connect(found)])
            verified = self._stage(self._verify(connected, earlier[NEAR]))
            drops += tuple(report.drops for report in verified)
            counts |= _near_counts(connected, found, verified)
        drops += gone + earlier[NEAR]
        written = self._stage(self._verdicts(drops))
        verdicts = {part: path for report in written for part, path in report.verdicts.items()}
        reasons = {reason.value: sum(report.reasons[reason.value] for report in written) for reason in REASONS}
        return DedupResult(verdicts, self.listing, counts | reasons)

    def _stage(self, tasks: Sequence[Task[R]]) -> list[R]:
        return run_stage(tasks, self.execute)

    def _drops(self, tasks: Sequence[GroupTask]) -> tuple[str, ...]:
        return tuple(report.drops for report in self._stage(tasks))

    def _adopt(self) -> tuple[list[tuple[str, ...]], tuple[str, ...]]:
        """Return for each of REASONS the paths of what earlier versions dropped for it, and of what takes no part."""
        if self.catalogue.fresh == 0:
            return [() for _ in REASONS], self.aside
        (report,) = self._stage([AdoptTask(self.listing, self.out)])
        return [(path,) for path in report.drops], (*self.aside, report.refused)

    def _partitions(self) -> int:
        return max(1, -(-len(self.catalogue) // self.settings.task_documents))

    def _groups(self, column: str, earlier: tuple[str, ...]) -> list[GroupTask]:
        shares = self._partitions()
        return [GroupTask(column, i, shares, self.listing, earlier, self.out) for i in range(shares)]

    def _candidates(self, earlier: tuple[str, ...]) -> list[CandidateTask]:
        settings, shares = self.settings, self._partitions()
        bands = bands_for(settings.threshold, settings.num_perm)
        floor = floor_matches(settings.threshold, settings.num_perm)
        limits = (floor, sure_matches(settings.threshold, settings.num_perm))
        runs = np.array_split(np.arange(bands.bands), min(bands.bands, BAND_TASKS))
        return [
            CandidateTask((int(run[0]), int(run[-1]) + 1), bands, limits, (i, shares), self.listing, earlier, self.out)
            for run in runs
            for i in range(shares)
        ]

    def _connect(self, found: Sequence[CandidateReport]) -> ConnectTask:
        pairs = tuple(report.pairs for report in found)
        return ConnectTask(pairs, self.settings.task_text, self.listing, self.out)

    def _verify(self, connected: ConnectReport, settled: tuple[str, ...]) -> list[VerifyTask]:
        settings, routed = self.settings, tuple(connected.routed)
        return [
            VerifyTask(routed, share, size, settled, settings.threshold, settings.sets, self.listing, self.out)
            for share, size in enumerate(read_json(connected.shares))
        ]

    def _verdicts(self, drops: tuple[str, ...]) -> list[VerdictTask]:
        old = sum(part.epoch < FRESH for part in self.catalogue.parts)
        rows = [part.rows for part in self.catalogue.parts[old:]]
        runs = spans(rows, VERDICT_ROWS) if rows else []
        return [VerdictTask(old + start, old + stop, drops, self.listing, self.out) for start, stop in runs]


def _near_counts(
    connected: ConnectReport, found: Sequence[CandidateReport], verified: Sequence[VerifyReport]
) -> dict[str, int]:
    return {
        "candidates": sum(report.pairs for report in verified),
        "components": connected.components,
        "largest_component": connected.largest,
        "unassigned": sum(report.unassigned for report in found),
        "compared": sum(report.compared for report in verified),
    }
