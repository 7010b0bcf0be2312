r"""Canonical texts: without NULs, with line ends as \n, in Unicode's NFC, and without outer white space.

Most texts are canonical already. A kernel finds those that may not be, by tables over all code points, and only they
are worked on: by the quick check of Unicode Standard Annex 15 a text is in NFC if each of its code points is stable
under NFC, begins no reordering (combining class 0) and composes with none before it.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.kernels.codepoints import Bytes, asked_once, decode, last_character, string_buffers
from pipelines.kernels.compiled import kernel

_CODES = 0x110000
_SURROGATES = range(0xD800, 0xE000)

_UNSTABLE = 1  # NFC may change a text that holds it, or it is removed or replaced
_SPACE = 2  # white space in the sense of Arrow's utf8_trim_whitespace


def canonical(text: pa.StringArray) -> pa.StringArray:
    """Return *text* in canonical form; a null stays null, and what is canonical stays as it is."""
    doubtful = pa.array(_doubtful(*string_buffers(text), _table()))
    rows = text.filter(doubtful)
    return pc.replace_with_mask(text, doubtful, _made_canonical(rows)) if len(rows) else text


def _made_canonical(text: pa.StringArray) -> pa.StringArray:
    for found, put in (("\0", ""), ("\r\n", "\n"), ("\r", "\n")):
        text = pc.replace_substring(text, found, put)
    composed = [value if value is None else unicodedata.normalize("NFC", value) for value in text.to_pylist()]
    return pc.utf8_trim_whitespace(pa.array(composed, pa.string()))


@cache
def _table() -> Bytes:
    """Return the bits of every code point: uint8, 1,114,112; the Unicode version is the interpreter's."""
    table: Bytes = asked_once(__file__, "table", _make_table)
    table.flags.writeable = False
    return table


def _make_table() -> npt.NDArray[np.uint8]:
    table = np.zeros(_CODES, np.uint8)
    codes = [code for code in range(_CODES) if code not in _SURROGATES]
    table[codes] |= np.array(pc.equal(pc.utf8_trim_whitespace(pa.array(map(chr, codes))), "")).astype(np.uint8) * _SPACE
    table[[code for code in codes if _is_unstable(chr(code))]] |= _UNSTABLE
    table[[*_composing(codes), 0x00, 0x0D]] |= _UNSTABLE
    return table


def _is_unstable(character: str) -> bool:
    return unicodedata.combining(character) != 0 or not unicodedata.is_normalized("NFC", character)


def _composing(codes: list[int]) -> set[int]:
    """Return the code points that may compose with one before them (NFC_Quick_Check=Maybe)."""
    parts = (unicodedata.decomposition(chr(code)).split() for code in codes)
    second = {int(pair[1], 16) for pair in parts if len(pair) == 2 and not pair[0].startswith("<")}
    return second | set(range(0x1161, 0x1176)) | set(range(0x11A8, 0x11C3))  # Hangul vowels and final consonants


@kernel
def _doubtful(offsets: Any, data: Any, table: Any) -> Any:
    """Tell for each text whether it holds an unstable code point, or begins or ends with white space."""
    rows = len(offsets) - 1
    out = np.zeros(rows, np.bool_)
    for row in range(rows):
        start, end = offsets[row], offsets[row + 1]
        if start == end:
            continue
        edges = table[decode(data, start)[0]] | table[decode(data, last_character(data, end))[0]]
        found = (edges & _SPACE) != 0
        i = start
        while i < end and not found:
            byte = data[i]
            if byte < 0x80:
                found = byte == 0x00 or byte == 0x0D
                i += 1
            else:
                code, width = decode(data, i)
                found = (table[code] & _UNSTABLE) != 0
                i += width
        out[row] = found
    return out
