"""The thin edge to Presidio: its recognizers by entity, each with its gate, without any model and without the network.

Recognizers are called directly. The default AnalyzerEngine wants a spaCy model and downloads it; no part of it is used.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from typing import Any, Final

from policies.errors import InvalidScrub
from policies.phone_numbers import phone_gate
from policies.windows import Gate, card_windows, email_windows, ip_windows

_PHONE: Final = "PHONE_NUMBER"
_GATES: Final[dict[str, Gate]] = {
    "EMAIL_ADDRESS": email_windows,
    "IP_ADDRESS": ip_windows,
    "CREDIT_CARD": card_windows,
}


@dataclass(frozen=True, slots=True)
class Span:
    """One finding in a text: its entity type, code points from start to end, the recognizer's score, and its name."""

    entity: str
    start: int
    end: int
    score: float
    recognizer: str = ""


@dataclass(frozen=True, slots=True)
class Detector:
    """One of Presidio's recognizers for one entity; without a gate it reads every text in full."""

    entity: str
    recognizer: Any
    gate: Gate | None

    def spans(self, text: str) -> Iterator[Span]:
        """Return what the recognizer finds in *text*, with its own scores; no context words are considered."""
        for found in self.recognizer.analyze(text, [self.entity], None):
            yield Span(self.entity, found.start, found.end, found.score, self.recognizer.name)


@cache
def detectors(entities: Sequence[str], regions: Sequence[str]) -> tuple[Detector, ...]:
    """Return the detectors of *entities*, in that order; *regions* are those of phone numbers (CLDR codes).

    Raises:
        InvalidScrub: Presidio has no pattern recognizer for an entity, or libphonenumber does not know a region.
    """
    _stay_offline()
    return tuple(_detector(entity, tuple(regions)) for entity in entities)


@contextmanager
def pattern_limit(seconds: float) -> Iterator[None]:
    """Let no pattern search for longer than *seconds*: Presidio ends it then, with a warning and without a result."""
    module: Any = import_module("presidio_analyzer.pattern_recognizer")
    before = module.REGEX_TIMEOUT_SECONDS
    module.REGEX_TIMEOUT_SECONDS = seconds
    try:
        yield
    finally:
        module.REGEX_TIMEOUT_SECONDS = before


def _detector(entity: str, regions: tuple[str, ...]) -> Detector:
    if entity == _PHONE:
        return Detector(entity, _phone_recognizer(regions), phone_gate(regions))
    known = _pattern_recognizers()
    if entity not in known:
        raise InvalidScrub(f"Presidio has no pattern recognizer for {entity!r}{_nearest(entity, [*known, _PHONE])}")
    return Detector(entity, known[entity](), _GATES.get(entity))


@cache
def _pattern_recognizers() -> dict[str, Callable[[], Any]]:
    """Map each entity to Presidio's predefined pattern recognizer for it; there is one each."""
    from presidio_analyzer import PatternRecognizer, predefined_recognizers

    named = sorted(vars(predefined_recognizers).items())
    classes: list[Any] = [value for _, value in named if inspect.isclass(value)]
    return {cls().supported_entities[0]: cls for cls in classes if issubclass(cls, PatternRecognizer)}


def _phone_recognizer(regions: tuple[str, ...]) -> Any:
    import phonenumbers
    from presidio_analyzer.predefined_recognizers import PhoneRecognizer

    for region in regions:
        if region not in phonenumbers.SUPPORTED_REGIONS:
            raise InvalidScrub(f"libphonenumber knows no region {region!r}; use two capital letters such as 'US'")
    return PhoneRecognizer(supported_regions=regions)


@cache
def _stay_offline() -> None:
    """Give tldextract the suffix list in its package: its default downloads one, and answers then depend on the day."""
    from tldextract import tldextract

    tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(cache_dir=None, suffix_list_urls=())


def _nearest(word: str, known: Sequence[str]) -> str:
    close = get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
