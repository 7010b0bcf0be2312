"""The same graph on a runner that is not ours: Beam's portable job service, which takes jobs as Flink's does."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

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
    assert " 557 read, " in last["annotate"][4]
