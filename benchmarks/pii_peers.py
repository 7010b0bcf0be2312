"""What other tools find: Presidio's own engine without a model, and the rules of datatrove and Dolma written anew.

datatrove: its PIIFormatter looks for e-mail addresses (words of ASCII with dots between, an @, a host name; without
regard to case here, though a release of it took small letters only) and for IPv4 addresses, of which it keeps those
that are routed publicly. The address literals in brackets that it takes too are left out.

Dolma (Soldaini et al. 2024, https://arxiv.org/abs/2402.00159, the section on personal information): an e-mail address
is what has no white space around an @, up to punctuation, and must be followed by white space; a phone number is three,
three and four digits after white space, the first three perhaps in brackets; an IP address is a dotted quad. An address
needs a dot in its host; a phone number or IP address with "isbn", "doi" or a number sign within 100 characters does not
count, and no phone number does in a text with a URL.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from policies.pii.recognizers import Span
from policies.pii.scrubber import Scrubber

Finder = Callable[[Sequence[str]], list[list[Span]]]
"""From n texts to the findings in each."""

_OCTET: Final = r"(?:[01]?[0-9]{1,2}|2[0-4][0-9]|25[0-5])"
_QUAD: Final = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}")

_ATOM: Final = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_EMAIL: Final = re.compile(rf"\b{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_LABEL}", re.IGNORECASE)

_LOOSE_EMAIL: Final = re.compile(r"(?P<local>[^\s@]+)@(?P<host>[^\s@,?!;:)(]+?)[.\s@,?!;:)(]?\s")
_LOOSE_PHONE: Final = re.compile(r"(?<=\s)\(?[0-9]{3}\)?[-. ]*[0-9]{3}[-. ]?[0-9]{4}")
_URL: Final = re.compile(r"(?i)\b(?:https?://|www[0-9]{0,3}\.|[a-z0-9.-]+\.[a-z]{2,4}/)[^\s()<>]+")
_AROUND: Final = 100
_NO_PHONE: Final = ("isbn", "doi", "#")


def datatrove(texts: Sequence[str]) -> list[list[Span]]:
    """Find what datatrove's formatter would replace."""
    return [[*_spans("EMAIL_ADDRESS", _EMAIL, text), *_public(text)] for text in texts]


def dolma(texts: Sequence[str]) -> list[list[Span]]:
    """Find what Dolma's regex tagger would mark, without the white space around it."""
    return [[*_loose_emails(text), *_loose_quads(text), *_loose_phones(text)] for text in texts]


def presidio(min_score: float) -> Finder:
    """Return Presidio's AnalyzerEngine with its default recognizers, a blank spaCy pipeline and a least score.

    Its default is 0. The pipeline has no model; its tokens carry their lower-cased text as lemmas, so that context
    words count. Findings of different types may overlap, as the engine leaves them.
    """

    def find(texts: Sequence[str]) -> list[list[Span]]:
        engine = analyzer_engine()
        answers = (engine.analyze(text, language="en", score_threshold=min_score) for text in texts)
        return [[Span(one.entity_type, one.start, one.end, one.score) for one in answer] for answer in answers]

    return find


def analyzer_engine() -> Any:
    """Return an AnalyzerEngine that needs no model and no network."""
    import spacy
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import SpacyNlpEngine
    from spacy.language import Language

    Scrubber().check()  # has tldextract use the suffix list in its package

    @Language.component("lower_lemmas")
    def lower_lemmas(doc: Any) -> Any:
        for token in doc:
            token.lemma_ = token.lower_
        return doc

    nlp: Any = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": "blank"}])
    blank = spacy.blank("en")
    blank.add_pipe("lower_lemmas")
    nlp.nlp = {"en": blank}
    return AnalyzerEngine(nlp_engine=nlp, supported_languages=["en"])


def _spans(entity: str, pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    for match in pattern.finditer(text):
        yield Span(entity, match.start(), match.end(), 1.0)


def _public(text: str) -> Iterator[Span]:
    for span in _spans("IP_ADDRESS", _QUAD, text):
        try:
            address = ipaddress.ip_address(text[span.start : span.end])
        except ValueError:  # a leading zero
            continue
        if address.is_global:
            yield span


def _loose_emails(text: str) -> Iterator[Span]:
    for match in _LOOSE_EMAIL.finditer(text):
        if match["local"] != "(" and "." in match["host"]:
            yield Span("EMAIL_ADDRESS", match.start("local"), match.end("host"), 1.0)


def _loose_quads(text: str) -> Iterator[Span]:
    for span in _spans("IP_ADDRESS", _QUAD, text):
        if not _speaks_of_books(text, span):
            yield span


def _loose_phones(text: str) -> Iterator[Span]:
    if _URL.search(text):
        return
    for span in _spans("PHONE_NUMBER", _LOOSE_PHONE, text):
        if not _speaks_of_books(text, span):
            yield span


def _speaks_of_books(text: str, span: Span) -> bool:
    around = text[max(0, span.start - _AROUND) : span.end + _AROUND]
    return any(word in around for word in _NO_PHONE)
