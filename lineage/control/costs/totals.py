"""What runs cost in all: a run with its failed attempts, and a dataset with all its runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lineage.control.costs.attempts import Attempt, AttemptState, attempts_of, attempts_of_dataset
from lineage.control.costs.energy import Measured, Modelled, Rates, measured, model, sum_of
from lineage.control.runs import list_runs
from lineage.control.versions import Version, list_versions
from lineage.hub.database import Database

READING = "annotate"
"""The stage that reads sources: what a run that goes on from a version is spared."""


@dataclass(frozen=True, slots=True)
class RunEnergy:
    """What a run cost, with all attempts at it.

    Attributes:
        cpu_seconds: processor seconds of driver and workers.
        driver_seconds: of the driver alone.
        worker_seconds: of the workers alone.
        failed_seconds: of attempts that made nothing, part of cpu_seconds.
        resumed_seconds: that tasks had cost which were not done again, since an earlier attempt had done them.
        gb_hours: memory (10^9 bytes) times time.
        read_bytes: by system calls of its processes on the driver's machine.
        written_bytes: likewise.
        modelled: energy by rates; null if there are none.
        measured: energy by meters; null if none could be read throughout.
        missing: what is not counted.
        attempts: each with its stages, the oldest first.
    """

    cpu_seconds: float
    driver_seconds: float
    worker_seconds: float
    failed_seconds: float
    resumed_seconds: float
    gb_hours: float
    read_bytes: int
    written_bytes: int
    modelled: Modelled | None
    measured: Measured | None
    missing: tuple[str, ...]
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True)
class RunShare:
    """A run in the life of a dataset.

    Attributes:
        run: run:ID.
        version: that it made, null if none.
        cpu_seconds: with all attempts.
        failed_seconds: of attempts that made nothing.
        resumed_seconds: that resuming saved.
        growth_seconds: that going on from a version saved: what reading its sources had cost.
    """

    run: str
    version: str | None
    cpu_seconds: float
    failed_seconds: float
    resumed_seconds: float
    growth_seconds: float


@dataclass(frozen=True, slots=True)
class DatasetEnergy:
    """What a dataset has cost in its life.

    Attributes:
        dataset: its name.
        cpu_seconds: of all runs, failed ones included.
        failed_seconds: of attempts that made nothing.
        resumed_seconds: that resuming saved.
        growth_seconds: that going on from versions saved.
        gb_hours: memory (10^9 bytes) times time.
        modelled: energy by rates; null if there are none.
        measured: energy by meters; null if none could be read throughout.
        missing: what is not counted: runs of which nothing is known among it.
        runs: the oldest first.
    """

    dataset: str
    cpu_seconds: float
    failed_seconds: float
    resumed_seconds: float
    growth_seconds: float
    gb_hours: float
    modelled: Modelled | None
    measured: Measured | None
    missing: tuple[str, ...]
    runs: tuple[RunShare, ...]


def energy_of_run(db: Database, run: str, rates: Rates, *, afterwards: bool = True) -> RunEnergy | None:
    """Return what *run* cost, None if nothing is known; *rates* hold where none were named when it ran.

    Without *afterwards* what was spent later, to find that nothing is to be done, does not count.
    """
    found = attempts_of(db, run)
    attempts = tuple(one for one in found if afterwards or one.state != AttemptState.UNCHANGED)
    if not attempts:
        return None
    stages = [stage for one in attempts for stage in one.stages]
    return RunEnergy(
        cpu_seconds=_seconds(one.cpu_seconds for one in attempts),
        driver_seconds=_seconds(stage.driver for stage in stages),
        worker_seconds=_seconds(stage.workers for stage in stages),
        failed_seconds=_seconds(map(_failed, attempts)),
        resumed_seconds=_seconds(map(_resumed, attempts)),
        gb_hours=round(sum(one.gb_hours for one in attempts), 6),
        read_bytes=sum(one.read_bytes for one in attempts),
        written_bytes=sum(one.written_bytes for one in attempts),
        modelled=_modelled(attempts, rates),
        measured=_measured(attempts),
        missing=_missing(attempts),
        attempts=attempts,
    )


def energy_of_dataset(db: Database, dataset: str, rates: Rates) -> DatasetEnergy:
    """Return what *dataset* has cost; *rates* hold where none were named when a run ran."""
    attempts = attempts_of_dataset(db, dataset)
    by_run: dict[str, list[Attempt]] = {}
    for one in attempts:
        by_run.setdefault(one.run, []).append(one)
    versions = {version.run: version for version in list_versions(db, dataset)}
    runs = sorted(list_runs(db, dataset), key=lambda run: (run.started, run.id))
    shares = tuple(_share(run.id, by_run[run.id], versions, by_run) for run in runs if run.id in by_run)
    unknown = [f"run:{run.id}: nothing is known of its cost" for run in runs if run.id not in by_run]
    return DatasetEnergy(
        dataset=dataset,
        cpu_seconds=_seconds(one.cpu_seconds for one in attempts),
        failed_seconds=_seconds(map(_failed, attempts)),
        resumed_seconds=_seconds(map(_resumed, attempts)),
        growth_seconds=_seconds(share.growth_seconds for share in shares),
        gb_hours=round(sum(one.gb_hours for one in attempts), 6),
        modelled=_modelled(attempts, rates),
        measured=_measured(attempts),
        missing=(*_missing(attempts), *unknown),
        runs=shares,
    )


def _share(
    run: str, own: Sequence[Attempt], versions: Mapping[str, Version], by_run: Mapping[str, Sequence[Attempt]]
) -> RunShare:
    made = versions.get(run)
    return RunShare(
        run=f"run:{run}",
        version=made.name if made else None,
        cpu_seconds=_seconds(one.cpu_seconds for one in own),
        failed_seconds=_seconds(map(_failed, own)),
        resumed_seconds=_seconds(map(_resumed, own)),
        growth_seconds=_seconds([_spared(own, {one.name: name for name, one in versions.items()}, by_run)]),
    )


def _spared(attempts: Sequence[Attempt], runs: Mapping[str, str], by_run: Mapping[str, Sequence[Attempt]]) -> float:
    """Return what it had cost to read what a run did not read again: the reading of all versions it went on from."""
    spared = 0.0
    base = next((one.grew_from for one in reversed(attempts) if one.state == AttemptState.COMMITTED), None)
    while base is not None:
        before = by_run.get(runs.get(base, ""), ())
        made = [one for one in before if one.state == AttemptState.COMMITTED]
        spared += sum(s.task_seconds + s.reused_seconds for one in made for s in one.stages if s.stage == READING)
        base = made[-1].grew_from if made else None
    return spared


def _failed(attempt: Attempt) -> float:
    return attempt.cpu_seconds if attempt.state in {AttemptState.FAILED, AttemptState.KILLED} else 0.0


def _resumed(attempt: Attempt) -> float:
    return sum(stage.reused_seconds for stage in attempt.stages)


def _modelled(attempts: Sequence[Attempt], rates: Rates) -> Modelled | None:
    return sum_of([model(one.cpu_seconds, one.gb_hours, one.rates.over(rates)) for one in attempts])


def _measured(attempts: Sequence[Attempt]) -> Measured | None:
    joules = [one.joules for one in attempts if one.joules is not None]
    return measured(sum(joules)) if attempts and len(joules) == len(attempts) else None


def _missing(attempts: Sequence[Attempt]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words for one in attempts for words in one.missing))


def _seconds(parts: Iterable[float]) -> float:
    return round(sum(parts), 3)
