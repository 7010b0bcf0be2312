"""Identify the language of texts: the arithmetic of fastText's lid.176 over Arrow buffers.

The predictions are fastText's own, for the text (of long ones, a sample) as pipelines.kernels.languages.folding leaves
it and with its newlines as spaces; what differs is the cost. A word's vector (the sum over its character n-grams) is
kept in a table for when the word comes again, so a text costs about one addition of 16 numbers per word. fastText's
markup has no meaning here: "</s>" and "__label__..." are words as others.
"""

from __future__ import annotations

from functools import cache
from threading import local

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.kernels.codepoints import (
    HASH_PRIME,
    HASH_START,
    LETTER,
    SPACELESS,
    Bytes,
    Offsets,
    classes,
    decode,
    mix,
    nonzero,
    seek,
    string_buffers,
    table_size,
)
from pipelines.kernels.compiled import kernel
from pipelines.kernels.languages.folding import folded
from pipelines.kernels.languages.model import BUCKETS, DIMENSION, LONGEST, PRUNED, SHORTEST, shipped_model

Keys = npt.NDArray[np.uint64]
Vectors = npt.NDArray[np.float32]
Sums = npt.NDArray[np.float64]
Buckets = npt.NDArray[np.uint16]
Numbers = npt.NDArray[np.int32]
Weights = tuple[Keys, Numbers, Vectors, Keys, Buckets, Vectors, Keys, Vectors]
"""Words, their rows and vectors; a bit for each bucket that pruning left, their rows and vectors; words met before, and
their sums."""

SAMPLE_PARTS, SAMPLE_BYTES = 8, 1024
"""A text above 8 KiB is judged by 8 stretches of 1 KiB each, the first of each eighth of its bytes."""

SPACELESS_LANGUAGES = frozenset(
    ("zh", "yue", "wuu", "gan", "hak", "nan", "lzh", "cdo", "ja", "th", "lo", "km", "my", "bo", "dz")
)
"""Languages written without spaces between words: rules about words say nothing of them."""

SPACELESS_SHARE = 0.2
"""The share of letters of spaceless scripts at which a text's words are no longer what spaces set apart: a Han
character is about two thirds of a word and five Latin letters are one, so there half of the words are Han."""

_REMEMBERED_BITS = 16
_KEY_SHIFT = np.uint64(64 - _REMEMBERED_BITS)
_REMEMBERED = 1 << _REMEMBERED_BITS
_SIX, _LOW_SIX, _ONE = np.uint64(6), np.uint64(63), np.uint64(1)
_THREAD = local()
_HASH32_START, _HASH32_PRIME, _HASH32_MASK = 2166136261, 16777619, 0xFFFFFFFF  # FNV-1a, 32 bits
_SIGN = 0xFFFFFF00  # fastText hashes signed bytes
_BEGIN, _END = ord("<"), ord(">")
_ALMOST_NOTHING = 1e-5  # added before each logarithm, as fastText does


def identify(texts: pa.StringArray) -> tuple[pa.StringArray, pa.FloatArray]:
    """Return the most probable language code of each of n *texts* (string) and its probability (float32).

    Both are null where a text has no letter. Texts in capitals are judged in small letters, and any white space sets
    words apart (pipelines.kernels.languages.folding).
    """
    texts = folded(texts)
    best, scores = np.full(len(texts), -1, np.int32), np.zeros(len(texts), np.float32)
    _identify(string_buffers(texts), classes(), (*_weights(), *_memory()), _tree(), best, scores)
    unknown = best < 0
    labels = pa.array(shipped_model().labels, pa.string())
    return labels.take(pa.array(best, mask=unknown)), pa.array(scores, mask=unknown)


def has_spaced_words(
    languages: pa.StringArray, letters: npt.NDArray[np.int64], spaceless: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Tell which of n texts have words set apart by spaces, so that rules about words apply: bool, n.

    Not one whose language is written without spaces, nor one of which SPACELESS_SHARE of the *letters* are
    *spaceless*, whatever its language was taken for.
    """
    named = np.isin(languages.to_numpy(zero_copy_only=False), list(SPACELESS_LANGUAGES))
    spaced: npt.NDArray[np.bool_] = ~named & (spaceless < np.maximum(SPACELESS_SHARE * letters, 1))
    return spaced


def count_letters(texts: pa.StringArray) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Count the letters of each of n *texts*, and those of spaceless scripts: two arrays, int64, n."""
    letters, spaceless = np.zeros(len(texts), np.int64), np.zeros(len(texts), np.int64)
    _count_letters(*string_buffers(texts), classes(), letters, spaceless)
    return letters, spaceless


@kernel
def _count_letters(
    offsets: Offsets, data: Bytes, kinds: Bytes, letters: npt.NDArray[np.int64], spaceless: npt.NDArray[np.int64]
) -> None:
    for d in range(len(offsets) - 1):
        i, end, every, packed = int(offsets[d]), int(offsets[d + 1]), 0, 0
        while i < end:
            code, width = int(data[i]), 1
            if code >= 0x80:
                code, width = decode(data, i)
                packed += (kinds[code] & (SPACELESS | LETTER)) == (SPACELESS | LETTER)
            every += (kinds[code] & LETTER) != 0
            i += width
        letters[d], spaceless[d] = every, packed


@cache
def _tree() -> tuple[Numbers, Vectors]:
    return shipped_model().children, shipped_model().output


def _memory() -> tuple[Keys, Vectors]:
    """Return the thread's table of words met before, and their sums. What it holds alters only the time taken."""
    if not hasattr(_THREAD, "known"):
        _THREAD.known = np.zeros(_REMEMBERED, np.uint64)
        _THREAD.sums = np.zeros((_REMEMBERED, DIMENSION + 1), np.float32)
    return _THREAD.known, _THREAD.sums


@cache
def _weights() -> tuple[Keys, Numbers, Vectors, Keys, Buckets, Vectors]:
    """Return what a word's vector is made of; its words are in a hash table."""
    model = shipped_model()
    words = model.words
    offsets = np.cumsum([0, *map(len, words)], dtype=np.int32)
    keys = np.zeros(table_size(len(words)), np.uint64)
    rows = np.zeros(len(keys), np.int32)
    _fill(offsets, np.frombuffer(b"".join(words), np.uint8), keys, rows)
    present = np.packbits(model.buckets != PRUNED, bitorder="little").view(np.uint64)
    return keys, rows, model.rows[: len(words)], present, model.buckets, model.rows[len(words) :]


@kernel
def _fill(offsets: Offsets, data: Bytes, keys: Keys, rows: Numbers) -> None:
    for w in range(len(offsets) - 1):
        key = _hash_word(data[offsets[w] : offsets[w + 1]])
        slot = seek(keys, key)
        keys[slot], rows[slot] = key, w


@kernel
def _hash_word(word: Bytes) -> np.uint64:
    key = HASH_START
    for byte in word:
        key = (key ^ np.uint64(byte)) * HASH_PRIME
    return nonzero(mix(HASH_START, key))


@kernel
def _identify(
    buffers: tuple[Offsets, Bytes],
    kinds: Bytes,
    weights: Weights,
    tree: tuple[Numbers, Vectors],
    best: Numbers,
    scores: Vectors,
) -> None:
    offsets, data = buffers
    for d in range(len(offsets) - 1):
        text = data[offsets[d] : offsets[d + 1]]
        if _has_letter(text, kinds):
            hidden = _sum_sample(text, weights)
            best[d], scores[d] = _most_probable(hidden[:DIMENSION] / hidden[DIMENSION], tree[0], tree[1])


@kernel
def _has_letter(text: Bytes, kinds: Bytes) -> bool:
    i = 0
    while i < len(text):
        code, width = decode(text, i)
        if kinds[code] & LETTER:
            return True
        i += width
    return False


@kernel
def _sum_sample(text: Bytes, weights: Weights) -> Sums:
    """Return the sum of the vectors of all words sampled and their n-grams, and behind it how many they are."""
    total = np.zeros(DIMENSION + 1)
    total[:DIMENSION] = weights[2][0]  # the end of the text is word 0
    total[DIMENSION] = 1
    if len(text) <= SAMPLE_PARTS * SAMPLE_BYTES:
        _sum_words(text, weights, total)
        return total
    for part in range(SAMPLE_PARTS):
        start = len(text) * part // SAMPLE_PARTS
        sample = text[_boundary(text, start) : _boundary(text, start + SAMPLE_BYTES)]
        _sum_words(sample, weights, total)
    return total


@kernel
def _boundary(text: Bytes, i: int) -> int:
    """Return the first byte at or after *i* that begins a character."""
    while i < len(text) and text[i] & 0xC0 == 0x80:
        i += 1
    return i


@kernel
def _sum_words(text: Bytes, weights: Weights, total: Sums) -> None:
    keys, ids, rows, present, buckets, grams, known, vectors = weights
    marked = np.empty(len(text) + 2, np.uint8)
    start, size, key = 0, len(text), HASH_START
    for i in range(size + 1):
        if i < size and not (text[i] == 32 or text[i] == 0 or 9 <= text[i] <= 13):
            marked[i - start + 1] = text[i]
            key = (key ^ np.uint64(text[i])) * HASH_PRIME
            continue
        if i > start:
            key = nonzero(mix(HASH_START, key))
            place = int(key >> _KEY_SHIFT)
            if known[place] != key:
                known[place] = key
                vectors[place] = 0
                slot = seek(keys, key)
                if keys[slot] == key:
                    _add(vectors[place], rows[ids[slot]])
                _sum_ngrams(marked, i - start + 2, present, buckets, grams, vectors[place])
            for k in range(DIMENSION + 1):
                total[k] += vectors[place, k]
        start, key = i + 1, HASH_START


@kernel
def _sum_ngrams(marked: Bytes, size: int, present: Keys, buckets: Buckets, grams: Vectors, vector: Vectors) -> None:
    """Add to *vector* the vectors of the n-grams of the word that stands in *marked* from byte 1 to *size* - 1."""
    marked[0], marked[size - 1] = _BEGIN, _END
    for first in range(size):
        i, n, key = first, 0, _HASH32_START
        if marked[first] & 0xC0 == 0x80:
            continue
        while i < size:
            byte = int(marked[i])
            key = ((key ^ (byte | _SIGN if byte >= 0x80 else byte)) * _HASH32_PRIME) & _HASH32_MASK
            i += 1
            if i < size and marked[i] & 0xC0 == 0x80:
                continue
            n += 1
            if n >= SHORTEST:
                bucket = np.uint64(key) % np.uint64(BUCKETS)
                if present[bucket >> _SIX] >> (bucket & _LOW_SIX) & _ONE:
                    _add(vector, grams[buckets[bucket]])
            if n == LONGEST:
                break


@kernel
def _add(vector: Vectors, row: Vectors) -> None:
    for k in range(DIMENSION):
        vector[k] += row[k]
    vector[DIMENSION] += 1


@kernel
def _most_probable(hidden: Sums, children: Numbers, output: Vectors) -> tuple[int, float]:
    """Return the most probable leaf of the hierarchical softmax (Morin and Bengio 2005), and its probability."""
    leaves = len(children) + 1
    logs = np.zeros(leaves + len(children))
    for node in range(len(children) - 1, -1, -1):
        dot = 0.0
        for k in range(DIMENSION):
            dot += hidden[k] * output[node, k]
        right = 1 / (1 + np.exp(-dot))
        logs[children[node, 0]] = logs[leaves + node] + np.log(1 - right + _ALMOST_NOTHING)
        logs[children[node, 1]] = logs[leaves + node] + np.log(right + _ALMOST_NOTHING)
    best = int(np.argmax(logs[:leaves]))
    return best, float(min(np.exp(logs[best]), 1.0))
