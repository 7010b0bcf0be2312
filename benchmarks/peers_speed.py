"""Deduplicate one corpus of two sizes with every tool, one after another: ``python benchmarks/peers_speed.py``.

Each reads gzipped JSON Lines and writes what it keeps, at a threshold of 0.8, on two cores or threads; seconds and
those of processors include its start. The smaller corpus is the shared one, the larger salted copies of it (see
corpus.py); by the exact join of each the tools are judged (see quality.py). A tool that cannot be run here says why.

duplodocus has no release. Where cargo reaches its sources, build it once, and name the program::

    RUSTFLAGS="-C target-cpu=native" cargo install --git https://github.com/allenai/duplodocus --root DIR
    DUPLODOCUS=DIR/bin/duplodocus python benchmarks/peers_speed.py
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from corpus import DATA, salted, shards, text_bytes
from dedup_peers import OFFLINE, TOOLS, Task, Tool, ids_of
from exact_join import exact_join
from measure import CommandError, Measured, report, run, say
from peers import installed
from quality import Decisions, judge
from throughput import size

THRESHOLD = 0.8
PROGRAM = "DUPLODOCUS"
LARGER = ("corpushub", "duplodocus", "text-dedup")
"""Tools that are run on the larger corpus too, unless others are named: the rest takes more than half an hour."""


def run_duplodocus(task: Task, threshold: float) -> tuple[Measured, Decisions]:
    """Run its MinHash in memory on two threads: nine bands of 13 rows and 5-grams of words, without verification."""
    out = task.scratch / "duplodocus"
    options = {
        "input-dir": str(task.folder),
        "storage-dir": str(out / "work"),
        "output-dir": str(out / "kept"),
        "text-key": "text",
        "num-buckets": "9",
        "bucket-size": "13",
        "ngram-size": "5",
        "tokenizer": "uniseg",
        "remove-duplicates": "true",
    }
    command = [os.environ[PROGRAM], "minhash-memory"]
    command += [word for name, value in options.items() for word in (f"--{name}", value)]
    measured = run(command, {**OFFLINE, "RAYON_NUM_THREADS": "2"}, task.scratch / "duplodocus.log")
    return measured, task.unnamed(ids_of(sorted((out / "kept").rglob("*.jsonl.gz"))))


EVERY: dict[str, Tool] = {"corpushub": TOOLS["corpushub"], "duplodocus": run_duplodocus} | TOOLS


def lacking(tool: str) -> str | None:
    """Say why *tool* cannot be run here; None if it can."""
    if tool == "duplodocus":
        return None if PROGRAM in os.environ else f"{PROGRAM} names no program"
    if tool == "corpushub" or installed(tool):
        return None
    return "not installed (python benchmarks/peers.py setup)"


def row(tool: str, task: Task, megabytes: float) -> dict[str, Any]:
    """Run *tool*; return what it cost, and how good its answer is."""
    say(f"{tool} on {megabytes:.0f} MB (load {os.getloadavg()[0]:.1f})")
    if why := lacking(tool):
        return {"tool": tool, "skipped": why}
    try:
        measured, decided = EVERY[tool](task, THRESHOLD)
    except CommandError as error:
        return {"tool": tool, "skipped": str(error)}
    cost = {
        "tool": tool,
        "seconds": round(measured.seconds, 1),
        "CPU s": round(measured.memory.seconds, 1),
        "MB/s": round(megabytes / measured.seconds, 2),
        "memory MB": round(measured.memory.private / 1e6),
        "kept": int(decided.kept.sum()),
    }
    judged = judge(decided, task.exact.at(THRESHOLD))
    return cost | {name: judged[name] for name in ("recall", "precision", "orphans")}


def main() -> int:
    """Measure and print a table for each size."""
    parser = argparse.ArgumentParser(description="Deduplicate the same corpus with every tool.")
    parser.add_argument("--corpus", type=Path, default=DATA / "cut100", help="folder of .jsonl.gz shards")
    parser.add_argument("--size", type=size, default=size("1GB"), help="of the larger corpus; 0MB for none")
    parser.add_argument("--tools", nargs="+", choices=EVERY, default=list(EVERY))
    parser.add_argument(
        "--larger", nargs="*", choices=EVERY, default=list(LARGER), help="those that the larger one gets"
    )
    parser.add_argument("--scratch", type=Path, help="parent of the scratch folder (default: the system's)")
    options = parser.parse_args()
    if not shards(options.corpus):
        say(f"skipped: no .jsonl.gz files in {options.corpus}")
        return 0
    tables = {}
    with tempfile.TemporaryDirectory(prefix="bench-", dir=options.scratch) as scratch:
        larger = salted(options.corpus, Path(scratch) / "larger", options.size) if options.size else None
        for name, folder, tools in (("small", options.corpus, options.tools), ("large", larger, options.larger)):
            if folder is None:
                continue
            say(f"exact join of {folder}")
            ids, megabytes = [*ids_of(shards(folder))], text_bytes(folder) / 1e6
            task = Task(folder, Path(scratch) / name, ids, exact_join(folder, THRESHOLD))
            task.scratch.mkdir()
            title = f"{len(ids):,} documents, {megabytes:.0f} MB of text"
            tables[title] = [row(tool, task, megabytes) for tool in tools]
    report("peers_speed", tables, ["datasketch", "numba"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
