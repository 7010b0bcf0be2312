"""Measure how fast licence evidence is read from pages on one core: ``python benchmarks/rights_speed.py``.

The real pages of the WARC in turn: parsed by selectolax and no more, looked over by the gate, and read as a run does
(gate, then parse and read what may speak), so that whatever else the machine does hits all alike. Bytes are those of
the pages as UTF-8; seconds are the processor's; a megabyte is 10^6 bytes.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from corpus import DATA
from measure import report, say
from selectolax.lexbor import LexborHTMLParser

from connectors import CONNECTORS
from connectors.capture import Extent, Limits, Slice
from pipelines.captures.encodings import decode_body
from policies.markup import evidence_each, may_speak_each

Pages = list[tuple[str, str | None]]


def batches(path: Path) -> Iterator[Pages]:
    """Iterate the HTML pages of a WARC with their addresses, as many at once as a reader yields."""
    for batch in CONNECTORS["warc"].read(Slice(str(path)), {}, Limits(), Extent()):
        rows = batch.select(["payload", "media_type", "charset", "uri"]).to_pylist()
        html = [row for row in rows if row["payload"] and row["media_type"] == "text/html"]
        yield [(decode_body(row["payload"], row["charset"], markup=True).text, row["uri"]) for row in html]


def parse(pages: Pages) -> int:
    """Parse every page; return how many there were."""
    return sum(LexborHTMLParser(html) is not None for html, _ in pages)


def gate(pages: Pages) -> int:
    """Return how many pages may speak."""
    return sum(may_speak_each(pa.array([html for html, _ in pages], pa.large_string())).to_pylist())


def read(pages: Pages) -> int:
    """Read the evidence; return how many pages have any."""
    uris = [uri for _, uri in pages]
    found = evidence_each(pa.array([html for html, _ in pages], pa.large_string()), [{}] * len(pages), uris)
    return sum(map(bool, found))


def measure(path: Path, rounds: int) -> list[dict[str, Any]]:
    """Let the three take turns over the batches of *path*, *rounds* times, and return a row for each."""
    ways: dict[str, Callable[[Pages], int]] = {"parse alone": parse, "gate alone": gate, "evidence": read}
    seconds, counts, size = dict.fromkeys(ways, 0.0), dict.fromkeys(ways, 0), 0
    read([("<p>warm up: licensed under CC BY 4.0, MIT or no such licence</p>", None)])
    for pages in [pages for _ in range(rounds) for pages in batches(path)]:
        size += sum(len(html.encode()) for html, _ in pages)
        for name, way in ways.items():
            began = time.process_time()
            counts[name] += way(pages)
            seconds[name] += time.process_time() - began
    return [
        {
            "way": name,
            "MB": round(size / 1e6, 1),
            "pages": counts[name],
            "MB/s": round(size / 1e6 / seconds[name], 1),
            "of parsing alone": round(seconds["parse alone"] / seconds[name], 2),
        }
        for name in ways
    ]


def main() -> int:
    """Measure on one core and print the table."""
    parser = argparse.ArgumentParser(description="Measure the reading of licence evidence on one core.")
    parser.add_argument("--warc", type=Path, default=DATA / "warc" / "BENCH-2024-00000.warc.gz", help="pages to read")
    parser.add_argument("--rounds", type=int, default=1, help="how many times")
    options = parser.parse_args()
    if not options.warc.exists():
        say(f"skipped: there is no {options.warc}")
        return 0
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    report("rights_speed", {"Pages of the WARC": measure(options.warc, options.rounds)}, ["selectolax", "pyarrow"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
