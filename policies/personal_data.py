"""Scrub personal data: find it with Presidio's recognizers, then keep, replace or mask it, or drop the document."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from policies.errors import InvalidScrub
from policies.phone_numbers import PHONE_REGIONS
from policies.recognizers import GENERIC, Detector, Span, detectors, entities_of
from policies.scan import Limits, Scan, Status, prepare, scan_texts

ENTITIES: Final = tuple(entity for entity in GENERIC if entity not in ("URL", "DATE_TIME", "UUID"))
"""The entity types that are looked for unless a scrubber says otherwise: those of no country that identify somebody."""

COUNTS: Final = pa.map_(pa.string(), pa.int32())
"""Findings of one document by entity type, in alphabetical order."""

_CHUNK: Final = 4 << 20  # code points that are scanned together: enough to make numpy's calls cheap, 80 MB of arrays


class Action(StrEnum):
    """What happens to a finding."""

    KEEP = "keep"  # counted, left in the text
    PLACEHOLDER = "placeholder"  # <EMAIL_ADDRESS>
    NUMBERED = "numbered"  # <EMAIL_ADDRESS_1>: equal values in one document have equal numbers, by first appearance
    MASK = "mask"  # as many asterisks as the value has code points
    DROP = "drop"  # the document is dropped


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """A batch of n texts after scrubbing.

    Attributes:
        text: string, n; null where the input is, where the search was not complete, and where the document is dropped,
            so that a text nobody vouches for cannot be passed on.
        counts: map<string, int32>, n; findings by entity type, after overlaps are resolved, kept ones included.
        edits: int32, n; how many spans were replaced.
        status: string, n; a Status.
        dropped: bool, n; a finding has the action DROP.
        problems: exceptions in the batch by entity and type, how often.
    """

    text: pa.StringArray
    counts: pa.MapArray
    edits: pa.Int32Array
    status: pa.StringArray
    dropped: pa.BooleanArray
    problems: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Page:
    """One text after scrubbing."""

    text: str | None
    counts: Sequence[tuple[str, int]] = ()
    edits: int = 0
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
        countries: ISO 3166 codes; the entity types of recognizers made for them are looked for too. "all" means all.

    Raises:
        InvalidScrub: an action, score or limit is out of range.
    """

    actions: Mapping[str, Action | str] = field(default_factory=dict)
    default: Action | str = Action.PLACEHOLDER
    entities: tuple[str, ...] = ENTITIES
    min_score: float = 0.35
    regions: tuple[str, ...] = PHONE_REGIONS
    limits: Limits = field(default_factory=Limits)
    countries: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for action in (self.default, *self.actions.values()):
            _refuse_unknown_action(action)
        if not 0 <= self.min_score <= 1:
            raise InvalidScrub(f"min_score must be between 0 and 1, not {self.min_score}")
        if min(self.limits.chars, self.limits.window) < 1 or self.limits.seconds <= 0:
            raise InvalidScrub("the limits on characters, window and seconds must be above 0")

    def check(self) -> None:
        """Load the recognizers and compile their patterns (seconds, and half a minute the first time for all of them).

        Raises:
            InvalidScrub: Presidio does not know an entity type or a country, or libphonenumber a region.
        """
        prepare(self.detectors(), self.min_score)

    def detectors(self) -> tuple[Detector, ...]:
        """Return the recognizers that the scrubber runs; those whose findings could never count are left out."""
        wanted = tuple(dict.fromkeys((*self.entities, *entities_of(self.countries), *self.actions)))
        return detectors(wanted, tuple(self.regions))

    def scrub(self, text: pa.StringArray) -> Scrubbed:
        """Scrub *text* (string n).

        Where findings overlap, the one with the higher score wins, then the longer, then the earlier, then the first
        entity type by alphabet; the others are ignored.
        """
        pages: list[_Page] = []
        problems: Counter[str] = Counter()
        for texts in _chunks(text):
            scan = scan_texts([one or "" for one in texts], self.detectors(), self.limits, self.min_score)
            pages.extend(self._page(one, number, scan) for number, one in enumerate(texts))
            problems.update(scan.problems)
        return _scrubbed(pages, problems)

    def _page(self, text: str | None, number: int, scan: Scan) -> _Page:
        found = scan.spans.get(number, ())
        status = scan.status.get(number, Status.COMPLETE)
        if text is None or (not found and status is Status.COMPLETE):
            return _Page(text)
        spans = resolve_overlaps(one for one in found if one.score >= self.min_score)
        counts = sorted(Counter(one.entity for one in spans).items())
        dropped = any(self._action(one.entity) is Action.DROP for one in spans)
        if dropped or status is not Status.COMPLETE:
            return _Page(None, counts, 0, status, dropped)
        edits = [one for one in spans if self._action(one.entity) is not Action.KEEP]
        return _Page(self._replaced(text, edits), counts, len(edits))

    def _action(self, entity: str) -> Action:
        return Action(self.actions.get(entity, self.default))

    def _replaced(self, text: str, spans: Sequence[Span]) -> str:
        """Replace *spans*, which are in order and do not overlap."""
        parts, end = [], 0
        numbers: dict[str, dict[str, int]] = {}
        for span in spans:
            value = text[span.start : span.end]
            parts += [text[end : span.start], self._substitute(span.entity, value, numbers)]
            end = span.end
        return "".join([*parts, text[end:]])

    def _substitute(self, entity: str, value: str, numbers: dict[str, dict[str, int]]) -> str:
        action = self._action(entity)
        if action is Action.MASK:
            return "*" * len(value)
        if action is Action.PLACEHOLDER:
            return f"<{entity}>"
        seen = numbers.setdefault(entity, {})
        return f"<{entity}_{seen.setdefault(value, len(seen) + 1)}>"


def resolve_overlaps(spans: Iterable[Span]) -> list[Span]:
    """Return those of *spans* that win, in order: the higher score, then the longer, the earlier, the first type."""
    kept: list[Span] = []
    starts: list[int] = []
    for span in sorted(spans, key=lambda one: (-one.score, one.start - one.end, one.start, one.entity)):
        place = bisect_left(starts, span.end)
        if place == 0 or kept[place - 1].end <= span.start:
            starts.insert(place, span.start)
            kept.insert(place, span)
    return kept


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
        edits=pa.array([page.edits for page in pages], pa.int32()),
        status=pa.array([page.status.value for page in pages], pa.string()),
        dropped=pa.array([page.dropped for page in pages], pa.bool_()),
        problems=dict(problems),
    )


def _refuse_unknown_action(action: str) -> None:
    known = [one.value for one in Action]
    if action not in known:
        close = get_close_matches(action, known, n=1) or known
        raise InvalidScrub(f"the action {action!r} is unknown; did you mean {close[0]!r}?")
