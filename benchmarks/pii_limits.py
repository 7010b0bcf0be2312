"""Show that hostile texts end within the limits and with the right status: ``python benchmarks/pii_limits.py``.

Each text is scrubbed with the default types, and then with all recognizers, beside a small one, whose address must be
found and whose search must be complete. The processor's seconds count all there is: what the limits bound (the
recognizers) and what is linear in the text (code points, prefilter, gates). The highest memory of the process so far,
the texts themselves included, stands beside them.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import pyarrow as pa
from measure import report, say

from policies.pii.scrubber import Scrubber
from policies.pii.search.scan import Limits, Status

BESIDE: Final = "write to bob@example.com"
LIMIT: Final = 10.0
"""Seconds that the recognizers may take for one text here; the default is 60."""

PER_MEGABYTE: Final = 2.0
"""The processor's seconds per megabyte that all that is linear may take."""

TEXTS: Final[Mapping[str, Callable[[int], str]]] = {
    "one line": lambda size: ("lorem ipsum " * (size // 12))[:size],
    "one word": lambda size: "a" * size,
    "100,000 addresses": lambda size: " ".join(f"user{number}@example.com" for number in range(size // 500)),
    "digits": lambda size: "1" * size,
    "spaced digits": lambda size: "1 " * (size // 2),
    "dotted letters": lambda size: "a." * (size // 2) + "@b.co",
    "colons": lambda size: ":" * size,
    "context words": lambda size: "ssn number phone " * (size // 17),
    "cards": lambda size: "4111 1111 1111 1111 " * (size // 20),
    "low PAN": lambda size: "abcdefghij " * (size // 11) + "1234",
}


def measured(scrubber: Scrubber, text: str) -> dict[str, Any]:
    """Scrub *text* beside a small one and return what came of it."""
    began, started = time.process_time(), time.perf_counter()
    scrubbed = scrubber.scrub(pa.array([text, BESIDE]))
    seconds, wall = time.process_time() - began, time.perf_counter() - started
    findings = sum(count for _, count in scrubbed.counts.to_pylist()[0])
    beside = scrubbed.status[1].as_py() == Status.COMPLETE and "bob" not in scrubbed.text[1].as_py()
    status = scrubbed.status[0].as_py()
    allowed = 2 * LIMIT + PER_MEGABYTE * len(text) / 1e6
    fine = seconds <= allowed and beside and status != Status.FAILED
    return {
        "status": status,
        "findings": findings,
        "seconds": round(seconds, 1),
        "most": round(allowed, 1),
        "by the clock": round(wall, 1),
        "memory, MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "fine": fine,
    }


def rows(size: int, names: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Yield a row for each text and set of recognizers."""
    limits = Limits(chars=60_000_000, seconds=LIMIT)
    sets = {"default": Scrubber(limits=limits), "all": Scrubber(limits=limits, countries=("all",))}
    for wanted, scrubber in sets.items():
        if wanted in names:
            scrubber.check()
            for name, make in TEXTS.items():
                text = make(size)
                row = {"recognizers": wanted, "text": name, "MB": round(len(text) / 1e6, 1), **measured(scrubber, text)}
                say(str(row))
                yield row


def main() -> int:
    """Scrub all texts; the exit code is 1 if one took too long, failed, or harmed the text beside it."""
    parser = argparse.ArgumentParser(description="Show that hostile texts end within the limits.")
    parser.add_argument("--size", type=int, default=50_000_000, help="characters of each text")
    parser.add_argument("--sets", nargs="+", default=["default", "all"], choices=["default", "all"])
    options = parser.parse_args()
    found = [*rows(options.size, tuple(options.sets))]
    report("pii_limits", {f"limit {LIMIT} s": found}, ["presidio-analyzer", "hyperscan", "regex"])
    return int(not all(row["fine"] for row in found))


if __name__ == "__main__":
    sys.exit(main())
