"""Deduplicate skewed corpora of growing size: ``python benchmarks/skew.py``.

The documents are made up: four in ten are one template of 120 words with three words of their own, so that all of these
share nearly every band; two in ten are pages of dashes, which have no token; one in ten is one and the same page; the
rest are texts of their own. If buckets were compared pair by pair, seconds would grow with the square of the size; the
last column is the exponent since the row before.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpus import write_shard
from hub_runs import Job, jsonl, run_job
from measure import report, say

SHARDS = 8


def records(count: int, seed: int) -> Iterator[dict[str, Any]]:
    """Yield *count* records; those of other seeds share the template and the page with them."""
    words = vocabulary()
    template, draw = words[:120], random.Random(seed)
    for number in range(count):
        kind, own = draw.random(), draw.choices(words, k=40)
        if kind < 0.4:
            text = " ".join([*template, *own[:3]])
        elif kind < 0.6:
            text = "-" * draw.randint(1, 4)
        else:
            text = "This page was not found." if kind < 0.7 else " ".join(own)
        yield {"id": f"{seed}-{number}", "text": text}


def vocabulary() -> list[str]:
    """Return 20,000 made-up words."""
    draw = random.Random(0)
    return ["".join(draw.choices("abcdefghijklmnop", k=draw.randint(3, 9))) for _ in range(20_000)]


def measure(size: int, folder: Path) -> dict[str, Any]:
    """Deduplicate *size* documents in *folder* and return a row of the table."""
    source = folder / "shards"
    source.mkdir(parents=True)
    for number in range(SHARDS):
        write_shard(source / f"{number}.jsonl.gz", records(size // SHARDS, number))
    measured, answer = run_job(Job(jsonl(source), steps=()), folder)
    dedup = answer["dedup"]
    return {
        "documents": size,
        "kept": answer["counts"]["kept"],
        "seconds": round(measured.seconds, 1),
        "peak memory MB": measured.memory.resident / 1e6,
        "private MB": measured.memory.private / 1e6,
        "largest component": dedup["largest_component"],
        "candidate pairs": dedup["candidates"],
        "compared": dedup["compared"],
    }


def main() -> int:
    """Measure each size and print the table."""
    parser = argparse.ArgumentParser(description="Deduplicate skewed corpora of growing size.")
    parser.add_argument("--sizes", nargs="+", type=int, default=[250_000, 500_000, 1_000_000])
    parser.add_argument("--scratch", type=Path, help="parent of the scratch folder (default: the system's)")
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for size in options.sizes:
        with tempfile.TemporaryDirectory(prefix="skew-", dir=options.scratch) as scratch:
            row = measure(size, Path(scratch))
        before = rows[-1] if rows else None
        row["exponent"] = None if before is None else exponent(before, row)
        say(str(row))
        rows.append(row)
    report("skew", {"One template, no text, one page, and texts of their own": rows})
    return 0


def exponent(before: dict[str, Any], after: dict[str, Any]) -> float:
    """Return the slope of log seconds over log documents between two rows."""
    return round(math.log(after["seconds"] / before["seconds"]) / math.log(after["documents"] / before["documents"]), 2)


if __name__ == "__main__":
    sys.exit(main())
