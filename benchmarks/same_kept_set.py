"""Deduplicate one corpus in five ways that must keep the same documents: ``python benchmarks/same_kept_set.py``.

The documents are dealt out to five shards, and each is dated by its shard: with ``survivor = ["earliest", "longest"]``
a run over all of them has the priorities of five runs that take in one shard after another. The corpus goes through one
worker, two workers, shards that were shuffled and cut anew, and five increments; the exit code is 1 unless all keep the
same documents. The table counts what was dropped, so that an empty comparison would show.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from corpus import DATA, documents, shards, write_shard
from hub_runs import NAME, Job, jsonl, run_job
from measure import report, say

import corpushub

INCREMENTS = 5
PRIORITIES = ("earliest", "longest")
Record = dict[str, Any]


def dated(folder: Path, seed: int) -> list[list[Record]]:
    """Return the records of *folder*, dealt out at random to groups, each dated by its group."""
    records = [document.record for document in documents(folder)]
    random.Random(seed).shuffle(records)
    return [
        [{**record, "date": f"2020-01-{number + 1:02}"} for record in records[number::INCREMENTS]]
        for number in range(INCREMENTS)
    ]


def write(folder: Path, groups: Sequence[Sequence[Record]]) -> Path:
    """Write each of *groups* to a shard of *folder*, and return it."""
    folder.mkdir(parents=True)
    for number, group in enumerate(groups):
        write_shard(folder / f"{number}.jsonl.gz", iter(group))
    return folder


def shuffled(groups: Sequence[Sequence[Record]], seed: int) -> list[list[Record]]:
    """Return the records of *groups* in another order and in another number of groups."""
    records = [record for group in groups for record in group]
    random.Random(seed).shuffle(records)
    return [records[number::7] for number in range(7)]


def at_once(folder: Path, groups: Sequence[Sequence[Record]], threshold: float, *flags: str) -> Counter[str]:
    """Run over all *groups* in a new hub inside *folder*; return reasons and how often they occur."""
    _, answer = run_job(job(write(folder / "shards", groups), threshold), folder, *flags)
    return Counter(answer["reasons"])


def one_by_one(folder: Path, groups: Sequence[Sequence[Record]], threshold: float) -> Counter[str]:
    """Run after each of *groups* was added to the source; return the reasons of all runs."""
    source, reasons = write(folder / "shards", []), Counter[str]()
    for number, group in enumerate(groups):
        write_shard(source / f"{number}.jsonl.gz", iter(group))
        reasons += Counter(run_job(job(source, threshold), folder)[1]["reasons"])
    return reasons


def job(source: Path, threshold: float) -> Job:
    """Return the job that deduplicates the shards of *source*."""
    return Job(jsonl(source), steps=(), threshold=threshold, survivor=PRIORITIES)


def kept(folder: Path) -> set[str]:
    """Return the ids of the documents of the newest version of the hub inside *folder*."""
    with corpushub.open(folder / "hub") as hub:
        return set(hub.version(NAME).documents().to_table(["doc_id"])["doc_id"].to_pylist())


def measure(folder: Path, groups: Sequence[Sequence[Record]], threshold: float) -> Iterator[Record]:
    """Yield a row for each way; the first is what the others are compared with."""
    ways: dict[str, Callable[[Path], Counter[str]]] = {
        "1 worker": lambda to: at_once(to, groups, threshold, "--workers", "1"),
        "2 workers": lambda to: at_once(to, groups, threshold, "--workers", "2"),
        "shuffled, 7 shards": lambda to: at_once(to, shuffled(groups, 1), threshold),
        f"{INCREMENTS} increments": lambda to: one_by_one(to, groups, threshold),
    }
    first: set[str] | None = None
    for name, way in ways.items():
        to = folder / name.replace(" ", "-").replace(",", "")
        reasons, found = way(to), kept(to)
        first = found if first is None else first
        row = {"threshold": threshold, "way": name, "kept": len(found), **reasons, "differ": len(first ^ found)}
        say(str(row))
        yield row


def main() -> int:
    """Run all ways at all thresholds; the exit code is 1 if any keeps other documents than the first."""
    parser = argparse.ArgumentParser(description="Deduplicate a corpus in ways that must keep the same documents.")
    parser.add_argument("--corpus", type=Path, default=DATA / "cut100", help="folder of .jsonl.gz shards")
    parser.add_argument("--thresholds", nargs="+", type=float, default=[0.8])
    parser.add_argument("--seed", type=int, default=1, help="of how documents are dealt out")
    parser.add_argument("--scratch", type=Path, help="parent of the scratch folder (default: the system's)")
    options = parser.parse_args()
    if not shards(options.corpus):
        say(f"skipped: no .jsonl.gz files in {options.corpus}")
        return 0
    groups = dated(options.corpus, options.seed)
    rows: list[Record] = []
    for threshold in options.thresholds:
        with tempfile.TemporaryDirectory(prefix="same-", dir=options.scratch) as scratch:
            rows += measure(Path(scratch), groups, threshold)
    report("same_kept_set", {f"Seed {options.seed}": rows})
    return int(any(row["differ"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
