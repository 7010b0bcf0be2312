"""Presidio's own AnalyzerEngine without a model and without the network: what the search is measured against.

The texts pass a blank English spaCy pipeline in which each token's lemma is the token in lower case, so that context
words work; they count as whole words only. Presidio's default finds "lic" in "public", and downloads a model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Final

from policies.pii.recognizers import Detector, Span

_LANGUAGE: Final = "en"
_LEMMAS: Final = "corpushub_lower_case_lemmas"


def analyzer_engine(detectors: Iterable[Detector]) -> Any:
    """Return an AnalyzerEngine with the recognizers of *detectors*."""
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.context_aware_enhancers import LemmaContextAwareEnhancer

    recognizers = [detector.recognizer for detector in detectors]
    return AnalyzerEngine(
        registry=RecognizerRegistry(recognizers=recognizers, supported_languages=[_LANGUAGE]),
        nlp_engine=_nlp_engine(),
        supported_languages=[_LANGUAGE],
        context_aware_enhancer=LemmaContextAwareEnhancer(context_matching_mode="whole_word"),
    )


def analyze(engine: Any, text: str, min_score: float) -> Iterator[Span]:
    """Iterate what *engine* finds in the whole *text* with at least *min_score*."""
    for found in engine.analyze(text, _LANGUAGE, score_threshold=min_score):
        name = found.recognition_metadata["recognizer_name"]
        yield Span(found.entity_type, found.start, found.end, found.score, name)


@cache
def _nlp_engine() -> Any:
    import spacy
    from presidio_analyzer.nlp_engine import SpacyNlpEngine
    from spacy.language import Language

    if not Language.has_factory(_LEMMAS):
        Language.component(_LEMMAS, func=_set_lemmas)
    pipeline = spacy.blank(_LANGUAGE)
    pipeline.add_pipe(_LEMMAS)
    pipeline.max_length = 1 << 30
    engine: Any = SpacyNlpEngine(models=[{"lang_code": _LANGUAGE, "model_name": "blank"}])
    engine.nlp = {_LANGUAGE: pipeline}  # so that it counts as loaded
    return engine


def _set_lemmas(document: Any) -> Any:
    for token in document:
        token.lemma_ = token.lower_
    return document
