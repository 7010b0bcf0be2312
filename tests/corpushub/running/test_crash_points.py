"""Commits and erasures that die between two operations, and the command after them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "crash_points.py"


def test_every_crash_is_finished_by_the_next_command(tmp_path: Path) -> None:
    """After SIGKILL before any of 20 operations the next command leaves the hub as if nobody had died."""
    done = subprocess.run(
        [sys.executable, SCRIPT, "--points", "20", "--scratch", tmp_path], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    told = json.loads(done.stdout)
    assert told["failures"] == []
    assert sorted(told["kinds"]) == ["commit", "compact", "erase", "export", "withdraw"]
    assert min(kind["operations"] for name, kind in told["kinds"].items() if name != "export") > 30
