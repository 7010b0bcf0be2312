"""Deduplicate millions of small documents, and then one in a hundred more: what time, processors and memory it takes.

    python benchmarks/growth.py [--documents 1000000 10000000] [--shards 64] [--folder DIR] [-- FLAGS OF RUN]

Documents are made up: some 40 words each; three in ten are another one with its last words changed, one in twenty is a
template with three words of its own. The increment is a hundredth of the documents, of the same kind. Processor time is
that of all processes, and says more than the clock where the machine is shared; memory is that of the driver, and of
the largest other process, without pages that files back. Bytes are what processes asked of the kernel (proc(5), io).
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import os
import random
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from hub_runs import Job, command, jsonl, last_object
from measure import report, say, session_processes

WORDS = 40
TEMPLATE, NEAR = 0.05, 0.3
SALT = 1 << 40
TICKS = os.sysconf("SC_CLK_TCK")


def vocabulary() -> list[str]:
    """Return 50,000 made-up words."""
    draw = random.Random(0)
    return ["".join(draw.choices("abcdefghijklmnop", k=draw.randint(3, 9))) for _ in range(50_000)]


def text_of(number: int, words: list[str]) -> str:
    """Return the text of a document; one in three is that of an earlier one, which it differs from at its end."""
    draw = random.Random(number)
    kind = draw.random()
    if kind < TEMPLATE:
        return " ".join([*words[: WORDS - 3], *draw.choices(words, k=3)])
    if kind < TEMPLATE + NEAR and number % SALT > 1:
        other = random.Random(draw.randrange(number % SALT))
        other.random()
        return " ".join([*other.choices(words, k=WORDS), *draw.choices(words, k=draw.randint(1, 3))])
    return " ".join(draw.choices(words, k=WORDS))


def write_shards(folder: Path, name: str, numbers: range, shards: int) -> None:
    """Write the documents with these *numbers* as gzipped JSON Lines."""
    folder.mkdir(parents=True, exist_ok=True)
    words = vocabulary()
    for shard in range(shards):
        with gzip.open(folder / f"{name}-{shard:04}.jsonl.gz", "wt", compresslevel=1, encoding="utf-8") as file:
            for number in numbers[shard::shards]:
                file.write(json.dumps({"id": str(number), "text": text_of(number, words)}) + "\n")


@dataclass(frozen=True, slots=True)
class Taken:
    """What a process has taken: seconds of processors, bytes read, bytes written."""

    cpu: float
    read: int
    written: int


@dataclass(slots=True)
class Peaks:
    """Peak bytes of the driver and of the largest other process."""

    driver: int = 0
    worker: int = 0

    def sample(self, driver: int) -> Iterator[tuple[int, Taken]]:
        """Add a sample; yield for each process its id, and what it has taken so far."""
        for pid in session_processes(driver):
            try:
                status = Path(f"/proc/{pid}/status").read_text()
                io = dict(line.split(": ") for line in Path(f"/proc/{pid}/io").read_text().splitlines())
                ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
            except (OSError, ValueError):
                continue  # it has ended
            held = sum(int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("RssAnon"))
            if pid == driver:
                self.driver = max(self.driver, held)
            else:
                self.worker = max(self.worker, held)
            yield pid, Taken(sum(map(int, ticks)) / TICKS, int(io["rchar"]), int(io["wchar"]))


def measured(arguments: list[str], log: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run a command; return what it took, and the JSON object that it prints."""
    started, peaks, ended = time.perf_counter(), Peaks(), threading.Event()
    seen: dict[int, Taken] = {}
    with log.open("wb") as errors:
        process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=errors, start_new_session=True, text=True)

        def watch() -> None:
            while not ended.wait(0.25):
                seen.update(peaks.sample(process.pid))

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        stdout, _ = process.communicate()
        ended.set()
        watcher.join()
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with exit code {process.returncode}; its messages: {log}")
    took = {"seconds": round(time.perf_counter() - started, 1)}
    took |= {"CPU s": round(sum(one.cpu for one in seen.values()), 1)}
    took |= {"driver MB": round(peaks.driver / 1e6), "largest worker MB": round(peaks.worker / 1e6)}
    took |= {"read GB": round(sum(one.read for one in seen.values()) / 1e9, 2)}
    took |= {"written GB": round(sum(one.written for one in seen.values()) / 1e9, 2)}
    return took, last_object(stdout)


def grow(documents: int, shards: int, folder: Path, flags: list[str]) -> list[dict[str, Any]]:
    """Take *documents* in, then a hundredth more; return a row for each."""
    source, hub = folder / "shards", folder / "hub"
    write_shards(source, "a", range(documents), shards)
    recipe = folder / "recipe.toml"
    recipe.write_text(Job(jsonl(source), steps=()).recipe(), encoding="utf-8")
    rows = []
    for kind, more in (("all", range(0)), ("1 % more", range(SALT, SALT + documents // 100))):
        if more:
            write_shards(source, "b", more, 1)
        took, answer = measured([*command(recipe, hub), *flags], folder / f"{kind.split()[0]}.log")
        counts = {"documents": answer["counts"]["read"], "kept": answer["counts"]["kept"]}
        size = sum(path.stat().st_size for path in hub.rglob("*.index"))
        rows.append({"run": f"{documents:,}: {kind}", **counts, **took, "index MB": round(size / 1e6)})
        say(json.dumps(rows[-1]))
    return rows


def exponent(less: dict[str, Any], more: dict[str, Any]) -> float:
    """Return how processor time grows with documents: 1 is in proportion."""
    return round(math.log(more["CPU s"] / less["CPU s"]) / math.log(more["documents"] / less["documents"]), 3)


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, nargs="*", default=[1_000_000, 10_000_000])
    parser.add_argument("--shards", type=int, default=64)
    parser.add_argument("--folder", type=Path, help="where to work; default a temporary folder")
    parser.add_argument("flags", nargs="*", help="further flags of corpushub run, behind --")
    given = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for documents in given.documents:
        folder = Path(tempfile.mkdtemp(prefix="growth-", dir=given.folder))
        try:
            rows += grow(documents, given.shards, folder, given.flags)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    full = [row for row in rows if row["run"].endswith("all")]
    exponents = [{"from": a["run"], "to": b["run"], "exponent": exponent(a, b)} for a, b in pairwise(full)]
    report("growth", {"growth": rows, "exponents of processor time": exponents})


if __name__ == "__main__":
    main()
