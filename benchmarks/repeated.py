"""Repeat every kind of markup and measure what reading it costs: ``make fuzz-markup``.

Each case is a page, file or text whose size grows with n; n doubles from 1,024 to 65,536. Everything of ours that
reads such a thing is measured for itself, by the seconds of the processor, the least of three, and the exponent of n is
that of the last three octaves. The exit code is 1 if one exceeds 1.1: the square of what a stranger wrote is hours. A
page that is refused as too costly before it is parsed counts by what it costs to say so.
"""

from __future__ import annotations

import argparse
import gc
import math
import re
import sys
import time
from collections.abc import Iterator
from typing import Any, Final

from measure import report, say
from repeated_cases import CASES, Case
from repeated_readers import READERS, Reader

LIMIT: Final = 1.1
FLOOR: Final = 0.03
"""Seconds below which a reading at the largest n says nothing."""

SLOW: Final = 20.0
"""Seconds of one reading behind which no larger n is tried."""


def seconds_of(reader: Reader, source: bytes, times: int) -> float:
    """Return the processor's seconds that *reader* takes for *source*, the least of *times*."""
    least = math.inf
    for _ in range(times):
        prepared = reader.prepare(source)
        gc.collect()
        gc.disable()
        began = time.process_time()
        reader.read(prepared)
        least = min(least, time.process_time() - began)
        gc.enable()
        if least > 1:
            break
    return least


def measured(case: Case, reader: Reader, sizes: list[int]) -> list[tuple[int, float]]:
    """Return the seconds for each n of *sizes*, until it becomes too slow."""
    found: list[tuple[int, float]] = []
    for n in sizes:
        source = case.make(n)
        if reader.refuses(source):
            break
        took = seconds_of(reader, source, 3 if n >= sizes[-1] // 8 else 1)
        found.append((n, took))
        if took > SLOW:
            break
    return found


def exponent(found: list[tuple[int, float]]) -> float:
    """Return the exponent of n over the last three octaves (least squares of the logarithms)."""
    points = [(math.log2(n), math.log2(max(took, 1e-6))) for n, took in found[-4:]]
    if len(points) < 2:
        return 0.0
    middle = [sum(axis) / len(points) for axis in zip(*points, strict=True)]
    above = sum((x - middle[0]) * (y - middle[1]) for x, y in points)
    return float(above / sum((x - middle[0]) ** 2 for x, _ in points))


def rows(cases: list[Case], wanted: re.Pattern[str], sizes: list[int]) -> Iterator[dict[str, Any]]:
    """Yield a row for each case and reader."""
    for case in cases:
        for name, reader in READERS[case.family].items():
            if not wanted.search(name):
                continue
            found = measured(case, reader, sizes)
            power = exponent(found)
            if power > LIMIT and found[-1][1] > FLOOR:  # once more: noise does not come twice
                found = min(found, measured(case, reader, sizes), key=exponent)
                power = exponent(found)
            if found:
                yield {
                    "case": case.name,
                    "reader": name,
                    "n": found[-1][0],
                    "seconds": round(found[-1][1], 3),
                    "exponent": round(power, 2),
                    "fine": power <= LIMIT or found[-1][1] <= FLOOR,
                }


def main() -> int:
    """Measure; the exit code is 1 if anything takes more than linear time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", default="", help="a regular expression: only cases with such a name")
    parser.add_argument("--readers", default="", help="likewise, of readers")
    parser.add_argument("--most", type=int, default=1 << 16, help="largest n, a power of 2")
    options = parser.parse_args()
    sizes = [1 << power for power in range(10, options.most.bit_length())]
    picked = [case for case in CASES if re.search(options.cases, case.name)]
    found = []
    for row in rows(picked, re.compile(options.readers), sizes):
        found.append(row)
        if not row["fine"]:
            say(str(row))
    wrong = [row for row in found if not row["fine"]]
    worst = sorted(found, key=lambda row: -row["seconds"])[:25]
    report("repeated", {f"{len(found)} readings, {len(wrong)} above {LIMIT}": wrong, "slowest": worst}, ["selectolax"])
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
