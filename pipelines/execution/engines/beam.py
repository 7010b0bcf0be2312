"""The only module that knows Beam: one linear graph that runs a stage's tasks on any runner."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions, PortableOptions
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner

from lineage.storage.files import remove_file
from pipelines.errors import StageStalled, UnfitWorker, UnknownRunner, UnsafeRunner
from pipelines.execution import runners
from pipelines.execution.engines.arrivals import as_they_come
from pipelines.execution.engines.beam_workers import forked_processes
from pipelines.execution.engines.parcels import GRAPH_BYTES, carry_out_parcel, pack, size_of
from pipelines.execution.remote import Answer, Assignment, Engine, assignments, carry_out, reports
from pipelines.execution.stage import R, Task
from pipelines.execution.warm_processes import PATIENCE, watch
from pipelines.handover.workfiles import read_json, write_json

DASK_RUNNER: Final = "apache_beam.runners.dask.dask_runner.DaskRunner"

EMBEDDED: Final = "embed"
"""The job endpoint by which Beam starts a service in this process."""

PARTITIONS: Final = 256
"""Partitions of a stage on Dask: grouping the reports costs it some thirty tasks of its own for each."""


@dataclass(frozen=True, slots=True)
class BeamExecutor:
    """Runs tasks on Beam's local runner, whose workers are forks of the warm server.

    Attributes:
        folder: where reports are collected, workers write their log, and signs of life stand.
        workers: worker processes.
        options: further Beam options, as on a command line.
        patience: seconds without a sign of life after which workers are killed and the stage resumed.
    """

    folder: str
    workers: int = 2
    options: tuple[str, ...] = ()
    patience: float = PATIENCE

    def __call__(self, tasks: Sequence[Task[R]], /) -> list[R]:
        """Run *tasks*, largest first; return one report each.

        Raises:
            UnsafeRunner: the options ask for a mode that is known to lose elements.
            StageStalled: a worker died, or all of them fell silent.
        """
        if not tasks:
            return []
        refuse_unsafe("", self.options)
        workers = min(self.workers, len(tasks))
        collected = _collected(self.folder)
        runner = FnApiRunner(default_environment=forked_processes(Path(self.folder) / "workers.log"))
        pipeline = beam.Pipeline(runner, PipelineOptions([f"--direct_num_workers={workers}", *self.options]))
        _draw(pipeline, assignments(tasks), beam.Map(carry_out, self.folder), collected)
        _run_watched(pipeline, Path(collected), self.folder, self.patience)
        return list(reports(tasks, read_json(collected)))


@dataclass(frozen=True, slots=True)
class BeamEngine:
    """Has assignments carried out by the workers of any other Beam runner.

    Attributes:
        work: folder or URL where the collected reports are written; every worker must reach it.
        runner: its name.
        options: its options, as on a command line.
    """

    work: str
    runner: str
    options: tuple[str, ...] = ()

    def __call__(self, sent: Sequence[Assignment], /) -> Iterable[Answer]:
        """Have *sent* carried out; yield the answers as they come.

        Raises:
            UnsafeRunner: the options ask for a mode that is known to lose elements.
            UnknownRunner: Beam has no such runner.
            UnfitWorker: its workers write to another place than this process reads.
        """
        refuse_unsafe(self.runner, self.options)
        collected = _collected(self.work)
        packed = f"{collected}.sent"
        pipeline = self._pipeline()
        if size_of(sent) > GRAPH_BYTES:
            _draw(pipeline, pack(sent, packed), beam.Map(carry_out_parcel), collected)
        else:
            _draw(pipeline, sent, beam.Map(carry_out), collected)

        def run() -> list[Answer]:
            result = pipeline.run()
            try:
                result.wait_until_finish()
                return _collected_elsewhere(collected)
            finally:
                for path in (packed, collected):
                    remove_file(path)
                if client := getattr(result, "client", None):  # Dask's, which no runner closes: its tasks would go on
                    client.close()

        return as_they_come(sent, run)

    def _pipeline(self) -> beam.Pipeline:
        options = PipelineOptions(list(self.options))
        _require_service(self.runner, options.view_as(PortableOptions).job_endpoint)
        try:
            return beam.Pipeline(self.runner, options)
        except (ValueError, ImportError) as error:  # Beam looks the runner up by its name
            message = f"Beam has no runner {self.runner!r} for these options ({type(error).__name__}); "
            raise UnknownRunner(message + "nothing was committed; docs/cluster.md names the runners") from error


def _require_service(runner: str, endpoint: str | None) -> None:
    """Raise unless the job service at *endpoint* answers, if *runner* asks one: Beam would wait for it without end."""
    if runner == "PortableRunner" and not endpoint:
        message = "--runner PortableRunner needs the address of a job service: -- --job_endpoint=HOST:PORT; "
        raise UnknownRunner(message + "nothing was computed")
    if endpoint and endpoint != EMBEDDED:
        runners.require_answer(endpoint, "--job_endpoint")


def on_dask(work: str, address: str, options: Sequence[str]) -> Engine:
    """Return the engine that is Dask by Beam's DaskRunner: its scheduler at *address*.

    Dask hands out partitions, each to one worker, and would make few of them: there is one for each assignment, up to
    PARTITIONS, to which assignments are dealt like cards. Options of Beam may say otherwise.
    """
    given = any(one.startswith(("--dask_npartitions", "--dask_partition_size")) for one in options)

    def engine(sent: Sequence[Assignment], /) -> Iterable[Answer]:
        count = max(1, min(len(sent), PARTITIONS))
        dealt = [one for first in range(count) for one in sent[first::count]]
        parts = () if given else (f"--dask_npartitions={count}",)
        return BeamEngine(work, DASK_RUNNER, (f"--dask_client_address={address}", *parts, *options))(dealt)

    return engine


def _collected(folder: str) -> str:
    return f"{folder}/collected-{os.getpid()}-{time.monotonic_ns()}.json"


def _collected_elsewhere(path: str) -> list[Answer]:
    """Read the answers that a worker elsewhere has written to *path*."""
    try:
        answers: list[Answer] = read_json(path)
    except FileNotFoundError as error:
        where = path.rpartition("/")[0]
        message = f"the workers wrote their reports to {where}, and none is there: they see another folder; "
        remedy = "set CORPUSHUB_WORK to a store, or to a folder that all workers have at the same path"
        raise UnfitWorker(f"{message}nothing was committed; {remedy}") from error
    return answers


def _draw(pipeline: beam.Pipeline, sent: Sequence[Any], carry: Any, collected: str) -> None:
    """Draw ``Create -> carry -> key by constant -> GroupByKey -> Map(collect)``; *carry* turns *sent* into answers.

    That shape has no tags, side inputs, state or finish_bundle, and an output, so that it is the same graph on the
    local runner, Flink, Dataflow, Spark and Dask, and a dead worker ends the stage instead of hanging it.
    """
    _ = (
        pipeline
        | "tasks" >> beam.Create(sent)
        | "run" >> carry
        | "key" >> beam.Map(_with_one_key)
        | "group" >> beam.GroupByKey()
        | "collect" >> beam.Map(collect, collected)
    )


def refuse_unsafe(runner: str, options: Sequence[str]) -> None:
    """Refuse modes that lose elements or download programs.

    ``multi_threading`` silently drops 0.4 to 2.2 % of the elements of a GroupByKey in Beam 2.77; DirectRunner is an
    alias that first fetches a binary it does not verify.
    """
    if any("multi_threading" in option for option in options):
        raise UnsafeRunner("direct_running_mode=multi_threading loses elements silently; leave the mode to corpushub")
    if runner in {"DirectRunner", "SwitchingDirectRunner"}:
        raise UnsafeRunner(f"{runner} fetches and runs an unverified binary; use --runner local")


def collect(keyed: tuple[int, Any], path: str) -> int:
    """Write all reports of a stage to *path*; return how many."""
    reports = sorted(keyed[1], key=json.dumps)
    write_json(path, reports)
    return len(reports)


def _with_one_key(content: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    return 0, content


def _run_watched(pipeline: beam.Pipeline, collected: Path, folder: str | None, patience: float) -> None:
    """Run *pipeline* in a thread until the reports are *collected*, which ends the stage; Beam then tidies up alone.

    A worker that dies ends the stage with an error as soon as the others have finished their tasks. Workers that hang
    end nothing, and Beam cannot be interrupted: if the journal falls silent they are killed and the thread is left.

    Raises:
        StageStalled: a worker died, or all of them were silent for *patience* seconds; finished outputs are kept.
    """
    failure: list[BaseException] = []

    def run() -> None:
        try:
            pipeline.run().wait_until_finish()
        except BaseException as error:
            failure.append(error)  # handed over to the waiting thread, which raises it

    thread = threading.Thread(target=run, daemon=True, name="beam pipeline")
    started = time.time()
    thread.start()
    while thread.is_alive() and not collected.exists():
        thread.join(0.05)
        watch(folder, started, patience)
    if failure and _is_lost_worker(failure[0]):
        raise StageStalled("a worker process died") from failure[0]
    if failure:
        raise failure[0]


def _is_lost_worker(error: BaseException) -> bool:
    """Tell a vanished worker process from a task that raised."""
    words = str(error)
    return "Channel closed prematurely" in words or "StatusCode.UNAVAILABLE" in words or "Traceback" not in words
