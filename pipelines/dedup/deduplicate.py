"""The deduplicate phase: parts in; for each part the rows to drop, why, and which kept document they duplicate, out.

Stages of tasks over files, each skipped where its output stands: rows with one doc_id; captures of one URL, if that is
asked for, and documents with one content_id; candidate pairs among the rest by bands of their signatures; their
components; verification and survivors; verdicts. The result depends on the documents, their ranks and the settings: not
on the order of the parts, the executor, or the number of tasks.

Parts of earlier versions (see pipelines.dedup.indexes.index) take part with the fates they have: new documents are
compared with them, and nothing is decided about them again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from lineage.hub.home import is_local
from pipelines.dedup.catalogue import SPAN_ROWS, Catalogue, Numbering
from pipelines.dedup.check import CheckTask, find_mismatch
from pipelines.dedup.components.connect import Connector, Labels
from pipelines.dedup.components.forests import Forest
from pipelines.dedup.components.shipping import ShipTask
from pipelines.dedup.components.verification import VerifyReport, VerifyTask
from pipelines.dedup.drops import CONFLICT, EXACT, NEAR, REASONS, REPEATED, URL, claims_path
from pipelines.dedup.grouping import GroupTask, RouteTask
from pipelines.dedup.indexes.adopt import JOINED, AdoptTask, FatesTask, JoinTask
from pipelines.dedup.indexes.index import NearIndex
from pipelines.dedup.merging import Merger
from pipelines.dedup.near.bands import BandTask
from pipelines.dedup.near.candidates import CandidateReport, CandidateTask
from pipelines.dedup.near.lsh import bands_for
from pipelines.dedup.near.sketches import limits
from pipelines.dedup.planning.layout import FORESTS, Layout, Limits
from pipelines.dedup.verdicts import FollowTask, VerdictReport, VerdictTask
from pipelines.errors import SidecarMismatch, StageLost
from pipelines.execution.once import run_stage
from pipelines.execution.stage import Executor, R, Task
from pipelines.handover.lists import write_list
from pipelines.handover.parts import PartFile
from pipelines.handover.runs import even_lows
from pipelines.kernels.minhash import MinHasher

MOST_LINKS = 16
"""Rounds in which winners are followed: a few are needed, and more mean that two documents name each other."""


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
        fan: files of other tasks that one task merges; a task opens no more than eight times as many.
        task_edges: edges between candidates that one task connects; a task needs about 120 bytes for each that is left.
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
    fan: int = 64
    task_edges: int = 1 << 24

    def __post_init__(self) -> None:
        """Refuse what would never end."""
        if self.fan < 2 or min(self.task_documents, self.task_text, self.task_edges) < 1:
            raise ValueError("a task opens two files or more, and takes at least one document, byte and edge")

    @property
    def limits(self) -> Limits:
        """How large tasks may be."""
        span = min(SPAN_ROWS, self.task_documents)
        return Limits(self.task_documents, self.task_text, self.fan, self.task_edges, FORESTS, span)

    @property
    def sets(self) -> bool:
        """Whether candidates are compared as sets of shingles."""
        return self.near and self.verify == "exact"

    @property
    def index(self) -> NearIndex | None:
        """What an index says of near-duplicates; None where they are not looked for."""
        bands = bands_for(self.threshold, self.num_perm) if self.near else None
        return NearIndex(bands, self.num_perm, self.shingle, self.sets) if bands else None

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
    parts: Sequence[PartFile],
    settings: DedupSettings,
    out: str,
    execute: Executor,
    aside: tuple[str, ...] = (),
    texts: Sequence[str] = (),
) -> DedupResult:
    """Find what to drop from *parts*; files go to the folder *out*.

    *aside* are paths of drops whose documents take no part (see pipelines.dedup.refusals): they are neither dropped nor
    survivors. *texts* are the documents files of the version whose index files are among the parts.

    Raises:
        SidecarMismatch: a part's signatures are absent or were made with other parameters, or its URLs are not there.
        StageLost: a task did not report.
    """
    catalogue = Catalogue.of(parts)
    layout = Layout(len(catalogue), len(parts), sum(part.bytes for part in parts), settings.limits)
    listing = catalogue.save(out, settings.limits.span)
    told = write_list(out, texts) if texts else None
    job = _Job(Numbering.load(listing), listing, layout, settings, out, execute, aside, told)
    if mismatch := job.check(catalogue):
        raise SidecarMismatch(mismatch)
    return job.run()


@dataclass(frozen=True, slots=True)
class _Found:
    """What a stage found: the path of its list of drops by number, and of its runs of drops by winner."""

    drops: str
    claims: list[str]


def _lists(found: Sequence[_Found]) -> tuple[str, ...]:
    return tuple(one.drops for one in found)


@dataclass(frozen=True, slots=True)
class _Job:
    numbering: Numbering
    listing: str
    layout: Layout
    settings: DedupSettings
    out: str
    execute: Executor
    aside: tuple[str, ...]
    texts: str | None

    def check(self, catalogue: Catalogue) -> str:
        """Say what is wrong with a sidecar; empty if nothing is with any. Where parts are many, tasks look at them."""
        asked = self.settings.minhash.checksum() if self.settings.near else None, self.settings.url
        if not any(asked):
            return ""
        if self.layout.few:
            return find_mismatch(catalogue, *asked)
        reports = self._stage([CheckTask(span, *asked, self.listing, self.out) for span in self._spans()])
        return next((report.mismatch for report in reports if report.mismatch), "")

    def run(self) -> DedupResult:
        """Run the stages one after another; each sees the rows that the ones before have left."""
        earlier, aside = self._adopt()
        gone = earlier[REPEATED] + earlier[CONFLICT]
        found = [self._grouped("doc_id", gone + aside)]
        if self.settings.url:
            found.append(self._grouped("url_id", _lists(found) + gone + aside))
        gone += earlier[URL]
        if self.settings.exact:
            found.append(self._grouped("content_id", _lists(found) + gone + aside))
        gone += earlier[EXACT]
        counts = {"documents": self.numbering.documents - self.numbering.fresh, "indexed": self.numbering.fresh}
        if self.settings.near:
            near, counted = self._near(_lists(found) + gone + aside, earlier[NEAR])
            found.append(near)
            counts |= counted
        written = self._verdicts(found, gone + earlier[NEAR])
        verdicts = {part: path for report in written for part, path in report.verdicts.items()}
        reasons = {reason.value: sum(report.reasons[reason.value] for report in written) for reason in REASONS}
        return DedupResult(verdicts, self.listing, counts | reasons)

    def _found(self, paths: list[str]) -> _Found:
        return _Found(self._merger(paths, self.numbering.lows), [claims_path(path) for path in paths])

    def _stage(self, tasks: Sequence[Task[R]]) -> list[R]:
        return run_stage(tasks, self.execute)

    @property
    def _merger(self) -> Merger:
        return Merger(self.out, self.execute, self.settings.fan)

    def _adopt(self) -> tuple[list[tuple[str, ...]], tuple[str, ...]]:
        """Return for each of REASONS the paths of what earlier versions dropped for it, and of what takes no part."""
        if self.numbering.fresh == 0:
            return [() for _ in REASONS], self.aside
        if self.layout.few:
            (report,) = self._stage([AdoptTask(self.listing, self.out)])
            return [(path,) for path in report.drops], (*self.aside, report.refused)
        shares, rest = self.layout.shares, (self.listing, self.out)
        fates = self._stage([FatesTask(span, shares, *rest) for span in range(self.numbering.old)])
        kept, dropped = (
            self._merger(paths, even_lows(shares))
            for paths in ([one.kept for one in fates], [one.dropped for one in fates])
        )
        joined = self._stage([JoinTask(share, shares, kept, dropped, *rest) for share in range(shares)])
        many = dict(zip((REPEATED, CONFLICT), zip(*(one.gone for one in fates), strict=True), strict=True))
        many |= dict(zip(JOINED, zip(*(one.drops for one in joined), strict=True), strict=True))
        refused = self._merger([one.refused for one in fates], self.numbering.lows)
        lists = [self._merger(many[code], self.numbering.lows) for code in range(len(REASONS))]
        return [(path,) for path in lists], (*self.aside, refused)

    def _spans(self) -> range:
        return range(len(self.numbering.lows))

    def _grouped(self, column: str, earlier: tuple[str, ...]) -> _Found:
        """Drop what repeats a *column*."""
        shares, routed, taken = self.layout.shares, None, earlier
        if not self.layout.few:
            rest, lows = (self.listing, earlier, self.out), even_lows(shares)
            old, new = self._spans()[: self.numbering.old], self._spans()[self.numbering.old :]
            runs = [one.run for one in self._stage([RouteTask(column, span, shares, None, *rest) for span in new])]
            if old:
                known = self._merger(runs, lows)
                more = self._stage([RouteTask(column, span, shares, known, *rest) for span in old])
                runs += [one.run for one in more]
            routed, taken = self._merger(runs, lows), ()
        tasks = [GroupTask(column, i, shares, self.listing, routed, taken, self.out) for i in range(shares)]
        return self._found([report.drops for report in self._stage(tasks)])

    def _near(self, earlier: tuple[str, ...], settled: tuple[str, ...]) -> tuple[_Found, dict[str, int]]:
        """Drop near-duplicates; *settled* are those of earlier versions."""
        candidates = self._candidates(earlier, settled)
        forests = [Forest(report.forest, report.edges) for report in candidates]
        labels = Connector(self.listing, self.numbering, self._merger, self.layout.limits)(forests)
        verified = self._verified([report.pairs for report in candidates], labels)
        counts = {
            "candidates": sum(report.pairs for report in verified),
            "components": labels.components,
            "largest_component": labels.largest,
            "unassigned": sum(report.unassigned for report in candidates),
            "compared": sum(report.compared for report in verified),
        }
        return self._found([report.drops for report in verified]), counts

    def _candidates(self, earlier: tuple[str, ...], settled: tuple[str, ...]) -> list[CandidateReport]:
        """Find candidates: in one share, some bands a task; in several, a share of a band, routed there before."""
        settings, shares, lows = self.settings, self.layout.shares, even_lows(self.layout.shares)
        bands = bands_for(settings.threshold, settings.num_perm)
        most = limits(settings.threshold, settings.num_perm)
        task = CandidateTask((0, bands.bands), bands, most, (0, shares), self.listing, None, earlier, settled, self.out)
        if self.layout.few:
            return self._stage([replace(task, span=span) for span in self.layout.band_tasks(bands.bands)])
        many = self._banded(
            BandTask(0, bands, (0, bands.bands), shares, None, self.listing, earlier, settled, self.out)
        )
        task = replace(task, earlier=(), settled=())
        return self._stage(
            [
                replace(task, span=(band, band + 1), share=(share, shares), routed=path)
                for band, path in enumerate(self._merger.each(many, lows))
                for share in range(shares)
            ]
        )

    def _banded(self, task: BandTask) -> list[list[str]]:
        """Return the paths of the runs of each band: of new documents, and of old ones that share a key with one."""
        old, every = self.numbering.old, range(task.bands.bands)
        new = [replace(task, span=span) for span in self._spans()[old:]]
        self._stage(new)
        many = [[one.run_path(band) for one in new] for band in every]
        if old:
            known = self._merger.each(many, even_lows(task.shares))
            ask = [
                replace(task, span=span, of=(band, band + 1), new=(path,))
                for band, path in enumerate(known)
                for span in range(old)
            ]
            self._stage(ask)
            for one in ask:
                many[one.of[0]].append(one.run_path(one.of[0]))
        return many

    def _verified(self, pairs: Sequence[str], labels: Labels) -> list[VerifyReport]:
        """Verify candidates: in one task if they are few, else in shares, to which all that they need is shipped.

        Where each share may read all parts, and these are on this machine, only pairs are shipped.
        """
        settings, shares = self.settings, self.layout.component_shares(labels.members)
        given = (
            self.layout.member_text(labels.members) // shares,
            settings.threshold,
            settings.sets,
            self.texts,
            self.listing,
            self.out,
        )
        listed, members = self._merger(pairs, self.numbering.lows), None
        if shares > 1 or not self.layout.few:
            gathered = self.layout.few and is_local(self.out)
            kind = None if gathered else settings.sets
            rest = listed, labels.path, shares, kind, self.texts, self.listing, self.out
            shipped = self._stage([ShipTask(span, *rest) for span in self._spans()])
            lows = even_lows(shares)
            listed = self._merger([report.pairs for report in shipped], lows)
            if not gathered:
                members = self._merger([path for report in shipped for path in report.members], lows)
        return self._stage([VerifyTask(listed, members, (share, shares), *given) for share in range(shares)])

    def _verdicts(self, found: Sequence[_Found], earlier: tuple[str, ...]) -> list[VerdictReport]:
        """Follow winners to kept documents and write verdicts, span by span; where there is one span, in one task."""
        spans, several = self._spans()[self.numbering.old :], len(self._spans()) > 1
        drops = _lists(found) + earlier
        if several:
            drops = self._followed([path for one in found for path in one.claims], drops)
        return self._stage([VerdictTask(span, drops, several, self.listing, self.out) for span in spans])

    def _followed(self, claims: Sequence[str], drops: tuple[str, ...]) -> tuple[str, ...]:
        """Return the paths of lists of drops whose winners are kept."""
        lows, done = self.numbering.lows, list[str]()
        for _ in range(MOST_LINKS):
            if not claims:
                return tuple(done)
            listed = self._merger(claims, lows)
            reports = self._stage([FollowTask(span, listed, drops, self.listing, self.out) for span in self._spans()])
            done.append(self._merger([report.settled for report in reports], lows))
            claims = [report.claims for report in reports if report.moved]
        raise StageLost(f"winners of duplicates are not settled after {MOST_LINKS} rounds; nothing was committed")
