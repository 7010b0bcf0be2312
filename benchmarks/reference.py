"""Speeds of single parts on one core, measured beside a run, because the machine's own speed changes by the hour."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc
from archives import pages
from corpus import documents
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.encoding import detect_encoding
from resiliparse.parse.html import HTMLTree

from pipelines.kernels.minhash import MinHasher

PASSES = 3
"""How often a part is measured before a run, and again after it, each time on another share of the corpus."""

Answer = TypeVar("Answer")
Speed = Callable[[], list[float]]
"""Measures a part PASSES times; megabytes per second each."""


def beside(speed: Speed, run: Callable[[], Answer]) -> tuple[Answer, float]:
    """Return what *run* gives, and the median of *speed* right before and right after it."""
    before = speed()
    answer = run()
    return answer, statistics.median([*before, *speed()])


def extraction(archive: Path) -> Speed:
    """Return how to measure resiliparse alone: the main content of the decoded pages of *archive*."""
    found = list(pages(archive))
    return lambda: [
        speed_of(_extract, found[part::PASSES], sum(map(len, found[part::PASSES]))) for part in range(PASSES)
    ]


def signing(folder: Path) -> Speed:
    """Return how to measure the signature kernel alone: 128 permutations of the texts of *folder*."""
    texts = [document.record["text"] for document in documents(folder)]
    shares = [pa.array(texts[part::PASSES], pa.large_string()) for part in range(PASSES)]
    MinHasher().signatures(shares[0][:1])  # loads the kernel
    return lambda: [speed_of(MinHasher().signatures, share, text_size(share)) for share in shares]


def text_size(texts: pa.LargeStringArray) -> int:
    """Return the bytes of UTF-8 of *texts*."""
    return int(pc.sum(pc.binary_length(texts)).as_py())


def speed_of(work: Callable[[Answer], object], given: Answer, size: int) -> float:
    """Return the megabytes per second of *work* on what is *given*, *size* bytes."""
    started = time.perf_counter()
    work(given)
    return size / 1e6 / (time.perf_counter() - started)


def _extract(found: Sequence[bytes]) -> None:
    for page in found:
        encoding = detect_encoding(page) or "utf-8"
        extract_plain_text(HTMLTree.parse_from_bytes(page, encoding, errors="replace"), main_content=True)
