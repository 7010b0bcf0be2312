"""Find personal data in a batch of texts, within limits, and say of each text whether the search was complete."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from time import perf_counter

import numpy as np

from policies.recognizers import Detector, Span, pattern_limit
from policies.windows import Batch


class Status(StrEnum):
    """How far the search in a text went."""

    COMPLETE = "complete"
    PARTIAL = "partial"  # a limit ended it
    FAILED = "failed"  # a recognizer raised an exception


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what one text may cost; beyond any of them its status is PARTIAL.

    Attributes:
        chars: a text with more code points is not searched at all.
        window: a stretch with more code points that a recognizer would have to read in one piece is left out.
        seconds: no recognizer is called for a text once this much time went into it.
    """

    chars: int = 10_000_000
    window: int = 16_384
    seconds: float = 60.0


@dataclass(slots=True)
class Scan:
    """What was found in n texts.

    Attributes:
        spans: for each text, by its number, what was found there, in no order; texts without findings are absent.
        status: for each text whose search was not complete, by its number, why.
        problems: exceptions by entity and type ("PHONE_NUMBER: IndexError"), how often; never their messages.
        seconds: for each text, by its number, how long the recognizers took.
    """

    spans: dict[int, list[Span]] = field(default_factory=dict)
    status: dict[int, Status] = field(default_factory=dict)
    problems: Counter[str] = field(default_factory=Counter)
    seconds: dict[int, float] = field(default_factory=dict)

    def stop(self, document: int, status: Status) -> None:
        """Note that the search in a text was not complete; a failure is remembered over a limit."""
        if self.status.get(document) is not Status.FAILED:
            self.status[document] = status

    def absorb(self, other: Scan) -> None:
        """Add what another search found in the same texts."""
        for document, found in other.spans.items():
            self.spans.setdefault(document, []).extend(found)
        for document, status in other.status.items():
            self.stop(document, status)
        for document, seconds in other.seconds.items():
            self.seconds[document] = self.seconds.get(document, 0.0) + seconds
        self.problems.update(other.problems)


@dataclass(frozen=True, slots=True)
class _Window:
    """A stretch of one text for a recognizer to read; positions count from where that text begins."""

    document: int
    begin: int
    first: int  # what ends at or before it is of the context and not the window's
    text: str


def scan_texts(texts: Sequence[str], detectors: Iterable[Detector], limits: Limits) -> Scan:
    """Search *texts* with each of *detectors*.

    In a text whose length and windows stay within *limits* the spans are those that the recognizers find in the whole
    text. An exception or a time-out of a recognizer never shows as an absence of findings: the status tells.
    """
    scan = Scan()
    for document, text in enumerate(texts):
        if len(text) > limits.chars:
            scan.stop(document, Status.PARTIAL)
    batch = Batch.of(["" if document in scan.status else text for document, text in enumerate(texts)])
    with pattern_limit(limits.seconds):
        for detector in detectors:
            for window in _windows(batch, detector, limits, scan):
                _search(detector, window, limits, scan)
    return scan


def _windows(batch: Batch, detector: Detector, limits: Limits, scan: Scan) -> Iterator[_Window]:
    """Iterate the windows of *detector* that are within *limits*; note the texts that have a longer one."""
    if detector.gate is None:
        begins, ends = batch.starts[:-1], batch.starts[1:] - 1
        first, longest = begins, limits.chars
    else:
        windows = detector.gate(batch)
        begins, ends, first, longest = windows.begins, windows.ends, windows.first, limits.window
    documents = np.searchsorted(batch.starts, first, side="right") - 1
    for document in documents[ends - begins > longest].tolist():
        scan.stop(document, Status.PARTIAL)
    fits = (ends - begins <= longest) & (ends > begins)
    rows = np.stack([documents, begins, ends, first, batch.starts[documents]], axis=1)[fits].tolist()
    for document, begin, end, own, origin in rows:
        yield _Window(document, begin - origin, own - origin, batch.text[begin:end])


def _search(detector: Detector, window: _Window, limits: Limits, scan: Scan) -> None:
    """Run the recognizer on one window and add what it finds, or why it could not."""
    document = window.document
    spent = scan.seconds.get(document, 0.0)
    if spent >= limits.seconds:
        scan.stop(document, Status.PARTIAL)
        return
    began = perf_counter()
    try:
        found = list(detector.spans(window.text))
    except Exception as error:  # whatever a recognizer raises, the text must count as not searched
        scan.problems[f"{detector.entity}: {type(error).__name__}"] += 1
        scan.stop(document, Status.FAILED)
        return
    spent = scan.seconds[document] = spent + perf_counter() - began
    if spent >= limits.seconds:
        scan.stop(document, Status.PARTIAL)  # a pattern's time-out leaves no other trace
    own = [replace(one, start=one.start + window.begin, end=one.end + window.begin) for one in found]
    if own := [one for one in own if one.end > window.first]:
        scan.spans.setdefault(document, []).extend(own)
