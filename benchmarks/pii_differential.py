"""Compare the search for personal data with Presidio's engine on real text: ``python benchmarks/pii_differential.py``.

Both search for everything that Presidio has a recognizer for, the search prefiltered and in windows, the engine in
whole texts. Entities, positions and scores must be equal. IN_PAN's low pattern takes the engine time in proportion to
the square of a text, so texts are cut into pieces. The engine, which takes nearly all of the time, reads each piece
once at the lowest threshold: what it finds at a higher one are those of its findings that reach it, as it leaves out a
finding only for one with as high a score. The pieces of each source are shuffled, always in the same way, so that a
comparison that ends early has read a sample of all; they are dealt out to processes in chunks, and how far it came is
told from time to time. ``--skip`` goes on where an earlier comparison ended. Only counts are printed, never text.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

from corpus import DATA, documents
from measure import report, say

from connectors import CONNECTORS
from connectors.capture import Extent, Slice
from connectors.capture import Limits as CaptureLimits
from pipelines.captures.bodies import decode
from pipelines.captures.extract import extract
from policies.pii.phones.numbers import PHONE_REGIONS
from policies.pii.presidio_engine import analyze, analyzer_engine
from policies.pii.recognizers import GENERIC, Detector, Span, detectors, entities_of
from policies.pii.search.scan import Limits, scan_texts

PIECE, CHUNK = 4_000, 40
"""Characters of a piece, pieces of a chunk."""

PROGRESS = 60.0
"""Seconds between two words on how far it is."""

Chunk = tuple[str, Sequence[float], list[str]]
"""Where texts are from, the thresholds, and the texts."""

Compared = tuple[str, float, Counter[str], list[str]]
"""Where texts are from, the threshold, what there was and by how much it differs, and each difference."""


def labelled(data: Path) -> Iterator[str]:
    """Iterate the texts of the labelled sets."""
    for path in sorted((data / "pii").glob("*.json")):
        for row in json.loads(path.read_text(encoding="utf-8")):
            yield row["full_text"]


def corpus(data: Path, size: int) -> Iterator[str]:
    """Iterate documents of the corpus, spread over all of it, up to *size* bytes."""
    texts = [document.record["text"] for document in documents(data / "cut100")]
    step = max(1, sum(len(text.encode()) for text in texts) // size)
    yield from texts[::step]


def pages(data: Path) -> Iterator[str]:
    """Iterate the texts of the pages in the web archives, as a run extracts them."""
    for path in sorted((data / "warc").glob("*.warc.gz")):
        for captures in CONNECTORS["warc"].read(Slice(str(path)), {}, CaptureLimits(), Extent()):
            yield from extract(decode(captures), "full").text.drop_null().to_pylist()


def pieces(texts: Iterable[str]) -> list[str]:
    """Return the texts in pieces, shuffled."""
    found = [text[begin : begin + PIECE] for text in texts for begin in range(0, len(text), PIECE)]
    Random(0).shuffle(found)
    return found


def chunks(texts: Sequence[str], skip: int) -> Iterator[list[str]]:
    """Iterate the texts in lists of some, without the first *skip* lists."""
    return (list(texts[begin : begin + CHUNK]) for begin in range(skip * CHUNK, len(texts), CHUNK))


def interleaved(data: Path, size: int, scores: Sequence[float], skip: int) -> Iterator[Chunk]:
    """Iterate the chunks of all sources, one of each source in turn, without the first *skip* of each."""
    named = {"labelled": labelled(data), "cut100": corpus(data, size), "warc": pages(data)}
    rows = {name: chunks(pieces(texts), skip) for name, texts in named.items()}
    while rows:
        for name in [*rows]:
            chunk = next(rows[name], None)
            if chunk is None:
                del rows[name]
                continue
            yield name, scores, chunk


@cache
def everything() -> tuple[Detector, ...]:
    """Return a detector for each of Presidio's recognizers."""
    return detectors((*GENERIC, *entities_of(("all",))), PHONE_REGIONS)


@cache
def engine() -> Any:
    """Return Presidio's engine with all of them."""
    return analyzer_engine(everything())


def compare(chunk: Chunk) -> list[Compared]:
    """Compare search and engine on a chunk at each threshold."""
    name, scores, texts = chunk
    theirs = [[*analyze(engine(), text, min(scores))] for text in texts]
    return [(name, score, *compared(texts, theirs, score)) for score in scores]


def compared(texts: Sequence[str], theirs: Sequence[Sequence[Span]], score: float) -> tuple[Counter[str], list[str]]:
    """Compare what the search finds at a threshold with what the engine finds at it or a lower one."""
    scan = scan_texts(texts, everything(), Limits(), score)
    count, different = Counter[str](), []
    for number, text in enumerate(texts):
        found, expected = set(scan.spans.get(number, [])), {one for one in theirs[number] if one.score >= score}
        count.update(texts=1, bytes=len(text.encode()), findings=len(expected), missing=len(expected - found))
        count.update(added=len(found - expected), incomplete=number in scan.status)
        different += [described(one) for one in expected ^ found]
    return count, different


def described(span: Span) -> str:
    """Describe a finding without its value."""
    return f"{span.recognizer} {span.start}-{span.end} {span.score}"


def compare_all(todo: Iterator[Chunk], processes: int, seconds: float) -> list[Mapping[str, Any]]:
    """Compare chunk by chunk in some processes, for a time at most; return a row for each source and score."""
    totals: dict[tuple[str, float], Counter[str]] = {}
    began, said = time.monotonic(), 0.0
    with get_context("spawn").Pool(processes) as pool:
        for name, score, count, different in chain.from_iterable(pool.imap_unordered(compare, todo)):
            totals.setdefault((name, score), Counter()).update(count)
            for one in different:
                say(f"{name}, {score}: {one}")
            passed = time.monotonic() - began
            if passed - said > PROGRESS:
                said = passed
                say(f"after {passed:.0f} s: " + json.dumps([row(*key, one) for key, one in totals.items()]))
            if passed > seconds:
                say("ended early, as its time is over")
                pool.terminate()
                break
    return [row(*key, one) for key, one in sorted(totals.items())]


def row(name: str, score: float, count: Mapping[str, int]) -> Mapping[str, Any]:
    """Return a row of the table."""
    return {"text": name, "threshold": score, **count}


def main() -> int:
    """Compare on all there is; the exit code is 1 if anything differs."""
    parser = argparse.ArgumentParser(description="Compare the search for personal data with Presidio's engine.")
    parser.add_argument("--data", type=Path, default=DATA, help="folder with pii, cut100 and warc")
    parser.add_argument("--bytes", type=int, default=10_000_000, help="bytes of the corpus")
    parser.add_argument("--scores", type=float, nargs="+", default=[0.5, 0.35, 0.0])
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--skip", type=int, default=0, help="chunks of each source to leave out, of 40 pieces each")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="end after this time with what there is")
    options = parser.parse_args()
    if not options.data.is_dir():
        say(f"skipped: no folder {options.data}")
        return 0
    todo = interleaved(options.data, options.bytes, options.scores, options.skip)
    rows = compare_all(todo, options.processes, options.seconds)
    report("pii_differential", {"Search and engine": rows}, ["presidio-analyzer", "spacy", "regex", "hyperscan"])
    return int(any(one["missing"] or one["added"] or one["incomplete"] for one in rows))


if __name__ == "__main__":
    sys.exit(main())
