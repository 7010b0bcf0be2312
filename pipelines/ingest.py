"""The whole job: annotate, resolve revisits, deduplicate, count boilerplate, release, record; ready to be committed.

Nothing here knows a runner or a disk: an executor runs the tasks of each stage, and what one stage leaves for the next
stands in files named by content. A repeat of an interrupted job does only what is missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

import pyarrow as pa

from connectors.capture import Limits
from lineage.statistics.whole import Files, change_of
from lineage.storage.files import DataFile
from pipelines.annotate.stage import AnnotateReport, AnnotateTask
from pipelines.captures.revisits import plan as revisits_of
from pipelines.dedup.deduplicate import DedupResult, DedupSettings, deduplicate
from pipelines.dedup.indexes.index import IndexTask
from pipelines.dedup.refusals import RefusalTask
from pipelines.errors import ShardsFailed, StageLost
from pipelines.execution.merging import merge
from pipelines.execution.stage import Announce, Executor, FileReport, Stages, quietly
from pipelines.handover.events import FAILED
from pipelines.handover.parts import PartFile
from pipelines.release import record
from pipelines.release.boilerplate import Boilerplate, BoilerplateRule, find_boilerplate
from pipelines.release.record import RecordReport
from pipelines.release.stage import ReleaseReport, ReleaseTask, add_up, group
from pipelines.release.statistics import state
from pipelines.rights.finders import SiteFinder
from pipelines.rights.profiles import join_profiles
from pipelines.rights.site_files import SiteFilesTask
from pipelines.rights.suppression import Suppression
from policies.pii.scrubber import Scrubber

PROMOTIONS = 3
"""How often a cluster whose survivor was refused gets another; then all of it is released as far as release allows."""

Group = tuple[PartFile, ...]
"""Parts that are released as one data file."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to compute and where.

    Attributes:
        tasks: the annotate tasks, which hold sources, steps and policy.
        dedup: how duplicates are found.
        scrubber: what is done to personal data; None if nothing.
        signals: signal columns of the documents.
        run_id: recorded in the ledger.
        work: folder (or URL) for files between stages.
        documents: folder of the documents table's data files.
        ledger: folder of the ledger table's data files.
        index: folder of the version's index files (see pipelines.dedup.indexes.index).
        profiles: folder of its profiles files.
        statistics: folder of its statistics files.
        earlier: the index files of the version that this run goes on from; none if it reads all its sources.
        texts: the documents files of that version.
        before: all its files by kind, by absolute path; None if there is no such version.
        allow_failed: how many unreadable shards the version may miss.
        boilerplate: which repeated lines or paragraphs are removed; None if none are.
        suppression: what was erased and is not taken in again, as the tasks have it; None where nothing was.
        record_seconds: processor time after which a document is given up.
    """

    tasks: tuple[AnnotateTask, ...]
    dedup: DedupSettings
    scrubber: Scrubber | None
    signals: Mapping[str, pa.DataType]
    run_id: str
    work: str
    documents: str
    ledger: str
    index: str
    profiles: str
    statistics: str
    earlier: tuple[PartFile, ...] = ()
    texts: tuple[str, ...] = ()
    before: Files | None = None
    allow_failed: int = 0
    boilerplate: BoilerplateRule | None = None
    suppression: Suppression | None = None
    record_seconds: float = Limits().record_seconds


@dataclass(frozen=True, slots=True)
class Ingested:
    """What a job made, before it is committed.

    Attributes:
        documents: data files of the documents table.
        ledger: data files of the ledger.
        index: index files.
        profiles: profiles files.
        statistics: statistics files, of all that the version has.
        counts: read, kept, changed, dropped, failed; read = kept + dropped + failed.
        reasons: records by reason of their dropping or failing, and changes by reason, of documents kept or not.
        licenses: kept documents by SPDX expression; languages and sources likewise.
        bytes_in: bytes of text and payload that were read.
        text_bytes: bytes of text that were kept.
        failed_shards: name of each unreadable file and why.
        dedup: what deduplication found.
        unused_items: name of each benchmark with items that are too short to be looked for, and how many.
        marks: records by mark (connectors.capture.Mark).
        records: of each source, how many records were read and how many of these failed; unreadable files aside.
    """

    documents: list[DataFile]
    ledger: list[DataFile]
    index: list[DataFile]
    profiles: list[DataFile]
    statistics: list[DataFile]
    counts: dict[str, int]
    reasons: dict[str, int]
    licenses: dict[str, int]
    languages: dict[str, int]
    sources: dict[str, int]
    bytes_in: int
    text_bytes: int
    failed_shards: dict[str, str]
    dedup: dict[str, int]
    unused_items: dict[str, str] = field(default_factory=dict)
    marks: dict[str, int] = field(default_factory=dict)
    records: dict[str, tuple[int, int]] = field(default_factory=dict)


def ingest(job: Job, execute: Executor, announce: Announce = quietly) -> Ingested:
    """Run *job*.

    Raises:
        ShardsFailed: more shards than allowed could not be read.
        StageLost: counts do not balance.
        StageStalled: workers died again and again.
    """
    run = Stages(execute, announce)
    unused = _index_benchmarks(job, run)
    _collect_sites(job, run)
    tasks, annotated = _annotate(job, run)
    parts = [part.at(f"{job.work}/annotate") for report in annotated for part in report.parts]
    originals = _resolve(job, tasks, annotated, run)
    groups = group(parts)
    notes = [task.profiles_path for task, report in zip(tasks, annotated, strict=True) if not report.failure]
    profiled = join_profiles(notes, job.profiles, f"{job.work}/profiles", lambda some: run("profiles", some))
    dedup, releases = _deduplicate_and_release(job, run, parts, groups)
    released = [release.report for release in releases.values()]
    indexed = run("index", [_index(job, members, dedup.verdicts, releases[members]) for members in groups])
    fragments = [task.events_path for task in tasks] + [release.task.events_path for release in releases.values()]
    counted = [report.events for report in annotated] + [report.events for report in released]
    events = sum(sum(reasons.values()) for one in counted for reasons in one.values())
    recorded = _record(job, fragments, originals, events, run)
    counts, reasons = _totals(recorded)
    _balance(annotated, released, counts)
    partials = [release.task.counts_path for release in releases.values()] + [report.partial for report in recorded]
    return Ingested(
        documents=_files(released),
        ledger=_files(recorded),
        index=_files(indexed),
        profiles=_files(profiled),
        statistics=_state(job, _files(released), _files(profiled), partials, run),
        counts=counts,
        reasons=reasons,
        licenses=add_up([report.licenses for report in released]),
        languages=add_up([report.languages for report in released]),
        sources=add_up([report.sources for report in released]),
        bytes_in=sum(report.bytes_in for report in annotated),
        text_bytes=sum(report.text_bytes for report in released),
        failed_shards=_failed_shards(annotated),
        dedup=dedup.counts,
        unused_items=unused,
        marks=add_up([report.marks for report in recorded]),
        records=_records(tasks, annotated),
    )


def _resolve(job: Job, tasks: Sequence[AnnotateTask], reports: Sequence[AnnotateReport], run: Stages) -> list[str]:
    """Find the originals of revisits; return the paths of what was found, none where there is no revisit."""
    entries, revisits = (sum(report.captures[at] for report in reports) for at in (0, 1))
    if not revisits:
        return []
    folder = f"{job.work}/revisits"
    indexes = [task.captures_path for task, report in zip(tasks, reports, strict=True) if report.captures[0]]
    listed = merge(indexes, "key", folder, lambda some: run("revisits", some))
    return [report.originals for report in run("revisits", revisits_of(listed, entries, folder))]


def _record(
    job: Job, fragments: Sequence[str], originals: Sequence[str], events: int, run: Stages
) -> list[RecordReport]:
    """Write the ledger's files from all *fragments*, which have that many *events*."""
    folder = f"{job.work}/record"
    merged = (merge(paths, "doc_id", folder, lambda some: run("record", some)) for paths in (fragments, originals))
    return run("record", record.plan(record.Fragments(*merged), events, job.run_id, job.ledger, folder))


def _state(
    job: Job, documents: Sequence[DataFile], profiles: Sequence[DataFile], partials: Sequence[str], run: Stages
) -> list[DataFile]:
    """Make the statistics of the version: of the one that the run goes on from, and of what its tasks have counted."""
    before = job.before or {}
    change = change_of(before, before, job.statistics)
    change = replace(
        change,
        documents=(*change.documents, *(file.path for file in documents)),
        profiles=(*change.profiles, *(file.path for file in profiles)),
    )
    return state(change, partials, f"{job.work}/statistics", lambda some: run("statistics", some))


def _index_benchmarks(job: Job, run: Stages) -> dict[str, str]:
    """Index the benchmarks that all annotate tasks compare with; say how many items of each are too short."""
    indexes = {task.treatment.benchmarks for task in job.tasks if task.treatment.benchmarks is not None}
    reports = run("benchmarks", sorted(indexes, key=lambda task: task.id)) if indexes else []
    return {
        one.name: f"{one.unused} of {one.items} items have less than {one.min_tokens} tokens"
        for report in reports
        for one in report.benchmarks
        if one.unused
    }


def _collect_sites(job: Job, run: Stages) -> None:
    """Collect the files of sites that all annotate tasks ask."""
    finders = {finder for task in job.tasks for finder in task.treatment.finders if isinstance(finder, SiteFinder)}
    tasks = {finder.sites for finder in finders if isinstance(finder.sites, SiteFilesTask)}
    if tasks:
        run("sites", sorted(tasks, key=lambda task: task.id))


def _annotate(job: Job, run: Stages) -> tuple[list[AnnotateTask], list[AnnotateReport]]:
    """Annotate all slices; where two slices of a file were cut inside a record, read them again as one.

    Returns the tasks, by id, and their reports.
    """
    tasks = list(job.tasks)
    while True:
        reports = {report.id: report for report in run("annotate", tasks)}
        merged = _merge_miscut(tasks, reports)
        if len(merged) == len(tasks):
            break
        tasks = merged
    failed = _failed_shards(list(reports.values()))
    if len(failed) > job.allow_failed:
        raise ShardsFailed(failed)
    ordered = sorted(tasks, key=lambda task: task.id)
    return ordered, [reports[task.id] for task in ordered]


def _merge_miscut(tasks: Sequence[AnnotateTask], reports: Mapping[str, AnnotateReport]) -> list[AnnotateTask]:
    """Join each slice with its left neighbour unless the records of the left one end where those of this one begin."""
    ordered = sorted(tasks, key=lambda task: (task.reading.source, task.slice.path, task.slice.start))
    merged: list[AnnotateTask] = []
    ends: int | None = None  # where the first record after the slices so far begins
    for task in ordered:
        report = reports[task.id]
        if task.slice.start == 0 or _fits(ends, task, report):
            merged.append(task)
        else:
            left = merged[-1]
            merged[-1] = replace(left, slice=replace(left.slice, end=task.slice.end), size=left.size + task.size)
        ends = report.ends if report.begins is not None or task.slice.start == 0 else ends
    return merged


def _fits(ends: int | None, right: AnnotateTask, report: AnnotateReport) -> bool:
    """Tell whether a slice, with *ends* where its left neighbour found the next record, was cut between records."""
    if report.failure:
        return False
    if report.begins is None:  # one record of the left neighbour covers the whole slice
        return ends is not None and (right.slice.end is None or ends >= right.slice.end)
    return ends == report.begins


@dataclass(frozen=True, slots=True)
class _Release:
    """A release task and what came of it."""

    task: ReleaseTask
    report: ReleaseReport


def _deduplicate_and_release(
    job: Job, run: Stages, parts: Sequence[PartFile], groups: Sequence[Group]
) -> tuple[DedupResult, dict[Group, _Release]]:
    """Deduplicate and release until nothing was dropped for a document that release refused; see dedup.refusals."""
    aside: tuple[str, ...] = ()
    for attempt in count():
        everything = [*job.earlier, *parts]
        folder, texts = f"{job.work}/dedup", job.texts
        dedup = deduplicate(everything, job.dedup, folder, lambda tasks: run("dedup", tasks), aside, texts)
        boilerplate = _boilerplate(job, groups, dedup.verdicts, run)
        tasks = {members: _release(job, members, dedup.verdicts, boilerplate) for members in groups}
        reports = {report.id: report for report in run("release", list(tasks.values()))}
        releases = {members: _Release(task, reports[task.id]) for members, task in tasks.items()}
        refusals = _refusals(job, dedup, releases.values(), whole=attempt >= PROMOTIONS)
        found = run("refusals", refusals)[0] if refusals else None
        if found is None or not found.documents:
            break
        aside = (*aside, found.drops)
    return dedup, releases


def _refusals(job: Job, dedup: DedupResult, releases: Iterable[_Release], *, whole: bool) -> list[RefusalTask]:
    """Plan the search for refused survivors; none where release refused nothing, or nothing was dropped before."""
    refused = tuple(sorted(one.task.events_path for one in releases if one.report.refused))
    if not refused or not dedup.verdicts:
        return []
    return [RefusalTask.of(refused, dedup.verdicts, dedup.catalogue, f"{job.work}/refusals", whole=whole)]


def _boilerplate(job: Job, groups: Sequence[Group], verdicts: Mapping[str, str], run: Stages) -> Boilerplate | None:
    if job.boilerplate is None:
        return None
    folder = f"{job.work}/boilerplate"
    return find_boilerplate(groups, verdicts, job.boilerplate, folder, lambda tasks: run("boilerplate", tasks))


def _release(job: Job, members: Group, verdicts: Mapping[str, str], boilerplate: Boilerplate | None) -> ReleaseTask:
    own = {part.name: verdicts[part.name] for part in members if part.name in verdicts}
    folders = (job.documents, f"{job.work}/release")
    return ReleaseTask(
        members, own, job.scrubber, job.signals, *folders, boilerplate, job.suppression, job.record_seconds
    )


def _index(job: Job, members: Group, verdicts: Mapping[str, str], release: _Release) -> IndexTask:
    own = tuple(verdicts.get(part.name) for part in members)
    refused = release.task.events_path if release.report.refused else None
    documents = release.report.file.path if release.report.file else None
    return IndexTask(members, own, refused, job.dedup.index, documents, job.index, f"{job.work}/index")


def _files(reports: Sequence[FileReport]) -> list[DataFile]:
    return [report.file for report in reports if report.file]


def _failed_shards(reports: Sequence[AnnotateReport]) -> dict[str, str]:
    return {report.shard: report.failure for report in reports if report.shard and report.failure}


def _records(tasks: Sequence[AnnotateTask], reports: Sequence[AnnotateReport]) -> dict[str, tuple[int, int]]:
    """Count the records of each source, and those that failed; a file that cannot be read has none."""
    read: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for task, report in zip(tasks, reports, strict=True):
        read[task.reading.source] += 0 if report.failure else report.read
        failed[task.reading.source] += 0 if report.failure else sum(report.events.get(FAILED, {}).values())
    return {source: (read[source], failed[source]) for source in read}


def _totals(recorded: Sequence[RecordReport]) -> tuple[dict[str, int], dict[str, int]]:
    counts = Counter(dict.fromkeys(("read", "kept", "changed", "dropped", "failed"), 0))
    reasons: Counter[str] = Counter()
    for outcome, reason, events in (row for report in recorded for row in report.events):
        if record.is_final(outcome):
            counts[outcome] += events
            counts["read"] += events
        if reason:
            reasons[reason] += events
    counts["changed"] = sum(report.changed for report in recorded)
    return dict(counts), dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))


def _balance(annotated: Sequence[AnnotateReport], released: Sequence[ReleaseReport], counts: Mapping[str, int]) -> None:
    """Compare what was read with what became of it, stage by stage.

    Raises:
        StageLost: rows are missing or were counted twice.
    """
    read = sum(report.read for report in annotated)
    passed_on = sum(report.rows for report in annotated)
    taken = sum(report.rows for report in released)
    if passed_on != taken:
        raise StageLost(f"annotate passed {passed_on} documents on and release took {taken}; nothing was committed")
    if read != counts["read"]:
        raise StageLost(f"{read} records were read and the ledger accounts for {counts['read']}; nothing was committed")
