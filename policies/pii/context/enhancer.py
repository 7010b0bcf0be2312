"""Words around a finding that raise its score: Presidio's LemmaContextAwareEnhancer, computed only where it matters.

Presidio tokenises whole texts with spaCy; here a blank English pipeline tokenises the neighbourhood of a finding, which
gives the same tokens: spaCy's tokenizer treats each stretch between white space by itself. A token's lemma is the token
in lower case, and a context word must equal it. No model is loaded.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any, Final

BOOST: Final = 0.35
"""What a context word adds to a score."""

LEAST: Final = 0.4
"""The score that a finding with a context word has at least."""

_KEYWORDS: Final = 6  # that of the finding and the five before it
_BLOCK: Final = 64  # code points; tokenised stretches begin and end at multiples, so that findings share them
_MARGIN: Final = 32  # code points; spaCy's exceptions, which it looks up over the bounds of tokens, are shorter
_FAR: Final = 1024  # code points within which the words around a finding mostly are
_MANY: Final = 64  # places that are looked at one by one
_LONGEST: Final = 1 << 17  # code points that are tokenised in one piece
_SPACE: Final = re.compile(r"\s")
_CHUNK: Final = re.compile(r"\S+")


class TooFar(Exception):
    """The words around a finding cannot be told without reading too much of the text in one piece."""


def boosted(score: float) -> float:
    """Return *score* as a context word raises it."""
    return min(max(score + BOOST, LEAST), 1.0)


@contextmanager
def forgetting() -> Iterator[None]:
    """Let spaCy forget the tokens of this context at its end; it would keep every token it ever saw."""
    with _pipeline().memory_zone():
        yield


@dataclass(frozen=True, slots=True)
class _Tokens:
    """The tokens of text[begin:end]: where in the text each begins and ends, and its text in lower case."""

    begin: int
    end: int
    starts: Sequence[int]
    ends: Sequence[int]
    lemmas: Sequence[str]


@dataclass(slots=True)
class Surroundings:
    """The words around places in one text."""

    text: str
    _near: dict[tuple[int, int], _Tokens] = field(default_factory=dict)
    _words: dict[int, frozenset[str]] = field(default_factory=dict)
    _reaches: dict[int, int] = field(default_factory=dict)
    _ends: dict[int, int] = field(default_factory=dict)
    _answers: dict[tuple[int, int, frozenset[str]], bool] = field(default_factory=dict)
    _chunk: tuple[int, int] = (0, -1)
    _lower: str | None = None
    _pieces: dict[str, bool] = field(default_factory=dict)
    _colons: tuple[frozenset[str], str] | None = None

    def words(self, start: int) -> frozenset[str]:
        """Return the words that Presidio considers for a finding that begins at *start*.

        Raises:
            TooFar: they lie in more text than is tokenised in one piece.
        """
        if start not in self._words:
            self._words[start] = frozenset(self._nearest(start))
        return self._words[start]

    def may_support(self, begin: int, end: int, words: frozenset[str]) -> bool:
        """Return whether one of *words* (lower case) may be around a finding that begins in text[begin:end].

        It is cheaper than to tokenise, and never False where one is.
        """
        if not self._holds(0, len(self.text), words):
            return False
        return self._holds(self._reach(begin), self._first_behind(end), words)

    def may_reach(self, begin: int, end: int, places: Sequence[int], words: frozenset[str]) -> bool:
        """Return the same, given where words of the text end that may be one of them, in order."""
        if not places:
            return False
        if places[0] <= end and self._has_token(places, self._reach(begin), end, words):
            return True
        return places[-1] > end and self._has_token(places, end, self._first_behind(end), words)

    def _has_token(self, places: Sequence[int], begin: int, end: int, words: frozenset[str]) -> bool:
        """Return whether at one of *places* in (begin, end] one of *words* may be a token or a part of one."""
        near = places[bisect_right(places, begin) : bisect_right(places, end)]
        return len(near) > _MANY or any(self._may_be_token(place, words) for place in near)

    def _may_be_token(self, place: int, words: frozenset[str]) -> bool:
        """Return whether the stretch between white space before and behind *place* has one of *words* as a token."""
        before, behind = self.text[max(place - _FAR, 0) : place].split(), self._chunk_end(place)
        if not before or max(len(before[-1]), behind - place) >= _FAR:
            return True
        return not words.isdisjoint(_parts_of(before[-1] + self.text[place:behind]))

    def _holds(self, begin: int, end: int, words: frozenset[str]) -> bool:
        """Return whether text[begin:end] holds one of *words*; many findings ask about the same stretch."""
        key = (begin, end, words)
        if key not in self._answers:
            near = self.text[begin:end].lower() if end - begin < len(self.text) else self._lowered()
            self._answers[key] = any(word in near for word in words)
        return self._answers[key]

    def _nearest(self, start: int) -> Iterator[str]:
        begin, end = self._reach(start) - _MARGIN, self._first_behind(start + 1) + _MARGIN
        begin = begin if start - begin <= _FAR else start - 2 * _BLOCK
        end = end if end - start <= _FAR else start + _BLOCK
        while True:
            tokens = self._stretch(begin // _BLOCK * _BLOCK, -(-end // _BLOCK) * _BLOCK)
            index = bisect_right(tokens.ends, start)
            back, enough = self._collect(range(min(index, len(tokens.ends) - 1), -1, -1), tokens, _KEYWORDS)
            if not enough and tokens.begin > 0:
                begin = start - 4 * (start - begin)
                continue
            ahead, enough = self._collect(range(index, len(tokens.ends)), tokens, 1)
            if not enough and tokens.end < len(self.text):
                end = start + 4 * (end - start)
                continue
            return iter((*back, *ahead))

    def _collect(self, indices: range, tokens: _Tokens, count: int) -> tuple[list[str], bool]:
        """Return up to *count* keywords at *indices*, and whether the stretch had as many well within its bounds."""
        found: list[str] = []
        for index in indices:
            if self._is_keyword(tokens.lemmas[index]):
                found.append(tokens.lemmas[index])
                if len(found) == count:
                    return found, tokens.begin + _MARGIN <= tokens.starts[index] < tokens.end - _MARGIN
        return found, False

    def _is_keyword(self, lemma: str) -> bool:
        return _is_keyword(lemma) or (":" not in lemma and self._is_piece(lemma))

    def _is_piece(self, lemma: str) -> bool:
        """Return whether a stop word or sign is a keyword of this text, because a token has it next to a colon."""
        if lemma not in self._pieces:
            beside = (f"{lemma}:", f":{lemma}")
            chunks, lowered = self._with_colons()
            near = chunks if any(one in lowered for one in beside) else ()
            likely = (chunk for chunk in near if any(one in chunk.lower() for one in beside))
            self._pieces[lemma] = any(lemma in _pieces(chunk) for chunk in likely)
        return self._pieces[lemma]

    def _with_colons(self) -> tuple[frozenset[str], str]:
        """Return what stands between white space and has a colon, and all of that in lower case."""
        if self._colons is None:
            chunks = frozenset(one for one in self.text.split() if ":" in one) if ":" in self.text else frozenset()
            self._colons = chunks, "\n".join(chunks).lower()
        return self._colons

    def _lowered(self) -> str:
        if self._lower is None:
            self._lower = self.text.lower()
        return self._lower

    def _stretch(self, first: int, last: int) -> _Tokens:
        key = (first, last)
        if key not in self._near:
            begin, end = self._chunk_begin(first), self._chunk_end(last)
            if end - begin > _LONGEST:
                raise TooFar("the words around a finding are too far away")
            document = _pipeline().tokenizer(self.text[begin:end])
            rows = [(begin + token.idx, begin + token.idx + len(token), token.lower_) for token in document]
            starts, ends, lemmas = zip(*rows, strict=True) if rows else ((), (), ())
            self._near[key] = _Tokens(begin, end, starts, ends, lemmas)
        return self._near[key]

    def _chunk_begin(self, place: int) -> int:
        """Return the last place at or before *place* where a chunk begins, or the text."""
        if place <= 0:
            return 0
        for begin in range(place, max(place - _LONGEST, 0), -1):
            if self.text[begin - 1].isspace() and not self.text[begin].isspace():
                return begin
        return max(place - _LONGEST, 0)

    def _chunk_end(self, place: int) -> int:
        """Return the first place at or after *place* where white space begins, or the end of the text."""
        if not self._chunk[0] <= place <= self._chunk[1]:
            space = _SPACE.search(self.text, place)
            self._chunk = (place, space.start() if space else len(self.text))
        return self._chunk[1]

    def _reach(self, begin: int) -> int:
        """Return a place before which no word counts for a finding that begins at or after *begin*."""
        if begin not in self._reaches:
            self._reaches[begin] = next(self._bounds(begin), 0)
        return self._reaches[begin]

    def _bounds(self, begin: int) -> Iterator[int]:
        for distance in (160, 640, 2560):
            low = max(begin - distance, 0)
            tail = self.text[low:begin]
            place, sure = len(tail), 0
            for chunk in reversed(tail.split()[low > 0 :]):  # the first may have begun before
                place = tail.rfind(chunk, 0, place)
                sure += place + len(chunk) < len(tail) and _is_sure(chunk)  # the last may go on
                if sure == _KEYWORDS:
                    yield low + place
                    break

    def _first_behind(self, end: int) -> int:
        """Return a place behind which no word counts for a finding that begins before *end*."""
        if end not in self._ends:
            inside = self._chunk_end(end)
            chunks = (one.end() for one in _CHUNK.finditer(self.text, inside) if _is_sure(one[0]))
            self._ends[end] = next(chunks, len(self.text))
        return self._ends[end]


@lru_cache(maxsize=1 << 16)
def _is_sure(chunk: str) -> bool:
    """Return whether *chunk*, between white space, is one keyword whatever stands around it."""
    plain = chunk.isalpha() or (chunk.isascii() and chunk.isdigit())
    return plain and chunk not in _pipeline().tokenizer.rules and _is_keyword(chunk.lower())


@lru_cache(maxsize=1 << 16)
def _is_keyword(lemma: str) -> bool:
    """Return whether Presidio keeps *lemma* as it is among the keywords of a text."""
    return ":" not in lemma and not _is_left_out(lemma)


def _is_left_out(lemma: str) -> bool:
    is_stop, is_punct = _stop_and_punct()
    return bool(is_stop(lemma) or is_punct(lemma)) or lemma in ("-PRON-", "be")


@cache
def _stop_and_punct() -> tuple[Callable[[str], bool], Callable[[str], bool]]:
    """Return what spaCy's lexemes ask; making one asks a dozen questions more."""
    from spacy.attrs import IS_PUNCT, IS_STOP

    getters = _pipeline().vocab.lex_attr_getters
    return getters[IS_STOP], getters[IS_PUNCT]


@cache
def exception_parts() -> frozenset[str]:
    """Return the tokens, in lower case, that the tokenizer's exceptions make of a part of a word."""
    from spacy.attrs import ORTH

    return frozenset(part[ORTH].lower() for parts in _pipeline().tokenizer.rules.values() for part in parts)


@lru_cache(maxsize=1 << 16)
def _parts_of(chunk: str) -> frozenset[str]:
    """Return the tokens of *chunk*, which stands between white space, and their parts at colons, in lower case."""
    lemmas = [token.lower_ for token in _pipeline().tokenizer(chunk)]
    return frozenset(part for lemma in lemmas for part in (lemma, *lemma.split(":")))


@lru_cache(maxsize=1 << 14)
def _pieces(chunk: str) -> frozenset[str]:
    """Return the parts, at colons, of the tokens of *chunk* that would not be keywords by themselves."""
    if chunk[:-1].isascii() and chunk[:-1].isalpha() and chunk not in _pipeline().tokenizer.rules:
        return frozenset()  # a word, and the colon is a token of its own
    lemmas = {token.lower_ for token in _pipeline().tokenizer(chunk) if ":" in token.lower_}
    parts = {part for lemma in lemmas if not _is_left_out(lemma) for part in lemma.split(":")}
    return frozenset(part for part in parts if part and _is_left_out(part))


@cache
def _pipeline() -> Any:
    import spacy

    return spacy.blank("en")
