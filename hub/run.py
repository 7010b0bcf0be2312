"""Run a recipe: under the dataset's lock, resumable, ending in one commit or in none."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from hub import attestation, suppressions
from hub import job as jobs
from hub.erase import finish
from hub.increment import Base, base_for
from hub.job import Input
from hub.plan import same
from hub.recipe import load_recipe
from hub.rights import load_rights
from hub.telling import Telling, tell_others
from lineage import control
from lineage.control import Run, RunState, Version
from lineage.erasure import refuse_unfinished
from lineage.errors import UnknownReference
from lineage.home import Home
from lineage.locks import lock_dataset
from lineage.publish import Release, finish_pending, publish
from lineage.receipts import remember_key
from lineage.references import VersionRef
from pipelines import here, warm_processes, warmup
from pipelines.code import code_version
from pipelines.ingest import Ingested, Job, ingest
from pipelines.prepare import prepare_scrubber
from pipelines.stage import Executor, Report, Task

LOCAL = "local"

SMALL = 64 << 20
"""Bytes of work below which a stage is done by a few forked processes: some seconds of work, to which importing Beam
and starting its local runner would add a third, and its even split of tasks over workers some more."""


@dataclass(frozen=True, slots=True)
class Execution:
    """How a run is carried out; none of it changes the result.

    Attributes:
        runner: LOCAL or the name of a Beam runner.
        workers: processes of the local runner.
        beam: further Beam options; where there are any, every stage runs on Beam.
        allow_failed: unreadable shards the version may miss.
        keep_work: keep the files between stages after the commit.
        full: read all sources even where the newest version could be gone on from.
    """

    runner: str = LOCAL
    workers: int = 2
    beam: tuple[str, ...] = ()
    allow_failed: int = 0
    keep_work: bool = False
    full: bool = False


class Watcher(Protocol):
    """Whoever is shown the progress."""

    def follow(self, journal: Path) -> Any:
        """Return a context manager inside which the journal in that folder is followed."""

    def announce(self, stage: str, tasks: Sequence[Task]) -> None:
        """Be told that a stage begins."""

    def say(self, words: str) -> None:
        """Pass a sentence on."""


def run(path: Path, home: Home, execution: Execution, watcher: Watcher) -> dict[str, Any]:
    """Run the recipe at *path* and return what ``run --json`` prints.

    Raises:
        RecipeError, MissingSource, DatasetBusy, ShardsFailed, PipelineError: nothing was committed.
    """
    started = time.monotonic()
    recipe, text = load_recipe(path)
    rights = load_rights(recipe, path.parent)
    scrubber = jobs.load_scrubber(recipe, path.parent)
    home.create()
    db = control.connect(home)
    name = recipe.dataset.name
    finish(home)
    with lock_dataset(home, name, path.name):
        refuse_unfinished(home)
        finish_pending(home, db, name)
        inputs = jobs.list_inputs(recipe, path.parent.absolute(), db)
        parent = _newest(db, name)
        digests = (jobs.recipe_digest(recipe, rights, inputs, scrubber), jobs.inputs_digest(inputs))
        if parent is not None and not execution.full and same(control.get_run(db, parent.run), *digests):
            _tidy(home, name, parent.run, execution)  # a run killed right after its commit left its work files
            unattested = attestation.attest(home, db, name)  # likewise
            tell_others(home, db, watcher.say)
            return _result(control.get_run(db, parent.run), None, unchanged=parent.name, unattested=unattested)
        suppressions.refuse_blind_run(db, scrubber)
        suppression = suppressions.current(db, name, jobs.work_folder(home, name))
        base = None if execution.full else base_for(home, db, parent, digests[0], inputs)
        if base is not None:
            watcher.say(_going_on(base, inputs))
        identity = (*digests, *suppressions.digests(suppression))
        run_id = jobs.run_id(recipe, identity, control.newest_number(db, name), grows=base is not None)
        not_done = jobs.not_done(recipe, scrubber)
        record = Run(run_id, name, text, *digests, code_version(), RunState.RUNNING, not_done=not_done)
        jobs.keep_policy(recipe, path.parent, rights.policy, db)
        told = Telling(home, db, [item.record() for item in inputs])
        control.start_run(db, record, told.inputs)
        told.started(record)
        attestation.record(db, run_id, rights.policy.digest if rights.policy else None)
        if scrubber is not None and scrubber.key is not None:
            remember_key(db, run_id, scrubber.key.id)
        unread, earlier = (base.unread, base.parts) if base else (inputs, ())
        tasks = jobs.annotate_tasks(recipe, rights, inputs, unread, f"{jobs.work_folder(home, name)}/annotate")
        job = jobs.make_job(recipe, tasks, home, run_id, earlier, execution.allow_failed, scrubber)
        job = suppressions.applied(job, suppression)
        suppressions.write_current(db, name, suppression)
        with told.failure(watcher.say), _recorded(db, record):
            ingested = _carry_out(job, home, execution, watcher)
            record = _with_results(record, ingested, time.monotonic() - started)
            release = _release(record, ingested, job)
            told.running(record)
            version = publish(home, db, base.extend(release) if base else release)
        unattested = attestation.attest(home, db, name)
        _tidy(home, name, run_id, execution)
    told.ended(watcher.say)
    reused = base.summary(inputs) if base else None
    more = {"failed_shards": ingested.failed_shards, "dedup": ingested.dedup, "unattested": unattested}
    return _result(record, version, reused=reused, **more)


def _going_on(base: Base, inputs: Sequence[Input]) -> str:
    words = f"going on from {base.version.name}: {len(base.unread)} of {len(inputs)} files are new, and only they are "
    return words + "read (--full reads all)"


def _tidy(home: Home, dataset: str, run_id: str, execution: Execution) -> None:
    """Remove the files between stages, which hold raw text, and the journal."""
    if not execution.keep_work:
        shutil.rmtree(jobs.work_folder(home, dataset), ignore_errors=True)
        shutil.rmtree(_journal(home, run_id), ignore_errors=True)


def _newest(db: Engine, dataset: str) -> Version | None:
    try:
        return control.get_version(db, VersionRef(dataset))
    except UnknownReference:
        return None


@contextmanager
def _recorded(db: Engine, record: Run) -> Iterator[None]:
    """Record the run as failed if the block raises, so that nobody takes it for one that still runs."""
    try:
        yield
    except BaseException as error:
        with suppress(SQLAlchemyError):  # on a full disk even this fails; the first error is the one to tell
            control.finish_run(db, record, RunState.FAILED, type(error).__name__)
        raise


def _carry_out(job: Job, home: Home, execution: Execution, watcher: Watcher) -> Ingested:
    journal = _journal(home, job.run_id)
    journal.mkdir(parents=True, exist_ok=True)
    if not warmup.is_warm():
        watcher.say("compiling the kernels for this machine, once: about a minute")
        warmup.warm_up()
    prepare_scrubber(job.scrubber, watcher.say)
    # The commit needs it, and it costs a second: the driver has nothing else to do while workers work.
    threading.Thread(target=import_module, args=("lineage.catalog",), daemon=True).start()
    execute = executor(job.work, str(journal), execution)
    with watcher.follow(journal):
        return ingest(job, execute, watcher.announce)


def _journal(home: Home, run_id: str) -> Path:
    return home.runs / run_id


def executor(work: str, journal: str, execution: Execution) -> Executor:
    """Return what runs the tasks of a stage; Beam is imported only when a stage is worth starting it for."""
    local = execution.runner == LOCAL

    def execute(tasks: Sequence[Task]) -> list[Report]:
        small = len(tasks) < 2 or sum(task.cost for task in tasks) < SMALL
        if local and execution.workers == 1 and not execution.beam:
            return here.run_tasks(tasks, journal)
        if local and small and not execution.beam:
            return warm_processes.run_tasks(tasks, journal, execution.workers)
        from pipelines.beam import BeamExecutor

        warm_processes.close()  # or its idle forks would stand beside Beam's workers in memory
        shared = journal if local else None
        return BeamExecutor(work, shared, execution.runner, execution.workers, execution.beam)(tasks)

    return execute


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
        signals=job.signals,
        licenses=ingested.licenses,
        languages=ingested.languages,
        sources=ingested.sources,
        text_bytes=ingested.text_bytes,
    )


def _result(record: Run, version: Version | None, **more: Any) -> dict[str, Any]:
    return {
        "run": f"run:{record.id}",
        "version": version.name if version else None,
        "counts": dict(record.counts),
        "reasons": dict(record.reasons),
        "seconds": record.seconds,
        "bytes_in": record.bytes_in,
        "not_done": dict(record.not_done),
        "manifest_root": version.manifest_root if version else None,
        "unchanged": None,
        "failed_shards": {},
        "dedup": {},
        "reused": None,
        "unattested": None,
        **more,
    }
