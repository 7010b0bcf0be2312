"""Run a recipe: under the dataset's lock, resumable, ending in one commit or in none."""

from __future__ import annotations

import resource
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from corpushub.recipe import job as jobs
from corpushub.recipe import suppressions
from corpushub.recipe.documentation.gaps import Gaps, gaps_of
from corpushub.recipe.increment import Base, Reused, base_for
from corpushub.recipe.inputs import Input, inputs_digest, list_inputs
from corpushub.recipe.loading import load_recipe
from corpushub.recipe.model import Recipe
from corpushub.recipe.plan import same
from corpushub.recipe.rights import Rights, load_rights
from corpushub.recipe.sections.energy import rates_of
from corpushub.running import attestation, documenting, workers
from corpushub.running.events import RunEvents, deliver_events
from corpushub.running.following import Watcher
from corpushub.running.judgement import Judgement
from corpushub.running.kernels import compile_kernels, kernels_of
from corpushub.running.meter import Meter, settle
from corpushub.running.unfinished import finish
from lineage.commit.publish import finish_pending, publish
from lineage.commit.release import Release
from lineage.commit.work import drop_outdated_work, remove_work
from lineage.control.costs.attempts import AttemptState
from lineage.control.costs.run_costs import RunCost, record_cost
from lineage.control.erasures import remember_key
from lineage.control.in_force import InForce
from lineage.control.runs import Run, RunState, finish_run, get_run, start_run
from lineage.control.under_way import refuse_unfinished
from lineage.control.versions import Version, get_version, newest_number, version_of_run
from lineage.errors import UnknownReference
from lineage.hub import Hub
from lineage.hub.database import Database
from lineage.hub.home import Home
from lineage.hub.locks import lock_dataset
from lineage.hub.private import make_folder
from lineage.references import VersionRef
from lineage.storage.files import size_of
from pipelines.execution.executor import LOCAL, Execution, executor
from pipelines.execution.journal import keeping, memory_of
from pipelines.execution.prepare import prepare_scrubber
from pipelines.execution.stage import Report, Task
from pipelines.ingest import Ingested, Job, ingest
from policies.addresses.kept_text import kept_text
from policies.pii.scrubber import Scrubber


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run did.

    Attributes:
        run: the run, as run:ID; of an unchanged dataset the one that made its newest version.
        version: the version that was made; null if none was.
        counts: records read, kept, changed, dropped, failed; read = kept + dropped + failed.
        reasons: records by reason of their dropping or failing, and changes by reason.
        seconds: how long the run took.
        bytes_in: bytes of text and payload that were read.
        not_done: what was not done because the recipe, or a file, does not allow for it: section or file and why.
        manifest_root: root (SHA-256, hex) of the version's manifest; null if none was made.
        unchanged: the newest version, if it was made from the same recipe, inputs and code; else null.
        failed_shards: name of each file that could not be read, and why.
        dedup: what deduplication found: documents, candidates, components and drops by reason.
        reused: what was taken over from the newest version; null if all was read.
        unattested: why the version has no signed statement; null if it has one.
        marks: records by mark: what else was to be said of them, whatever became of them (docs/reasons.md).
        documented: the version for which the recipe's words about the dataset were recorded; null if none are new.
    """

    run: str
    version: str | None
    counts: Mapping[str, int]
    reasons: Mapping[str, int]
    seconds: float
    bytes_in: int
    not_done: Mapping[str, str]
    manifest_root: str | None = None
    unchanged: str | None = None
    failed_shards: Mapping[str, str] = field(default_factory=dict)
    dedup: Mapping[str, int] = field(default_factory=dict)
    reused: Reused | None = None
    unattested: str | None = None
    marks: Mapping[str, int] = field(default_factory=dict)
    documented: str | None = None


@dataclass(frozen=True, slots=True)
class _Order:
    """What is known of a run before anything is computed.

    Attributes:
        recipe, text: the recipe, and the file it stands in.
        path: of that file.
        rights, scrubber: what decides on rights and on personal data.
        inputs: all files.
        digests: of the recipe and of the inputs.
        parent: the newest version of the dataset, if any.
        refused: what the audit log says that must not be taken in.
        started: when the command began, by the monotonic clock, in seconds.
        gaps: what the hub asks to be said of the dataset and the recipe does not say.
    """

    recipe: Recipe
    text: str
    path: Path
    rights: Rights
    scrubber: Scrubber | None
    inputs: tuple[Input, ...]
    digests: tuple[str, str]
    parent: Version | None
    refused: InForce
    started: float
    gaps: Gaps

    @property
    def dataset(self) -> str:
        """The dataset's name."""
        return self.recipe.dataset.name


def run(hub: Hub, path: Path, execution: Execution, watcher: Watcher) -> RunResult:
    """Run the recipe at *path*.

    Raises:
        RecipeError, MissingSource, DatasetBusy, ShardsFailed, PipelineError: nothing was committed.
        Undocumented: nor was anything read: the recipe does not say what the hub requires.
        LogDamaged: nor was it: what the hub holds is not what its audit log says.
        NothingKept, TooManyFailed: nor was it, for what came of the sources; see corpushub.running.judgement.
    """
    started = time.monotonic()
    meter = Meter(hub, execution, watcher)
    recipe, text = load_recipe(path)
    gaps = gaps_of(hub.home, recipe)
    if not execution.undocumented:
        gaps.refuse(hub.home)
    rights, scrubber = load_rights(recipe, path.parent), jobs.load_scrubber(recipe, path.parent)
    hub.home.create()
    name = recipe.dataset.name
    finish(hub, execution)
    with lock_dataset(hub.home, name, path.name):
        refuse_unfinished(hub.home)
        refused = attestation.require(hub, name)
        finish_pending(hub, name)
        settle(hub, name)
        meter.begin(hub.home.runs / f"{name}.begun")
        digester = workers.digester(hub.home, name, execution, meter)
        inputs = tuple(list_inputs(recipe, path.parent.absolute(), hub.db, digester))
        digests = (jobs.recipe_digest(recipe, rights, inputs, scrubber), inputs_digest(inputs))
        parent = _newest(hub.db, name)
        order = _Order(recipe, text, path, rights, scrubber, inputs, digests, parent, refused, started, gaps)
        if (
            parent is not None
            and not execution.full
            and same(get_run(hub.db, parent.run), *digests, jobs.code_of(recipe))
        ):
            return _unchanged(order, parent, hub, execution, meter)
        return _make_version(order, hub, execution, meter)


def _unchanged(order: _Order, parent: Version, hub: Hub, execution: Execution, meter: Meter) -> RunResult:
    """Say that nothing is to be done, having done what a run that was killed right after its commit left."""
    _tidy(hub.home, order.dataset, parent.run, execution)
    unattested = attestation.unattested(hub, parent)
    documented = documenting.record(hub, parent, order.recipe, meter.say)
    deliver_events(hub, meter.say)
    meter.found_unchanged(parent.run, rates_of(order.recipe, hub.home))
    result = _result(get_run(hub.db, parent.run), None)
    return replace(result, unchanged=parent.name, unattested=unattested, documented=documented)


def _make_version(order: _Order, hub: Hub, execution: Execution, meter: Meter) -> RunResult:
    """Compute, publish and attest a version; the lock of the dataset is held."""
    inputs = order.inputs
    suppressions.refuse_blind_run(order.refused, order.scrubber)
    drop_outdated_work(hub, order.dataset)
    suppression = suppressions.described(order.refused, hub.home.work_folder(order.dataset))
    base = None if execution.full else base_for(hub, order.parent, order.digests[0], inputs)
    if base is not None:
        meter.say(_going_on(base, inputs))
    identity = (*order.digests, *suppressions.digests(suppression))
    run_id = jobs.run_id(order.recipe, identity, newest_number(hub.db, order.dataset), grows=base is not None)
    record, told = _begin(order, run_id, hub)
    unread = base.unread if base else inputs
    work = f"{hub.home.work_folder(order.dataset)}/annotate"
    tasks = jobs.annotate_tasks(order.recipe, order.rights, inputs, unread, work)
    job = jobs.make_job(order.recipe, tasks, hub.home, run_id, base, execution.allow_failed, order.scrubber)
    job = suppressions.applied(job, suppression)
    suppressions.write(order.refused, suppression)
    journal = make_folder(_journal(hub.home, run_id))
    rates, grew_from = rates_of(order.recipe, hub.home), base.version.name if base else None
    measuring = meter.measuring(run_id, journal, rates, grew_from)
    with told.failure(meter.say), _recorded(hub.db, record), measuring:
        ingested = _ingest(job, hub.home, order, execution, meter)
        if not execution.allow_empty:
            Judgement(order.recipe, job, ingested, base.version.documents if base else 0).require_success()
        _set_precedent(job, hub, execution, inputs=unread)
        record = _with_results(record, ingested, time.monotonic() - order.started)
        release = _release(record, ingested, job)
        told.running(record)
        version = publish(hub, base.extend(release) if base else release)
    unattested = attestation.unattested(hub, version)
    documented = documenting.record(hub, version, order.recipe, meter.say)
    meter.finish(AttemptState.COMMITTED)
    with ThreadPoolExecutor(1) as aside:  # a disk takes its time to remove files
        tidied = aside.submit(_tidy, hub.home, order.dataset, run_id, execution)
        told.ended(meter.say)
    tidied.result()
    return replace(
        _result(record, version),
        failed_shards=ingested.failed_shards,
        dedup=ingested.dedup,
        reused=base.summary(inputs) if base else None,
        unattested=unattested,
        marks=ingested.marks,
        documented=documented,
    )


def _begin(order: _Order, run_id: str, hub: Hub) -> tuple[Run, RunEvents]:
    """Record that the run begins, and all that it will be judged by."""
    not_done = jobs.not_done(order.recipe, order.scrubber, order.gaps)
    settings = (
        run_id,
        order.dataset,
        kept_text(order.text),
        *order.digests,
        jobs.code_of(order.recipe),
        RunState.RUNNING,
    )
    record = Run(*settings, not_done=not_done)
    policy, scrubber = order.rights.policy, order.scrubber
    policy_text = jobs.keep_policy(order.recipe, order.path.parent, policy, hub)
    told = RunEvents(hub, [item.record() for item in order.inputs])
    start_run(hub.db, record, told.inputs, order.text)
    told.started(record)
    attestation.record(hub.db, run_id, (policy.digest, policy_text) if policy else None, order.recipe.plugins())
    if scrubber is not None and scrubber.key is not None:
        remember_key(hub.db, run_id, scrubber.key.id)
    return record, told


def _going_on(base: Base, inputs: Sequence[Input]) -> str:
    words = f"going on from {base.version.name}: {len(base.unread)} of {len(inputs)} files are new, and only they are "
    return words + "read (--full reads all)"


def _tidy(home: Home, dataset: str, run_id: str, execution: Execution) -> None:
    """Remove the files between stages, which hold raw text, and the journal."""
    if not execution.keep_work:
        remove_work(home, dataset)
        shutil.rmtree(_journal(home, run_id), ignore_errors=True)


def _newest(db: Database, dataset: str) -> Version | None:
    try:
        return get_version(db, VersionRef(dataset))
    except UnknownReference:
        return None


@contextmanager
def _recorded(db: Database, record: Run) -> Iterator[None]:
    """Record the run as failed if the block raises, so that nobody takes it for one that still runs."""
    try:
        yield
    except BaseException as error:
        with suppress(SQLAlchemyError, sqlite3.Error):  # as on a full disk: the first error is the one to tell
            if version_of_run(db, record.id) is None:  # else it is committed, whatever failed afterwards
                finish_run(db, record, RunState.FAILED, type(error).__name__)
        raise


def _ingest(job: Job, home: Home, order: _Order, execution: Execution, watcher: Watcher) -> Ingested:
    journal = _journal(home, job.run_id)
    prepare_scrubber(job.scrubber, watcher.say)
    execute = executor(job.work, str(journal), execution)
    with watcher.follow(journal), keeping(str(journal)):
        if execution.runner != LOCAL:
            from pipelines.execution.probe import require_workers  # which few runs need

            require_workers(execute, workers.demand_of(job, home, order.recipe), watcher.announce)
        else:
            compile_kernels(kernels_of(order.recipe), execute, watcher.say, watcher.announce)
        return ingest(job, execute, _Announced(watcher))


def _import_rest() -> None:
    for module in ("lineage.iceberg.catalog", "lineage.storage.query"):
        import_module(module)


class _Announced:
    """Tells the watcher of stages, and uses the first to import what the commit and lineage events need.

    That costs as much as a small stage takes, and while workers work the driver has nothing else to do.
    """

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._imports = threading.Thread(target=_import_rest, daemon=True)

    def __call__(self, stage: str, tasks: Sequence[Task[Report]]) -> None:
        """Be told that a stage begins."""
        self._watcher.announce(stage, tasks)
        if self._imports.ident is None:
            self._imports.start()


def _set_precedent(job: Job, hub: Hub, execution: Execution, inputs: Sequence[Input]) -> None:
    """Record by what the next run is estimated, from the run's journal and files; nothing where they are elsewhere."""
    if execution.runner == LOCAL:
        memory = memory_of(_journal(hub.home, job.run_id), execution.workers)
        driver = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10 if execution.workers > 1 else 0
        read = sum(item.file.size for item in inputs)
        record_cost(hub.db, RunCost(job.run_id, read, size_of(job.work), memory + driver, execution.workers))


def _journal(home: Home, run_id: str) -> Path:
    return home.runs / run_id


def _with_results(record: Run, ingested: Ingested, seconds: float) -> Run:
    return replace(
        record,
        counts=ingested.counts,
        reasons=ingested.reasons,
        bytes_in=ingested.bytes_in,
        seconds=round(seconds, 3),
        not_done={
            **record.not_done,
            **{f"file {name}": why for name, why in ingested.failed_shards.items()},
            **{f"decontaminate {name}": why for name, why in ingested.unused_items.items()},
        },
    )


def _release(record: Run, ingested: Ingested, job: Job) -> Release:
    return Release(
        run=record,
        documents=ingested.documents,
        ledger=ingested.ledger,
        index=ingested.index,
        profiles=ingested.profiles,
        statistics=ingested.statistics,
        signals=job.signals,
        licenses=ingested.licenses,
        languages=ingested.languages,
        sources=ingested.sources,
        text_bytes=ingested.text_bytes,
    )


def _result(record: Run, version: Version | None) -> RunResult:
    return RunResult(
        run=f"run:{record.id}",
        version=version.name if version else None,
        counts=record.counts,
        reasons=record.reasons,
        seconds=record.seconds,
        bytes_in=record.bytes_in,
        not_done=record.not_done,
        manifest_root=version.manifest_root if version else None,
    )
