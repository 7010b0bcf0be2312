"""Scrub personal data: find it with Presidio's recognizers, then keep, replace or mask it, or drop the document."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, KeysView, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import pyarrow as pa
import pyarrow.compute as pc

from policies.errors import InvalidScrub
from policies.pii.actions import KEYED, Action, Value, replacement
from policies.pii.keys import VARIABLE, Key, KeySource
from policies.pii.names.recognizer import ENTITIES as NAMES
from policies.pii.names.recognizer import NamesDetector, applies
from policies.pii.normal_values import normal_value
from policies.pii.own.cards import CardRanges
from policies.pii.own.ibans import MoreIbans
from policies.pii.own.reserved_mail import RECOGNIZER as RESERVED
from policies.pii.own.reserved_mail import ReservedMail
from policies.pii.phones.numbers import PHONE_REGIONS
from policies.pii.phones.recognizer import PhoneShapes
from policies.pii.recognizers import (
    GENERIC,
    Detector,
    ForeignRecognizer,
    Span,
    detectors,
    entities_of,
    foreign_detectors,
)
from policies.pii.search.glued import scan_glued, without_swallowed
from policies.pii.search.scan import Limits, Scan, Status, prepare, scan_texts
from policies.spans import EDITS, FINDINGS
from policies.spelling import nearest

ENTITIES: Final = (*(entity for entity in GENERIC if entity not in ("URL", "DATE_TIME", "UUID")), "US_SSN")
"""The entity types that are looked for unless a scrubber says otherwise: those of no country that identify somebody,
and social security numbers, whose shape is rarely anything else."""

THRESHOLDS: Final = {"PHONE_NUMBER": 0.5}
"""The least scores of entity types for which a scrubber's least score is too low, unless it has thresholds for them:
libphonenumber's answer alone (0.4) is wrong twelve times for each time it is right in real text (docs/pii.md)."""

COUNTS: Final = pa.map_(pa.string(), pa.int32())
"""Findings of one document by entity type, in alphabetical order."""

Incomplete = Literal["drop", "keep"]
"""What happens to a document whose search was not complete."""

_CHUNK: Final = 4 << 20  # code points that are scanned together: enough to make numpy's calls cheap, 80 MB of arrays


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """A batch of n texts after scrubbing.

    Attributes:
        text: string, n; null where the input is, where the document is dropped, and where the search was not complete
            unless the scrubber keeps such texts, so that a text nobody vouches for cannot be passed on.
        counts: map<string, int32>, n; findings by entity type, after overlaps are resolved, kept ones included.
        edits: EDITS, n; the spans that were replaced, null where none was.
        findings: FINDINGS, n; null where nothing was found. A text that is dropped has them too.
        status: string, n; a Status.
        dropped: bool, n; a finding has the action DROP.
        problems: exceptions in the batch by entity and type, how often.
    """

    text: pa.StringArray
    counts: pa.MapArray
    edits: pa.ListArray
    findings: pa.ListArray
    status: pa.StringArray
    dropped: pa.BooleanArray
    problems: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Page:
    """One text after scrubbing."""

    text: str | None
    counts: Sequence[tuple[str, int]] = ()
    edits: Sequence[tuple[int, int, int]] = ()
    findings: Sequence[tuple[Any, ...]] = ()
    status: Status = Status.COMPLETE
    dropped: bool = False


@dataclass(frozen=True, slots=True)
class Scrubber:
    """Scrub batches of texts. It is plain data and cheap to make and send; recognizers load at the first batch.

    Attributes:
        actions: an action for each entity type; types named here are looked for too.
        default: the action for the other types.
        entities: the entity types to look for, of those that Presidio has pattern recognizers for.
        min_score: findings with a lower score are ignored. 0.35 leaves out Presidio's weak patterns where no context
            word is near, without which they mean nothing; the phone recognizer scores 0.4.
        regions: where phone numbers without a country code may be from.
        limits: bounds on the cost of one text.
        thresholds: the least score for an entity type, where it is not min_score or, if more, that of THRESHOLDS.
        incomplete: "drop" withholds a text whose search was not complete; "keep" replaces what was found in it.
        key: where the key of pseudonyms, surrogates and hashes is; None makes none of them.
        names: also look for persons and places (policies.pii.names) in texts of a language that the model was trained
        for.
        countries: ISO 3166 codes; the entity types of recognizers made for them are looked for too. "all" means all.
        foreign: recognizers of plugins.
        reserved_mail: also act on addresses of mail below no public suffix; else they are noted, and stay in the text.

    Raises:
        InvalidScrub: an action, score or limit is out of range, or an action needs a key and there is none.
    """

    actions: Mapping[str, Action | str] = field(default_factory=dict)
    default: Action | str = Action.PLACEHOLDER
    entities: tuple[str, ...] = ENTITIES
    min_score: float = 0.35
    regions: tuple[str, ...] = PHONE_REGIONS
    limits: Limits = field(default_factory=Limits)
    thresholds: Mapping[str, float] = field(default_factory=dict)
    incomplete: Incomplete = "drop"
    key: KeySource | None = None
    names: bool = False
    countries: tuple[str, ...] = ()
    foreign: tuple[ForeignRecognizer, ...] = ()
    reserved_mail: bool = False

    def __post_init__(self) -> None:
        for action in (self.default, *self.actions.values()):
            _refuse_unknown_action(action)
            if self.key is None:
                _refuse_keyed_action(action)
        for name, score in {"min_score": self.min_score, **self.thresholds}.items():
            if not 0 <= score <= 1:
                raise InvalidScrub(f"{name} must be between 0 and 1, not {score}")
        for entity in set(self.thresholds) - self._wanted():
            raise InvalidScrub(f"there is a threshold for {entity!r}, which is not looked for; add it to entities")
        if self.incomplete not in {"drop", "keep"}:
            raise InvalidScrub(f"incomplete must be 'drop' or 'keep', not {self.incomplete!r}")
        if min(self.limits.chars, self.limits.window) < 1 or self.limits.seconds <= 0:
            raise InvalidScrub("the limits on characters, window and seconds must be above 0")

    def check(self) -> None:
        """Load the recognizers and compile their patterns (seconds, and half a minute the first time for all of them).

        Raises:
            InvalidScrub: Presidio does not know an entity type or a country, or libphonenumber a region.
        """
        prepare(self.detectors(), self._lowest())

    def search(self) -> tuple[list[str], list[str], list[str], float]:
        """Return what determines the patterns that are compiled: entity types, countries, regions and the least score.

        Nothing is loaded for it.
        """
        types = dict.fromkeys((*self.entities, *self.actions))
        return [*types], [*self.countries], [*self.regions], self._lowest()

    def detectors(self) -> tuple[Detector, ...]:
        """Return the recognizers that the scrubber runs; those whose findings could never count are left out."""
        wanted = self._wanted()
        own = (one for one in (PhoneShapes(), CardRanges(), MoreIbans(), ReservedMail()) if one.entity in wanted)
        others = {entity for one in self.foreign for entity in one.entities}
        presidio = tuple(entity for entity in wanted if entity not in NAMES and entity not in others)
        foreign = (detector for one in self.foreign for detector in foreign_detectors(one))
        return (*detectors(presidio, tuple(self.regions)), *own, *foreign)

    @property
    def hides_persons(self) -> bool:
        """Whether persons are looked for and taken out of texts."""
        return self.names and self._action_on("PERSON") is not Action.KEEP

    def _wanted(self) -> KeysView[str]:
        foreign = (entity for one in self.foreign for entity in one.entities)
        return dict.fromkeys((*self.entities, *entities_of(self.countries), *self.actions, *foreign)).keys()

    def scrub(self, text: pa.StringArray, language: pa.StringArray | None = None) -> Scrubbed:
        """Scrub *text* (string n), each in *language* (string n, ISO 639 codes; null where it is not known).

        Where findings overlap, the one with the higher score wins, then the longer, then the earlier, then the first
        entity type by alphabet; the others are ignored, and before that what takes along letters that are only glued
        to a value (policies.pii.search.glued).

        Raises:
            MissingKey: the key is not where it was.
        """
        key = None if self.key is None else self.key.load()
        pages: list[_Page] = []
        problems: Counter[str] = Counter()
        languages = iter([None] * len(text) if language is None else language.to_pylist())
        for texts in _chunks(text):
            scan = self._scan([one or "" for one in texts], [next(languages) for _ in texts])
            pages.extend(self._page(one, number, scan, key) for number, one in enumerate(texts))
            problems.update(scan.problems)
        return _scrubbed(pages, problems)

    def _scan(self, texts: Sequence[str], languages: Sequence[str | None]) -> Scan:
        scan = scan_texts(texts, self.detectors(), self.limits, self._lowest())
        scan.absorb(scan_glued(texts, self.detectors(), self.limits, self._lowest()))
        if self.names:
            tagged = [text if applies(language) else "" for text, language in zip(texts, languages, strict=True)]
            scan.absorb(scan_texts(tagged, (NamesDetector(),), self.limits))
        return scan

    def _page(self, text: str | None, number: int, scan: Scan, key: Key | None) -> _Page:
        found = scan.spans.get(number, ())
        status = scan.status.get(number, Status.COMPLETE)
        if text is None or (not found and status is Status.COMPLETE):
            return _Page(text)
        counting = (one for one in found if one.score >= self._least(one.entity))
        spans = resolve_overlaps(without_swallowed(counting))
        values = list(self._values(text, spans))
        counts = sorted(Counter(one.entity for one in spans).items())
        findings = [_finding(span, value, key) for span, value in zip(spans, values, strict=True)]
        dropped = any(self._action(one) is Action.DROP for one in spans)
        if dropped or (status is not Status.COMPLETE and self.incomplete == "drop"):
            return _Page(None, counts, (), findings, status, dropped)
        edits = [
            (span, replacement(value, action, key, self.regions))
            for span, value in zip(spans, values, strict=True)
            if (action := self._action(span)) is not Action.KEEP
        ]
        lengths = [(span.start, span.end, len(instead)) for span, instead in edits]
        return _Page(_replaced(text, edits), counts, lengths, findings, status)

    def _action(self, span: Span) -> Action:
        noted = span.recognizer.endswith(RESERVED) and not self.reserved_mail
        return Action.KEEP if noted else self._action_on(span.entity)

    def _action_on(self, entity: str) -> Action:
        return Action(self.actions.get(entity, self.default))

    def _least(self, entity: str) -> float:
        return self.thresholds.get(entity, max(self.min_score, THRESHOLDS.get(entity, 0.0)))

    def _lowest(self) -> float:
        return min([self.min_score, *self.thresholds.values()])

    def _values(self, text: str, spans: Iterable[Span]) -> Iterator[Value]:
        """Iterate the values of *spans*, which are in order, numbered by first appearance."""
        numbers: dict[str, dict[str, int]] = {}
        for span in spans:
            value = text[span.start : span.end]
            normal = normal_value(span.entity, value, self.regions)
            seen = numbers.setdefault(span.entity, {})
            yield Value(span.entity, value, normal, seen.setdefault(normal, len(seen) + 1))


def resolve_overlaps(spans: Iterable[Span]) -> list[Span]:
    """Return those of *spans* that win, in order: the higher score, then the longer, the earlier, the first type."""
    kept: list[Span] = []
    starts: list[int] = []
    for span in sorted(spans, key=_strength):
        place = bisect_left(starts, span.end)
        if place == 0 or kept[place - 1].end <= span.start:
            starts.insert(place, span.start)
            kept.insert(place, span)
    return kept


def _strength(span: Span) -> tuple[float, int, int, str, str]:
    return -span.score, span.start - span.end, span.start, span.entity, span.recognizer


def _finding(span: Span, value: Value, key: Key | None) -> tuple[Any, ...]:
    hashed = None if key is None else key.hash(value.entity, value.normal)
    return span.entity, span.start, span.end, span.recognizer, span.score, hashed


def _replaced(text: str, edits: Iterable[tuple[Span, str]]) -> str:
    """Put each text in the place of its span; spans are in order and do not overlap."""
    parts, end = [], 0
    for span, instead in edits:
        parts += [text[end : span.start], instead]
        end = span.end
    return "".join([*parts, text[end:]])


def _chunks(text: pa.StringArray) -> Iterator[list[str | None]]:
    """Iterate the texts in chunks of at most _CHUNK code points, or of one longer text."""
    chunk: list[str | None] = []
    size = 0
    for one, length in zip(text.to_pylist(), pc.utf8_length(text).to_pylist(), strict=True):
        if chunk and size + (length or 0) > _CHUNK:
            yield chunk
            chunk, size = [], 0
        chunk.append(one)
        size += length or 0
    if chunk:
        yield chunk


def _scrubbed(pages: Sequence[_Page], problems: Mapping[str, int]) -> Scrubbed:
    return Scrubbed(
        text=pa.array([page.text for page in pages], pa.string()),
        counts=pa.array([page.counts for page in pages], COUNTS),
        edits=_spans([page.edits for page in pages], EDITS),
        findings=_spans([page.findings for page in pages], FINDINGS),
        status=pa.array([page.status.value for page in pages], pa.string()),
        dropped=pa.array([page.dropped for page in pages], pa.bool_()),
        problems=dict(problems),
    )


def _spans(rows: Sequence[Sequence[tuple[Any, ...]]], kind: pa.DataType) -> pa.ListArray:
    """Make lists of structs from lists of tuples; an empty list becomes null."""
    names = [field.name for field in kind.value_type]
    named = ([dict(zip(names, one, strict=True)) for one in row] or None for row in rows)
    return pa.array(named, kind, size=len(rows))


def _refuse_keyed_action(action: str) -> None:
    if action in KEYED:
        raise InvalidScrub(
            f"the action {str(action)!r} needs a key, and there is none: "
            f'write key_file = "..." in [pii], or set {VARIABLE}; `openssl rand -hex 32` makes one'
        )


def _refuse_unknown_action(action: str) -> None:
    known = [one.value for one in Action]
    if action not in known:
        raise InvalidScrub(f"the action {action!r} is unknown{nearest(action, known)}; known: {', '.join(known)}")
