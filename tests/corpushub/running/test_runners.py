"""The same graph on a runner that is not ours: Beam's portable job service, which takes jobs as Flink's does."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

COMMAND = Path(sys.executable).with_name("corpushub")
SERVICE = "apache_beam.runners.portability.local_job_service_main"


@pytest.fixture
def job_endpoint(tmp_path: Path) -> Iterator[str]:
    """Start a job service on a port of loopback that it chooses; return its address."""
    service = subprocess.Popen(
        [sys.executable, "-m", SERVICE, "--port", "0", "--staging_dir", tmp_path / "staging"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert service.stderr is not None
    try:
        ports = (re.search(r"beam jobs on port (\d+)", line) for line in service.stderr)
        port = next(found for found in ports if found)
        threading.Thread(target=service.stderr.read, daemon=True).start()  # or it would stop at a full pipe
        yield f"localhost:{port[1]}"
    finally:
        service.kill()
        service.wait()


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
    stages = re.findall(r"^(\w+): (\d+)/(\d+) shards", done.stderr, re.MULTILINE)
    assert {name for name, _, _ in stages} >= {"annotate", "dedup", "release", "record"}
    assert all(finished == planned for _, finished, planned in stages)
    assert re.search(r"^annotate: .* 557 read, ", done.stderr, re.MULTILINE)
