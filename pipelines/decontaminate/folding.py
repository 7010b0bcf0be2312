r"""Tokens of a text as comparisons with benchmarks see them: case, accents, punctuation and line breaks do not count.

A text is folded code point by code point: compatibility decomposition (NFKD), full case folding, NFKD again, then all
combining marks and format characters (categories M and Cf: accents, zero-width spaces, joiners) vanish. So texts with
equal NFKC forms fold alike. A token is a run of letters and numbers (``str.isalnum``), except that each character of a
script without spaces (codepoints.SPACELESS_RANGES: Thai, kana, Han and their like) is a token of its own; everything
else separates, the underscore included. What was hyphenated is joined: a soft hyphen inside a word counts for nothing,
and neither does a hyphen or soft hyphen together with the white space after it, if that holds a line break and a letter
or number follows.

How punctuation inside words was treated cannot be seen in a text that lost it, so there are three readings; a Reading
names how hyphens and other punctuation are taken.
"""

from __future__ import annotations

import re
import unicodedata
from enum import IntEnum
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipelines.kernels.codepoints import HASH_PRIME, HASH_START, SPACELESS_RANGES, asked_once, decode
from pipelines.kernels.compiled import inlined, kernel


class Reading(IntEnum):
    """What punctuation does between two letters."""

    APART = 0  # it separates: "well-known" is two tokens, "don't" too
    HYPHENS = 1  # hyphens join, the rest separates: "wellknown", "don", "t"
    JOINED = 2  # it joins: "wellknown", "dont"


_SEPARATOR, _WORD, _SINGLE, _SPACE, _BREAK, _HYPHEN, _SOFT, _VANISH = range(8)
_OUTSIDE, _INSIDE, _HYPHENATED, _BROKEN, _SOFTENED, _ALONE = range(6)
_CLOSE, _START, _ADD = 8, 16, 32
_NEW = _CLOSE | _START | _ADD

_ACTIONS = (  # by state, then class: the next state, and what to do before
    (0, _START | _ADD | _INSIDE, _START | _ADD | _ALONE, 0, 0, 0, 0, 0),
    (_CLOSE, _ADD | _INSIDE, _NEW | _ALONE, _CLOSE, _CLOSE, _HYPHENATED, _SOFTENED, _INSIDE),
    (_CLOSE, _NEW | _INSIDE, _NEW | _ALONE, _HYPHENATED, _BROKEN, _CLOSE, _HYPHENATED, _HYPHENATED),
    (_CLOSE, _ADD | _INSIDE, _NEW | _ALONE, _BROKEN, _BROKEN, _CLOSE, _BROKEN, _BROKEN),
    (_CLOSE, _ADD | _INSIDE, _NEW | _ALONE, _HYPHENATED, _BROKEN, _HYPHENATED, _SOFTENED, _SOFTENED),
    (_CLOSE, _NEW | _INSIDE, _NEW | _ALONE, _CLOSE, _CLOSE, _CLOSE, _CLOSE, _ALONE),
)
_LETTERS = np.frombuffer(b".ws n-~", np.uint8)  # classes but the last, for the definition below
_TOKEN = re.compile(r"s|w(?:(?:~*|(?:~+-?|-)[~ ]*n[~ n]*)w)*")

_MOST = 32  # no code point folds to so many characters
_SEVERAL = 1 << 31
_POINTS = 0x110000
_BREAKS, _HYPHENS, _SOFT_HYPHEN, _ZERO_WIDTH = (
    (0x0A, 0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029),
    (0x2D, 0x2010),
    0xAD,
    0x200B,
)
_FIRST_PLANES, _TAGS = range(0x20000), range(0xE0000, 0xE1000)  # no other plane holds marks or format characters
_MIX = np.uint64(0x9E3779B97F4A7C15)
_FOLD = np.uint64(32)


class FoldTables(NamedTuple):
    """What each code point is to one reading.

    Attributes:
        folded: uint32 (1,114,112), what a code point becomes; with the highest bit set, where that stands in *pool*
            (shifted by 5) and how long it is (5 bits).
        pool: uint32, what code points become that become several.
        classes: uint8 (1,114,112), of a folded code point.
        ascii: uint16 (128), the class (shifted by 8) and the folded code point.
        actions: uint8 (48), by state times 8 plus class.
    """

    folded: npt.NDArray[np.uint32]
    pool: npt.NDArray[np.uint32]
    classes: npt.NDArray[np.uint8]
    ascii: npt.NDArray[np.uint16]
    actions: npt.NDArray[np.uint8]


@cache
def fold_tables(reading: Reading = Reading.APART) -> FoldTables:
    """Return the tables of *reading*; Python was asked for every code point, which takes 0.3 s, once per machine."""
    folded, pool = np.split(asked_once(__file__, "folded", lambda: np.concatenate(_folded())), [_POINTS])
    classes = asked_once(__file__, "classes", _classes).copy()
    if reading != Reading.APART:
        classes[classes == _HYPHEN] = _SOFT
    if reading == Reading.JOINED:
        classes[classes == _SEPARATOR] = _VANISH
    narrow = ((classes[folded[:128]].astype(np.uint32) << 8) | folded[:128]).astype(np.uint16)
    tables = FoldTables(folded, pool, classes, narrow, np.array(_ACTIONS, np.uint8).ravel())
    for table in tables:
        table.flags.writeable = False
    return tables


def _classes() -> npt.NDArray[np.uint8]:
    every = np.arange(_POINTS, dtype=np.uint32).view("U1")
    table = np.full(_POINTS, _SEPARATOR, np.uint8)
    table[np.strings.isspace(every)] = _SPACE
    table[np.strings.isalnum(every)] = _WORD
    for first, last in SPACELESS_RANGES:
        table[first : last + 1][table[first : last + 1] == _WORD] = _SINGLE
    for points in (_FIRST_PLANES, _TAGS):
        table[[point for point in points if _vanishes(chr(point))]] = _VANISH
    table[list(_BREAKS)], table[list(_HYPHENS)], table[_SOFT_HYPHEN] = _BREAK, _HYPHEN, _SOFT
    return table


def _vanishes(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "M" or category == "Cf"


def fold(text: str) -> str:
    """Return *text* decomposed and without case; marks still stand."""
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())


def _folded() -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Fold all code points at once, set apart by one that folds to itself and is no character."""
    apart = _POINTS - 1
    points = np.concatenate([np.arange(0xD800, dtype=np.uint32), np.arange(0xE000, apart, dtype=np.uint32)])
    spelled = np.full((len(points), 2), apart, "<u4")
    spelled[:, 0] = points
    found = np.frombuffer(fold(spelled.tobytes().decode("utf-32-le")).encode("utf-32-le"), "<u4")
    owners = np.cumsum(found == apart)
    stays = (found != apart) & (asked_once(__file__, "classes", _classes)[found] != _VANISH)
    pool, owners = found[stays].astype(np.uint32), owners[stays]
    counts = np.bincount(owners, minlength=len(points))
    starts = np.cumsum(counts) - counts
    assert counts.max() < _MOST
    table = np.arange(_POINTS, dtype=np.uint32)
    table[points] = np.where(counts > 1, _SEVERAL | (starts << 5) | counts, _ZERO_WIDTH)
    table[points[counts == 1]] = pool[starts[counts == 1]]
    return table, pool


def tokens(text: str, reading: Reading = Reading.APART) -> list[str]:
    """Return the tokens of *text*: the definition that the kernel follows, at a hundredth of its speed."""
    points = np.frombuffer(fold(text).encode("utf-32-le"), "<u4")
    classes = fold_tables(reading).classes[points]
    points, classes = points[classes != _VANISH], classes[classes != _VANISH]
    letters = _LETTERS[classes].tobytes().decode()
    folded = points.tobytes().decode("utf-32-le")
    words = ((found.start(), found.end()) for found in _TOKEN.finditer(letters))
    return ["".join(folded[at] for at in range(*word) if letters[at] in "ws") for word in words]


@inlined
def _finish(h: Any) -> Any:
    return (h ^ (h >> _FOLD)) * _MIX


@kernel
def begin(at: int) -> Any:
    """Return a cursor at the beginning of a text, byte *at*: where, in which state, the open token's start and hash."""
    cursor = np.zeros(4, np.uint64)
    cursor[0] = np.uint64(at)
    return cursor


@kernel
def read_tokens(data: Any, end: int, tables: Any, cursor: Any, room: tuple[Any, Any]) -> int:
    """Hash tokens of the text that ends at byte *end* into *room*, from *cursor* on, which moves; return how many.

    It ends with the text (the cursor's first value is then *end*), or where *room* (uint64 hashes, int64 bytes at
    which tokens begin; longer than 32) might overflow.
    """
    hashes, starts = room
    folded, pool, classes, narrow, actions = tables
    limit = len(hashes) - _MOST
    at: Any = np.int64(cursor[0])
    state, start, h = np.int64(cursor[1]), np.int64(cursor[2]), cursor[3]
    count = 0
    while at < end and count < limit:
        byte = data[at]
        if byte < 0x80:
            what = narrow[byte]
            action = actions[(state << 3) | np.int64(what >> 8)]
            if action & _CLOSE:
                hashes[count], starts[count] = _finish(h), start
                count += 1
            if action & _START:
                h, start = HASH_START, at
            if action & _ADD:
                h = (h ^ np.uint64(what & 0x7F)) * HASH_PRIME
            state = np.int64(action & 7)
            at += 1
            continue
        point, width = decode(data, at)
        became = np.int64(folded[point])
        several = became >= _SEVERAL
        first = (became & (_SEVERAL - 1)) >> 5
        for k in range(first, first + (became & 31) if several else first + 1):
            one = np.int64(pool[k]) if several else became
            action = actions[(state << 3) | np.int64(classes[one])]
            if action & _CLOSE:
                hashes[count], starts[count] = _finish(h), start
                count += 1
            if action & _START:
                h, start = HASH_START, at
            if action & _ADD:
                h = (h ^ np.uint64(one)) * HASH_PRIME
            state = np.int64(action & 7)
        at += width
    if at >= end and state != _OUTSIDE:
        hashes[count], starts[count] = _finish(h), start
        count += 1
        state = np.int64(_OUTSIDE)
    cursor[0], cursor[1], cursor[2], cursor[3] = np.uint64(at), np.uint64(state), np.uint64(start), h
    return count
