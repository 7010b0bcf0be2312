"""What runs say that they cost, held against what the operating system says."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from corpushub.running.cost_notes import BEFORE_RUN, FILE
from corpushub.testing.recipes import recipe
from corpushub.testing.sources import write_jsonl

Corpushub = Callable[..., Any]
COMMAND = Path(sys.executable).with_name("corpushub")

TREE = """
import ctypes, glob, json, os, resource, signal, subprocess, sys, time
PR_SET_CHILD_SUBREAPER = 36
assert ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
notes, command = sys.argv[1], sys.argv[2:]
process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
while notes and process.poll() is None:
    if any('"annotate"' in open(path).read() for path in glob.glob(notes)):
        time.sleep(2.5)
        process.send_signal(signal.SIGKILL)
        break
    time.sleep(0.05)
code = process.wait()
while True:
    try:
        os.wait()
    except ChildProcessError:
        break
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"code": code, "seconds": usage.ru_utime + usage.ru_stime}))
"""
"""Runs a command, waits for all that it leaves behind, and tells what the whole tree took; with notes, kills it while
it reads: orphans become children of this process, so that the system counts them, too."""


def tree_seconds(*command: str | Path, notes: Path | str = "", code: int = 0) -> float:
    """Return the processor seconds of *command* and all its processes, by the operating system."""
    words = [sys.executable, "-c", TREE, str(notes), *map(str, command)]
    told = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    assert told["code"] == code
    return float(told["seconds"])


@pytest.fixture
def folder(tmp_path: Path, warm: None) -> Path:
    """A folder with a recipe over some thousand generated records."""
    words = [f"word{number % 977}" for number in range(4000)]
    for name in range(4):
        rows = [{"id": str(n), "text": " ".join(words[(n * 7 + name) % 3000 :][:400])} for n in range(3000)]
        write_jsonl(tmp_path / "data" / f"{name}.jsonl", rows)
    energy = "[energy]\nwatts_per_core = 10.0\n"
    text = recipe('[[step]]\nuse = "language"\n', "[dedup]\n", "[pii]\n", energy)
    (tmp_path / "recipe.toml").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_says_what_the_system_counted(folder: Path, corpushub: Corpushub, workers: int) -> None:
    """CPU seconds within 3 % of the process tree's, or half a second: what telling and tidying takes is not counted."""
    hub = folder / "hub"
    counted = tree_seconds(
        COMMAND, "run", folder / "recipe.toml", "--hub", hub, "--yes", "--workers", str(workers), "--quiet"
    )

    (run,) = corpushub("runs", "--hub", hub)["runs"]
    cost = corpushub("runs", run["run"], "--hub", hub)["energy"]

    assert cost["cpu_seconds"] == pytest.approx(counted, abs=max(0.03 * counted, 0.5))
    assert cost["cpu_seconds"] <= counted + 0.05
    (attempt,) = cost["attempts"]
    assert attempt["state"] == "committed"
    reading = next(stage for stage in attempt["stages"] if stage["stage"] == "annotate")
    assert 0 < reading["task_seconds"] <= reading["driver"] + reading["workers"] + 0.1
    assert (reading["workers"] > reading["driver"]) is (workers > 1)
    assert cost["gb_hours"] > 0
    assert cost["modelled"]["kwh"] == pytest.approx(cost["cpu_seconds"] / 3600 * 10 / 1000, rel=1e-3, abs=1e-6)
    assert cost["modelled"]["grams"] is None
    assert cost["missing"] == []


def test_killed_attempts_count(folder: Path, corpushub: Corpushub) -> None:
    """An attempt that was killed costs what its last sign of life said, and says that its last moment is missing."""
    hub = folder / "hub"
    words = (COMMAND, "run", folder / "recipe.toml", "--hub", hub, "--yes", "--workers", "2", "--quiet")
    killed = tree_seconds(*words, notes=hub / "runs" / "*" / FILE, code=-9)
    finished = tree_seconds(*words)

    (made,) = corpushub("runs", "--hub", hub)["runs"]
    cost = corpushub("runs", made["run"], "--hub", hub)["energy"]

    assert [one["state"] for one in cost["attempts"]] == ["killed", "committed"]
    beat = 0.7 * 3  # seconds between two signs, of a driver and two workers
    assert killed - beat - 0.03 * killed <= cost["failed_seconds"] <= killed + 0.05
    both = killed + finished
    assert cost["cpu_seconds"] == pytest.approx(both, abs=beat + max(0.03 * both, 0.5))
    assert "last sign of life" in cost["missing"][0]
    total = corpushub("runs", "--total", "d", "--hub", hub)
    assert (total["cpu_seconds"], total["failed_seconds"]) == (cost["cpu_seconds"], cost["failed_seconds"])
    assert total["resumed_seconds"] == cost["resumed_seconds"]


def test_an_attempt_that_ended_before_its_run_was_known_is_said_to_be_missing(
    folder: Path, corpushub: Corpushub
) -> None:
    """Nobody knows what it took, whose it was; the next attempt says so, and the one after that does not."""
    hub, recipe = folder / "hub", folder / "recipe.toml"
    text = recipe.read_text(encoding="utf-8")
    recipe.write_text(text.replace(".jsonl", ".nowhere"), encoding="utf-8")
    corpushub("run", recipe, "--hub", hub, "--yes", code=2)
    recipe.write_text(text, encoding="utf-8")
    made = corpushub("run", recipe, "--hub", hub, "--yes")
    again = corpushub("run", recipe, "--hub", hub, "--yes")
    attempts = corpushub("runs", made["run"], "--hub", hub)["energy"]["attempts"]

    assert again["unchanged"] == made["version"]
    assert [one["missing"] for one in attempts] == [[BEFORE_RUN], []]
