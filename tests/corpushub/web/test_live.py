"""Runs under way: their page says how far they are and asks again by itself, until they have ended."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import corpushub
from corpushub.running import recorder
from corpushub.running.stage_progress import StageProgress
from corpushub.web.app import application
from lineage.control.costs.progress import RunProgress, progress_of, record_progress
from lineage.control.runs import Run, RunState, finish_run, start_run
from lineage.hub.locks import lock_dataset
from pipelines.execution.executor import Execution
from tests.corpushub.conftest import call
from tests.corpushub.web.test_app import json_of, web

AGAIN = '<meta http-equiv="refresh" content="2">'
WAIT = 60

FAR = RunProgress("2024-05-01T12:00:00.000Z", "annotate", 8, 2, 1, 0.25, 4000, 3000, 9_000_000, 3.0, 9.0, 1 << 30)


def test_says_how_far_it_is_until_it_has_ended(tmp_path: Path) -> None:
    """The same as the command; of a killed one it is told as what was, and nobody waits for it."""
    with corpushub.open(tmp_path / "hub") as hub:
        hub.home.create()
        client = TestClient(application(hub), base_url="http://localhost")
        run = Run("abc", "fruit", "[dataset]", "c" * 64, "d" * 64, "0.1", state=RunState.RUNNING)
        start_run(hub.db, run)
        record_progress(hub.db, "abc", FAR)

        def said() -> str:
            shown = call("runs", "run:abc", "--hub", hub.home.path)
            shown.pop("schema")
            assert json_of(client, "/runs/abc") == web("run", shown)
            return client.get("/runs/abc").text

        with lock_dataset(hub.home, "fruit", "abc"):
            page = said()
            assert AGAIN in page
            assert AGAIN in client.get("/runs").text
            assert all(
                words in page for words in ("2 of 8 shards", "25.0 %", "3 MB/s", "9 s left", "1.1 GB", "min ago")
            )
        page = said()
        assert AGAIN not in page + client.get("/runs").text
        assert "How far it was" in page
        finish_run(hub.db, run, RunState.FAILED, "StageLost")
        page = said()
        assert AGAIN not in page
        assert "How far" not in page


def test_a_run_is_watched_from_its_beginning_to_its_end(
    tmp_path: Path, corpus: Path, warm: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks while it reads sees its shards; afterwards nothing is left but its results."""
    monkeypatch.setattr(recorder, "SECONDS", 0.01)
    shutil.copytree(corpus, tmp_path / "first")
    seen: list[str] = []
    with corpushub.open(tmp_path / "hub") as hub:
        client = TestClient(application(hub), base_url="http://localhost")

        def look(progress: StageProgress) -> None:
            if seen or progress.message or progress.stage != "annotate":
                return
            run = hub.runs().runs[0].run.removeprefix("run:")
            for _ in range(WAIT * 100):
                found = progress_of(hub.db, run)
                if found is not None and found.tasks:
                    seen.append(client.get(f"/runs/{run}").text)
                    return
                threading.Event().wait(0.01)

        made = hub.run(tmp_path / "first" / "recipe.toml", Execution(workers=1), progress=look)
        ended = client.get(f"/runs/{made.run.removeprefix('run:')}").text

        assert AGAIN in seen[0]
        assert "How far it is" in seen[0]
        assert AGAIN not in ended
        assert progress_of(hub.db, made.run.removeprefix("run:")) is None
