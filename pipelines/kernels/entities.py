"""HTML entities left in texts: decoded for comparisons, and the way back to where they stood."""

from __future__ import annotations

import html
import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.kernels.codepoints import string_buffers

PASSES = 2
"""Texts are decoded so many times, since what was escaped twice (``&amp;quot;``) is common; a fixed number bounds the
work."""

_REFERENCE = re.compile(r"&#?\w{1,32};?")
_AMPERSAND = ord("&")


def decode(text: str) -> str:
    """Decode the character references of *text* (HTML standard, section 13.5), PASSES times."""
    for _ in range(PASSES):
        text = _once(text)
    return text


def origin(text: str, offset: int) -> int:
    """Return the offset in *text* of what stands at *offset* (code points) in ``decode(text)``.

    Of what a reference became, that is where the reference begins.
    """
    stages = [text]
    for _ in range(PASSES - 1):
        stages.append(_once(stages[-1]))
    for stage in reversed(stages):
        offset = _before(stage, offset)
    return offset


def decode_all(texts: pa.StringArray) -> tuple[pa.StringArray, npt.NDArray[np.bool_]]:
    """Decode each of *texts* (no nulls); return them and bool (n): which were changed."""
    changed = np.zeros(len(texts), np.bool_)
    decoded = []
    for row in _with_ampersand(texts).tolist():
        text = texts[row].as_py()
        plain = decode(text)
        changed[row] = plain != text
        if changed[row]:
            decoded.append(plain)
    return (pc.replace_with_mask(texts, pa.array(changed), pa.array(decoded)) if decoded else texts), changed


def _with_ampersand(texts: pa.StringArray) -> npt.NDArray[np.int64]:
    offsets, data = string_buffers(texts)
    found = np.flatnonzero(data[offsets[0] : offsets[-1]] == _AMPERSAND) + offsets[0]
    return np.unique(np.searchsorted(offsets, found, side="right") - 1)


def _once(text: str) -> str:
    return _REFERENCE.sub(lambda found: html.unescape(found[0]), text)


def _before(text: str, offset: int) -> int:
    """Undo one pass for *offset*."""
    shift = 0
    for found in _REFERENCE.finditer(text):
        begin = found.start() - shift
        size = len(html.unescape(found[0]))
        if offset < begin:
            break
        if offset < begin + size:
            return found.start()
        shift += len(found[0]) - size
    return offset + shift
