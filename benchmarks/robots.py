"""Parse real robots.txt files and compare decisions with protego's: ``python benchmarks/robots.py [--every N]``.

Reads the archive of robots.txt in ../shared/data/warc, or --archive. Ten AI agents and three paths are asked of each
file, in two orders of agents; protego decides a file for an agent if one of the file's groups is for it. Speeds are
those of one processor: of parsing alone, ours (which includes protego's) beside protego by itself, and of batches.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
from corpus import DATA
from protego import Protego

from connectors.streams.files import DigestedFile, digest
from pipelines.rights.site_files import SiteFilesTask, open_sites
from pipelines.rights.sites import consent_evidence
from policies.consent.robots import RobotsFile, decode
from policies.consent.site_records import SiteTable

AGENTS = (
    "GPTBot",
    "ClaudeBot",
    "anthropic-ai",
    "Google-Extended",
    "CCBot",
    "Applebot-Extended",
    "meta-externalagent",
    "Bytespider",
    "Amazonbot",
    "PerplexityBot",
)
PATHS = ("/", "/search?q=a", "/images/a.jpg")


def table_of(archive: Path, folder: str) -> tuple[SiteTable, str, float]:
    """Make the table of site files of *archive*; return it, its path and the seconds that took."""
    source = DigestedFile(str(archive), archive.name, archive.stat().st_size, digest(str(archive)))
    task = SiteFilesTask((source,), folder)
    started = time.process_time()
    task.run()
    seconds = time.process_time() - started
    return open_sites(task.table_path).table, task.table_path, seconds


def timed(function: Callable[[Any], Any], values: list[Any]) -> tuple[list[Any], float]:
    """Call *function* with each value; return the results and the seconds of this process."""
    started = time.process_time()
    found = [function(value) for value in values]
    return found, time.process_time() - started


def compare(robots: RobotsFile, rules: Protego, counts: Counter[str]) -> None:
    """Count decisions, those that two orders of agents answer differently, and those that differ from protego's."""
    for path in PATHS:
        forward = {one.name: one.meaning for one in robots.evidence(AGENTS, path)}
        backward = {one.name: one.meaning for one in robots.evidence(AGENTS[::-1], path)}
        for agent in AGENTS:
            answer = robots.decide(agent, path)
            counts[answer] += 1
            counts["unstable"] += len({answer, forward[f"robots:{agent}"], backward[f"robots:{agent}"]}) > 1
            if robots.group_of(agent) is not None:
                allowed = rules.can_fetch(f"https://host{path}", agent)
                counts["decided by protego"] += 1
                counts["different"] += answer != ("allow" if allowed else "deny")


def measure(table: SiteTable, every: int) -> dict[str, Any]:
    """Parse every *every*-th body and compare all decisions."""
    bodies = [table.body(index) for index in range(0, table.bodies, every)]
    rules, alone = timed(lambda body: Protego.parse(decode(body)), bodies)
    files, ours = timed(RobotsFile, bodies)
    counts: Counter[str] = Counter({"unstable": 0, "different": 0})
    for robots, rule in zip(files, rules, strict=True):
        compare(robots, rule, counts)
    return {
        "files": len(bodies),
        "bytes": sum(map(len, bodies)),
        "not readable": sum(not one.readable for one in files),
        "decisions": dict(sorted(counts.items())),
        "files/s": round(len(bodies) / ours),
        "protego files/s": round(len(bodies) / alone),
        "of protego's time": round(ours / alone, 2),
    }


def batch_speed(path: str, table: SiteTable, pages: int) -> float:
    """Return captures per second of consent_evidence for *pages* pages of each host."""
    origins = table.batch["origin"].to_pylist()
    uris = pa.array([f"{origin}/page/{number}" for origin in origins for number in range(pages)], pa.string())
    none = pa.nulls(len(uris), pa.string())
    started = time.process_time()
    consent_evidence(uris, pa.nulls(len(uris), pa.timestamp("us", tz="UTC")), none, open_sites(path))
    return len(uris) / (time.process_time() - started)


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--archive", type=Path, default=DATA / "warc" / "BENCH-2024-robotstxt.warc.gz")
    parser.add_argument("--every", type=int, default=1, help="parse only every N-th file")
    parser.add_argument("--pages", type=int, default=10, help="pages of each host for the speed of batches")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        table, path, seconds = table_of(asked.archive, folder)
        found = {
            "records": len(table),
            "archive to table, s": round(seconds, 2),
            "table bytes": Path(path).stat().st_size,
            **measure(table, asked.every),
            "captures/s": round(batch_speed(path, table, asked.pages)),
        }
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
