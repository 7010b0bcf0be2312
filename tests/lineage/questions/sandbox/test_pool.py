from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from lineage.errors import QueryError
from lineage.questions.sandbox.pool import Pool
from lineage.questions.sandbox.process import Job
from lineage.storage.bounds import Bounds

ENDLESS = "select sum(hash(a.range, b.range) % 7) from range(1000000) a, range(1000000) b"


def job(question: str, seconds: float = 60.0) -> Job:
    """Return a job without views."""
    return Job({}, question, 10, Bounds(memory_mb=128, threads=1, seconds=seconds))


def test_questions_at_once_have_limits_of_their_own() -> None:
    """One that runs into its limits leaves the others alone, and the pool goes on."""
    with Pool(most=3, warm=1) as pool, ThreadPoolExecutor(6) as users:
        lost = users.submit(pool.answer, job(ENDLESS, 1.0))
        found = [users.submit(pool.answer, job(f"select {number} as n")) for number in range(4)]
        assert [one.result().rows for one in found] == [[[number]] for number in range(4)]
        with pytest.raises(QueryError, match="within 1 s"):
            lost.result()
        assert pool.answer(job("select 1 as n")).rows == [[1]]


def test_who_waits_too_long_is_told() -> None:
    """Beyond the most questions at once, others wait for their own time and no longer."""
    with Pool(most=1) as pool, ThreadPoolExecutor(1) as users:
        first = users.submit(pool.answer, job(ENDLESS, 3.0))
        while not pool.busy:
            threading.Event().wait(0.01)
        with pytest.raises(QueryError, match="at once"):
            pool.answer(job("select 1", 0.1))
        with pytest.raises(QueryError):
            first.result()


def test_closing_ends_what_runs() -> None:
    """A closed pool leaves no process, and answers nothing."""
    with ThreadPoolExecutor(1) as users:
        pool = Pool(most=1)
        running = users.submit(pool.answer, job(ENDLESS, 600.0))
        while not pool.busy:
            threading.Event().wait(0.01)
        pool.close()
        with pytest.raises(QueryError):
            running.result()
    with pytest.raises(QueryError, match="closed"):
        pool.answer(job("select 1"))
