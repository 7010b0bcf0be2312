from __future__ import annotations

import json
import os
from pathlib import Path

import orjson

from corpushub.running.cost_notes import ELSEWHERE, FILE, LAST_MOMENT, CostNotes, as_killed, attempts_in, noted_by
from lineage.control.costs.attempts import Attempt, AttemptState, StageCost
from lineage.control.costs.energy import Rates

STARTED = "2026-01-01T00:00:00.000000Z"


def spent(folder: Path, at: float, stage: str, **more: float) -> None:
    """Note in the journal that a stage ended."""
    told = {"tasks": 1, "seconds": 1.5, "reused": 0, "saved": 0.0, **more}
    with (folder / f"{os.getpid()}.jsonl").open("ab") as file:
        file.write(orjson.dumps({"at": at, "pid": os.getpid(), "event": "spent", "stage": stage, **told}) + b"\n")


def begin(folder: Path, started: str = STARTED, at: float = 100.0, runner: str = "local") -> CostNotes:
    """Begin the notes of an attempt."""
    notes = CostNotes(folder)
    rates = Rates(watts_per_core=7.0)
    notes.begin(Attempt("r1", started, AttemptState.KILLED, runner, rates=rates, grew_from="d@v1"), at)
    return notes


def test_the_last_sign_of_each_stage_counts(tmp_path: Path) -> None:
    """An attempt is what its last signs of life say, with what its tasks report; if nobody ended it, it was killed."""
    notes = begin(tmp_path)
    notes.beat(StageCost("start", 1.0, driver=0.9), (10, 1), None)
    notes.beat(StageCost("annotate", 1.0, workers=1.0), (20, 2), 3.0)
    notes.beat(StageCost("annotate", 2.0, workers=2.0), (30, 3), 6.0)
    spent(tmp_path, 101.0, "annotate", reused=2, saved=4.0)

    (attempt,) = attempts_in(tmp_path)

    reading = StageCost("annotate", 2.0, workers=2.0, tasks=1, task_seconds=1.5, reused=2, reused_seconds=4.0)
    assert attempt.stages == (StageCost("start", 1.0, driver=0.9), reading)
    assert (attempt.read_bytes, attempt.written_bytes, attempt.joules) == (30, 3, 6.0)
    assert attempt.missing == ()
    assert (as_killed(attempt).state, as_killed(attempt).missing) == ("killed", (LAST_MOMENT,))
    assert (attempt.rates.watts_per_core, attempt.grew_from) == (7.0, "d@v1")


def test_attempts_are_told_apart(tmp_path: Path) -> None:
    """Each has its own stages, by what was noted and by when tasks reported."""
    begin(tmp_path).beat(StageCost("annotate", workers=1.0), (1, 1), None)
    spent(tmp_path, 101.0, "annotate")
    begin(tmp_path, "2026-01-02T00:00:00.000000Z", 200.0).beat(StageCost("annotate", workers=5.0), (2, 2), None)
    spent(tmp_path, 201.0, "annotate", seconds=4.0)

    assert [one.stages[0].task_seconds for one in attempts_in(tmp_path)] == [1.5, 4.0]
    assert [one.cpu_seconds for one in attempts_in(tmp_path)] == [1.0, 5.0]


def test_workers_elsewhere_are_known_by_their_tasks(tmp_path: Path) -> None:
    """What tasks report counts for them, and the rest is said to be missing; meters of this machine say nothing."""
    begin(tmp_path, runner="ray").beat(StageCost("annotate", driver=1.0), (1, 1), 9.0)
    spent(tmp_path, 101.0, "annotate", seconds=4.0)

    (attempt,) = attempts_in(tmp_path)

    assert (attempt.cpu_seconds, attempt.stages[0].workers, attempt.joules) == (5.0, 4.0, None)
    assert ELSEWHERE in attempt.missing


def test_a_line_that_was_cut_short_says_nothing(tmp_path: Path) -> None:
    """A killed writer leaves half a line; what stands before it counts."""
    begin(tmp_path).beat(StageCost("annotate", workers=1.0), (1, 1), None)
    line = json.dumps({"stage": {"stage": "annotate", "workers": 9.0}})
    with (tmp_path / FILE).open("a") as file:
        file.write(line[:20])

    assert attempts_in(tmp_path)[0].cpu_seconds == 1.0


def test_runs_with_notes_are_found(tmp_path: Path) -> None:
    """Each with the folder of its journal; others have none."""
    for name in ("r1", "r2"):
        (tmp_path / name).mkdir()
    begin(tmp_path / "r2")

    assert list(noted_by(tmp_path)) == [("r2", tmp_path / "r2")]
