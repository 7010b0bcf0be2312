"""Units of text, lines or paragraphs: their hashes, and texts without some of them.

A line is what stands between newlines, a paragraph a run of lines without a blank one between them. Units are compared
after trimming and with each run of white space as one space, line breaks inside a paragraph included; case counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.kernels.codepoints import (
    SPACE,
    ZERO,
    Bytes,
    Offsets,
    classes,
    count_characters,
    decode,
    nonzero,
    seek,
    string_buffers,
    strip,
    table_size,
)
from pipelines.kernels.compiled import inlined, kernel
from pipelines.kernels.hashing import load64, xxh64
from pipelines.kernels.lines import Keys
from policies.spans import EDITS

_NEWLINE, _BLANK = ord("\n"), ord(" ")
_TOO_SHORT = np.uint64(0)
_SPACES = [chr(code).encode()[0] for code in range(0x3001) if chr(code).isspace()]  # there is none above
_MAY_BE_SPACE = np.isin(np.arange(256), _SPACES)
_HIGH, _BLANKS = np.uint64(0x8080808080808080), np.uint64(0x2020202020202020)
_NO_WORD = np.uint64(0)  # eight control characters: what is left is looked at byte by byte
_BYTE, _SEVEN_BYTES, _HIGH_BIT = np.uint64(8), np.uint64(56), np.uint64(0x80)


@dataclass(frozen=True, slots=True)
class Units:
    """The m units of n texts, blank ones not counted.

    Attributes:
        ends: int64 n + 1; those of text d are ends[d] to ends[d + 1].
        hashes: uint64 m, XXH64 of each unit as it is compared; 0 where it is too short.
        starts: int32 m, byte of the text at which the unit's first line begins.
        stops: int32 m, byte after the newline of its last line.
    """

    ends: npt.NDArray[np.int64]
    hashes: Keys
    starts: npt.NDArray[np.int32]
    stops: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Cut:
    """What is left of n texts.

    Attributes:
        texts: string n; empty where every unit was removed.
        removed: int64 n, units removed.
        edits: EDITS n; the spans that were removed, null where none was. Neighbours that go together are one span.
    """

    texts: pa.StringArray
    removed: npt.NDArray[np.int64]
    edits: pa.ListArray


def find_units(texts: pa.StringArray, paragraphs: bool, min_chars: int) -> Units:
    """Find the lines or the *paragraphs* of *texts*; one of less than *min_chars* code points, as compared, is short.

    Two different units have the same hash by accident in one of 2**64 pairs: among m different ones about m**2 / 2**65
    pairs do, which is one in 37,000 for a billion.
    """
    offsets, data = string_buffers(texts)
    most = int(np.count_nonzero(data[offsets[0] : offsets[-1]] == _NEWLINE)) + len(texts)
    ends, hashes = np.zeros(len(texts) + 1, np.int64), np.empty(most, np.uint64)
    starts, stops = np.empty(most, np.int32), np.empty(most, np.int32)
    count = _find(offsets, data, classes(), (paragraphs, min_chars), (ends, hashes, starts, stops))
    return Units(ends, hashes[:count], starts[:count], stops[:count])


def distinct_hashes(units: Units) -> Keys:
    """Return the hashes of *units* that are not short, once for each text that holds them."""
    first = np.zeros(len(units.hashes), np.bool_)
    _mark_first(units.ends, units.hashes, first)
    return units.hashes[first]


def cut_units(texts: pa.StringArray, units: Units, doomed: npt.NDArray[np.bool_]) -> Cut:
    """Take the *doomed* (bool m) of the *units* of *texts* out.

    A unit goes with the newline that ends it, and with the blank lines that follow if a blank line, or nothing, stands
    before it: so paragraphs neither merge nor drift apart. At the end of a text the white space before it goes too.
    """
    offsets, data = string_buffers(texts)
    totals = np.concatenate([[0], np.cumsum(doomed)])[units.ends]
    ends, output = np.zeros(len(texts) + 1, np.int32), np.empty(int(offsets[-1] - offsets[0]), np.uint8)
    places, spans = np.zeros(len(texts) + 1, np.int32), np.empty((int(totals[-1]), 2), np.int32)
    found = (units.ends, units.starts, units.stops)
    _cut(offsets, data, classes(), (found, doomed), (ends, output, places, spans))
    kept = pa.StringArray.from_buffers(len(texts), pa.py_buffer(ends), pa.py_buffer(output[: ends[-1]]))
    return Cut(kept, np.diff(totals), _as_edits(places, spans[: places[-1]]))


def _as_edits(places: npt.NDArray[np.int32], spans: npt.NDArray[np.int32]) -> pa.ListArray:
    columns = [pa.array(spans[:, 0]), pa.array(spans[:, 1]), pa.array(np.zeros(len(spans), np.int32))]
    values = pa.StructArray.from_arrays(columns, fields=list(EDITS.value_type))
    return pa.ListArray.from_arrays(pa.array(places), values, type=EDITS, mask=pa.array(np.diff(places) == 0))


@kernel
def _find(offsets: Offsets, data: Bytes, kinds: Bytes, rule: tuple[bool, int], found: Any) -> int:
    ends, hashes, starts, stops = found
    room, count = np.empty(np.max(np.diff(offsets)) if len(offsets) > 1 else 0, np.uint8), ZERO
    for d in range(len(offsets) - 1):
        text = data[offsets[d] : offsets[d + 1]]
        count = _find_in(text, kinds, rule, (hashes, starts, stops), count, room)
        ends[d + 1] = count
    return count


@kernel
def _find_in(text: Bytes, kinds: Bytes, rule: tuple[bool, int], found: Any, count: int, room: Bytes) -> int:
    hashes, starts, stops = found
    paragraphs, min_chars = rule
    i, size, length, start, end = ZERO, len(text), ZERO, ZERO, ZERO
    while i < size:
        newline, plain = _scan(text, i, size)
        after = min(newline + 1, size)
        if plain and not paragraphs:
            first, last = _trim(text, i, newline)
            if first < last:
                hashes[count], starts[count], stops[count] = _hash(text, first, last, min_chars), i, after
                count += 1
        else:
            before = length
            length = _collapse(text, i, newline, kinds, room, before)
            if length > before:
                start, end = i if before == 0 else start, after
            if length and (not paragraphs or length == before or after == size):
                hashes[count], starts[count], stops[count] = _hash(room, ZERO, length, min_chars), start, end
                count, length = count + 1, ZERO
        i = after
    return count


@kernel
def _scan(text: Bytes, i: int, size: int) -> tuple[int, bool]:
    """Return the first newline at or after byte *i*, or *size*, and whether all before it is plain.

    Plain are ASCII letters and marks with single blanks between them: most lines are, and need only be copied. Eight
    bytes are looked at together: a byte of *controls* or *blanks* has its high bit set where the text has one.
    """
    plain, before = True, np.uint64(0)
    while i < size:
        word = load64(text, i) if i + 8 <= size else _NO_WORD
        controls = ~((word | _HIGH) - _BLANKS) & ~word & _HIGH
        if controls == 0:
            others = word ^ _BLANKS
            blanks = ~(((others & ~_HIGH) + ~_HIGH) | others | ~_HIGH)
            plain = plain and (word & _HIGH) | (blanks & ((blanks << _BYTE) | before)) == 0
            before = blanks >> _SEVEN_BYTES
            i += 8
        else:
            byte = text[i]
            if byte == _NEWLINE:
                break
            plain = plain and _BLANK <= byte < 0x80 and (byte != _BLANK or before == 0)
            before = _HIGH_BIT if byte == _BLANK else np.uint64(0)
            i += 1
    return i, plain


@inlined
def _trim(text: Any, start: int, end: int) -> Any:
    """Return plain bytes without the blanks around them."""
    start += start < end and text[start] == _BLANK
    end -= start < end and text[end - 1] == _BLANK
    return start, end


@inlined
def _collapse(text: Any, i: int, end: int, kinds: Any, room: Any, length: int) -> Any:
    """Append the words between the bytes *i* and *end* to the *length* bytes in *room*, a blank before each."""
    gap = length > 0
    while i < end:
        if _MAY_BE_SPACE[text[i]] and kinds[decode(text, i)[0]] & SPACE:
            gap = length > 0
            i += decode(text, i)[1]
        else:
            if gap:
                room[length] = _BLANK
                length, gap = length + 1, False
            room[length] = text[i]
            length, i = length + 1, i + 1
    return length


@inlined
def _hash(data: Any, start: int, end: int, min_chars: int) -> Any:
    if end - start < 4 * min_chars and count_characters(data, start, end) < min_chars:
        return _TOO_SHORT
    return nonzero(xxh64(data, start, end))


@kernel
def _mark_first(ends: Any, hashes: Keys, first: Any) -> None:
    for d in range(len(ends) - 1):
        keys = np.zeros(table_size(ends[d + 1] - ends[d]), np.uint64)
        for u in range(ends[d], ends[d + 1]):
            if hashes[u] != _TOO_SHORT:
                slot = seek(keys, hashes[u])
                first[u] = keys[slot] != hashes[u]
                keys[slot] = hashes[u]


@kernel
def _cut(offsets: Offsets, data: Bytes, kinds: Bytes, doom: Any, kept: Any) -> None:
    (unit_ends, starts, stops), doomed = doom
    ends, output, places, spans = kept
    for d in range(len(offsets) - 1):
        text, mine = data[offsets[d] : offsets[d + 1]], slice(unit_ends[d], unit_ends[d + 1])
        found = (starts[mine], stops[mine], doomed[mine])
        length, edits = _cut_in(text, kinds, found, output[ends[d] :], spans[places[d] :])
        ends[d + 1], places[d + 1] = ends[d] + length, places[d] + edits


@kernel
def _cut_in(text: Bytes, kinds: Bytes, found: Any, room: Bytes, spans: Any) -> tuple[int, int]:
    """Copy what is kept of *text* into *room*; return its bytes and the number of spans that were left out."""
    doomed = found[2]
    at, chars, length, edits, u = ZERO, 0, 0, 0, ZERO
    while u < len(doomed):
        last = _run(found, u)
        if last > u:
            start, stop = _span(text, kinds, found, u, last)
            room[length : length + start - at] = text[at:start]
            length += start - at
            chars += count_characters(text, at, start)
            spans[edits, 0] = chars
            chars += count_characters(text, start, stop)
            spans[edits, 1] = chars
            at, edits = stop, edits + 1
        u = max(last, u + 1)
    room[length : length + len(text) - at] = text[at:]
    return length + len(text) - at, edits


@kernel
def _run(found: Any, u: int) -> int:
    """Return the end of the doomed units from *u* that go as one: not over the first blank line between two kept."""
    starts, stops, doomed = found
    last = u
    while last < len(doomed) and doomed[last]:
        last += 1
    if u < last < len(doomed) and u and starts[u] == stops[u - 1]:
        for k in range(u + 1, last):
            if starts[k] > stops[k - 1]:
                return k
    return last


@kernel
def _span(text: Bytes, kinds: Bytes, found: Any, u: int, last: int) -> tuple[int, int]:
    """Return the bytes that go with the units from *u* to before *last*."""
    starts, stops, doomed = found
    start, stop = (starts[u], stops[last - 1]) if u else (0, stops[last - 1])
    if last == len(doomed):
        return strip(text, ZERO + starts[u - 1], ZERO + stops[u - 1], kinds)[1] if u else 0, len(text)
    if u == 0 or starts[u] > stops[u - 1]:
        stop = starts[last]
    return start, stop
