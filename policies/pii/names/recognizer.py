"""Find the names of persons and places in a text, offline; also as a recognizer for Presidio.

A sentence without a capitalised word that could be a name is not tagged. A name that is found once is found wherever
the document has it again in the same letters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from policies.pii.names.crf import Tagger, shipped
from policies.pii.names.features import UNKNOWN, Lexicon, Token, is_capital, sentences, tokens
from policies.pii.recognizers import Detector, Span
from policies.pii.search.windows import Gate

TRAINED: Final = frozenset({"en"})
"""The languages that the shipped model was trained for."""

ENTITIES: Final = ("PERSON", "LOCATION")
"""The entity types that are reported. ORGANIZATION is tagged to tell it from the others, not well enough to be used."""

THRESHOLDS: Final[Mapping[str, float]] = {"PERSON": 0.65, "LOCATION": 0.5}
"""Least probability that a token is part of any name, by the type that is likeliest; for others it is OTHERS."""

OTHERS: Final = 0.5

_CERTAIN: Final = 0.6  # score from which on a name is looked for in the rest of the document
_RARELY_CASED: Final = 2  # Entry.cased up to which a capital only shows that a sentence begins
_BLOCK: Final = 1 << 15  # tokens that are tagged together
_SHORTEST_PART: Final = 3  # letters of a given or family name that is looked for by itself
_PRONOUN: Final = "I"
_IN_SMALL: Final = 1  # of Entry.written


@dataclass(frozen=True, slots=True)
class _Found:
    """A name by its tokens, from first to one before last."""

    entity: str
    first: int
    last: int
    score: float


@dataclass(frozen=True, slots=True)
class NamesDetector(Detector):
    """Finds both types of ENTITIES in one pass; its failures go by the first of them."""

    entity: str = ENTITIES[0]
    recognizer: Any = None
    gate: Gate | None = None

    def spans(self, text: str) -> Iterator[Span]:
        """Iterate the names in *text*."""
        yield from names(text)


def applies(language: str | None) -> bool:
    """Return whether the shipped model was trained for documents of *language* (None: it is not known)."""
    return language in TRAINED


def names(text: str) -> list[Span]:
    """Return the persons and places in *text* with the shipped model, in order and without overlaps.

    A score is the least probability that a token of the name is of its type.
    """
    return find(text, *_shipped())


def find(
    text: str,
    tagger: Tagger,
    lexicon: Lexicon,
    thresholds: Mapping[str, float] = THRESHOLDS,
    spread: bool = True,
) -> list[Span]:
    """Return the names in *text* that *tagger* finds; *spread* tells whether to look for them in all the document."""
    found = tokens(text)
    tagged = [one for block in _blocks(found, lexicon) for one in _tagged(found, block, tagger, thresholds)]
    if spread:
        tagged = _everywhere(found, tagged, lexicon)
    return [
        Span(one.entity, found[one.first][1], found[one.last - 1][2], round(one.score, 4))
        for one in tagged
        if one.entity in ENTITIES
    ]


def worth_tagging(words: Sequence[str], lexicon: Lexicon) -> bool:
    """Return whether a sentence has a capitalised word that is more than the pronoun I or a usual first word."""
    first = True
    for word in words:
        if is_capital(word) and word != _PRONOUN and not (first and _rarely_cased(word, lexicon)):
            return True
        first = first and not word[0].isalnum()
    return False


def presidio_recognizer() -> Any:
    """Return a Presidio EntityRecognizer of ENTITIES for English."""
    return _presidio_class()(supported_entities=list(ENTITIES), name="NamesRecognizer", supported_language="en")


@cache
def _presidio_class() -> Callable[..., Any]:
    """Make the class where it is used: importing Presidio takes seconds."""
    from presidio_analyzer import EntityRecognizer, RecognizerResult

    class NamesRecognizer(EntityRecognizer):
        """Persons and places, found without any artifacts of an NLP engine."""

        def load(self) -> None:
            """Load the model."""
            _shipped()

        def analyze(self, text: str, entities: Sequence[str], nlp_artifacts: object = None) -> list[Any]:
            """Return the names in *text* whose type is in *entities*."""
            found = [one for one in names(text) if one.entity in entities]
            return [RecognizerResult(one.entity, one.start, one.end, one.score) for one in found]

    return NamesRecognizer


@cache
def _shipped() -> tuple[Tagger, Lexicon]:
    weights = shipped()
    return Tagger(weights), weights.lexicon


def _rarely_cased(word: str, lexicon: Lexicon) -> bool:
    return 0 < lexicon.get(word.lower(), UNKNOWN).cased <= _RARELY_CASED


def _blocks(found: Sequence[Token], lexicon: Lexicon) -> Iterator[list[tuple[int, int]]]:
    """Iterate the sentences that are worth tagging, several at a time."""
    block: list[tuple[int, int]] = []
    size = 0
    for first, last in sentences(found):
        if worth_tagging([word for word, _, _ in found[first:last]], lexicon):
            block.append((first, last))
            size += last - first
        if size >= _BLOCK:
            yield block
            block, size = [], 0
    if block:
        yield block


def _tagged(
    found: Sequence[Token], block: Sequence[tuple[int, int]], tagger: Tagger, thresholds: Mapping[str, float]
) -> Iterator[_Found]:
    """Iterate the names in the sentences of *block*: runs of tokens whose likeliest type is the same."""
    probabilities = tagger.probabilities([[word for word, _, _ in found[first:last]] for first, last in block])
    types, scores, begins = (column.tolist() for column in _types(probabilities, tagger.labels, thresholds))
    kinds = _kinds(tagger.labels)
    end = 0
    for first, last in block:
        start, end = end, end + last - first
        shift = first - start
        for head, tail in _runs(types, begins, start, end):
            yield _Found(kinds[types[head]], head + shift, tail + shift, min(scores[head:tail]))


def _kinds(labels: Sequence[str]) -> list[str]:
    return sorted({label[2:] for label in labels if label[1:2] == "-"})


def _types(
    probabilities: npt.NDArray[np.float64], labels: Sequence[str], thresholds: Mapping[str, float]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Return of n tokens the likeliest type, -1 where it is no name, its probability, and whether a name begins."""
    begin = np.array([[label == f"B-{kind}" for kind in _kinds(labels)] for label in labels], np.float64)
    either = np.array([[label[2:] == kind for kind in _kinds(labels)] for label in labels], np.float64)
    each, beginning = probabilities @ either, probabilities @ begin
    types = np.argmax(each, axis=1)
    rows = np.arange(len(types))
    score = each[rows, types]
    least = np.array([thresholds.get(kind, OTHERS) for kind in _kinds(labels)])
    return np.where(each.sum(axis=1) >= least[types], types, -1), score, 2 * beginning[rows, types] > score


def _runs(types: Sequence[int], begins: Sequence[bool], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Iterate the runs of equal types from *start* to *end*; tokens that begin a name begin a run."""
    head = start
    for place in range(start, end):
        if place > head and (types[place] != types[head] or begins[place]):
            if types[head] >= 0:
                yield head, place
            head = place
    if head < end and types[head] >= 0:
        yield head, end


def _everywhere(found: Sequence[Token], tagged: Sequence[_Found], lexicon: Lexicon) -> list[_Found]:
    """Add the other occurrences of the names in *tagged*, and give equal names the type that speaks most for."""
    words = [word for word, _, _ in found]
    types = _by_words(words, tagged, lexicon)
    settled = [_settled(words, one, types) for one in tagged]
    taken = {place for one in settled for place in range(one.first, one.last)}
    lengths: dict[str, list[int]] = {}
    for name in sorted(types, key=len, reverse=True):
        lengths.setdefault(name[0], []).append(len(name))
    end = 0
    for place, word in enumerate(words):
        if place < end or word not in lengths:
            continue
        for length in lengths[word]:
            name = tuple(words[place : place + length])
            if len(name) == length and name in types and taken.isdisjoint(range(place, place + length)):
                end = place + length
                settled.append(_Found(types[name][0], place, end, types[name][1]))
                break
    return sorted(settled, key=lambda one: one.first)


def _settled(words: Sequence[str], one: _Found, types: Mapping[tuple[str, ...], tuple[str, float]]) -> _Found:
    entity, score = types.get(tuple(words[one.first : one.last]), (one.entity, one.score))
    return one if entity == one.entity else _Found(entity, one.first, one.last, score)


def _by_words(
    words: Sequence[str], tagged: Sequence[_Found], lexicon: Lexicon
) -> dict[tuple[str, ...], tuple[str, float]]:
    """Return the type and the best score of each certain name; parts of persons' names are names unless others are.

    Words that are rarely capitalised in other texts, or that a dictionary has in small letters alone, are not looked
    for by themselves.
    """
    votes: dict[tuple[str, ...], dict[str, list[float]]] = {}
    for one in tagged:
        votes.setdefault(tuple(words[one.first : one.last]), {}).setdefault(one.entity, []).append(one.score)
    types = {}
    for name, by_type in votes.items():
        entity = max(sorted(by_type), key=lambda kind: sum(by_type[kind]))
        if max(by_type[entity]) >= _CERTAIN and _distinct(name, lexicon):
            types[name] = (entity, max(by_type[entity]))
    for name, (entity, score) in list(types.items()):
        for part in name if entity == ENTITIES[0] and len(name) > 1 else ():
            if len(part) >= _SHORTEST_PART and _distinct((part,), lexicon):
                types.setdefault((part,), (entity, score))
    return types


def _distinct(name: tuple[str, ...], lexicon: Lexicon) -> bool:
    if len(name) > 1:
        return any(is_capital(word) for word in name)
    return is_capital(name[0]) and not _rarely_cased(name[0], lexicon) and not _small(name[0], lexicon)


def _small(word: str, lexicon: Lexicon) -> bool:
    """Return whether dictionaries have *word* in small letters alone."""
    return lexicon.get(word.lower(), UNKNOWN).written == _IN_SMALL
