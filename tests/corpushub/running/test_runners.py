"""The same graph on a runner that is not ours: Beam's portable job service, which takes jobs as Flink's does."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from corpushub import open as corpushub_of
from corpushub.running.run import run
from pipelines.execution.executor import Execution
from pipelines.execution.in_process import run_task
from pipelines.execution.stage import Executor, R, Task

COMMAND = Path(sys.executable).with_name("corpushub")
SERVICE = "apache_beam.runners.portability.local_job_service_main"


@pytest.fixture
def job_endpoint(tmp_path: Path, keep: Any) -> Iterator[str]:
    """Start a job service on a port of loopback that it chooses; return its address."""
    staging = tmp_path / "staging"
    command = [sys.executable, "-m", SERVICE, "--port", "0", "--staging_dir", staging]
    with keep(command, r"beam jobs on port (\d+)", staging) as found:
        yield f"localhost:{found[1]}"


def test_a_portable_runner_changes_no_byte(
    job_endpoint: str, hub: Path, corpus: Path, tmp_path: Path, corpushub: Any
) -> None:
    """Jobs that go through Beam's Job API give the files of the local runner; progress says what each stage did."""
    options = ["--runner", "PortableRunner", "--json", "--"]
    beam = [f"--job_endpoint={job_endpoint}", "--environment_type=LOOPBACK"]
    home = tmp_path / "hub"
    done = subprocess.run(
        [COMMAND, "run", corpus / "recipe.toml", "--hub", home, "--yes", *options, *beam],
        capture_output=True,
        check=True,
        text=True,
    )

    assert json.loads(done.stdout)["manifest_root"] == corpushub("show", "quickstart", "--hub", hub)["manifest_root"]
    last = {told[1]: told for told in re.finditer(r"^(\w+): (\d+)/(\d+) shards(.*)$", done.stderr, re.MULTILINE)}
    assert {*last} >= {"annotate", "dedup", "release", "record"}
    assert all(told[2] == told[3] for told in last.values())
    assert " 557 read, 501 kept, " in last["annotate"][4]
    assert " 501 read, 408 kept, " in last["release"][4]


def test_an_engine_that_works_in_threads_changes_no_byte(
    hub: Path, corpus: Path, tmp_path: Path, corpushub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every stage's tasks, two at a time in one process, give the files of the local runner."""

    def in_threads(work: str, folder: str, execution: Execution) -> Executor:
        def execute(tasks: Sequence[Task[R]], /) -> list[R]:
            with ThreadPoolExecutor(2) as pool:
                return list(pool.map(lambda task: run_task(task, folder), tasks))

        return execute

    monkeypatch.setitem(vars(sys.modules[run.__module__]), "executor", in_threads)
    with corpushub_of(tmp_path / "hub") as opened:
        made = opened.run(corpus / "recipe.toml")

    assert made.manifest_root == corpushub("show", "quickstart", "--hub", hub)["manifest_root"]
