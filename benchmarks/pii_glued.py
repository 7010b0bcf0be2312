"""Count what is found only because values are set apart from what is glued to them: ``python benchmarks/pii_glued.py``.

Only counts are printed; ``--show N`` also prints N findings of each type with what is around them, to be judged by a
reader, and must not be kept.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from itertools import islice
from pathlib import Path
from random import Random

from corpus import DATA
from measure import report, say
from pii_differential import corpus, pages

from policies.pii.recognizers import Span
from policies.pii.scrubber import ENTITIES, THRESHOLDS, Scrubber
from policies.pii.search.glued import scan_glued

AROUND = 30


def main() -> int:
    """Search both corpora and report findings by type and megabyte."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--size", type=int, default=100_000_000, help="bytes of the corpus")
    parser.add_argument("--show", type=int, default=0, help="findings of each type to print")
    arguments = parser.parse_args()
    scrubber = Scrubber(entities=ENTITIES)
    rows = []
    for name, texts in (("corpus", corpus(arguments.data, arguments.size)), ("pages", pages(arguments.data))):
        found: Counter[str] = Counter()
        shown: list[tuple[Span, str]] = []
        size, begun = 0, time.process_time()
        while batch := list(islice(texts, 500)):
            size += sum(len(one.encode()) for one in batch)
            scan = scan_glued(batch, scrubber.detectors(), scrubber.limits, scrubber.min_score)
            for number, spans in scan.spans.items():
                for one in spans:
                    if one.score >= THRESHOLDS.get(one.entity, scrubber.min_score):
                        found[one.entity] += 1
                        shown.append((one, batch[number][max(one.start - AROUND, 0) : one.end + AROUND]))
        seconds = time.process_time() - begun
        rows.append(
            {"text": name, "MB": round(size / 1e6, 1), "CPU s": round(seconds, 1), **dict(sorted(found.items()))}
        )
        for entity in sorted(found) if arguments.show else ():
            of_type = [one for one in shown if one[0].entity == entity]
            for span, around in Random(0).sample(of_type, min(arguments.show, len(of_type))):
                say(f"{entity} {span.recognizer}: {around!r}")
    report("pii_glued", {"Findings": rows})
    return 0


if __name__ == "__main__":
    sys.exit(main())
