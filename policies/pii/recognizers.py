"""The thin edge to Presidio: its recognizers by entity, each with its gate, without any model and without the network.

Recognizers are called directly. The default AnalyzerEngine wants a spaCy model and downloads it; no part of it is used.

All recognizers that Presidio ships are here but those that need a model or a service: spaCy, Stanza, transformers,
Hugging Face and GLiNER entities, medical entities, LangExtract, Azure AI Language and Azure Health Data Services.
Recognizers that Presidio made for another language than English are set to English, as all texts are searched by all of
them; their patterns and context words are their own.
"""

from __future__ import annotations

import inspect
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import import_module
from typing import Any, Final

from policies.errors import InvalidScrub
from policies.pii.phones.numbers import numbers_within, phone_gate
from policies.pii.search.windows import Gate, card_windows, email_windows, ip_windows
from policies.spelling import nearest

_PHONE: Final = "PHONE_NUMBER"
_GATES: Final[dict[str, Gate]] = {
    "EMAIL_ADDRESS": email_windows,
    "IP_ADDRESS": ip_windows,
    "CREDIT_CARD": card_windows,
}


GENERIC: Final = (
    "EMAIL_ADDRESS",
    "PHONE_NUMBER",
    "IP_ADDRESS",
    "CREDIT_CARD",
    "IBAN_CODE",
    "CRYPTO",
    "MAC_ADDRESS",
    "URL",
    "DATE_TIME",
    "UUID",
)
"""The entities of the recognizers that belong to no country."""

_FLAGS: Final = int(re.DOTALL | re.MULTILINE | re.IGNORECASE)
"""What Presidio's registry gives each recognizer that it loads: IBANs in small letters count."""

_FOLDERS: Final = {"GB": "uk"}  # Presidio's own code for a country


@dataclass(frozen=True, slots=True)
class Span:
    """One finding in a text: its entity type, code points from start to end, score, and the recognizer's name."""

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
            yield Span(self.entity, found.start, found.end, found.score, self.name)

    @property
    def name(self) -> str:
        """The recognizer's name."""
        own = isinstance(self.recognizer, str)  # a recognizer of ours is its name
        return str(self.recognizer if own else getattr(self.recognizer, "name", type(self.recognizer).__name__))

    @property
    def context(self) -> frozenset[str]:
        """The words, in lower case, of which one before a finding raises its score."""
        return frozenset(word.lower() for word in getattr(self.recognizer, "context", None) or ())

    @property
    def patterns(self) -> tuple[Any, ...]:
        """The patterns that the recognizer consists of; none where it has code of its own for the search."""
        from presidio_analyzer import PatternRecognizer

        plain = getattr(type(self.recognizer), "analyze", None) is PatternRecognizer.analyze
        return tuple(self.recognizer.patterns) if plain else ()

    @property
    def validates(self) -> bool:
        """Whether the recognizer may raise a finding's score after a look at its value, as by a check digit."""
        from presidio_analyzer import PatternRecognizer

        return type(self.recognizer).validate_result is not PatternRecognizer.validate_result

    def score(self, pattern: Any, value: str) -> float:
        """Return the score of *value*, which *pattern* matches, without context words; 0 if it is none."""
        valid = self.recognizer.validate_result(value)
        if valid is False or self.recognizer.invalidate_result(value):
            return 0.0
        return 1.0 if valid else float(pattern.score)


@dataclass(frozen=True, slots=True)
class PhoneDetector(Detector):
    """Presidio's phone recognizer, which asks libphonenumber about one region after the other.

    Attributes:
        regions: those that it asks about (CLDR codes).
    """

    regions: tuple[str, ...]

    def spans(self, text: str) -> Iterator[Span]:
        """Return what the recognizer finds in *text*, a window of its gate."""
        for start, end in set(numbers_within(text, self.regions)):
            yield Span(self.entity, start, end, self.recognizer.SCORE, self.name)


@dataclass(frozen=True, slots=True)
class ForeignRecognizer:
    """A recognizer of somebody else, made anew by each process that searches.

    Attributes:
        name: what recipes call it.
        make: returns a Presidio EntityRecognizer that needs no model; a class or a function of a module.
        entities: the entity types it finds.
    """

    name: str
    make: Callable[[], Any] = field(repr=False)
    entities: tuple[str, ...]

    @classmethod
    def of(cls, name: str, make: Callable[[], Any]) -> ForeignRecognizer:
        """Try *make* once, and return the recognizer it makes.

        Raises:
            InvalidScrub: it makes none.
        """
        from presidio_analyzer import EntityRecognizer

        made = make()
        if not isinstance(made, EntityRecognizer):
            raise InvalidScrub(
                f"the plugin {name} makes no presidio_analyzer.EntityRecognizer, but {type(made).__name__}"
            )
        return cls(name, make, tuple(made.supported_entities))


@cache
def foreign_detectors(foreign: ForeignRecognizer) -> tuple[Detector, ...]:
    """Return the detectors of a recognizer of somebody else, one for each entity type; they read texts in full."""
    _stay_silent()
    recognizer = foreign.make()
    recognizer.supported_language = "en"  # as with Presidio's own: all texts are searched
    if hasattr(recognizer, "global_regex_flags"):
        recognizer.global_regex_flags = _FLAGS
    return tuple(Detector(entity, recognizer, None) for entity in foreign.entities)


@cache
def detectors(entities: Sequence[str], regions: Sequence[str]) -> tuple[Detector, ...]:
    """Return the detectors of *entities*, in that order; *regions* are those of phone numbers (CLDR codes).

    Raises:
        InvalidScrub: Presidio has no pattern recognizer for an entity, or libphonenumber does not know a region.
    """
    _stay_offline()
    _stay_silent()
    return tuple(_detector(entity, tuple(regions)) for entity in entities)


def public_suffix(host: str) -> str:
    """Return the public suffix of *host*, as of the list that tldextract ships; empty for a name below none."""
    _stay_offline()
    from tldextract import tldextract

    return str(tldextract.TLD_EXTRACTOR(host).suffix)


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


def entities_of(countries: Sequence[str]) -> tuple[str, ...]:
    """Return the entities of recognizers made for *countries* (ISO 3166 alpha-2), in alphabetical order; "all" for all.

    Raises:
        InvalidScrub: Presidio has no recognizer for a country.
    """
    by_country = _by_country()
    wanted = {_FOLDERS.get(country.upper(), country.lower()) for country in countries}
    if "all" in wanted:
        wanted = set(by_country)
    if unknown := sorted(wanted - set(by_country)):
        known = ", ".join(sorted(code.upper() for code in by_country))
        raise InvalidScrub(
            f"Presidio has no recognizers for the country {unknown[0].upper()!r}; it has them for {known}"
        )
    return tuple(sorted(entity for country in wanted for entity in by_country[country]))


def _detector(entity: str, regions: tuple[str, ...]) -> Detector:
    if entity == _PHONE:
        return PhoneDetector(entity, _phone_recognizer(regions), phone_gate(regions), regions)
    known = _recognizers()
    if entity not in known:
        raise InvalidScrub(f"Presidio has no pattern recognizer for {entity!r}{nearest(entity, [*known, _PHONE])}")
    recognizer = known[entity](supported_language="en")
    if hasattr(recognizer, "global_regex_flags"):
        recognizer.global_regex_flags = _FLAGS
    gate = _GATES.get(entity)
    if regions_of_its_own := getattr(recognizer, "supported_regions", ()):
        gate = phone_gate(tuple(regions_of_its_own))
    return Detector(entity, recognizer, gate)


@cache
def _recognizers() -> dict[str, Callable[..., Any]]:
    """Map each entity to Presidio's recognizer for it; there is one each."""
    from presidio_analyzer import PatternRecognizer, predefined_recognizers
    from presidio_analyzer.predefined_recognizers import PhoneRecognizer

    named = sorted(vars(predefined_recognizers).items())
    classes: list[Any] = [value for _, value in named if inspect.isclass(value)]
    offline = [cls for cls in classes if issubclass(cls, (PatternRecognizer, PhoneRecognizer))]
    return {cls().supported_entities[0]: cls for cls in offline if cls is not PhoneRecognizer}


@cache
def _by_country() -> dict[str, list[str]]:
    """Map each country code, as Presidio writes it, to the entities of its recognizers."""
    countries: dict[str, list[str]] = {}
    for entity, cls in _recognizers().items():
        if code := getattr(cls, "COUNTRY_CODE", None):
            countries.setdefault(code, []).append(entity)
    return countries


@lru_cache(maxsize=256)
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


def _stay_silent() -> None:
    """Let Presidio log nothing: what it logs about a value that it cannot validate is the value."""
    logging.getLogger("presidio-analyzer").setLevel(logging.CRITICAL + 1)
