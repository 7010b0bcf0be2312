r"""Words of a text for near-duplicates: lower-cased tokens as one run of bytes, found without Python objects.

A token is what ``re.findall("[CJK]|[^\WCJK]+", text.lower())`` finds in Python, where CJK stands for Thai, kana and
Han (the ranges below). Which code points are word characters, and what they become in lower case, is asked of Python
itself once per process, so the answer is that of the running Python's Unicode version. Both special cases of
``str.lower`` are followed: U+0130 becomes "i" and a combining dot (which ends the word), and a capital sigma at the end
of a word becomes a final sigma. There is no deviation for text that is valid UTF-8.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.kernels.codepoints import asked_once
from pipelines.kernels.compiled import inlined, kernel
from pipelines.kernels.hashing import store32

CJK = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""Ranges of which every character is a token of its own, for use inside a character class."""

TOKEN = re.compile(f"[{CJK}]|[^\\W{CJK}]+")
"""The definition: tokens are ``TOKEN.findall(text.lower())``."""

_POINTS = 0x110000
_DOTTED_I, _SIGMA, _FINAL_SIGMA = 0x130, 0x3A3, 0x3C2
_DOTTED_I_LEAD, _LATIN_I = 0xC4, 0x69
_CASED, _IGNORABLE = 1, 2
_SEPARATOR, _WORD, _SINGLE = 0, 1, 2
_SPECIAL = 1 << 5
_SPACE = 0x20


class TextTables(NamedTuple):
    """What each of the 1,114,112 code points is to the tokeniser.

    Attributes:
        lower: uint32, the UTF-8 bytes of the code point in lower case, the first in the lowest bits.
        info: uint8, of the lower-cased code point: in bits 0-1 whether it separates (0), belongs to a word (1) or is a
            token of its own (2); in bits 2-4 its length in UTF-8; bit 5 marks those whose lower case needs care.
        casing: uint8, 1 where the code point is cased, 2 where it is case-ignorable (Unicode, section 3.13).
        ascii: uint8, 128: lower case of ASCII word characters, a space for all others.
    """

    lower: npt.NDArray[np.uint32]
    info: npt.NDArray[np.uint8]
    casing: npt.NDArray[np.uint8]
    ascii: npt.NDArray[np.uint8]


@cache
def text_tables() -> TextTables:
    """Return the tables; Python was asked for every code point, which takes about 0.1 s, once per machine."""
    table = asked_once(__file__, "tables", lambda: np.concatenate([part.view(np.uint8) for part in _ask_tables()]))
    lower, info, casing, ascii_lower = np.split(table, np.cumsum([4 * _POINTS, _POINTS, _POINTS]))
    return TextTables(lower.view(np.uint32), info, casing, ascii_lower)


def _ask_tables() -> TextTables:
    points = np.concatenate([np.arange(0xD800, dtype=np.uint32), np.arange(0xE000, 0x110000, dtype=np.uint32)])
    lower = _lower(points)
    kind = _kinds(points)[lower]
    encoded, length = _encoded(lower)
    info = (kind | (length << 2)).astype(np.uint8)
    info[[_DOTTED_I, _SIGMA]] |= _SPECIAL
    ascii_lower = np.where(kind[:128] == _WORD, lower[:128], _SPACE).astype(np.uint8)
    return TextTables(encoded, info, _casing(points), ascii_lower)


@cache
def tables_digest() -> str:
    """Identify the tables, hence the Unicode version behind them: SHA-256, hex."""
    state = hashlib.sha256()
    for table in text_tables():
        state.update(table.tobytes())
    return state.hexdigest()


def _string(points: npt.NDArray[np.uint32]) -> str:
    return points.astype("<u4").tobytes().decode("utf-32-le")


def _points(text: str) -> npt.NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le"), "<u4")


def _lower(points: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    table = np.arange(0x110000, dtype=np.uint32)
    plain = points[(points != _DOTTED_I) & (points != _SIGMA)]
    table[plain] = _points(_string(plain).lower())  # raises if any other code point ever becomes several
    table[_DOTTED_I], table[_SIGMA] = ord("i"), ord("σ")
    return table


def _kinds(points: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint8]:
    table = np.zeros(0x110000, np.uint8)
    every = _string(points)
    table[_points("".join(re.findall(r"\w", every)))] = _WORD
    table[_points("".join(re.findall(f"[{CJK}]", every)))] = _SINGLE
    return table


def _encoded(points: npt.NDArray[np.uint32]) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint8]]:
    """Return the UTF-8 bytes of *points*, packed with the first byte lowest, and how many they are."""
    length = (1 + (points >= 0x80) + (points >= 0x800) + (points >= 0x10000)).astype(np.uint8)
    tail = [0x80 | ((points >> shift) & 0x3F) for shift in (0, 6, 12)]
    two = 0xC0 | (points >> 6) | (tail[0] << 8)
    three = 0xE0 | (points >> 12) | (tail[1] << 8) | (tail[0] << 16)
    four = 0xF0 | (points >> 18) | (tail[2] << 8) | (tail[1] << 16) | (tail[0] << 24)
    return np.choose(length - 1, [points, two, three, four]).astype(np.uint32), length


def _casing(points: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint8]:
    """Find cased and case-ignorable code points by what ``str.lower`` does to a capital sigma after them."""
    near = (points < 0x20000) | ((points >= 0xE0000) & (points < 0xE1000))  # no other plane has any; saves 0.2 s
    points = points[near & (points != _DOTTED_I)]
    spelled = np.full((len(points), 6), _SPACE, np.uint32)  # " cΣ AcΣ", each between spaces, which are neither
    spelled[:, 0], spelled[:, 1] = points, _SIGMA
    spelled[:, 3], spelled[:, 4], spelled[:, 5] = ord("A"), points, _SIGMA
    spelled = np.pad(spelled, ((0, 0), (0, 1)), constant_values=_SPACE)
    lowered = _points(_string(spelled.ravel()).lower()).reshape(spelled.shape)
    cased = lowered[:, 1] == _FINAL_SIGMA
    ignorable = (lowered[:, 5] == _FINAL_SIGMA) & ~cased
    table = np.zeros(0x110000, np.uint8)
    table[points] = np.where(cased, _CASED, np.where(ignorable, _IGNORABLE, 0))
    table[_DOTTED_I] = _CASED
    return table


def text_buffers(text: pa.StringArray) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Return the UTF-8 bytes and the int64 offsets (n + 1) of *text* without copying the bytes; null is empty."""
    if text.null_count:
        text = text.fill_null("")
    _, offsets, data = text.buffers()
    wide = np.int64 if pa.types.is_large_string(text.type) else np.int32
    ends = np.zeros(1, np.int64)
    if len(text):
        ends = np.frombuffer(offsets, wide)[text.offset : text.offset + len(text) + 1].astype(np.int64)
    raw = np.frombuffer(data if data is not None and data.size else b"\0", np.uint8)
    raw.flags.writeable = False  # so that kernels are compiled for one type of array only
    return raw, ends


@kernel
def longest(offsets: Any) -> int:
    """Return the largest difference of neighbouring *offsets*, 0 if there is none."""
    most = 0
    for i in range(len(offsets) - 1):
        most = max(most, offsets[i + 1] - offsets[i])
    return most


@kernel
def scratch(size: int) -> tuple[Any, Any]:
    """Allocate what :func:`tokenize` writes for a text of *size* bytes: token bytes and token starts."""
    return np.empty(2 * size + 16, np.uint8), np.empty(size // 2 + 3, np.int32)


@inlined
def _at(place: Any) -> Any:
    """Say that *place* is not negative: numba otherwise asks at each access, which costs a fourth of the speed."""
    return np.uint64(place)


@inlined
def _code_point(data: Any, at: int, end: int) -> Any:
    """Decode the UTF-8 sequence at *at*, and say where it ends; never reads at or beyond *end*."""
    point: Any = np.int64(data[at])
    size = 1 + (point >= 0xC0) + (point >= 0xE0) + (point >= 0xF0)
    after: Any = min(at + size, end)
    point &= 0x7F >> (size - (size == 1))
    for i in range(at + 1, after):
        point = (point << 6) | (np.int64(data[i]) & 0x3F)
    return min(point, 0x10FFFF), after


@kernel
def _casing_before(data: Any, begin: int, at: int, casing: Any) -> int:
    while at > begin:
        at -= 1
        while at > begin and (data[at] & 0xC0) == 0x80:
            at -= 1
        kind = casing[_code_point(data, at, len(data))[0]]
        if kind != _IGNORABLE:
            return int(kind)
    return 0


@kernel
def _casing_after(data: Any, at: int, end: int, casing: Any) -> int:
    while at < end:
        point, at = _code_point(data, at, end)
        if casing[point] != _IGNORABLE:
            return int(casing[point])
    return 0


@kernel
def _special(data: Any, span: tuple[int, int, int, int], tables: Any) -> tuple[Any, bool]:
    """Lower a capital sigma or a dotted I at span (text begins, it begins, it ends, text ends).

    Return its UTF-8 bytes, packed, and whether the token ends behind it.
    """
    begin, at, after, end = span
    if after - at == 2 and data[at] == _DOTTED_I_LEAD:
        return np.uint32(_LATIN_I), True
    if _casing_before(data, begin, at, tables.casing) != _CASED:
        return tables.lower[_SIGMA], False
    final = _casing_after(data, after, end, tables.casing) != _CASED
    return tables.lower[_FINAL_SIGMA if final else _SIGMA], False


@kernel
def tokenize(data: Any, begin: int, end: int, tables: Any, room: tuple[Any, Any]) -> Any:
    """Write the tokens of data[begin:end], each followed by a space, into *room*; return how many there are.

    Token i is ``bytes[starts[i]:starts[i + 1] - 1]`` of ``room = (bytes, starts)``, so k tokens joined by single
    spaces are one slice of it. One loop without calls: a call per character would cost more than the character.
    """
    out, starts = room
    lower, infos, narrow = tables.lower, tables.info, tables.ascii
    tokens: Any = 0
    pos: Any = 0
    inside: Any = 0
    at = begin
    while at < end:
        c = data[_at(at)]
        if c < 0x80:
            low = narrow[c]
            word = np.int64(low != _SPACE)
            starts[_at(tokens)] = pos
            tokens += word & ~inside
            out[_at(pos)] = low
            pos += word | inside
            inside = word
            at += 1
            continue
        point, after = _code_point(data, at, end)
        info = np.int64(infos[point])
        kind = info & 3
        if kind != _WORD:
            out[_at(pos)] = _SPACE
            pos += inside
            inside = 0
        if kind != _SEPARATOR:
            encoded = lower[point]
            ends = kind == _SINGLE
            if info & _SPECIAL:
                encoded, ends = _special(data, (begin, at, after, end), tables)
            starts[_at(tokens)] = pos
            tokens += 1 - inside
            store32(out, pos, encoded)
            pos += (info >> 2) & 7
            inside = 1
            if ends:
                out[_at(pos)] = _SPACE
                pos += 1
                inside = 0
        at = after
    out[_at(pos)] = _SPACE
    pos += inside
    starts[_at(tokens)] = pos
    return tokens
