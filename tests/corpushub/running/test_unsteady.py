"""Runs on a store that has a bad day: one in twenty requests is answered with 500 or 503, late, in part or not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from corpushub.running.run import RunResult, run
from corpushub.testing.unsteady import FAULTS, Fault, Unsteady
from corpushub.testing.watching import SilentWatcher
from lineage.hub import Hub
from lineage.hub.home import Home
from lineage.proof.verify import verify_version
from lineage.references import VersionRef
from lineage.storage import retries, stores
from lineage.storage.files import hash_file, list_files
from pipelines.errors import StageStalled
from pipelines.execution import in_process, warm_processes
from pipelines.execution.executor import Execution
from pipelines.execution.stage import Report, Task


@pytest.fixture
def bad_day(watched_store: Unsteady) -> Iterator[Unsteady]:
    """Let one request in twenty go wrong."""
    watched_store.every = 20
    yield watched_store
    warm_processes.close()


def ingest(folder: Path, home: Home, workers: int) -> RunResult:
    """Run the quickstart recipe in a home."""
    with Hub(home) as hub:
        return run(hub, folder / "recipe.toml", Execution(workers=workers), SilentWatcher())


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_ends_right_without_anybody(bad_day: Unsteady, corpus: Path, tmp_path: Path, workers: int) -> None:
    """It makes the version of a run on this machine alone; no file is cut, none is there twice, none stays behind."""
    place = f"s3://corpora/unsteady-{workers}"
    made = ingest(corpus, home := Home(tmp_path / "hub", "", f"{place}/warehouse", f"{place}/work"), workers)
    plain = ingest(corpus, Home(tmp_path / "plain", "", "", ""), 1)

    assert (made.manifest_root, made.counts) == (plain.manifest_root, plain.counts)
    assert {*bad_day.spoiled} == {*FAULTS}
    assert bad_day.retried >= bad_day.spoiled[Fault.INTERNAL] + bad_day.spoiled[Fault.SLOW_DOWN]
    with Hub(home) as hub:
        assert verify_version(hub, VersionRef("quickstart", 1)).ok
    named = [path for path in list_files(f"{place}/warehouse") if "/data/" in path]
    assert named
    assert all(hash_file(path) in path for path in named)
    assert list_files(f"{place}/work") == []


def test_a_store_that_answers_nothing_ends_the_run(
    watched_store: Unsteady, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is waited for and then given up; the next run goes on from what is there, once the store answers again."""
    monkeypatch.setattr(in_process, "PAUSES", (0.0, 0.0))
    monkeypatch.setattr(retries, "ATTEMPTS", 1)
    stores._connect.cache_clear()
    home = Home(tmp_path / "hub", "", "s3://corpora/silent/warehouse", "s3://corpora/silent/work")
    went_down: list[str] = []

    class Watcher(SilentWatcher):
        def announce(self, stage: str, tasks: Sequence[Task[Report]]) -> None:
            """Let the store go down when documents are released."""
            if stage == "release" and not went_down:
                watched_store.every = 1
                went_down.append(stage)

    with Hub(home) as hub:
        with pytest.raises((StageStalled, OSError)) as told:
            run(hub, corpus / "recipe.toml", Execution(workers=1), Watcher())
        watched_store.every = 0
        left = list_files(home.work)
        made = run(hub, corpus / "recipe.toml", Execution(workers=1), SilentWatcher())
    stores._connect.cache_clear()

    assert stores.is_transient(told.value) or isinstance(told.value, StageStalled)
    assert left
    assert made.version == "quickstart@v1"
    assert list_files(home.work) == []
