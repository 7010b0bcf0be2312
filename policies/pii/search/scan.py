"""Find personal data in a batch of texts, within limits, and say of each text whether the search was complete.

What is found is what Presidio's AnalyzerEngine finds with the same recognizers in the whole text: the same entities,
positions and scores, context words and removal of duplicates included. Only where it is looked for differs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from time import perf_counter
from typing import Any

import numpy as np

from policies.pii.context.enhancer import Surroundings, TooFar, boosted, forgetting
from policies.pii.context.words import Places, Words, ends_of, expression, is_foreign, keep_supported, places, single
from policies.pii.recognizers import Detector, Span, pattern_limit
from policies.pii.search import low_pan
from policies.pii.search.patterns import shape
from policies.pii.search.prefilter import Expression, Prefilter, Stretches, prefilter, whole
from policies.pii.search.windows import Batch, Positions


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
class _Search:
    """One pattern of a detector to search for, or all that the detector does by itself.

    Attributes:
        detector: its number.
        pattern: Presidio's pattern; None where the recognizer itself is called.
        compiled: the pattern as the regex module has compiled it.
        expression: what the prefilter searches for instead; None where it cannot.
        weak: matches count only with a context word.
    """

    detector: int
    pattern: Any = None
    compiled: Any = None
    expression: Expression | None = None
    weak: bool = False


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is searched for with some detectors at some score.

    Attributes:
        detectors: who searches.
        searches: what they search for.
        words: the context words that the prefilter searches for behind the patterns.
        foreign: those that it cannot tell from others.
        prefilter: None where there is none.
        contexts: for each detector its context words.
    """

    detectors: tuple[Detector, ...]
    searches: tuple[_Search, ...]
    words: tuple[str, ...]
    foreign: tuple[str, ...]
    prefilter: Prefilter | None
    contexts: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class _Window:
    """A stretch of one text to search; positions count from where that text begins.

    What ends at or before *first* or begins at or after *stop* is not the window's.
    """

    document: int
    begin: int
    first: int
    stop: int
    end: int


@dataclass(slots=True)
class _Progress:
    """A scan under way: what was found by text and detector, before scores are settled."""

    texts: Sequence[str]
    plan: _Plan
    limits: Limits
    batch: Batch
    scan: Scan = field(default_factory=Scan)
    places: Mapping[Words, Places] | None = None
    found: dict[tuple[int, int], list[Span]] = field(default_factory=dict)
    near: dict[int, Surroundings] = field(default_factory=dict)
    near_words: dict[tuple[int, Words], list[int]] = field(default_factory=dict)

    def surroundings(self, document: int) -> Surroundings:
        """Return the words around places of a text."""
        if document not in self.near:
            self.near[document] = Surroundings(self.texts[document])
        return self.near[document]

    def may_support(self, document: int, begin: int, end: int, words: Words) -> bool:
        """Return whether one of *words* may be around a finding that begins in [begin, end) of a text."""
        near = self.surroundings(document)
        if self.places is None:
            return near.may_support(begin, end, words)
        key = (document, words)
        if key not in self.near_words:
            self.near_words[key] = self.places[words].of_text(self.batch, document)
        return near.may_reach(begin, end, self.near_words[key], words)


def scan_texts(texts: Sequence[str], detectors: Iterable[Detector], limits: Limits, min_score: float = 0.0) -> Scan:
    """Search *texts* with each of *detectors*; findings with a score below *min_score* do not count.

    In a text whose length and windows stay within *limits* the spans are those that Presidio's AnalyzerEngine finds in
    the whole text at that threshold. An exception or a time-out of a recognizer never shows as an absence of findings:
    the status tells.
    """
    plan = _plan(tuple(detectors), min_score)
    scan = Scan()
    for document, text in enumerate(texts):
        if len(text) > limits.chars:
            scan.stop(document, Status.PARTIAL)
    texts = ["" if document in scan.status else text for document, text in enumerate(texts)]
    progress = _Progress(texts, plan, limits, Batch.of(texts), scan)
    with pattern_limit(limits.seconds), forgetting() if any(plan.contexts) else nullcontext():
        for search, windows in _windows(progress):
            for window in windows:
                _search(search, window, progress)
        for (document, detector), found in progress.found.items():
            _settle(document, detector, found, progress, min_score)
    return scan


def prepare(detectors: Iterable[Detector], min_score: float) -> None:
    """Do what the first search with *detectors* would wait for: compile their patterns, half a minute for all of them.

    What is compiled is left for other processes, where there is a folder that only we may write to.
    """
    _plan(tuple(detectors), min_score)


@lru_cache(maxsize=16)
def _plan(detectors: tuple[Detector, ...], min_score: float) -> _Plan:
    searches = tuple(one for number, detector in enumerate(detectors) for one in _searches(number, detector, min_score))
    contexts = tuple(single(one.context) for one in detectors)
    known = sorted(set().union(*contexts))
    words, foreign = (tuple(one for one in known if is_foreign(one) is kind) for kind in (False, True))
    expressions = (one.expression for one in searches if one.expression is not None)
    compiled = prefilter((*expressions, *map(expression, words)))
    return _Plan(detectors, searches, words, foreign, compiled, contexts)


def _searches(number: int, detector: Detector, min_score: float) -> Iterator[_Search]:
    """Iterate what to search for, without the patterns whose matches cannot count."""
    if not detector.patterns:
        yield _Search(number, expression=None if detector.gate else _own_expression(detector))
    for pattern in detector.patterns:
        weak = pattern.score < min_score and not detector.validates
        if weak and not (detector.context and boosted(pattern.score) >= min_score):
            continue
        compiled = _compiled(low_pan.source(pattern), int(detector.recognizer.global_regex_flags))
        yield _Search(number, pattern, compiled, None if detector.gate else _expression(detector, pattern), weak)


def _own_expression(detector: Detector) -> Expression | None:
    """Return the only pattern of a recognizer that has code of its own for the search."""
    patterns: list[Any] = getattr(detector.recognizer, "patterns", [])
    return _expression(detector, patterns[0]) if len(patterns) == 1 else None


def _expression(detector: Detector, pattern: Any) -> Expression | None:
    """Return what the prefilter searches for instead of *pattern*; None where it does not know its syntax."""
    expression = (low_pan.source(pattern), int(detector.recognizer.global_regex_flags))
    return None if shape(*expression) is None else expression


def _windows(progress: _Progress) -> Iterator[tuple[_Search, Iterator[_Window]]]:
    """Iterate what to search for and where; note the texts that have a window beyond the limits."""
    plan, batch = progress.plan, progress.batch
    prefiltered = iter(_prefiltered(progress))
    gates = {one.gate for one in plan.detectors if one.gate is not None}
    gated = {gate: gate(batch) for gate in gates}
    for search in plan.searches:
        gate = plan.detectors[search.detector].gate
        if gate is not None:
            windows = gated[gate]
            documents = np.searchsorted(batch.starts, windows.first, side="right") - 1
            found, first = Stretches(documents, windows.begins, windows.ends, windows.ends, False), windows.first
        else:
            found = next(prefiltered) if search.expression is not None and plan.prefilter else whole(batch)
            if search.weak and progress.places is not None:
                found = keep_supported(found, progress.places[plan.contexts[search.detector]], batch)
            first = found.begins
        yield search, _within(batch, found, first, progress)


def _prefiltered(progress: _Progress) -> list[Stretches]:
    """Return where each pattern that the prefilter knows can match, and note where the context words stand."""
    plan, batch = progress.plan, progress.batch
    if plan.prefilter is None:
        return []
    ends = plan.prefilter.ends(batch)
    patterns = len(ends) - len(plan.words)
    behind = {word: found - 1 for word, found in zip(plan.words, ends[patterns:], strict=True)}
    progress.places = places(plan.contexts, behind | {word: ends_of(word, batch) for word in plan.foreign})
    return plan.prefilter.stretches(batch, ends[:patterns])


def _within(batch: Batch, found: Stretches, first: Positions, progress: _Progress) -> Iterator[_Window]:
    """Iterate those stretches that are within the limits; note the texts that have a longer one."""
    lengths = found.ends - found.begins
    longest = progress.limits.chars if found.linear else progress.limits.window
    for document in found.documents[lengths > longest].tolist():
        progress.scan.stop(document, Status.PARTIAL)
    fits = (lengths <= longest) & (lengths > 0)
    origins = batch.starts[found.documents]
    begins = np.maximum(found.begins - origins, 0)  # what a gate has before a text is no part of it
    columns = [begins, *(one - origins for one in (first, found.stops, found.ends))]
    for document, *bounds in np.stack([found.documents, *columns], axis=1)[fits].tolist():
        yield _Window(document, *bounds)


def _search(search: _Search, window: _Window, progress: _Progress) -> None:
    """Search one window and note what is there, or why it could not be searched."""
    document, scan, seconds = window.document, progress.scan, progress.limits.seconds
    spent = scan.seconds.get(document, 0.0)
    if spent >= seconds:
        scan.stop(document, Status.PARTIAL)
        return
    began = perf_counter()
    try:
        found = _findings(search, window, progress, seconds - spent)
    except (TimeoutError, TooFar):
        scan.stop(document, Status.PARTIAL)
        found = []
    except Exception as error:  # whatever a recognizer raises, the text must count as not searched
        _fail(document, progress.plan.detectors[search.detector], error, scan)
        return
    spent = scan.seconds[document] = spent + perf_counter() - began
    if spent >= seconds:
        scan.stop(document, Status.PARTIAL)  # a time-out inside a recognizer leaves no other trace
    if found:
        progress.found.setdefault((document, search.detector), []).extend(found)


def _fail(document: int, detector: Detector, error: Exception, scan: Scan) -> None:
    scan.problems[f"{detector.entity}: {type(error).__name__}"] += 1
    scan.stop(document, Status.FAILED)


def _findings(search: _Search, window: _Window, progress: _Progress, seconds: float) -> list[Span]:
    detector = progress.plan.detectors[search.detector]
    text = progress.texts[window.document]
    if search.weak and not _may_count(search, window, progress):
        return []
    if search.pattern is None:
        return _called(detector, text, window, lead=0 if search.expression is None else 1)
    return list(_matched(search, detector, text, window, seconds))


def _may_count(search: _Search, window: _Window, progress: _Progress) -> bool:
    """Return whether a context word may be near what is found in *window*."""
    words = progress.plan.contexts[search.detector]
    return progress.may_support(window.document, window.begin, window.stop, words)


def _called(detector: Detector, text: str, window: _Window, lead: int) -> list[Span]:
    """Return what the recognizer finds in *window*, which it reads with *lead* code points before it."""
    begin = max(window.begin - lead, 0)
    found = detector.spans(text[begin : window.end])
    moved = [replace(one, start=one.start + begin, end=one.end + begin) for one in found]
    return [one for one in moved if one.end > window.first and one.start < window.stop]


def _matched(search: _Search, detector: Detector, text: str, window: _Window, seconds: float) -> Iterator[Span]:
    """Iterate the matches of a pattern in *window* that the recognizer does not refuse."""
    stop = window.stop if search.pattern.regex != low_pan.PATTERN else min(window.stop, low_pan.last(text) + 1)
    name = detector.name
    for match in search.compiled.finditer(text, window.begin, window.end, timeout=seconds):
        start, end = match.span()
        if start >= stop:
            return
        if end > start and end > window.first and (score := detector.score(search.pattern, text[start:end])) > 0:
            yield Span(detector.entity, start, end, score, name)


@lru_cache(maxsize=1 << 10)
def _compiled(source: str, flags: int) -> Any:
    """Return the compiled pattern; several thresholds may want it."""
    import regex  # type: ignore[import-untyped]

    return regex.compile(source, flags)


def _settle(document: int, detector: int, found: Sequence[Span], progress: _Progress, min_score: float) -> None:
    """Raise scores for context words, drop what is too weak and what another finding contains, and note the rest."""
    scan, near = progress.scan, progress.surroundings(document)
    words = progress.plan.contexts[detector]
    spent, began = scan.seconds[document], perf_counter()
    raised = []
    try:
        for one in without_contained(found):
            supported = words and one.score < 1 and progress.may_support(document, one.start, one.start + 1, words)
            raised.append(_raised(one, words, near) if supported else one)
            if spent + perf_counter() - began >= progress.limits.seconds:
                scan.stop(document, Status.PARTIAL)
                break
    except TooFar:
        scan.stop(document, Status.PARTIAL)
    except Exception as error:  # as in _search: counted by kind, and the text counts as not searched
        _fail(document, progress.plan.detectors[detector], error, scan)
    scan.seconds[document] = spent + perf_counter() - began
    if kept := without_contained(one for one in raised if one.score >= min_score):
        scan.spans.setdefault(document, []).extend(kept)


def _raised(span: Span, words: frozenset[str], near: Surroundings) -> Span:
    return replace(span, score=boosted(span.score)) if words & near.words(span.start) else span


def without_contained(spans: Iterable[Span]) -> list[Span]:
    """Return *spans* of one entity without those that lie in another with as high a score, in order of their starts."""
    kept: list[Span] = []
    open_ones: list[Span] = []
    for span in sorted(set(spans), key=lambda one: (one.start, -one.end, -one.score)):
        open_ones = [one for one in open_ones if one.end >= span.start]
        if not any(span.end <= one.end and span.score <= one.score for one in open_ones):
            kept.append(span)
            open_ones.append(span)
    return kept
