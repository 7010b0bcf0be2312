"""What each attempt at a run cost: failed and killed ones are attempts, too, and what they cost stays on record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self

from lineage.control.costs.energy import Rates
from lineage.hub.database import Database, delete, insert, rows


class AttemptState(StrEnum):
    """How an attempt ended."""

    COMMITTED = "committed"  # with a version
    UNCHANGED = "unchanged"  # it found that there is nothing to do
    FAILED = "failed"
    KILLED = "killed"  # nobody was left to say how; it cost what its last sign of life said


@dataclass(frozen=True, slots=True)
class StageCost:
    """What a stage cost.

    Attributes:
        stage: its name; "start" is what was before the first one, "commit" what was after the last one.
        seconds: by the clock.
        driver: processor seconds of the driver.
        workers: of all its workers, what they did between tasks and killed ones included.
        tasks: that were done.
        task_seconds: processor seconds of these, as they report; part of what driver or workers took.
        reused: tasks that an earlier attempt had done.
        reused_seconds: processor seconds that they had cost then.
        gb_hours: memory (10^9 bytes) times time, of all processes on this machine.
    """

    stage: str
    seconds: float = 0.0
    driver: float = 0.0
    workers: float = 0.0
    tasks: int = 0
    task_seconds: float = 0.0
    reused: int = 0
    reused_seconds: float = 0.0
    gb_hours: float = 0.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """What an attempt at a run cost.

    Attributes:
        run: the run's id.
        started: when, RFC 3339, UTC.
        state: how it ended; see AttemptState.
        runner: by whom it was carried out.
        stages: in their order.
        read_bytes: that its processes on this machine read by system calls, from files, stores and each other.
        written_bytes: that they wrote.
        joules: that the processors' meters counted on this machine meanwhile; null where none can be read.
        rates: that the recipe or the hub named then.
        grew_from: the version that it went on from, NAME@vN; null if it read all sources.
        missing: what is not counted.
    """

    run: str
    started: str
    state: str
    runner: str
    stages: tuple[StageCost, ...] = ()
    read_bytes: int = 0
    written_bytes: int = 0
    joules: float | None = None
    rates: Rates = field(default_factory=Rates)
    grew_from: str | None = None
    missing: tuple[str, ...] = ()

    @classmethod
    def load(cls, content: Mapping[str, Any]) -> Self:
        """Return what was kept as JSON."""
        stages = tuple(StageCost(**one) for one in content["stages"])
        own = {"stages": stages, "rates": Rates(**content["rates"]), "missing": tuple(content["missing"])}
        return cls(**{**content, **own})

    @property
    def cpu_seconds(self) -> float:
        """Processor seconds of driver and workers."""
        return sum(stage.driver + stage.workers for stage in self.stages)

    @property
    def gb_hours(self) -> float:
        """Memory times time."""
        return sum(stage.gb_hours for stage in self.stages)


def record_attempt(db: Database, attempt: Attempt) -> None:
    """Record *attempt*, or record it anew."""
    key = {"run": attempt.run, "started": attempt.started}
    with db.begin() as connection:
        delete(connection, "run_attempts", **key)
        insert(connection, "run_attempts", [{**key, "attempt": asdict(attempt)}])


def attempts_of(db: Database, run: str) -> tuple[Attempt, ...]:
    """Return the attempts at *run*, the oldest first."""
    found = rows(db, "SELECT attempt FROM run_attempts WHERE run = :run ORDER BY started", run=run)
    return _loaded(found)


def attempts_of_dataset(db: Database, dataset: str) -> tuple[Attempt, ...]:
    """Return the attempts at all runs of *dataset*, the oldest first."""
    query = "SELECT attempt FROM run_attempts JOIN runs ON runs.id = run_attempts.run WHERE dataset = :dataset"
    return _loaded(rows(db, f"{query} ORDER BY run_attempts.started", dataset=dataset))


def _loaded(found: Sequence[Mapping[str, Any]]) -> tuple[Attempt, ...]:
    return tuple(Attempt.load(row["attempt"]) for row in found)
