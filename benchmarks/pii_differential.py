"""Compare the search for personal data with Presidio's engine on real text: ``python benchmarks/pii_differential.py``.

Both search for everything that Presidio has a recognizer for, the search prefiltered and in windows, the engine in
whole texts. Entities, positions and scores must be equal. IN_PAN's low pattern takes the engine time in proportion to
the square of a text, so texts are cut into pieces. Only counts are printed, never text.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from corpus import DATA, documents
from measure import report, say

from policies.phone_numbers import PHONE_REGIONS
from policies.presidio_engine import analyze, analyzer_engine
from policies.recognizers import GENERIC, Detector, Span, detectors, entities_of
from policies.scan import Limits, scan_texts

PIECE = 4_000
"""Characters of a piece."""


def labelled() -> Iterator[str]:
    """Iterate the texts of the labelled sets."""
    for path in sorted((DATA / "pii").glob("*.json")):
        for row in json.loads(path.read_text(encoding="utf-8")):
            yield row["full_text"]


def corpus(size: int) -> Iterator[str]:
    """Iterate documents of the corpus, spread over all of it, up to *size* bytes."""
    texts = [document.record["text"] for document in documents(DATA / "cut100")]
    step = max(1, sum(len(text.encode()) for text in texts) // size)
    yield from texts[::step]


def pages(size: int) -> Iterator[str]:
    """Iterate the paragraphs of the web archives' plain text, up to *size* characters."""
    for path in sorted((DATA / "wet").glob("*.gz")):
        with gzip.open(path, "rt", encoding="utf-8", errors="replace") as lines:
            text = lines.read(size)
        yield from text.split("\n\n")


def pieces(texts: Iterable[str]) -> Iterator[str]:
    """Iterate the texts in pieces."""
    return (text[begin : begin + PIECE] for text in texts for begin in range(0, len(text), PIECE))


def batches(texts: Iterator[str]) -> Iterator[list[str]]:
    """Iterate the texts in lists of some."""
    while batch := list(islice(texts, 200)):
        yield batch


def compare(name: str, texts: Iterable[str], everything: Sequence[Detector], min_score: float) -> Mapping[str, Any]:
    """Compare search and engine on *texts*; return what there was and by how much they differ."""
    engine = analyzer_engine(everything)
    count = Counter[str]()
    for batch in batches(pieces(texts)):
        scan = scan_texts(batch, everything, Limits(), min_score)
        for number, text in enumerate(batch):
            ours, theirs = set(scan.spans.get(number, [])), set(analyze(engine, text, min_score))
            count.update(texts=1, bytes=len(text.encode()), findings=len(theirs), missing=len(theirs - ours))
            count.update(added=len(ours - theirs), incomplete=number in scan.status)
            for one in theirs ^ ours:
                say(f"{name}: {described(one)} at {count['texts']}")
    return {"text": name, "threshold": min_score, **count}


def described(span: Span) -> str:
    """Describe a finding without its value."""
    return f"{span.recognizer} {span.start}-{span.end} {span.score}"


def main() -> int:
    """Compare on all there is; the exit code is 1 if anything differs."""
    parser = argparse.ArgumentParser(description="Compare the search for personal data with Presidio's engine.")
    parser.add_argument("--bytes", type=int, default=10_000_000, help="bytes of the corpus, and of the web archives")
    parser.add_argument("--scores", type=float, nargs="+", default=[0.35, 0.0])
    options = parser.parse_args()
    if not DATA.is_dir():
        say(f"skipped: no folder {DATA}")
        return 0
    everything = detectors((*GENERIC, *entities_of(("all",))), PHONE_REGIONS)
    rows = []
    for score in options.scores:
        rows.append(compare("labelled", labelled(), everything, score))
        rows.append(compare("cut100", corpus(options.bytes), everything, score))
        rows.append(compare("web", pages(options.bytes), everything, score))
    report("pii_differential", {"Search and engine": rows}, ["presidio-analyzer", "spacy", "regex", "hyperscan"])
    return int(any(row["missing"] or row["added"] or row["incomplete"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
