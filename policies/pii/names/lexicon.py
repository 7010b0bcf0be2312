"""What the tagger knows of words from unlabelled text: how they are written, their neighbours, and names of places.

Clusters stand for words with like neighbours. They come from the positive pointwise mutual information of words with
the frequent words just before and after them, reduced by singular values (Bullinaria and Levy 2007) and k-means.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from policies.pii.names.crf import Tagger
from policies.pii.names.features import UNKNOWN, Entry, Lexicon, is_capital, sentences, shape, tokens
from policies.pii.names.gazetteers import person_words, place_words, written_words

OPEN_LICENSE: Final = re.compile(r"CC-BY-\d\.\d(-[A-Z]{2})?|CC0-1\.0|CC-PDDC|LicenseRef-PublicDomain.*")
"""The licences of texts that statistics are taken from: attribution at most."""

_MOST: Final = 2_500_000  # code points of a source
_LEAST: Final = 6  # occurrences of a word that is known
_WORDS: Final = 30_000
_CONTEXTS: Final = 1500
_DIMENSIONS: Final = 64
_FINE, _COARSE = 500, 60  # clusters
_ROUNDS: Final = 15
_SEEN: Final = 3  # capitalised occurrences from which on a word's share of names is known
_SHARES: Final = (0.1, 0.35, 0.7)


def open_texts(folder: Path) -> Iterator[str]:
    """Iterate the English texts of *folder* (JSON Lines with text, license, lang, source) whose licence is open.

    Of one source so much is taken that it does not outweigh the others.
    """
    taken: Counter[str] = Counter()
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                document = json.loads(line)
                if taken[document["source"]] < _MOST and _is_open(document):
                    taken[document["source"]] += len(document["text"])
                    yield document["text"]


def _is_open(document: dict[str, str]) -> bool:
    return document.get("lang") == "en" and OPEN_LICENSE.fullmatch(document.get("license") or "") is not None


def learn(texts: Iterable[str], words: Iterable[str]) -> Lexicon:
    """Learn words from *texts*, and add what lists of names and the *words* of a dictionary say."""
    stream, capital, inner = _stream(texts)
    counts = Counter(stream)
    del counts[""]
    known_words = [word for word, count in counts.most_common(_WORDS) if count >= _LEAST]
    vectors = _vectors(stream, known_words)
    fine, coarse = _clusters(vectors, _FINE), _clusters(vectors, _COARSE)
    known = {
        word: Entry(int(fine[row]) + 1, int(coarse[row]) + 1, _cased(capital[word], inner[word]))
        for row, word in enumerate(known_words)
    }
    return with_lists(known, words)


def with_lists(lexicon: Lexicon, words: Iterable[str]) -> Lexicon:
    """Add to *lexicon* the bits of names of places and persons, and of the *words* of a dictionary."""
    places, persons, written = place_words(), person_words(), written_words(words)
    return {
        word: replace(
            lexicon.get(word, UNKNOWN),
            place=places.get(word, 0),
            person=persons.get(word, 0),
            written=written.get(word, 0),
        )
        for word in sorted({*lexicon, *places, *persons, *written})
    }


def with_names(lexicon: Lexicon, texts: Iterable[str], tagger: Tagger) -> Lexicon:
    """Add to *lexicon* how often *tagger* takes each capitalised word for a person or a place in *texts*."""
    seen: Counter[str] = Counter()
    sums = {"PERSON": Counter[str](), "LOCATION": Counter[str]()}
    columns = {kind: [label[2:] == kind for label in tagger.labels] for kind in sums}
    for text in texts:
        found = tokens(text)
        split = [[word for word, _, _ in found[first:last]] for first, last in sentences(found)]
        if not split:
            continue
        shares = tagger.probabilities(split)
        each = {kind: shares[:, chosen].sum(axis=1).tolist() for kind, chosen in columns.items()}
        for place, word in enumerate(word for one in split for word in one):
            if is_capital(word):
                low = word.lower()
                seen[low] += 1
                for kind, values in each.items():
                    sums[kind][low] += values[place]
    known = {
        word: _named(*(sums[kind][word] / count for kind in sums)) for word, count in seen.items() if count >= _SEEN
    }
    return {**lexicon, **{word: replace(lexicon.get(word, UNKNOWN), named=kind) for word, kind in known.items()}}


def _named(person: float, place: float) -> int:
    one, other = np.searchsorted(_SHARES, [person, place]).tolist()
    return int(1 + (len(_SHARES) + 1) * one + other)


def _stream(texts: Iterable[str]) -> tuple[list[str], Counter[str], Counter[str]]:
    """Return all words in small letters, "" between sentences, and of those inside sentences how many are capitalised.

    Sentences in which most words are capitalised are headings and say nothing about a word.
    """
    stream: list[str] = []
    capital: Counter[str] = Counter()
    inner: Counter[str] = Counter()
    for text in texts:
        found = tokens(text)
        for first, last in sentences(found):
            words = [word for word, _, _ in found[first:last]]
            letters = [word for word in words if word[0].isalpha()]
            stream += [word.lower() if shape(word) != "url" else "url" for word in words]
            stream.append("")
            if 2 * sum(word[0].isupper() for word in letters) <= len(letters):
                inner.update(word.lower() for word in words[1:])
                capital.update(word.lower() for word in words[1:] if word[0].isupper())
    return stream, capital, inner


def _cased(capital: int, inner: int) -> int:
    if inner < _LEAST // 2:
        return 0
    return 1 + int(np.searchsorted([0.05, 0.3, 0.7, 0.95], capital / inner))


def _vectors(stream: list[str], words: list[str]) -> npt.NDArray[np.float64]:
    """Return float64, words x dimensions, of length 1."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.linalg import svds

    numbers = {word: number for number, word in enumerate(words)}
    ids = np.array([numbers.get(word, -1) for word in stream], np.int64)
    ids = np.where(np.array([word == "" for word in stream]), -2, ids)
    shape_ = (len(words), 4 * _CONTEXTS)
    total: Any = coo_matrix(shape_)
    for place, step in enumerate((-2, -1, 1, 2)):
        other = np.full(len(ids), -2)
        if step < 0:
            other[-step:] = ids[:step]
        else:
            other[:-step] = ids[step:]
        seen = (ids >= 0) & (other >= 0) & (other < _CONTEXTS)
        columns = other[seen] + place * _CONTEXTS
        total = total + coo_matrix((np.ones(len(columns)), (ids[seen], columns)), shape_)
    table = total.tocoo()
    rows, columns = np.asarray(total.sum(axis=1)).ravel(), np.asarray(total.sum(axis=0)).ravel() ** 0.75
    weights = np.log(table.data * columns.sum() / (rows[table.row] * columns[table.col]))
    matrix = coo_matrix((np.maximum(weights, 0), (table.row, table.col)), shape_).tocsr()
    size = min(_DIMENSIONS, min(shape_) - 1)
    left, values, _ = svds(matrix, k=size, v0=np.ones(min(shape_)), which="LM")
    vectors = left * np.sqrt(values)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9))


def _clusters(vectors: npt.NDArray[np.float64], count: int) -> npt.NDArray[np.int64]:
    """Return int64, the cluster of each vector (Lloyd's algorithm on the sphere; the most frequent words begin it)."""
    centres = vectors[:count]
    nearest = np.zeros(len(vectors), np.int64)
    for _ in range(_ROUNDS):
        nearest = np.argmax(vectors @ centres.T, axis=1)
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, vectors)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(lengths > 0, sums / np.maximum(lengths, 1e-9), centres)
    return nearest
