"""Parse real robots.txt files and compare decisions with two references: ``python benchmarks/robots.py [--every N]``.

Reads the archive of robots.txt in ../shared/data/warc, or --archive. Ten AI agents and three paths are asked of each
file, in two orders of agents, where one of the file's groups is for the agent. One reference is protego. The other cuts
product tokens and joins groups as Google's reference parser does, written here anew, and lets protego match the paths:
the two differ where protego takes a prefix for the agent, or a Crawl-delay for the end of a list of agents. Speeds are
those of one processor: of parsing alone, ours beside protego by itself, and of batches.
"""

from __future__ import annotations

import argparse
import json
import re
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
_RULES = ("allow", "disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw")
_ANSWERS = {True: "allow", False: "deny"}
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


def reference_rules(text: str, agent: str) -> Protego:
    """Return the rules of *text* for *agent* as Google's reference parser groups them, as those of an agent "x".

    An agent line is for the token of letters, "_" and "-" it begins with; only Allow and Disallow end agents in a row.
    """
    rules: dict[bool, list[str]] = {True: [], False: []}
    special = general = ended = known = False
    for raw in re.split(r"\r\n|\n|\r", text):
        name, colon, value = (part.strip() for part in raw.partition("#")[0].partition(":"))
        if not colon:
            name, value = words if len(words := name.split()) == 2 else ("", "")
        field = name.lower()
        if field.startswith(("user-agent", "useragent", "user agent")):
            special, general, ended = (False, False, False) if ended else (special, general, ended)
            token = re.match(r"[A-Za-z_-]*", value)
            if re.match(r"\*(?:\s|$)", value):
                general = True
            elif token and token[0].lower() == agent.lower():
                special = known = True
        elif field.startswith(_RULES) and (special or general):
            ended = True
            line = f"{'Allow' if field.startswith('allow') else 'Disallow'}: {value}"
            rules[True] += [line] * special
            rules[False] += [line] * general
    return Protego.parse("\n".join(["User-agent: x", *rules[known]]))


def compare(robots: RobotsFile, body: bytes, counts: Counter[str]) -> None:
    """Count decisions, those that two orders of agents answer differently, and those that differ from references'."""
    rules = Protego.parse(decode(body))
    grouped = {agent: reference_rules(decode(body), agent) for agent in AGENTS}
    for path in PATHS:
        forward = {one.name: one.meaning for one in robots.evidence(AGENTS, path)}
        backward = {one.name: one.meaning for one in robots.evidence(AGENTS[::-1], path)}
        for agent in AGENTS:
            answer = robots.decide(agent, path)
            counts[answer] += 1
            counts["unstable"] += len({answer, forward[f"robots:{agent}"], backward[f"robots:{agent}"]}) > 1
            if robots.group_of(agent) is not None:
                allowed = grouped[agent].can_fetch(f"https://host{path}", "x")
                counts["compared"] += 1
                counts["other than the reference"] += answer != _ANSWERS[allowed]
                counts["unknown, cut"] += robots.cut and answer == "unknown"
                counts["other than protego"] += answer != _ANSWERS[rules.can_fetch(f"https://host{path}", agent)]


def measure(table: SiteTable, every: int) -> dict[str, Any]:
    """Parse every *every*-th body and compare all decisions."""
    bodies = [table.body(index) for index in range(0, table.bodies, every)]
    _, alone = timed(lambda body: Protego.parse(decode(body)), bodies)
    files, ours = timed(RobotsFile, bodies)
    counts: Counter[str] = Counter({"unstable": 0, "other than the reference": 0})
    for robots, body in zip(files, bodies, strict=True):
        compare(robots, body, counts)
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
