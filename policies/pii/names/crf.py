"""A linear-chain conditional random field (Lafferty et al. 2001): its weights, and the probabilities it gives.

CRFsuite trains it; here it only reads. What a distinct word adds to the scores is looked up once, and the recursions
run over all sentences of a text side by side, so that a text costs a few array operations for each of its tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from policies.pii.names.features import KINDS, OFFSETS, PAD, PAIRS, STYLED, Entry, Lexicon, classes, features, style

Scores = npt.NDArray[np.float32]

_MARGIN: Final = 2  # PADs on either side of a sentence
_SCALED: Final = 8  # steps between two scalings; weights are far too small to reach the limits of a float in so many
_CACHED: Final = 1 << 15  # distinct words, of some 600 bytes


@dataclass(frozen=True, slots=True)
class Weights:
    """A trained model.

    Attributes:
        labels: L labels.
        transitions: float32, L x L, from the label of a token to that of the next.
        features: the number of each feature; 0 is of none.
        scores: float32, 1 + features x L; row 0 is zero.
        lexicon: what is known of words.
    """

    labels: tuple[str, ...]
    transitions: Scores
    features: Mapping[str, int]
    scores: Scores
    lexicon: Lexicon

    @classmethod
    def of(
        cls, state: Mapping[tuple[str, str], float], moves: Mapping[tuple[str, str], float], lexicon: Lexicon
    ) -> Weights:
        """Make a model of *state*, the weights by feature and label, and *moves*, those by two labels."""
        labels = tuple(sorted({label for _, label in state} | {label for pair in moves for label in pair}))
        place = {label: number for number, label in enumerate(labels)}
        numbers = {name: number for number, name in enumerate(sorted({name for name, _ in state}), start=1)}
        scores = np.zeros((len(numbers) + 1, len(labels)), np.float32)
        for (name, label), weight in state.items():
            scores[numbers[name], place[label]] = weight
        transitions = np.zeros((len(labels), len(labels)), np.float32)
        for (one, other), weight in moves.items():
            transitions[place[one], place[other]] = weight
        return cls(labels, transitions, numbers, scores, lexicon)

    def save(self, path: Path) -> None:
        """Write the model; equal models make equal files. Scores are rounded to 16 bits."""
        words = sorted(self.lexicon)
        entries = [self.lexicon[word] for word in words]
        arrays: dict[str, Any] = {
            "labels": _packed(self.labels),
            "transitions": self.transitions,
            "features": _packed(self.features),
            "scores": self.scores[1:].astype(np.float16),
            "words": _packed(words),
            "entries": np.array([astuple(entry) for entry in entries], np.uint16).reshape(len(words), -1),
        }
        with path.open("wb") as file:
            np.savez_compressed(file, **arrays)

    @classmethod
    def load(cls, path: Path) -> Weights:
        """Read what save() wrote."""
        with np.load(path, allow_pickle=False) as stored:
            scores = stored["scores"].astype(np.float32)
            numbers = {name: number for number, name in enumerate(_unpacked(stored["features"]), start=1)}
            lexicon = dict(zip(_unpacked(stored["words"]), _entries(stored["entries"]), strict=True))
            labels = tuple(_unpacked(stored["labels"]))
            zero = np.zeros((1, len(labels)), np.float32)
            return cls(labels, stored["transitions"], numbers, np.concatenate([zero, scores]), lexicon)


@dataclass(frozen=True, slots=True)
class _Tables:
    """The features of pairs of classes.

    Attributes:
        known: the number of each class by kind; 0 is of others.
        sizes: int64, kinds: how many numbers there are.
        bases: int64, pairs x 1 x kinds: where the table of a pair and kind begins in features.
        features: int32, tables of the feature of two numbers, one after the other; 0 is of none.
    """

    known: tuple[dict[str, int], ...]
    sizes: npt.NDArray[np.int64]
    bases: npt.NDArray[np.int64]
    features: npt.NDArray[np.int32]

    @classmethod
    def of(cls, numbers: Mapping[str, int]) -> _Tables:
        """Make the tables from the number of each feature."""
        found = list(_pairs(numbers))
        known = tuple(
            {name: place for place, name in enumerate(sorted(_names(found, kind)), start=1)}
            for kind in range(len(KINDS))
        )
        sizes = np.array([len(names) + 1 for names in known], np.int64)
        ends = np.cumsum(np.tile(sizes**2, STYLED + 1))
        bases = np.concatenate([[0], ends[:-1]]).reshape(STYLED + 1, 1, len(KINDS))
        table = np.zeros(int(ends[-1]), np.int32)
        for pair, kind, one, other, number in found:
            table[bases[pair, 0, kind] + known[kind][one] * sizes[kind] + known[kind][other]] = number
        return cls(known, sizes, bases, table)

    def numbers(
        self, kinds: npt.NDArray[np.int64], rows: npt.NDArray[np.int64], styles: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int32]:
        """Return int32, features x n, of the tokens at *rows* of a stream whose classes are *kinds*."""
        left = np.stack([*(kinds.take(rows + one, axis=0) for one, _ in PAIRS), styles])
        right = np.stack([*(kinds.take(rows + other, axis=0) for _, other in PAIRS), kinds.take(rows, axis=0)])
        places: npt.NDArray[np.int64] = np.asarray(self.bases + left * self.sizes + right, np.int64).transpose(0, 2, 1)
        return np.asarray(self.features.take(places.reshape(-1, len(rows))))


def _pairs(numbers: Mapping[str, int]) -> Iterator[tuple[int, int, str, str, int]]:
    """Iterate the features of pairs of classes: pair, kind, the classes and the feature's number."""
    for name, number in numbers.items():
        if name[:1].isdigit() and name[1:2] in set(KINDS) and "|" in name:
            one, _, other = name[2:].partition("|")
            yield int(name[0]), KINDS.index(name[1]), one, other, number


def _names(found: Sequence[tuple[int, int, str, str, int]], kind: int) -> set[str]:
    return {name for _, other, *pair, _ in found if other == kind for name in pair}


class Tagger:
    """Gives each token of sentences the probability of each label."""

    def __init__(self, weights: Weights) -> None:
        self.labels = weights.labels
        self._weights = weights
        self._moves = np.exp(weights.transitions.astype(np.float64))
        self._tables = _Tables.of(weights.features)
        self._word = lru_cache(_CACHED)(self._look_up)

    def probabilities(self, sentences: Sequence[Sequence[str]]) -> npt.NDArray[np.float64]:
        """Return float64, n x L, for the n tokens of all *sentences*, none of which is empty."""
        lengths = np.array([len(one) for one in sentences], np.int64)
        order = np.argsort(-lengths, kind="stable")
        ends = np.cumsum(lengths)
        scores = self.scores(sentences)
        return _marginals(scores, self._moves, (ends - lengths)[order], lengths[order])

    def scores(self, sentences: Sequence[Sequence[str]]) -> npt.NDArray[np.float64]:
        """Return float64, n x L, what speaks for each label of each token, the neighbours' labels aside."""
        between = [PAD] * _MARGIN
        stream = [*between, *(word for one in sentences for word in (*one, *between))]
        numbers: dict[str, int] = {}
        at = np.array([numbers.setdefault(word, len(numbers)) for word in stream], np.int64)
        looked_up = [self._word(word) for word in numbers]
        vectors = np.stack([vector for vector, _ in looked_up])
        kinds = np.array([kind for _, kind in looked_up], np.int64)
        rows = _rows(sentences)
        total = np.zeros((len(rows), len(self.labels)))
        for number, offset in enumerate(OFFSETS):
            total += vectors[:, number].take(at[rows + offset], axis=0)
        pairs = self._tables.numbers(kinds.take(at, axis=0), rows, self._styles(sentences))
        return np.asarray(total + self._weights.scores.take(pairs, axis=0).sum(axis=0))

    def _styles(self, sentences: Sequence[Sequence[str]]) -> npt.NDArray[np.int64]:
        """Return int64, n x kinds: the numbers of the style of the sentence of each token."""
        named = [[known.get(one, 0) for known in self._tables.known] for one in map(style, sentences)]
        sentence = np.repeat(np.arange(len(sentences)), [len(words) for words in sentences])
        return np.array(named, np.int64).take(sentence, axis=0)

    def _look_up(self, word: str) -> tuple[Scores, tuple[int, ...]]:
        """Return float32, offsets x L, what *word* adds to the tokens around it, and the numbers of its classes."""
        weights = self._weights
        rows = [[weights.features.get(name, 0) for name in names] for names in features(word, weights.lexicon)]
        vector = np.stack([weights.scores[row].sum(axis=0) for row in rows])
        named = classes(word, weights.lexicon)
        return vector, tuple(known.get(name, 0) for known, name in zip(self._tables.known, named, strict=True))


def shipped() -> Weights:
    """Read the model that comes with the package (about 0.3 s)."""
    with as_file(files(__package__).joinpath("model.npz")) as path:
        return Weights.load(path)


def _rows(sentences: Sequence[Sequence[str]]) -> npt.NDArray[np.int64]:
    """Return where in the stream of tokens and PADs each token is."""
    lengths = [len(one) for one in sentences]
    skipped = np.repeat(np.arange(1, len(lengths) + 1), lengths)
    return np.asarray(np.arange(sum(lengths)) + _MARGIN * skipped)


def _marginals(
    scores: npt.NDArray[np.float64], moves: npt.NDArray[np.float64], first: npt.NDArray[np.int64], length: Any
) -> npt.NDArray[np.float64]:
    """Run forward and backward over all sentences, the longest first (Rabiner 1989).

    Backward is forward on the sentence read from its end, with the transitions the other way, so that one array of
    step x direction x sentence x label holds both. Values are scaled now and then, which the last division undoes.
    """
    local = np.exp(scores - scores.max(axis=1, keepdims=True))
    steps, many = int(length[0]), len(length)
    sentence = np.repeat(np.arange(many), length)
    step = np.arange(len(sentence)) - np.repeat(np.cumsum(length) - length, length)
    token, back = first[sentence] + step, length[sentence] - 1 - step
    value = np.ones((steps, 2, many, scores.shape[1]))
    value[step, 0, sentence] = local[token]
    value[back, 1, sentence] = local[token]
    both = np.stack([moves, moves.T])
    alive = np.searchsorted(-length, -np.arange(steps), side="left").tolist()
    for place in range(1, steps):
        here = value[place, :, : alive[place]]
        here *= value[place - 1, :, : alive[place]] @ both
        if place % _SCALED == 0:
            here /= here.sum(axis=2, keepdims=True)
    shares = np.empty_like(local)
    shares[token] = value[step, 0, sentence] * value[back, 1, sentence] / local[token]
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def _entries(rows: npt.NDArray[np.uint16]) -> Iterator[Entry]:
    """Iterate the entries of the rows, equal ones made once."""
    made: dict[bytes, Entry] = {}
    for row in np.ascontiguousarray(rows):
        key = row.tobytes()
        if key not in made:
            made[key] = Entry(*row.tolist())
        yield made[key]


def _packed(names: Any) -> npt.NDArray[np.uint8]:
    """Return names, of which none holds a NUL, as bytes."""
    return np.frombuffer("\0".join(names).encode(), np.uint8)


def _unpacked(stored: npt.NDArray[np.uint8]) -> list[str]:
    return stored.tobytes().decode().split("\0") if stored.size else []
