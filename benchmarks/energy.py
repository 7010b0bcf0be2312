"""Does a run say what it cost? CPU seconds as `runs run:ID` tells them, beside those of the operating system.

    python benchmarks/energy.py [--megabytes N] [--workers N] [--kill SECONDS]

Generated pages are read, identified, searched for personal data and deduplicated. The command is a child of this
process, which is made the reaper of all that it leaves behind (prctl(2), PR_SET_CHILD_SUBREAPER): RUSAGE_CHILDREN is
then the whole tree. With --kill the first attempt is killed after so many seconds, and a second one finishes the run.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

RECIPE = """
[dataset]
name = "d"
[[source]]
name = "s"
connector = "jsonl"
paths = ["data/*.jsonl"]
[[step]]
use = "language"
[dedup]
[pii]
"""
SUBREAPER = 36
"""PR_SET_CHILD_SUBREAPER (linux/prctl.h)."""


def main() -> None:
    """Run and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=64)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kill", type=float, default=0.0)
    options = parser.parse_args()
    assert ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0) == 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, options.megabytes)
        words = ["run", str(folder / "recipe.toml"), "--yes", "--quiet", "--workers", str(options.workers)]
        killed = counted(words, folder, options.kill) if options.kill else 0.0
        both = killed + counted(words, folder)
        told = ask(folder)
    cost = told["energy"]
    print(f"{options.megabytes} MB, {options.workers} workers: {told['counts']['read']:,} records")
    print(f"  operating system {both:9.2f} CPU s{f', {killed:.2f} of them killed' if killed else ''}")
    print(f"  runs run:ID      {cost['cpu_seconds']:9.2f} CPU s, {cost['cpu_seconds'] / both - 1:+.2%}")
    print(f"  killed attempts  {cost['failed_seconds']:9.2f} CPU s; resuming saved {cost['resumed_seconds']:.2f}")
    print(f"  not counted      {'; '.join(cost['missing']) or 'nothing'}")
    for attempt in cost["attempts"]:
        print(f"  {attempt['state']}")
        for stage in attempt["stages"]:
            parts = [f"{name} {stage[name]:8.2f}" for name in ("driver", "workers", "task_seconds")]
            print(f"    {stage['stage']:12} {'  '.join(parts)}  tasks {stage['tasks']:5}  reused {stage['reused']:5}")


def write(folder: Path, megabytes: int) -> None:
    """Write a recipe and generated pages."""
    draw = random.Random(0)
    words = ["".join(draw.choices("abcdefghijklmnop", k=draw.randint(2, 9))) for _ in range(5000)]
    (folder / "data").mkdir()
    (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    for number in range(max(megabytes // 8, 1)):
        with (folder / "data" / f"{number}.jsonl").open("w", encoding="utf-8") as file:
            while file.tell() < 8 << 20:
                row = {"id": str(file.tell()), "text": " ".join(draw.choices(words, k=draw.randint(50, 800)))}
                file.write(json.dumps(row) + "\n")


def counted(words: list[str], folder: Path, kill: float = 0.0) -> float:
    """Return the CPU seconds of the command and all that it leaves behind; after *kill* seconds it is killed."""
    before = children()
    command = [sys.executable, "-m", "corpushub.cli", *words, "--hub", str(folder / "hub")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    if kill:
        time.sleep(kill)
        process.send_signal(signal.SIGKILL)
    assert process.wait() == (-signal.SIGKILL if kill else 0)
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return children() - before


def children() -> float:
    """Return the CPU seconds of all processes that this one has waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def ask(folder: Path) -> dict[str, Any]:
    """Return what the hub tells of its one run."""
    hub = ["--hub", str(folder / "hub"), "--json"]
    command = [sys.executable, "-m", "corpushub.cli", "runs"]
    (run,) = json.loads(subprocess.check_output([*command, *hub]))["runs"]
    told: dict[str, Any] = json.loads(subprocess.check_output([*command, run["run"], *hub]))
    return told


if __name__ == "__main__":
    main()
