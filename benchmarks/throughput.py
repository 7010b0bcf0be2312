"""Measure whole runs of corpushub: ``python benchmarks/throughput.py``, or ``--size 1GB`` for how cost grows.

Without --size: reading, extraction, language, Gopher quality and repetition, C4, FineWeb, deduplication at 0.8 and
writing, without personal data, on JSONL shards and on a web archive. Start-up is the same run over one document; speed
is decoded text (or HTML) over the seconds that remain. The reference is one part alone on one core, measured right
before and after the run: of an archive resiliparse's extraction of main content, of JSONL the signature kernel.

With --size: salted copies of the JSONL shards (see corpus.py) of 100 MB, 300 MB and so on up to the size, and the
exponent of the growth of seconds with megabytes (1 is linear). ``--job dedup`` measures deduplication alone.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from archives import pages, write_one_page
from corpus import DATA, documents, salted, shards, text_bytes, write_shard
from exact_join import shingles_of
from hub_runs import FILTERS, Job, jsonl, run_job, warc
from measure import Measured, report, say
from reference import Speed, beside, extraction, signing

PACKAGES = ("apache-beam", "pyarrow", "numba", "resiliparse", "fastwarc")
JOBS = {"full": FILTERS, "dedup": ()}
UNITS = {"MB": 10**6, "GB": 10**9}


def size(text: str) -> int:
    """Return the bytes of a size such as 300MB or 1GB."""
    for unit, factor in UNITS.items():
        if text.upper().endswith(unit):
            return int(float(text[: -len(unit)]) * factor)
    raise argparse.ArgumentTypeError(f"{text!r} is no size; write it like 300MB or 1GB")


def start_up(job: Job, scratch: Path, runs: int = 3) -> float:
    """Return the median seconds of *job* over its one-document source, after a first run that fills caches."""
    seconds = [run_job(job, scratch / f"start-{number}")[0].seconds for number in range(runs + 1)]
    return statistics.median(seconds[1:])


def tiny_jsonl(folder: Path) -> str:
    """Return a source of one document in *folder*."""
    folder.mkdir(parents=True)
    record = {
        "id": "1",
        "text": "This document is here to be read once, and that is all it does.",
        "license": "CC0-1.0",
    }
    write_shard(folder / "one.jsonl.gz", iter([record]))
    return jsonl(folder)


def tiny_warc(folder: Path) -> str:
    """Return a source of one page in *folder*."""
    folder.mkdir(parents=True)
    write_one_page(folder / "one.warc.gz")
    return warc(folder / "*.warc.gz")


def measure_job(name: str, total: int, job: Job, folder: Path, start: float, speed: Speed) -> dict[str, Any]:
    """Run *job* beside its reference; return one row of a table of costs."""
    (measured, answer), reference = beside(speed, lambda: run_job(job, folder))
    cost = row(name, total, measured, answer, start)
    return {**cost, "reference MB/s": reference, "to reference": cost["MB/s after start-up"] / reference}


def row(name: str, total: int, measured: Measured, answer: dict[str, Any], start: float) -> dict[str, Any]:
    """Return what a run cost."""
    return {
        "corpus": name,
        "MB decoded": round(total / 1e6, 1),
        "read": answer["counts"]["read"],
        "kept": answer["counts"]["kept"],
        "seconds": round(measured.seconds, 2),
        "start-up": round(start, 2),
        "MB/s after start-up": round(total / 1e6 / max(measured.seconds - start, 1e-9), 2),
        "MB/s in all": round(total / 1e6 / measured.seconds, 2),
        "peak memory MB": measured.memory.resident / 1e6,
        "private MB": measured.memory.private / 1e6,
        "processes": measured.memory.processes,
    }


def whole_job(options: argparse.Namespace, scratch: Path) -> list[dict[str, Any]]:
    """Measure the whole job on the JSONL shards and on the web archive, whichever are there."""
    rows = []
    job = Job(tiny_jsonl(scratch / "tiny-jsonl"), JOBS[options.job])
    if shards(options.corpus):
        start = start_up(job, scratch / "jsonl")
        name, whole = f"{options.corpus.name} (JSONL)", replace(job, source=jsonl(options.corpus))
        total, speed = text_bytes(options.corpus), signing(options.corpus)
        rows.append(measure_job(name, total, whole, scratch / "jsonl" / "whole", start, speed))
    if options.archive.exists() and options.job == "full":
        job = replace(job, source=tiny_warc(scratch / "tiny-warc"))
        start = start_up(job, scratch / "warc")
        name, whole = f"{options.archive.name} (WARC)", replace(job, source=warc(options.archive))
        total, speed = sum(map(len, pages(options.archive))), extraction(options.archive)
        rows.append(measure_job(name, total, whole, scratch / "warc" / "whole", start, speed))
    return rows


def growth(options: argparse.Namespace, scratch: Path) -> list[dict[str, Any]]:
    """Measure the job on salted corpora of growing size; the last column is the exponent since the row before."""
    job = Job(tiny_jsonl(scratch / "tiny-jsonl"), JOBS[options.job])
    start = start_up(job, scratch / "start")
    speed = signing(options.corpus)
    rows: list[dict[str, Any]] = []
    for total in steps_to(options.size):
        folder = salted(options.corpus, scratch / f"salted-{total}", total)
        say(f"{total / 1e6:.0f} MB: {len(shards(folder))} shards")
        name, each = f"salted to {total / 1e6:.0f} MB", replace(job, source=jsonl(folder))
        rows.append(measure_job(name, text_bytes(folder), each, scratch / f"run-{total}", start, speed))
    for before, after in zip([None, *rows], rows, strict=False):
        after["exponent"] = None if before is None else exponent([before, after])
    if len(rows) > 2:
        say(f"exponent over all sizes: {exponent(rows)}")
    say(f"similarity of copies to their originals: {copies_apart(folder)}")
    return rows


def steps_to(largest: int) -> list[int]:
    """Return the sizes measured: 100 MB, 300 MB, 1 GB, 3 GB ... below *largest*, and *largest*."""
    ladder = [factor * 10**power for power in range(8, 13) for factor in (1, 3)]
    return [*(step for step in ladder if step < largest), largest]


def exponent(rows: Sequence[dict[str, Any]]) -> float:
    """Return the slope of log seconds after start-up over log megabytes, by least squares."""
    megabytes = np.log([each["MB decoded"] for each in rows])
    seconds = np.log([each["seconds"] - each["start-up"] for each in rows])
    return round(float(np.polyfit(megabytes, seconds, 1)[0]), 3)


def copies_apart(folder: Path, every: int = 97) -> str:
    """Return how similar every so many-th document of *folder* is to its salted copies: mean and shares."""
    originals = {d.record["id"]: d.record["text"] for d in documents(folder) if d.shard.startswith("copy-000-")}
    sample = {name: shingles_of(text) for name, text in list(originals.items())[::every]}
    found = []
    for document in documents(folder):
        name = str(document.record["id"]).rpartition("-")[0]
        if name in sample and not document.shard.startswith("copy-000-"):
            copy = shingles_of(document.record["text"])
            common = len(np.intersect1d(sample[name], copy, assume_unique=True))
            found.append(common / (len(copy) + len(sample[name]) - common))
    if not found:
        return "no copies"
    above = ", ".join(f"{np.mean(np.array(found) >= bound):.1%} at {bound} or above" for bound in (0.3, 0.7))
    return f"mean {np.mean(found):.3f}, {above}, {len(found)} compared"


def main() -> int:
    """Measure what the command line asks for and print the table."""
    parser = argparse.ArgumentParser(description="Measure whole runs of corpushub.")
    parser.add_argument("--corpus", type=Path, default=DATA / "cut100", help="folder of .jsonl.gz shards")
    parser.add_argument("--archive", type=Path, default=DATA / "warc" / "BENCH-2024-00000.warc.gz")
    parser.add_argument("--size", type=size, help="measure growth up to this size instead, such as 1GB")
    parser.add_argument("--job", choices=JOBS, default="full", help="dedup: no filters")
    parser.add_argument("--scratch", type=Path, help="parent of the scratch folder (default: the system's)")
    options = parser.parse_args()
    if not shards(options.corpus) and (options.size or not options.archive.exists()):
        say(f"skipped: no .jsonl.gz files in {options.corpus}")
        return 0
    with tempfile.TemporaryDirectory(prefix="bench-", dir=options.scratch) as scratch:
        rows = growth(options, Path(scratch)) if options.size else whole_job(options, Path(scratch))
    kind = "growth" if options.size else "throughput"
    report(f"{kind}_{options.job}", {f"corpushub run, job {options.job}": rows}, PACKAGES)
    return 0


if __name__ == "__main__":
    sys.exit(main())
