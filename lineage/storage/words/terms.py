"""Terms: the pieces of texts by which they are found, cut so that a look-up misses nothing that a search would find.

A text in lower case is cut into runs of letters and digits, each a term, and of characters of scripts that put no
space between words (Han, kana, Thai, Lao, Khmer, Myanmar, Tibetan), whose pairs of neighbours are terms, or the
character itself where it stands alone. Runs of more than LONGEST characters are no terms: a document that has one is
marked. The tables are written down here: a later Unicode must not cut an older index otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

LONGEST: Final = 64
"""Code points of the longest run that is a term."""

LENGTHS: Final = ""
"""The term under which the number of terms of each document stands."""

LONG: Final = " "
"""The term under which the documents with a longer run stand."""

_SEPARATES: Final = (
    *((0x00, 0x2F), (0x3A, 0x40), (0x5B, 0x5E), (0x60, 0x60), (0x7B, 0xA9), (0xAB, 0xB4), (0xB6, 0xB9)),
    *((0xBB, 0xBF), (0xD7, 0xD7), (0xF7, 0xF7), (0x2000, 0x206F), (0x20A0, 0x20CF), (0x2190, 0x2BFF)),
    *((0x3000, 0x3004), (0x3008, 0x3020), (0x3030, 0x3030), (0xFE30, 0xFE6F), (0xFF00, 0xFF0F), (0xFF1A, 0xFF20)),
    *((0xFF3B, 0xFF40), (0xFF5B, 0xFF65), (0xE000, 0xF8FF), (0x1F000, 0x1FAFF)),
)
_UNSPACED: Final = (
    *((0x0E00, 0x0FFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3005, 0x3007), (0x3040, 0x30FF), (0x3105, 0x312F)),
    *((0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFF66, 0xFF9F), (0x20000, 0x3FFFF)),
)
_SEPARATOR, _WORD, _PAIRED = range(3)
_BITS: Final = 21  # of a code point


class Part(Enum):
    """Where in a term of a text a piece of what is asked for stands."""

    WHOLE = "whole"
    BEGINNING = "beginning"
    END = "end"
    INSIDE = "inside"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of what is asked for: a term, or where it stands at an edge, a part of one."""

    text: str
    part: Part


@cache
def _kinds() -> Any:
    """Return the kind of each code point (uint8, 0x110000)."""
    kinds = np.full(0x110000, _WORD, np.uint8)
    for table, kind in ((_SEPARATES, _SEPARATOR), (_UNSPACED, _PAIRED)):
        for first, last in table:
            kinds[first : last + 1] = kind
    return kinds


@dataclass(frozen=True)
class Postings:
    """Which terms stand in which texts: entries by term, number of text, and how often; all int64 n but *terms*.

    Attributes:
        terms: distinct terms, string.
        term: number of the term in *terms*.
        row: number of the text.
        times: how often it stands there; of LENGTHS the terms of the text, of LONG 1.
    """

    terms: Any
    term: Any
    row: Any
    times: Any


def postings(lowered: Any) -> Postings:
    """Return the postings of texts in lower case (string n, no nulls), by term and text in any order."""
    runs = _Runs.of(lowered)
    words, word, word_row = _words(runs)
    pairs, pair, pair_row = _pairs(runs)
    term = np.concatenate([word, pair + len(words)])
    row = np.concatenate([word_row, pair_row])
    entries, times = np.unique(term * max(len(lowered), 1) + row, return_counts=True)
    term, row_of = np.divmod(entries, max(len(lowered), 1))
    lengths = np.bincount(row, minlength=len(lowered))
    long = np.unique(runs.row[(runs.kind == _WORD) & (runs.length > LONGEST)])
    special = len(words) + len(pairs)
    return Postings(
        pa.concat_arrays([words, pairs, pa.array([LENGTHS, LONG])]),
        np.concatenate([term, np.full(len(lengths), special), np.full(len(long), special + 1)]),
        np.concatenate([row_of, np.arange(len(lengths)), long]),
        np.concatenate([times, lengths, np.ones(len(long), np.int64)]),
    )


@dataclass(frozen=True)
class _Runs:
    """Texts, one after another, cut into runs of one kind.

    Attributes:
        data: their UTF-8 bytes, with the byte where each code point begins, and the end of all.
        points: code points, uint32.
        begin: where each run begins, in code points.
        length: how many it has.
        kind: of what kind they are.
        row: number of the text that it is in.
    """

    data: Any
    starts: Any
    points: Any
    begin: Any
    length: Any
    kind: Any
    row: Any

    @classmethod
    def of(cls, lowered: Any) -> _Runs:
        """Cut texts (string n, in lower case, no nulls) where the kind of character changes, and between texts."""
        sizes = pc.binary_length(lowered).to_numpy(zero_copy_only=False).astype(np.int64)
        data = pa.py_buffer("".join(lowered.to_pylist()).encode())
        points = np.frombuffer(str(data.to_pybytes(), "utf-8").encode("utf-32-le"), np.uint32)
        widths = 1 + (points >= 0x80).astype(np.int64) + (points >= 0x800) + (points >= 0x10000)
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(widths)])
        texts = np.searchsorted(starts, np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)[:-1]]))
        kinds = _kinds()[points]
        edges = np.ones(len(points), bool)
        edges[1:] = kinds[1:] != kinds[:-1]
        edges[texts[texts < len(points)]] = True
        begin = np.flatnonzero(edges)
        length = np.diff(np.append(begin, len(points)))
        return cls(data, starts, points, begin, length, kinds[begin], np.searchsorted(texts, begin, "right") - 1)


def _words(runs: _Runs) -> tuple[Any, Any, Any]:
    """Return the distinct terms that are runs, and for each run its term and text."""
    places = np.append(runs.starts[runs.begin], runs.starts[-1]).astype(np.int32)
    pieces = pa.StringArray.from_buffers(len(runs.begin), pa.py_buffer(places), runs.data)
    wanted = (runs.kind == _WORD) & (runs.length <= LONGEST)
    encoded = pieces.filter(pa.array(wanted)).dictionary_encode()
    return encoded.dictionary, encoded.indices.to_numpy().astype(np.int64), runs.row[wanted]


def _pairs(runs: _Runs) -> tuple[Any, Any, Any]:
    """Return the distinct terms of scripts without spaces, and for each place of one its term and text."""
    paired = runs.kind == _PAIRED
    begin, length = runs.begin[paired], runs.length[paired]
    counts = np.maximum(length - 1, 1)
    first = np.repeat(begin, counts) + _counted(counts)
    alone = np.repeat(length == 1, counts)
    points = runs.points.astype(np.int64)
    second = np.where(alone, 0, points[np.minimum(first + 1, len(points) - 1)] if len(points) else 0)
    codes, places = np.unique((points[first] << _BITS) | second, return_inverse=True)
    terms = [chr(one >> _BITS) + (chr(low) if (low := one & (1 << _BITS) - 1) else "") for one in codes.tolist()]
    return pa.array(terms, pa.string()), places.astype(np.int64), np.repeat(runs.row[paired], counts)


def _counted(counts: Any) -> Any:
    """Return 0, 1, ... for each of *counts*, one after another."""
    ends = np.cumsum(counts)
    return np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - counts, counts)


def pieces(asked: str) -> list[Piece]:
    """Return the pieces of *asked*, in lower case: every text that contains it has a term of each."""
    runs = _Runs.of(pa.array([asked], pa.string()))
    last = len(runs.begin) - 1
    found: list[Piece] = []
    for at, (begin, length, kind) in enumerate(zip(runs.begin, runs.length, runs.kind, strict=True)):
        text = asked[begin : begin + length]
        if kind == _WORD:
            found.append(Piece(text, _part(at == 0, at == last)))
        elif kind == _PAIRED:
            found += _paired(text, _part(at == 0, at == last))
    return [*dict.fromkeys(found)]


def _part(first: bool, last: bool) -> Part:
    if first:
        return Part.INSIDE if last else Part.END
    return Part.BEGINNING if last else Part.WHOLE


def _paired(text: str, part: Part) -> Iterator[Piece]:
    """Yield the pairs of *text*, which stand in every longer run too; of one character, what may hold it."""
    if len(text) == 1:
        yield Piece(text, part if part is Part.WHOLE else Part.INSIDE)
    yield from (Piece(text[at : at + 2], Part.WHOLE) for at in range(len(text) - 1))
