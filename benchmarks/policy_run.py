"""Measure what evidence and a policy cost a run: ``python benchmarks/policy_run.py``.

``parts``: an archive goes through the parts of a run that read pages, in this process, each by itself: decoding,
looking for evidence in pages and headers, making profiles of it, and extracting texts, in processor seconds. A run
looks for evidence whether it has a policy or not, so this is what that costs it.

``corpushub run``: three recipes take turns over the archive, in one process each, so that whatever else the machine
does hits all alike: without a policy; with one that allows everything, so that the robots.txt of sites are asked too
and nothing is saved; and with one that drops what is not plainly free. Steps are those of the whole job (hub_runs.py).
Processor seconds are those of the command and all its children, start-up included.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from corpus import DATA
from hub_runs import Job, quoted, run_job, warc
from measure import report, say

from connectors import CONNECTORS
from connectors.capture import Extent, Limits, Slice
from pipelines.captures.bodies import decode
from pipelines.captures.extract import extract
from pipelines.rights.decide import ADDRESS, CLAIMED, add_profiles, evidence_of
from pipelines.rights.finders import PageFinder, SiteFinder
from policies.rights.evidence import Where
from policies.rules.policy_file import shipped

EVERYTHING = """name = "everything"
version = "1"
purpose = "benchmark"
[[rule]]
id = "all"
verdict = "allow"
reason = "Everything is looked at and kept."
"""


def recipes(archive: Path, robots: Path, scratch: Path) -> dict[str, Job]:
    """Return the jobs by what their policy does."""
    everything = scratch / "everything.toml"
    everything.write_text(EVERYTHING, encoding="utf-8")
    asked = warc(archive) + (f"robots = [{quoted(robots)}]\n" if robots.exists() else "")
    policies = {"allows everything": everything, "strict-commercial": shipped("strict-commercial")}
    jobs = {name: Job(f"{asked}[policy]\nfile = {quoted(path)}\n") for name, path in policies.items()}
    return {"none": Job(warc(archive)), **jobs}


def parts(archive: Path, rounds: int) -> list[dict[str, Any]]:
    """Put the captures of *archive* through each part *rounds* times, after a round that fills caches."""
    captures = list(CONNECTORS["warc"].read(Slice(str(archive)), {}, Limits(), Extent()))
    bodies = [_claimed(decode(batch)) for batch in captures]
    finders = (PageFinder(), SiteFinder())
    ways: dict[str, Callable[[], Any]] = {
        "decode": lambda: [decode(batch) for batch in captures],
        "look for evidence": lambda: [evidence_of(batch, finders) for batch in bodies],
        "the same, and make profiles": lambda: [add_profiles(batch, Where.SOURCE, finders) for batch in bodies],
        "extract": lambda: [extract(batch, "main") for batch in bodies],
    }
    size = sum(pc.sum(pc.binary_length(batch["body"])).as_py() or 0 for batch in bodies) / 1e6
    taken = {name: [_processor(way) for _ in range(rounds + 1)][1:] for name, way in ways.items()}
    return [
        {"part": name, "processor seconds": round(statistics.median(some), 2), "MB/s": round(size / min(some))}
        for name, some in taken.items()
    ]


def _claimed(bodies: pa.RecordBatch) -> pa.RecordBatch:
    """Give decoded captures the columns that annotating adds before it looks for evidence."""
    bodies = bodies.append_column(ADDRESS, bodies["uri"])
    return bodies.append_column(CLAIMED, pc.is_valid(bodies["license"]))


def _processor(way: Callable[[], Any]) -> float:
    started = time.process_time()
    way()
    return time.process_time() - started


def processor_seconds() -> float:
    """Return the processor seconds of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def turns(jobs: dict[str, Job], rounds: int, scratch: Path) -> list[dict[str, Any]]:
    """Run all jobs in turn *rounds* times, after one round that fills caches; return a row of medians for each."""
    wall: dict[str, list[float]] = {name: [] for name in jobs}
    processor: dict[str, list[float]] = {name: [] for name in jobs}
    kept: dict[str, int] = {}
    for number in range(rounds + 1):
        for place, (name, job) in enumerate(jobs.items()):
            before = processor_seconds()
            measured, answer = run_job(job, scratch / f"{number}-{place}", "--workers", "1")
            kept[name] = answer["counts"]["kept"]
            if number:
                wall[name].append(measured.seconds)
                processor[name].append(processor_seconds() - before)
    first = next(iter(jobs))
    return [
        {
            "policy": name,
            "kept": kept[name],
            "seconds": round(statistics.median(wall[name]), 2),
            "processor seconds": round(statistics.median(processor[name]), 2),
            "to none": round(statistics.median(map(_ratio, processor[name], processor[first])), 2),
        }
        for name in jobs
    ]


def _ratio(one: float, other: float) -> float:
    return one / other


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description="Measure what evidence and a policy cost a run.")
    folder = DATA / "warc"
    parser.add_argument("--archive", type=Path, default=folder / "BENCH-2024-00000.warc.gz")
    parser.add_argument("--robots", type=Path, default=folder / "BENCH-2024-robotstxt.warc.gz", help="its robots.txt")
    parser.add_argument("--rounds", type=int, default=3, help="how many times, after a first that is not counted")
    options = parser.parse_args()
    if not options.archive.exists():
        say(f"skipped: there is no {options.archive}")
        return 0
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        rows = turns(recipes(options.archive, options.robots, Path(scratch)), options.rounds, Path(scratch))
    tables = {"parts": parts(options.archive, options.rounds), "corpushub run": rows}
    report("policy_run", tables, ("pyarrow", "selectolax", "protego"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
