"""Read UTF-8 in Arrow string buffers: code points, their classes, and 64-bit hashes. The ground all text kernels share.

A text is the bytes ``data[offsets[d]:offsets[d + 1]]`` of document d. Arrow guarantees valid UTF-8, so kernels decode
without checks.
"""

from __future__ import annotations

import hashlib
import sys
import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.kernels.compiled import kernel, remember

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int32]

SPACE = 1  # white space in the sense of str.isspace
LETTER = 2  # alphabetic in the sense of str.isalpha
WORD = 4  # letters, numbers and the marks that combine with them
SPACELESS = 8  # scripts that put no space between words
TERMINAL = 16  # ends a sentence, or closes a quotation after one
BULLET = 32  # opens a list item

TERMINAL_MARKS = ".!?\"'”’»…。！？」』؟۔।॥։።"
BULLET_MARKS = "•‣⁃◦▪▫■□●○▶►◆-*–"
SPACELESS_RANGES = (
    (0x0E00, 0x0FFF),  # Thai, Lao, Tibetan
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x1950, 0x19DF),  # Tai Le, New Tai Lue
    (0x1A20, 0x1AAF),  # Tai Tham
    (0x3040, 0x312F),  # kana, bopomofo
    (0x3400, 0x4DBF),  # Han, extension A
    (0x4E00, 0x9FFF),  # Han
    (0xAA60, 0xAADF),  # Myanmar extended, Tai Viet
    (0xF900, 0xFAFF),  # Han, compatibility
    (0x20000, 0x3FFFF),  # Han, further extensions
)
MARK_LIMIT = 0x20000  # beyond it the only marks are variation selectors, which no stop word holds
LOWER_LIMIT = 0x2000  # Latin, Greek, Cyrillic, Armenian and Georgian capitals stand below it

HASH_START = np.uint64(0xCBF29CE484222325)
HASH_PRIME = np.uint64(0x100000001B3)
ZERO: int = np.int64(0)  # type: ignore[assignment] # a literal 0 is a type of its own: what is called is compiled twice
_MIX = np.uint64(0x9E3779B97F4A7C15)
_FOLD = np.uint64(32)


def string_buffers(texts: pa.StringArray) -> tuple[Offsets, Bytes]:
    """Return the int32 offsets (n + 1) and the UTF-8 bytes of *texts*, without copying; a null is the empty text.

    Neither can be written to, whoever made *texts*: kernels are then compiled for one type of array only.
    """
    if texts.null_count:
        texts = pc.fill_null(texts, "")
    offsets, data = np.zeros(1, np.int32), np.empty(0, np.uint8)
    if len(texts):
        _, ends, characters = texts.buffers()
        offsets = np.frombuffer(ends, np.int32)[texts.offset : texts.offset + len(texts) + 1]
        data = data if characters is None else np.frombuffer(characters, np.uint8)
    offsets.flags.writeable = data.flags.writeable = False
    return offsets, data


def asked_once(source: str, name: str, ask: Callable[[], npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """Return what *ask* asks Python about every code point, from the disk if an earlier process has asked the same.

    What the module in the file *source* calls *name* is looked for by its code and that of this module, whose constants
    it may use, by the interpreter and the libraries that are asked.
    """
    state = hashlib.sha256(f"{sys.version} {unicodedata.unidata_version} {np.__version__} {pa.__version__}\0".encode())
    for path in dict.fromkeys((source, __file__)):
        state.update(Path(path).read_bytes())
    return remember(f"{Path(source).stem}-{name}-{state.hexdigest()[:16]}", ask)


@cache
def classes() -> Bytes:
    """Return the class bits of every code point: uint8, 1,114,112; the Unicode version is the interpreter's."""
    table: Bytes = asked_once(__file__, "classes", _ask_classes)
    table.flags.writeable = False
    return table


def _ask_classes() -> Bytes:
    table = np.zeros(0x110000, np.uint8)
    every = np.arange(0x110000, dtype=np.uint32).view("U1")
    table[np.strings.isspace(every)] |= SPACE
    table[np.strings.isalpha(every)] |= LETTER
    table[np.strings.isalnum(every)] |= WORD
    for first, last in SPACELESS_RANGES:
        table[first : last + 1] |= SPACELESS
    table[[code for code in range(MARK_LIMIT) if unicodedata.category(chr(code))[0] == "M"]] |= WORD
    table[[ord(mark) for mark in TERMINAL_MARKS]] |= TERMINAL
    table[[ord(mark) for mark in BULLET_MARKS]] |= BULLET
    return table


@cache
def lowercase() -> npt.NDArray[np.uint32]:
    """Return the lower case of each code point below LOWER_LIMIT (the first, where it has several)."""
    return np.array([ord(chr(code).lower()[0]) for code in range(LOWER_LIMIT)], np.uint32)


@kernel
def decode(data: Bytes, i: int) -> tuple[int, int]:
    """Return the code point that begins at byte *i*, and its width in bytes."""
    first = int(data[i])
    if first < 0x80:
        return first, 1
    if first < 0xE0:
        return (first & 0x1F) << 6 | int(data[i + 1] & 0x3F), 2
    if first < 0xF0:
        return (first & 0x0F) << 12 | int(data[i + 1] & 0x3F) << 6 | int(data[i + 2] & 0x3F), 3
    high = (first & 0x07) << 18 | int(data[i + 1] & 0x3F) << 12
    return high | int(data[i + 2] & 0x3F) << 6 | int(data[i + 3] & 0x3F), 4


@kernel
def strip(data: Bytes, start: int, end: int, kinds: Bytes) -> tuple[int, int]:
    """Return the bounds of the text between bytes *start* and *end* without its outer white space."""
    while start < end:
        code, width = decode(data, start)
        if not kinds[code] & SPACE:
            break
        start += width
    while end > start:
        last = last_character(data, end)
        if not kinds[decode(data, last)[0]] & SPACE:
            break
        end = last
    return start, end


@kernel
def last_character(data: Bytes, end: int) -> int:
    """Return the byte at which the last character before byte *end* begins."""
    end -= 1
    while data[end] & 0xC0 == 0x80:
        end -= 1
    return end


@kernel
def count_characters(data: Bytes, start: int, end: int) -> int:
    """Return how many code points stand between bytes *start* and *end*."""
    count = 0
    for i in range(start, end):
        count += (data[i] & 0xC0) != 0x80
    return count


@kernel
def mix(a: np.uint64, b: np.uint64) -> np.uint64:
    """Combine two 64-bit hashes, order mattering, so that all bits reach the low ones."""
    h = (a * HASH_PRIME + b) * _MIX
    return h ^ (h >> _FOLD)


@kernel
def table_size(entries: int) -> int:
    """Return the power of two that keeps a hash table of *entries* at most half full."""
    size = 4
    while size < 2 * entries:
        size *= 2
    return size


@kernel
def seek(keys: npt.NDArray[np.uint64], key: np.uint64) -> int:
    """Return the slot of *key* in an open-addressed table, or the free slot (0) where it belongs; *key* is not 0."""
    last = np.uint64(len(keys) - 1)
    slot = key & last
    while keys[slot] != 0 and keys[slot] != key:
        slot = (slot + np.uint64(1)) & last
    return int(slot)


@kernel
def nonzero(key: np.uint64) -> np.uint64:
    """Return *key*, or 1 where it is 0, the mark of a free slot."""
    return key if key != 0 else np.uint64(1)
