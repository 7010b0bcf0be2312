from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lineage.control.costs.attempts import Attempt, AttemptState, StageCost, attempts_of, record_attempt
from lineage.control.costs.energy import UNRATED, Rates
from lineage.control.costs.totals import energy_of_dataset, energy_of_run
from lineage.control.runs import Run, start_run
from lineage.control.versions import Version, save_version
from lineage.hub import Hub
from lineage.hub.database import Database
from lineage.hub.home import Home


@pytest.fixture
def db(tmp_path: Path) -> Database:
    """A control database."""
    return Hub(Home(tmp_path / "hub", catalog="", warehouse_root="").create()).db


def attempt(run: str, second: int, state: AttemptState, *stages: StageCost, **more: Any) -> Attempt:
    """Return an attempt that began so many seconds after midnight."""
    return Attempt(run, f"2026-01-01T00:00:{second:02}.000000Z", state, "local", stages, **more)


def made(db: Database, number: int) -> None:
    """Record version *number* of a dataset, made by the run r*number*."""
    run = Run(f"r{number}", "fruit", "", "c", "d", "0.1", started=f"2026-01-0{number}T00:00:00.000000Z")
    start_run(db, run)
    told: dict[str, Any] = {"licenses": {}, "languages": {}, "sources": {}, "documents": 0, "bytes": 0}
    told |= {"ledger_snapshot": 0, "documents_snapshot": 0, "recipe_digest": "c", "created": run.started}
    place: dict[str, Any] = {"dataset": "fruit", "number": number, "run": run.id, "parent": number - 1 or None}
    save_version(db, Version(manifest_root=str(number), **place, **told), {}, run)


def test_a_run_costs_what_its_attempts_did(db: Database) -> None:
    """Failed and killed attempts count, what was not done again is told, and what is not counted is named once."""
    reading = StageCost("annotate", 5.0, driver=1.0, workers=8.0, tasks=4, task_seconds=7.5, gb_hours=0.5)
    again = StageCost("annotate", 1.0, driver=0.5, workers=2.0, tasks=1, task_seconds=1.9, reused=4, reused_seconds=7.5)
    record_attempt(db, attempt("r1", 1, AttemptState.KILLED, reading, missing=("the end",), read_bytes=5))
    record_attempt(db, attempt("r1", 2, AttemptState.COMMITTED, again, missing=("the end",), written_bytes=7))

    cost = energy_of_run(db, "r1", UNRATED)

    assert cost is not None
    assert (cost.cpu_seconds, cost.driver_seconds, cost.worker_seconds) == (11.5, 1.5, 10.0)
    assert (cost.failed_seconds, cost.resumed_seconds, cost.gb_hours) == (9.0, 7.5, 0.5)
    assert (cost.read_bytes, cost.written_bytes, cost.missing) == (5, 7, ("the end",))
    assert (cost.modelled, cost.measured) == (None, None)
    assert cost.attempts == attempts_of(db, "r1")


def test_an_attempt_is_recorded_once(db: Database) -> None:
    """Whoever records it again replaces what was there."""
    record_attempt(db, attempt("r1", 1, AttemptState.KILLED))
    record_attempt(db, attempt("r1", 1, AttemptState.FAILED))

    assert [one.state for one in attempts_of(db, "r1")] == ["failed"]


def test_rates_of_the_run_hold_and_else_those_of_today(db: Database) -> None:
    """A figure that was named when the run ran is not changed by another one later."""
    stage = StageCost("annotate", driver=3600.0)
    record_attempt(db, attempt("r1", 1, AttemptState.COMMITTED, stage, rates=Rates(watts_per_core=10.0)))

    cost = energy_of_run(db, "r1", Rates(watts_per_core=99.0, grid_g_per_kwh=100.0))

    assert cost is not None
    assert cost.modelled is not None
    assert (cost.modelled.kwh, cost.modelled.grams) == (0.01, 1.0)


def test_measured_energy_is_told_only_where_all_of_it_was(db: Database) -> None:
    """An attempt without meters leaves the run without a measure: half of it is none."""
    record_attempt(db, attempt("r1", 1, AttemptState.FAILED, joules=1.8e6))
    first = energy_of_run(db, "r1", UNRATED)
    record_attempt(db, attempt("r1", 2, AttemptState.COMMITTED))
    both = energy_of_run(db, "r1", UNRATED)

    assert first is not None
    assert first.measured is not None
    assert first.measured.kwh == 0.5
    assert both is not None
    assert both.measured is None


def test_the_life_of_a_dataset_adds_up(db: Database) -> None:
    """All runs count; growing saves the reading of what was gone on from; runs of which nothing is known are told."""
    for number in (1, 2, 3, 4):
        made(db, number)
    for number, base in ((1, None), (2, "fruit@v1"), (3, "fruit@v2")):
        stages = (StageCost("annotate", workers=10.0, task_seconds=number * 2.0), StageCost("release", driver=1.0))
        record_attempt(db, attempt(f"r{number}", 1, AttemptState.COMMITTED, *stages, grew_from=base))
    record_attempt(db, attempt("r3", 0, AttemptState.FAILED, StageCost("annotate", workers=3.0)))

    cost = energy_of_dataset(db, "fruit", UNRATED)

    assert (cost.cpu_seconds, cost.failed_seconds) == (36.0, 3.0)
    assert [share.growth_seconds for share in cost.runs] == [0.0, 2.0, 6.0]
    assert cost.growth_seconds == 8.0
    assert cost.missing == ("run:r4: nothing is known of its cost",)
    assert [(share.run, share.version) for share in cost.runs][-1] == ("run:r3", "fruit@v3")
    assert energy_of_run(db, "r4", UNRATED) is None
