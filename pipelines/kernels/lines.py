"""Count lines, their shapes and their repeats.

A line is what stands between newlines, without outer white space; blank lines are not lines. A paragraph is a run of
lines without a blank one between them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.kernels.codepoints import (
    BULLET,
    HASH_PRIME,
    HASH_START,
    TERMINAL,
    ZERO,
    Bytes,
    Offsets,
    classes,
    count_characters,
    decode,
    last_character,
    mix,
    nonzero,
    seek,
    string_buffers,
    strip,
    table_size,
)
from pipelines.kernels.compiled import kernel

Counts = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]

_NEWLINE, _ELLIPSIS, _DOT = ord("\n"), ord("…"), ord(".")
(_LINES, _NEWLINES, _BULLETS, _ELLIPSES, _TERMINAL, _SHORT, _SHAPES) = range(7)
(_ALL, _ALL_CHARS, _SAME, _SAME_CHARS, _PARAGRAPHS, _SAME_PARAGRAPHS, _SAME_PARAGRAPH_CHARS, _REPEATS) = range(8)


@dataclass(frozen=True, slots=True)
class LineShapes:
    """Counts per document, each int64 of length n.

    Attributes:
        lines: lines that are not blank.
        newlines: newline characters.
        bullets: lines that begin with a bullet (codepoints.BULLET_MARKS).
        ellipses: lines that end with "…" or "...".
        terminal: lines that end with a terminal mark (codepoints.TERMINAL_MARKS).
        short: lines of at most so many code points.
    """

    lines: Counts
    newlines: Counts
    bullets: Counts
    ellipses: Counts
    terminal: Counts
    short: Counts


@dataclass(frozen=True, slots=True)
class Repeats:
    """Counts per document, each int64 of length n; a repeat is a line or paragraph that equals an earlier one.

    Lines and paragraphs are compared by 64-bit hashes.

    Attributes:
        lines: lines that are not blank.
        chars: code points in lines.
        repeated_lines: lines that repeat an earlier line.
        repeated_line_chars: code points in those.
        paragraphs: paragraphs.
        repeated_paragraphs: paragraphs that repeat an earlier one.
        repeated_paragraph_chars: code points in the lines of those.
    """

    lines: Counts
    chars: Counts
    repeated_lines: Counts
    repeated_line_chars: Counts
    paragraphs: Counts
    repeated_paragraphs: Counts
    repeated_paragraph_chars: Counts


def shape_lines(texts: pa.StringArray, short_chars: int = 30) -> LineShapes:
    """Count the line shapes of each of n *texts*; a line of at most *short_chars* code points is short."""
    counts = np.zeros((len(texts), _SHAPES), np.int64)
    _shape(*string_buffers(texts), classes(), short_chars, counts)
    return LineShapes(*(counts[:, column] for column in range(_SHAPES)))


def find_repeats(texts: pa.StringArray) -> Repeats:
    """Count the repeated lines and paragraphs of each of n *texts*."""
    counts = np.zeros((len(texts), _REPEATS), np.int64)
    _repeat(*string_buffers(texts), classes(), counts)
    return Repeats(*(counts[:, column] for column in range(_REPEATS)))


@kernel
def find_newline(data: Bytes, i: int, end: int) -> int:
    """Return the first newline at or after byte *i*, or *end*."""
    while i < end and data[i] != _NEWLINE:
        i += 1
    return i


@kernel
def _shape(offsets: Offsets, data: Bytes, kinds: Bytes, short_chars: int, counts: Counts) -> None:
    for d in range(len(offsets) - 1):
        _shape_document(data[offsets[d] : offsets[d + 1]], kinds, short_chars, counts[d])


@kernel
def _shape_document(data: Bytes, kinds: Bytes, short_chars: int, found: Counts) -> None:
    i, size = ZERO, len(data)
    while i < size:
        newline = find_newline(data, i, size)
        start, end = strip(data, i, newline, kinds)
        found[_NEWLINES] += newline < size
        i = newline + 1
        if start < end:
            found[_LINES] += 1
            found[_SHORT] += end - start <= 4 * short_chars and count_characters(data, start, end) <= short_chars
            found[_BULLETS] += (kinds[decode(data, start)[0]] & BULLET) != 0
            found[_TERMINAL] += (kinds[decode(data, last_character(data, end))[0]] & TERMINAL) != 0
            found[_ELLIPSES] += ends_with_ellipsis(data, start, end)


@kernel
def ends_with_ellipsis(data: Bytes, start: int, end: int) -> bool:
    """Tell whether "…" or "..." stands right before byte *end*."""
    if end - start < 3:
        return False
    if data[end - 1] == _DOT:
        return bool(data[end - 2] == _DOT) and bool(data[end - 3] == _DOT)
    return decode(data, last_character(data, end))[0] == _ELLIPSIS


@kernel
def _repeat(offsets: Offsets, data: Bytes, kinds: Bytes, counts: Counts) -> None:
    for d in range(len(offsets) - 1):
        _repeat_document(data[offsets[d] : offsets[d + 1]], kinds, counts[d])


@kernel
def _repeat_document(data: Bytes, kinds: Bytes, found: Counts) -> None:
    i, size, slots = ZERO, len(data), table_size(int(np.count_nonzero(data == _NEWLINE)) + 1)
    lines, paragraphs = np.zeros(slots, np.uint64), np.zeros(slots, np.uint64)
    paragraph, paragraph_chars = HASH_START, 0
    while i <= size:
        newline = find_newline(data, i, size)
        start, end = strip(data, i, newline, kinds)
        i = newline + 1
        if start < end:
            key, chars = _hash_line(data, start, end)
            found[_ALL] += 1
            found[_ALL_CHARS] += chars
            _note(lines, key, chars, found[_SAME : _SAME + 2])
            paragraph, paragraph_chars = mix(paragraph, key), paragraph_chars + chars
        if paragraph_chars and (start == end or i > size):
            found[_PARAGRAPHS] += 1
            _note(paragraphs, nonzero(paragraph), paragraph_chars, found[_SAME_PARAGRAPHS : _SAME_PARAGRAPHS + 2])
            paragraph, paragraph_chars = HASH_START, 0


@kernel
def _note(keys: Keys, key: np.uint64, chars: int, same: Counts) -> None:
    """Count *key* and its *chars* in *same* if *keys* holds it, else add it."""
    slot = seek(keys, key)
    if keys[slot] == key:
        same[0] += 1
        same[1] += chars
    keys[slot] = key


@kernel
def _hash_line(data: Bytes, start: int, end: int) -> tuple[np.uint64, int]:
    """Return the hash of the bytes from *start* to *end*, and how many code points they are."""
    key, chars = HASH_START, 0
    for i in range(start, end):
        key = (key ^ np.uint64(data[i])) * HASH_PRIME
        chars += (data[i] & 0xC0) != 0x80
    return nonzero(mix(HASH_START, key)), chars
