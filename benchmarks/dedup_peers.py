"""Deduplicate the same JSONL shards with the tools in use today and with ours: ``python benchmarks/dedup_peers.py``.

Every tool reads the shards and writes what it keeps; seconds include its start-up. Then each is judged by the exact
join of the corpus (see exact_join.py), whose definition of similarity is ours: peers normalise and tokenise otherwise,
so a pair just below the threshold for them may be just above it here.

Peers are those that ``python benchmarks/peers.py setup`` has installed; text goes to a scratch folder outside the
repository.
"""

from __future__ import annotations

import argparse
import gzip
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
from corpus import DATA, documents, shards, subset, text_bytes
from exact_join import Join, exact_join
from hub_runs import Job, decisions, jsonl, run_job
from measure import CommandError, Measured, report, run, say
from peers import installed, pins, python
from quality import Decisions, judge, keys

THRESHOLDS = (0.7, 0.8, 0.9)
OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Task:
    """The corpus as every tool gets it.

    Attributes:
        folder: the shards.
        scratch: where a tool may write.
        ids: the record ids in the order of the corpus.
        exact: the exact pairs at or above the lowest threshold.
    """

    folder: Path
    scratch: Path
    ids: list[str]
    exact: Join

    def unnamed(self, kept: Iterable[str]) -> Decisions:
        """Return the decisions of a tool that kept the records with the ids *kept* and names no survivors."""
        chosen = set(kept)
        return Decisions.unnamed(np.array([name in chosen for name in self.ids]))


Tool = Callable[[Task, float], tuple[Measured, Decisions]]


def run_datatrove(task: Task, threshold: float) -> tuple[Measured, Decisions]:
    """Run datatrove's four stages with two workers; its threshold is fixed by 14 buckets of 8 (about 0.72)."""
    out = task.scratch / "datatrove"
    count = str(len(shards(task.folder)))
    command = [str(python("datatrove")), str(HERE / "peer_datatrove.py"), str(task.folder), str(out), count, "2"]
    measured = run(command, OFFLINE, task.scratch / "datatrove.log")
    return measured, task.unnamed(ids_of(sorted((out / "kept").glob("*.jsonl.gz"))))


def run_text_dedup(task: Task, threshold: float) -> tuple[Measured, Decisions]:
    """Run text-dedup's MinHash command with two processes; all but the threshold as by default."""
    out = task.scratch / f"text-dedup-{threshold}"
    options = {
        "path": "json",
        "data_files": str(task.folder / "*.jsonl.gz"),
        "split": "train",
        "cache_dir": str(out / "cache"),
        "output": str(out / "kept"),
        "column": "text",
        "threshold": str(threshold),
        "num_proc": "2",
    }
    command = [str(python("text-dedup")), "-m", "text_dedup.minhash"]
    command += [word for name, value in options.items() for word in (f"--{name}", value)]
    measured = run(command, {**OFFLINE, "HF_HOME": str(out / "home")}, task.scratch / f"text-dedup-{threshold}.log")
    return measured, task.unnamed(ids_of_arrow(sorted((out / "kept").glob("*.arrow"))))


def run_datasketch(task: Task, threshold: float) -> tuple[Measured, Decisions]:
    """Run a keep-the-first loop over datasketch's MinHash and LSH index, in one process."""
    out = task.scratch / f"datasketch-{threshold}.jsonl.gz"
    command = [str(python("datasketch")), str(HERE / "peer_datasketch.py"), str(task.folder), str(out), str(threshold)]
    measured = run(command, log=task.scratch / f"datasketch-{threshold}.log")
    return measured, task.unnamed(ids_of([out]))


def run_ours(task: Task, threshold: float) -> tuple[Measured, Decisions]:
    """Run corpushub with a recipe that only deduplicates, in a new hub."""
    folder = task.scratch / f"corpushub-{threshold}"
    measured, _ = run_job(Job(jsonl(task.folder), steps=(), threshold=threshold), folder, "--keep-work")
    return measured, decisions(folder / "hub", keys(task.exact))


TOOLS: dict[str, Tool] = {
    "datatrove": run_datatrove,
    "text-dedup": run_text_dedup,
    "datasketch": run_datasketch,
    "corpushub": run_ours,
}


def ids_of(paths: Iterable[Path]) -> Iterator[str]:
    """Yield the ids of the records of JSONL files."""
    for path in paths:
        with gzip.open(path) as lines:
            for line in lines:
                yield orjson.loads(line)["id"]


def ids_of_arrow(paths: Iterable[Path]) -> Iterator[str]:
    """Yield the ids of the rows of Arrow stream files."""
    for path in paths:
        with pa.memory_map(str(path)) as file:
            yield from pa.ipc.open_stream(file).read_all()["id"].to_pylist()


def thresholds(tool: str, wanted: Iterable[float]) -> list[float]:
    """Return the thresholds that *tool* is run at: datatrove's is fixed, so it runs once."""
    return [min(wanted)] if tool == "datatrove" else list(wanted)


def prepare(options: argparse.Namespace, scratch: Path) -> Task:
    """Cut the corpus down if asked for, and join it exactly."""
    folder = subset(options.corpus, scratch / "corpus", options.limit) if options.limit else options.corpus
    say(f"exact join of {folder}")
    return Task(folder, scratch, [str(d.record["id"]) for d in documents(folder)], exact_join(folder, min(THRESHOLDS)))


def measure_tool(tool: str, task: Task, wanted: list[float], megabytes: float) -> list[dict[str, Any]]:
    """Run *tool* at each threshold; return the rows of the table: costs, and quality by the exact join."""
    rows = []
    for threshold in thresholds(tool, wanted):
        say(f"{tool} at {threshold} (load {os.getloadavg()[0]:.1f})")
        try:
            measured, decided = TOOLS[tool](task, threshold)
        except CommandError as error:
            say(f"{tool} failed: {error}")
            rows.append({"tool": tool, "threshold": threshold, "seconds": None})
            continue
        cost = cost_of(tool, measured, decided, megabytes)
        judged = wanted if tool == "datatrove" else [threshold]
        rows += [{"tool": tool, "threshold": t, **cost, **judge(decided, task.exact.at(t))} for t in judged]
    return rows


def cost_of(tool: str, measured: Measured, decided: Decisions, megabytes: float) -> dict[str, Any]:
    """Return what a run cost."""
    return {
        "set to": "0.72 (14x8)" if tool == "datatrove" else "threshold",
        "seconds": round(measured.seconds, 1),
        "MB/s": round(megabytes / measured.seconds, 2),
        "peak memory MB": measured.memory.resident / 1e6,
        "private MB": measured.memory.private / 1e6,
        "kept": int(decided.kept.sum()),
    }


def main() -> int:
    """Measure the tools asked for on a corpus and print one table, by threshold."""
    parser = argparse.ArgumentParser(description="Deduplicate the same shards with peers and with corpushub.")
    parser.add_argument("--corpus", type=Path, default=DATA / "cut100", help="folder of .jsonl.gz shards")
    parser.add_argument("--limit", type=int, help="use the first so many documents only")
    parser.add_argument("--tools", nargs="+", choices=TOOLS, default=list(TOOLS))
    parser.add_argument("--thresholds", nargs="+", type=float, choices=THRESHOLDS, default=list(THRESHOLDS))
    parser.add_argument("--scratch", type=Path, help="parent of the scratch folder (default: the system's)")
    options = parser.parse_args()
    if not shards(options.corpus):
        say(f"skipped: no .jsonl.gz files in {options.corpus}")
        return 0
    missing = [tool for tool in options.tools if tool != "corpushub" and not installed(tool)]
    if missing:
        say(f"not installed, so left out: {' '.join(missing)} (python benchmarks/peers.py setup)")
    with tempfile.TemporaryDirectory(prefix="bench-", dir=options.scratch) as scratch:
        task = prepare(options, Path(scratch))
        megabytes = text_bytes(task.folder) / 1e6
        there = [tool for tool in options.tools if tool not in missing]
        rows = [row for tool in there for row in measure_tool(tool, task, options.thresholds, megabytes)]
    rows.sort(key=lambda row: row["threshold"])
    title = f"{len(task.ids)} documents, {megabytes:.1f} MB of text"
    peers = [f"{tool} {pins(tool)[tool]}" for tool in there if tool != "corpushub"]
    report("dedup_peers", {"; ".join([title, *peers]): rows}, ["datasketch", "numba"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
