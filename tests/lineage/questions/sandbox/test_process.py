from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from lineage.errors import QueryError
from lineage.questions.sandbox.process import Job, Process
from lineage.storage.bounds import Bounds

ROOT = Path(__file__).parents[4]
SORTING = "select len(list_sort(range(100000000)))"
COMPARING = "select levenshtein(repeat('ab', 100000), repeat('ba', 100000))"

MEASURED = """
import json, resource, sys
from lineage.errors import QueryError
from lineage.questions.sandbox.process import Job, Process
from lineage.storage.bounds import Bounds

question, bounds = json.loads(sys.argv[1])
with Process() as process:
    try:
        process.answer(Job({}, question, 10, Bounds(**bounds)))
        told = ""
    except QueryError as error:
        told = str(error)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([told, used.ru_maxrss / 1024, used.ru_utime + used.ru_stime]))
"""
"""Asks in a process that has had no other child, so that what the child used is known."""

ASKING = f"""
from lineage.questions.sandbox.process import Job, Process
from lineage.storage.bounds import Bounds

with Process() as process:
    print(process.pid, flush=True)
    process.answer(Job({{}}, {COMPARING!r}, 10, Bounds(seconds=600)))
"""


def job(question: str, **bounds: Any) -> Job:
    """Return a job without views."""
    return Job({}, question, 10, Bounds(**{"seconds": 60.0, **bounds}))


def measured(question: str, **bounds: Any) -> tuple[str, float, float]:
    """Return the error of *question*, and the MB and the processor's seconds that its process took at most."""
    told = json.dumps([question, bounds])
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, told], cwd=ROOT, capture_output=True, text=True, check=True, timeout=300
    )
    error, memory, seconds = json.loads(done.stdout)
    return error, memory, seconds


def gone(pid: int) -> bool:
    """Tell whether process *pid* ends within a minute."""
    for _ in range(600):
        if not Path(f"/proc/{pid}").exists() or Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
            return True
        time.sleep(0.1)
    return False


def test_memory_is_bounded_where_the_engine_does_not_count() -> None:
    """Lists are sorted outside of what DuckDB counts; the process stays below twice its memory all the same."""
    error, memory, _ = measured(SORTING, memory_mb=300, seconds=120)
    assert "needs more than 300 MB" in error
    assert memory < 2 * 300


def test_time_is_bounded_where_the_engine_does_not_look() -> None:
    """A function that never looks up from its work is ended on time, with no more than two threads' seconds."""
    error, _, seconds = measured(COMPARING, seconds=2)
    assert "within 2 s" in error
    assert seconds < 2 * 2 * 2


def test_an_answer_is_bounded_too() -> None:
    """What fits into the engine and would not into whoever reads it is too much."""
    with Process() as process, pytest.raises(QueryError, match="needs more than 256 MB"):
        process.answer(job("select list(1::tinyint) from range(5000000)", memory_mb=256))


@pytest.mark.parametrize(
    "question",
    [
        "select {'a': i, 'b': [i, i], 'c': {'d': i}} from range(1000000) t(i)",
        "select repeat(chr(27), 12000000)",
        "select map {i: map {i: i}} from range(500000) t(i)",
    ],
)
def test_so_is_what_becomes_of_it(question: str) -> None:
    """Values of JSON take more than those of the engine: whoever reads them never holds more than a part of it."""
    with Process() as process, pytest.raises(QueryError, match="needs more than 256 MB"):
        process.answer(Job({}, question, 1 << 31, Bounds(memory_mb=256, seconds=120.0)))


def test_a_process_that_dies_is_no_answer() -> None:
    """Whoever kills it, the question was not answered; nobody waits for ever."""
    with Process() as process:
        killer = threading.Timer(0.5, os.kill, [process.pid, signal.SIGTERM])
        killer.start()
        with pytest.raises(QueryError):
            process.answer(job(COMPARING, seconds=600))
        killer.join()


def test_no_process_outlives_its_user() -> None:
    """Killed or interrupted, the one who asked takes the process along."""
    for sent in (signal.SIGKILL, signal.SIGINT, signal.SIGTERM):
        asking = subprocess.Popen(
            [sys.executable, "-c", ASKING], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert asking.stdout is not None
        pid = int(asking.stdout.readline())
        asking.send_signal(sent)
        asking.communicate(timeout=60)
        assert gone(pid)
