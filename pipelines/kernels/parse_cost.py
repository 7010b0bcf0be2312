"""Estimate what it costs to parse HTML, before it is parsed.

Parsers take time that is quadratic in how deeply elements nest, in how many formatting elements stand open (each is
made anew in every block: "reconstruct the active formatting elements", HTML standard, section 13.2.4.3), and in how
many attributes a tag has. Pages made to hurt use that: 84 KB of unclosed font tags become 12 million elements.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from pipelines.kernels.codepoints import HASH_PRIME, HASH_START, ZERO, Bytes, nonzero, seek
from pipelines.kernels.compiled import kernel

Keys = npt.NDArray[np.uint64]
Counters = npt.NDArray[np.int32]

MAX_PARSE_COST, COST_PER_BYTE = 1 << 22, 1
"""A page whose parse_cost exceeds MAX_PARSE_COST plus its bytes is not parsed. That is two seconds of work on a small
page; the costliest of 2,800 real pages was a fourteenth of it."""

_VOID, _IMPLIED, _FORMATTING, _SINGLE, _RAW, _FOREIGN = 1, 2, 4, 8, 16, 32
_NAMES = {
    _VOID: "area base br col embed hr img input link meta param source track wbr",
    _IMPLIED: "html head body p li dt dd tr td th thead tbody tfoot caption option optgroup colgroup rb rt rp rtc",
    _FORMATTING: "b big code em font i s small strike strong tt u",
    _FORMATTING | _SINGLE: "a nobr",
    _RAW: "script style textarea title xmp iframe noembed noframes",
    _FOREIGN: "svg math",
}
_SLOTS, _COUNTERS = 256, 1024
_LESS, _GREATER, _SLASH, _BANG, _QUESTION, _EQUALS, _DASH, _QUOTE, _APOSTROPHE = b"<>/!?=-\"'"
_FORMATTING_WEIGHT = 16  # making an element costs about as much as sixteen steps up the tree
_ATTRIBUTE_SHARE = 64  # comparing two attribute names costs about a sixty-fourth of such a step


def is_costly(html: bytes) -> bool:
    """Tell whether parsing *html* (UTF-8) would take too long."""
    return parse_cost(html) > MAX_PARSE_COST + COST_PER_BYTE * len(html)


def parse_cost(html: bytes) -> int:
    """Return about how many steps up and down the tree it takes to parse *html* (UTF-8) and to judge its elements.

    The sum, over all tags, of how many elements are open, weighted by kind. Measured with resiliparse 2.0 a step took
    at most 0.5 microseconds. Elements whose end tags may be omitted are not counted.
    """
    return int(_cost(np.frombuffer(html, np.uint8), *_tables()))


@cache
def _tables() -> tuple[Keys, Bytes]:
    keys, kinds = np.zeros(_SLOTS, np.uint64), np.zeros(_SLOTS, np.uint8)
    for kind, names in _NAMES.items():
        for name in names.split():
            _fill(np.frombuffer(name.encode(), np.uint8), kind, keys, kinds)
    return keys, kinds


@kernel
def _fill(name: Bytes, kind: int, keys: Keys, kinds: Bytes) -> None:
    _, key = _read_name(name, ZERO)
    slot = seek(keys, key)
    keys[slot], kinds[slot] = key, kind


@kernel
def _cost(html: Bytes, keys: Keys, kinds: Bytes) -> int:
    counters, sums = np.zeros(_COUNTERS, np.int32), np.zeros(3, np.int32)
    i, cost, size = 0, 0, len(html)
    while i < size - 1:
        if html[i] != _LESS:
            i += 1
            continue
        closing = html[i + 1] == _SLASH
        start = i + 2 if closing else i + 1
        if html[start - 1] == _LESS and (html[start] == _BANG or html[start] == _QUESTION):
            i = _skip_declaration(html, start)
        elif start < size and 97 <= html[start] | 0x20 <= 122:
            i, key = _read_name(html, start)
            i, attributes, closed = _read_attributes(html, i)
            kind = kinds[seek(keys, key)]
            if kind & _RAW and not closing and sums[2] == 0:
                i = _skip_raw(html, i, key)
            _count(counters, sums, key, kind, closing or (closed and sums[2] > 0))
            cost += 1 + sums[0] + _FORMATTING_WEIGHT * sums[1] + attributes * attributes // _ATTRIBUTE_SHARE
        else:
            i += 1
    return cost


@kernel
def _count(counters: Counters, sums: Counters, key: np.uint64, kind: int, closing: bool) -> None:
    """Keep how many elements of a name are open, and in *sums* how many of any, of formatting and of foreign ones."""
    if kind & (_VOID | _IMPLIED):
        return
    place = int((key >> np.uint64(32)) & np.uint64(_COUNTERS - 1))
    if (counters[place] == 0 and closing) or (counters[place] > 0 and not closing and kind & _SINGLE):
        return
    step = -1 if closing else 1
    counters[place] += step
    sums[0] += step
    sums[1] += step if kind & _FORMATTING else 0
    sums[2] += step if kind & _FOREIGN else 0


@kernel
def _skip_declaration(html: Bytes, i: int) -> int:
    """Return where the comment or declaration ends whose "!" or "?" is at byte *i*."""
    size = len(html)
    comment = i + 2 < size and html[i] == _BANG and html[i + 1] == _DASH and html[i + 2] == _DASH
    first = i = i + 3 if comment else i
    while i < size:
        if html[i] == _GREATER:
            early = i == first or (i == first + 1 and html[first] == _DASH)
            dashes = html[i - 1] == _DASH or html[i - 1] == _BANG
            if not comment or early or (i >= first + 2 and dashes and html[i - 2] == _DASH):
                break
        i += 1
    return i + 1


@kernel
def _read_name(html: Bytes, i: int) -> tuple[int, np.uint64]:
    """Return where the tag name at byte *i* ends, and the hash of its lower case."""
    key = HASH_START
    while i < len(html) and html[i] > 32 and html[i] != _SLASH and html[i] != _GREATER:
        key = (key ^ np.uint64(html[i] | 0x20)) * HASH_PRIME
        i += 1
    return i, nonzero(key ^ (key >> np.uint64(29)))


@kernel
def _read_attributes(html: Bytes, i: int) -> tuple[int, int, bool]:
    """Return where the tag ends, how many attributes it has, and whether it closes itself."""
    count, fresh, size = 0, True, len(html)
    while i < size and html[i] != _GREATER:
        if html[i] <= 32 or html[i] == _SLASH:
            fresh = True
        elif html[i] == _EQUALS and not fresh:
            i = _skip_value(html, i + 1)
            fresh = True
            continue
        else:
            count += fresh
            fresh = False
        i += 1
    return i + 1, count, i > 0 and i < size and html[i - 1] == _SLASH


@kernel
def _skip_value(html: Bytes, i: int) -> int:
    """Return where the attribute value ends that begins at or after byte *i*."""
    size = len(html)
    while i < size and html[i] <= 32:
        i += 1
    if i < size and (html[i] == _QUOTE or html[i] == _APOSTROPHE):
        quote = html[i]
        i += 1
        while i < size and html[i] != quote:
            i += 1
        return i + 1
    while i < size and html[i] > 32 and html[i] != _GREATER:
        i += 1
    return i


@kernel
def _skip_raw(html: Bytes, i: int, key: np.uint64) -> int:
    """Return where the end tag begins of the element whose content is raw text, from byte *i* on."""
    size = len(html)
    while i < size - 1:
        if html[i] == _LESS and html[i + 1] == _SLASH and _read_name(html, i + 2)[1] == key:
            return i
        i += 1
    return size
