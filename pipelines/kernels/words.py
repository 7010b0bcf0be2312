"""Count words and what stands in them. A word is a maximal run of characters that are not white space."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.kernels.codepoints import (
    HASH_PRIME,
    HASH_START,
    LETTER,
    LOWER_LIMIT,
    SPACE,
    SPACELESS,
    WORD,
    Bytes,
    Offsets,
    classes,
    decode,
    lowercase,
    nonzero,
    seek,
    string_buffers,
)
from pipelines.kernels.compiled import kernel
from pipelines.kernels.languages.stopwords import STOP_WORDS

Counts = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]
Lower = npt.NDArray[np.uint32]

_HASH, _DOT, _LAST_OF_ELLIPSIS = ord("#"), ord("."), 0xA6  # "…" is E2 80 A6
_SLOTS = 256
(_WORDS, _CHARS, _HASHES, _ELLIPSES, _ALPHABETIC, _LETTERS, _SPACELESS, _STOPS, _COLUMNS) = range(9)


@dataclass(frozen=True, slots=True)
class WordCounts:
    """Counts per document, each int64 of length n.

    Attributes:
        words: runs of non-space.
        chars: code points in words.
        hashes: "#" signs.
        ellipses: "…" characters, and "..." counted without overlap.
        alphabetic: words with at least one letter.
        letters: alphabetic code points.
        spaceless: letters of scripts that put no space between words.
        stop_words: distinct stop words of the document's language; 0 where there is no list.
    """

    words: Counts
    chars: Counts
    hashes: Counts
    ellipses: Counts
    alphabetic: Counts
    letters: Counts
    spaceless: Counts
    stop_words: Counts


def count_words(texts: pa.StringArray, lists: npt.NDArray[np.int16] | None = None) -> WordCounts:
    """Count the words of each of n *texts*; *lists* (n) selects stop words by their place in STOP_WORDS, -1 for none.

    A stop word is found whatever its case and the punctuation around it.
    """
    if lists is None:
        lists = np.full(len(texts), -1, np.int16)
    counts = np.zeros((len(texts), _COLUMNS), np.int64)
    _count(string_buffers(texts), lists, stop_word_tables(), counts, (classes(), lowercase()))
    return WordCounts(*(counts[:, column] for column in range(_COLUMNS)))


@cache
def stop_word_tables() -> tuple[Keys, Keys]:
    """Return hash tables of the stop words, and each one's bit: uint64, languages + 1 x 256; the last row is empty."""
    keys = np.zeros((len(STOP_WORDS) + 1, _SLOTS), np.uint64)
    bits = np.zeros_like(keys)
    for row, words in enumerate(STOP_WORDS.values()):
        offsets, data = string_buffers(pa.array(words, pa.string()))
        _fill(offsets, data, keys[row], bits[row], classes(), lowercase())
    return keys, bits


@kernel
def _fill(offsets: Offsets, data: Bytes, keys: Keys, bits: Keys, kinds: Bytes, lower: Lower) -> None:
    for w in range(len(offsets) - 1):
        key = _hash_trimmed(data[offsets[w] : offsets[w + 1]], kinds, lower)
        slot = seek(keys, key)
        keys[slot] = key
        bits[slot] = np.uint64(1) << np.uint64(w)


@kernel
def _hash_trimmed(word: Bytes, kinds: Bytes, lower: Lower) -> np.uint64:
    i, running, trimmed = 0, HASH_START, HASH_START
    while i < len(word):
        code, width = decode(word, i)
        i += width
        if kinds[code] & WORD or running != HASH_START:
            running = (running ^ np.uint64(lower[code] if code < LOWER_LIMIT else code)) * HASH_PRIME
        trimmed = running if kinds[code] & WORD else trimmed
    return nonzero(trimmed)


@kernel
def _count(
    buffers: tuple[Offsets, Bytes],
    lists: npt.NDArray[np.int16],
    stops: tuple[Keys, Keys],
    counts: Counts,
    tables: tuple[Bytes, Lower],
) -> None:
    offsets, data = buffers
    keys, bits = stops
    kinds, lower = tables
    for d in range(len(offsets) - 1):
        row = lists[d] if lists[d] >= 0 else len(keys) - 1
        start, end = int(offsets[d]), int(offsets[d + 1])
        _count_document(data[start:end], keys[row], bits[row], kinds, lower, counts[d])
        _count_symbols(data[start:end], counts[d])


@kernel
def _count_document(data: Bytes, keys: Keys, bits: Keys, kinds: Bytes, lower: Lower, found: Counts) -> None:
    words, chars, alphabetic, letters, spaceless, seen = 0, 0, 0, 0, 0, np.uint64(0)
    inside, alpha, running, trimmed = False, 0, HASH_START, HASH_START
    i, end = 0, len(data)
    while i <= end:
        # Beyond the end stands a space, so that the last word ends like any other.
        code, width = int(data[i]) if i < end else 32, 1
        if code >= 0x80:
            code, width = decode(data, i)
        i += width
        kind = kinds[code]
        if kind & SPACE:
            if inside:
                words += 1
                alphabetic += alpha > 0
                letters += alpha
                seen |= bits[seek(keys, nonzero(trimmed))]
                inside, alpha, running, trimmed = False, 0, HASH_START, HASH_START
            continue
        inside = True
        chars += 1
        if kind & WORD or running != HASH_START:
            running = (running ^ np.uint64(lower[code] if code < LOWER_LIMIT else code)) * HASH_PRIME
        if kind & WORD:
            trimmed = running
            alpha += (kind & LETTER) != 0
            spaceless += (kind & (SPACELESS | LETTER)) == (SPACELESS | LETTER)
    found[_WORDS], found[_CHARS], found[_ALPHABETIC] = words, chars, alphabetic
    found[_LETTERS], found[_SPACELESS], found[_STOPS] = letters, spaceless, _ones(seen)


@kernel
def _count_symbols(data: Bytes, found: Counts) -> None:
    """Count "#", "…" and each third dot of a run, all told by their bytes."""
    hashes, ellipses, dots = 0, 0, 0
    for i in range(len(data)):
        dots = dots + 1 if data[i] == _DOT else 0
        hashes += data[i] == _HASH
        ellipses += data[i] == _LAST_OF_ELLIPSIS and i > 1 and data[i - 1] == 0x80 and data[i - 2] == 0xE2
        if dots == 3:
            ellipses += 1
            dots = 0
    found[_HASHES], found[_ELLIPSES] = hashes, ellipses


@kernel
def _ones(bits: np.uint64) -> int:
    count = 0
    while bits:
        bits &= bits - np.uint64(1)
        count += 1
    return count
