"""How far a run is: recorded while it lasts, gone when it has ended, and never in its way."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

import pytest

from corpushub.running import recorder
from corpushub.running.recorder import Recorder
from lineage.control.costs.progress import RunProgress, progress_of
from lineage.hub import Hub
from lineage.hub.home import Home
from pipelines.execution.in_process import run_tasks
from pipelines.execution.journal import keeping, note
from tests.corpushub.running.test_progress import Shard

WAIT = 60


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be recorded a hundred times a second."""
    monkeypatch.setattr(recorder, "SECONDS", 0.01)


@pytest.fixture
def opened(tmp_path: Path) -> Hub:
    """A hub without anything in it."""
    hub = Hub(Home(tmp_path / "hub"))
    hub.home.create()
    return hub


def awaited(hub: Hub, stage: str, finished: int) -> RunProgress:
    """Return what is recorded once that many tasks of *stage* are done."""
    ends = time.monotonic() + WAIT
    while time.monotonic() < ends:
        found = progress_of(hub.db, "r1")
        if found is not None and (found.stage, found.finished) == (stage, finished):
            return found
        threading.Event().wait(0.01)
    raise AssertionError(f"{stage} was never recorded with {finished} tasks")


def test_says_how_far_a_stage_is_and_forgets_it_at_the_end(opened: Hub, tmp_path: Path) -> None:
    """Shards, records, bytes, failures and memory, of the stage under way."""
    journal = tmp_path / "journal"
    journal.mkdir()
    told = Recorder(opened.db, "r1", lambda: 4096)
    shards = [Shard("a"), Shard("b", cost=3)]
    with told.follow(journal), keeping(str(journal)):
        told.announce("annotate", shards)
        run_tasks(shards[:1], str(journal))
        note("retry", task="b", attempt=1, why="OSError")
        found = awaited(opened, "annotate", 1)

        assert (found.tasks, found.read, found.kept, found.bytes) == (2, 10, 7, 1000)
        assert (found.share, found.memory) == (0.25, 4096)
        told.announce("release", [Shard("c")])
        assert awaited(opened, "release", 0).read == 0
    told.forget()

    assert progress_of(opened.db, "r1") is None


def test_what_cannot_be_recorded_stops_nobody(opened: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A control database that refuses, at the first or at any later time, is passed over."""
    tried = threading.Event()

    def refused(*_: object) -> None:
        tried.set()
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(recorder, "record_progress", refused)
    told = Recorder(opened.db, "r1", lambda: 0)
    with told.follow(tmp_path):
        told.announce("annotate", [Shard("a")])
        assert tried.wait(WAIT)
    told.forget()

    assert progress_of(opened.db, "r1") is None
