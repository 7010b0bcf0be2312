"""Measure the search for personal data on one core beside Presidio's own engine: ``python benchmarks/pii_speed.py``.

The search with the recognizers of no country, the search with all, and Presidio's AnalyzerEngine with either set
take turns on the same slices of documents, so that whatever else the machine does hits all alike. The engine gets
every so many-th document of a slice, as it is slow. Seconds are the processor's; a megabyte is 10^6 UTF-8 bytes.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from corpus import DATA, documents, shards
from measure import report, say

from policies.pii.phones.numbers import PHONE_REGIONS
from policies.pii.presidio_engine import analyze, analyzer_engine
from policies.pii.recognizers import GENERIC, Detector, detectors, entities_of
from policies.pii.search.scan import Limits, scan_texts

MIN_SCORE = 0.35
ALL = ("all",)


def slices(folder: Path, size: int, total: int) -> Iterator[list[str]]:
    """Iterate documents of *folder*, spread over all of it, in slices of *size* bytes up to *total* bytes."""
    texts = [document.record["text"] for document in documents(folder)]
    step = max(1, sum(len(text.encode()) for text in texts) // total)
    found: list[str] = []
    for text in texts[::step]:
        found.append(text)
        if sum(len(one.encode()) for one in found) >= size:
            yield found
            found = []
    if found:
        yield found


def searched(set_of: Sequence[Detector]) -> Callable[[Sequence[str]], int]:
    """Return what searches texts with *set_of* and counts the findings."""
    return lambda texts: sum(map(len, scan_texts(texts, set_of, Limits(), MIN_SCORE).spans.values()))


def analyzed(set_of: Sequence[Detector]) -> Callable[[Sequence[str]], int]:
    """Return what gives texts to Presidio's engine and counts the findings."""
    engine = analyzer_engine(set_of)
    return lambda texts: sum(1 for text in texts for _ in analyze(engine, text, MIN_SCORE))


def measure(folder: Path, size: int, total: int, every: int) -> list[Mapping[str, Any]]:
    """Measure all four in turns and return a row for each."""
    generic = detectors(GENERIC, PHONE_REGIONS)
    everything = detectors((*GENERIC, *entities_of(ALL)), PHONE_REGIONS)
    ways: dict[str, tuple[Callable[[Sequence[str]], int], int]] = {
        f"search, {len(generic)} recognizers": (searched(generic), 1),
        f"search, {len(everything)} recognizers": (searched(everything), 1),
        f"AnalyzerEngine, {len(generic)} recognizers": (analyzed(generic), every),
        f"AnalyzerEngine, {len(everything)} recognizers without IN_PAN": (
            analyzed([one for one in everything if one.entity != "IN_PAN"]),
            every,
        ),
    }
    seconds: dict[str, float] = dict.fromkeys(ways, 0.0)
    read, found = Counter[str](), Counter[str]()
    for way, _ in ways.values():
        way(["warm up: write to bob@example.com, my ssn is 078-05-1120"])
    for texts in slices(folder, size, total):
        for name, (way, step) in ways.items():
            began = time.process_time()
            found[name] += way(texts[::step])
            seconds[name] += time.process_time() - began
            read[name] += sum(len(text.encode()) for text in texts[::step])
    return [
        {
            "way": name,
            "MB": round(read[name] / 1e6, 2),
            "findings": found[name],
            "seconds": round(seconds[name], 1),
            "MB/s": round(read[name] / 1e6 / max(seconds[name], 1e-9), 3),
        }
        for name in ways
    ]


def main() -> int:
    """Measure on one core and print the table."""
    parser = argparse.ArgumentParser(description="Measure the search for personal data on one core.")
    parser.add_argument("--corpus", type=Path, default=DATA / "cut100", help="folder of .jsonl.gz shards")
    parser.add_argument("--slice", type=int, default=1_000_000, help="bytes that each way reads in its turn")
    parser.add_argument("--bytes", type=int, default=10_000_000, help="bytes in all")
    parser.add_argument("--every", type=int, default=20, help="the engine gets every so many-th document")
    options = parser.parse_args()
    if not shards(options.corpus):
        say(f"skipped: no .jsonl.gz files in {options.corpus}")
        return 0
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    rows = measure(options.corpus, options.slice, options.bytes, options.every)
    report("pii_speed", {f"Threshold {MIN_SCORE}": rows}, ["presidio-analyzer", "spacy", "regex", "hyperscan"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
