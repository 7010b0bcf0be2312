"""Make texts look like those that the model of languages was trained on: small letters, and spaces between words."""

from __future__ import annotations

import unicodedata
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.kernels.codepoints import LETTER, LOWER_LIMIT, Bytes, Offsets, classes, decode, lowercase, string_buffers
from pipelines.kernels.compiled import kernel

_SPACES: Final = "[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]"
"""What separates words and is no space to fastText, which would read the words as one."""

_STYLED: Final = "[\uff21-\uff3a\uff41-\uff5a\U0001d400-\U0001d7ff]"
"""Full-width Latin letters, and mathematical alphabets."""


def folded(texts: pa.StringArray) -> pa.StringArray:
    """Return n *texts* with those in capitals in small letters, and any white space between words as a plain space.

    A text is in capitals if more than half of its letters are. Latin letters of other widths and styles are those that
    they stand for. Other texts are shared, not copied.
    """
    styled = pc.fill_null(pc.match_substring_regex(texts, _STYLED), False)
    if styled.true_count:
        plain = [unicodedata.normalize("NFKC", one) for one in texts.filter(styled).to_pylist()]
        texts = pc.replace_with_mask(texts, styled, pa.array(plain, pa.string()))
    joined = pc.fill_null(pc.match_substring_regex(texts, _SPACES), False)
    if joined.true_count:
        spaced = pc.replace_substring_regex(texts.filter(joined), _SPACES, " ")
        texts = pc.replace_with_mask(texts, joined, spaced)
    capitals = np.zeros(len(texts), np.bool_)
    _in_capitals(*string_buffers(texts), classes(), lowercase(), capitals)
    mask = pa.array(capitals)
    return pc.replace_with_mask(texts, mask, pc.utf8_lower(texts.filter(mask))) if capitals.any() else texts


@kernel
def _in_capitals(
    offsets: Offsets, data: Bytes, kinds: Bytes, lower: npt.NDArray[np.uint32], out: npt.NDArray[np.bool_]
) -> None:
    for d in range(len(offsets) - 1):
        i, end, letters, capitals = int(offsets[d]), int(offsets[d + 1]), 0, 0
        while i < end:
            code, width = int(data[i]), 1
            if code >= 0x80:
                code, width = decode(data, i)
            if kinds[code] & LETTER:
                letters += 1
                capitals += code < LOWER_LIMIT and lower[code] != code
            i += width
        out[d] = 2 * capitals > letters
