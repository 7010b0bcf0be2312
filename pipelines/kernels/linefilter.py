"""Remove the lines of web pages that are not prose, by the rules of C4 (Raffel et al. 2020, section 2.2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.kernels.codepoints import (
    SPACE,
    ZERO,
    Bytes,
    Offsets,
    classes,
    decode,
    last_character,
    string_buffers,
    strip,
)
from pipelines.kernels.compiled import kernel
from pipelines.kernels.lines import ends_with_ellipsis, find_newline

Counts = npt.NDArray[np.int64]

UNWANTED_PHRASES = (
    "javascript",
    "terms of use",
    "privacy policy",
    "cookie policy",
    "uses cookies",
    "use of cookies",
    "use cookies",
)
"""A line that holds one of these, in any case, warns or informs and is not prose."""

_PHRASES = np.array([list(phrase.encode().ljust(16, b"\0")) for phrase in UNWANTED_PHRASES], np.uint8)
_LOREM_IPSUM = np.array([list(b"lorem ipsum\0")], np.uint8)
_CURLY, _NEWLINE = ord("{"), ord("\n")
_STOPS = np.array([ord(mark) for mark in ".!?"], np.int64)
_CLOSERS = np.array([ord(mark) for mark in "\"'”’)]"], np.int64)
_ENDS = np.array([ord(mark) for mark in '.!?"”'], np.int64)
(_REMOVED, _SENTENCES, _HAS_CURLY, _HAS_LOREM, _COLUMNS) = range(5)


@dataclass(frozen=True, slots=True)
class Prose:
    """What is left of n texts.

    Attributes:
        texts: string; the lines that are prose, stripped, with a blank line where one or more stood between them; a
            text of which no line was removed is as it was.
        removed: int64, lines removed (blank ones not counted).
        sentences: int64, sentences in the lines that are left.
        curly_bracket: bool, the whole text holds "{".
        lorem_ipsum: bool, the whole text holds "lorem ipsum" in any case.
    """

    texts: pa.StringArray
    removed: Counts
    sentences: Counts
    curly_bracket: npt.NDArray[np.bool_]
    lorem_ipsum: npt.NDArray[np.bool_]


def keep_prose(texts: pa.StringArray, min_words: int) -> Prose:
    """Keep the lines of *texts* that end like a sentence, have *min_words* words and none of UNWANTED_PHRASES.

    A line ends like a sentence if its last character is one of ``. ! ? "`` or a closing curly quotation mark, and it
    does not end with an ellipsis. In such a line a sentence ends at its end, and at each of ``. ! ?`` that white space
    follows, after closing quotes and brackets if any: abbreviations make the count too high.
    """
    offsets, data = string_buffers(texts)
    counts = np.zeros((len(texts), _COLUMNS), np.int64)
    ends, output = np.zeros(len(texts) + 1, np.int32), np.empty(int(offsets[-1] - offsets[0]), np.uint8)
    _keep(offsets, data, classes(), min_words, counts, (ends, output))
    kept = pa.StringArray.from_buffers(len(texts), pa.py_buffer(ends), pa.py_buffer(output[: ends[-1]]))
    return Prose(kept, counts[:, _REMOVED], counts[:, _SENTENCES], counts[:, _HAS_CURLY] > 0, counts[:, _HAS_LOREM] > 0)


@kernel
def _keep(
    offsets: Offsets, data: Bytes, kinds: Bytes, min_words: int, counts: Counts, kept: tuple[Offsets, Bytes]
) -> None:
    ends, output = kept
    for d in range(len(offsets) - 1):
        text, found, room = data[offsets[d] : offsets[d + 1]], counts[d], output[ends[d] :]
        length = _keep_lines(text, kinds, min_words, found, room)
        if not found[_REMOVED]:
            length = len(text)
            room[:length] = text
        ends[d + 1] = ends[d] + length
        found[_HAS_CURLY] = np.any(text == _CURLY)
        found[_HAS_LOREM] = _holds(text, ZERO, len(text), _LOREM_IPSUM)


@kernel
def _keep_lines(text: Bytes, kinds: Bytes, min_words: int, found: Counts, room: Bytes) -> int:
    """Copy the lines to keep into *room*; return how many bytes they take."""
    i, size, length, gap = ZERO, len(text), ZERO, ZERO > 0
    while i < size:
        newline = find_newline(text, i, size)
        start, end = strip(text, i, newline, kinds)
        i = newline + 1
        if start == end:
            gap = True
        elif _is_prose(text, start, end, kinds, min_words):
            length = _append(text[start:end], room, length, gap)
            found[_SENTENCES] += _sentences(text, start, end, kinds)
            gap = False
        else:
            found[_REMOVED] += 1
    return length


@kernel
def _append(line: Bytes, room: Bytes, length: int, gap: bool) -> int:
    if length:
        breaks = 2 if gap else 1
        room[length : length + breaks] = _NEWLINE
        length += breaks
    room[length : length + len(line)] = line
    return length + len(line)


@kernel
def _is_prose(text: Bytes, start: int, end: int, kinds: Bytes, min_words: int) -> bool:
    last = decode(text, last_character(text, end))[0]
    if last not in _ENDS or ends_with_ellipsis(text, start, end):
        return False
    return _has_words(text, start, end, kinds, min_words) and not _holds(text, start, end, _PHRASES)


@kernel
def _has_words(text: Bytes, i: int, end: int, kinds: Bytes, least: int) -> bool:
    words, before = 0, SPACE
    while i < end and words < least:
        code, width = decode(text, i)
        space = int(kinds[code]) & SPACE
        words += before > space
        before = space
        i += width
    return words >= least


@kernel
def _holds(text: Bytes, start: int, end: int, phrases: Bytes) -> bool:
    """Tell whether one of *phrases* (rows, lower case, ended by zeros) stands between the bytes *start* and *end*."""
    for i in range(start, end):
        byte = int(text[i] | 0x20)
        for p in range(len(phrases)):
            if phrases[p, 0] == byte and _begins(text, i, end, phrases[p]):
                return True
    return False


@kernel
def _begins(text: Bytes, i: int, end: int, phrase: Bytes) -> bool:
    for k in range(len(phrase)):
        if phrase[k] == 0:
            return True
        if i + k >= end:
            return False
        byte = int(text[i + k])
        if (byte | 0x20 if 65 <= byte <= 90 else byte) != phrase[k]:
            return False
    return True


@kernel
def _sentences(text: Bytes, i: int, end: int, kinds: Bytes) -> int:
    count, after_stop = 1, False
    while i < end:
        code, width = decode(text, i)
        if code in _STOPS:
            after_stop = True
        elif code not in _CLOSERS:
            count += after_stop and (kinds[code] & SPACE) != 0
            after_stop = False
        i += width
    return count
