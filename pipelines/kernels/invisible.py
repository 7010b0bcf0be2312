"""Cut out of texts what nobody sees: payloads hidden in variation selectors, and lone characters without a glyph.

The rule, for what Unicode calls default-ignorable, and U+FFF9..FFFB:

- A *variation selector* stays behind a character that takes it: U+FE0E and U+FE0F behind a symbol or what may be an
  emoji, U+FE00..FE0D behind a symbol of mathematics or a letter without case, U+E0100..E01EF behind an ideograph,
  Mongolian ones behind Mongolian letters. Behind anything else, another selector above all, it is cut: payloads are
  hidden that way, a byte a selector.
- A *joiner* (U+200C, U+200D) stays between letters or marks of scripts without case, and U+200D between emoji.
- A *zero-width space* (U+200B) stays between letters of scripts that write no spaces between words.
- *Marks of direction* (U+200E, U+200F, U+061C) stay in a text with right-to-left letters.
- *Tags* stay in the flag of a region: a black flag, tags and the cancel tag.
- All others are cut: soft hyphens, word joiners, U+FEFF, embeddings, overrides and isolates of direction, invisible
  operators, deprecated formats, annotation marks.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_SUSPECTS: Final = (
    "[\u00ad\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_RUN: Final = re.compile(f"{_SUSPECTS}+")
_RIGHT_TO_LEFT: Final = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_DIRECTIONS: Final = frozenset("\u200e\u200f\u061c")
_SPACELESS: Final = re.compile("[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aad]")
_REGION: Final = re.compile("[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
_BLACK_FLAG: Final = "\U0001f3f4"
_IDEOGRAPH: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_MONGOLIAN: Final = re.compile("[\u1800-\u18af]")
_EMOJI_BESIDE_SYMBOLS: Final = frozenset("#*0123456789\u203c\u2049\u3030\u303d")


class Visible(NamedTuple):
    """Texts without what nobody sees.

    Attributes:
        text: string, n; null where it was.
        cut: int64, n: how many code points each of them lost.
    """

    text: pa.StringArray
    cut: npt.NDArray[np.int64]


def visible(text: pa.StringArray) -> Visible:
    """Return *text* (string n) without what nobody sees, in linear time; a text without suspects is shared."""
    suspected = pc.fill_null(pc.match_substring_regex(text, _SUSPECTS), False)
    cut = np.zeros(len(text), np.int64)
    if not suspected.true_count:
        return Visible(text, cut)
    before = text.filter(suspected)
    after = pa.array([_without(one) for one in before.to_pylist()], pa.string())
    cut[np.flatnonzero(suspected)] = pc.subtract(pc.utf8_length(before), pc.utf8_length(after))
    return Visible(pc.replace_with_mask(text, suspected, after), cut)


def _without(text: str) -> str:
    marked: bool | None = None

    def shown(found: re.Match[str]) -> str:
        nonlocal marked
        start, end = found.span()
        if marked is None and not _DIRECTIONS.isdisjoint(found[0]):
            marked = _RIGHT_TO_LEFT.search(text) is not None
        return _kept(text[start - 1 : start], found[0], text[end : end + 1], marked is True)

    return _RUN.sub(shown, text)


def _kept(before: str, run: str, after: str, marked: bool) -> str:
    """Return what stays of a *run* of suspects between two characters ("" at an end).

    *marked* tells whether the text may have marks of direction.
    """
    if before == _BLACK_FLAG and (flag := _REGION.match(run)):
        return flag[0]
    kept = run[0] if before and _takes(before, run[0]) else ""
    return kept + "".join(one for one in dict.fromkeys(run[len(kept) :]) if _holds(before, one, after, marked))


def _takes(base: str, selector: str) -> bool:
    """Tell whether *selector* is a variation selector, and *base* a character that takes it."""
    kind = unicodedata.category(base)
    if selector in "\ufe0e\ufe0f":
        return kind in {"So", "Sm", "Sk"} or base in _EMOJI_BESIDE_SYMBOLS
    if "\ufe00" <= selector <= "\ufe0d":
        return kind in {"Sm", "Lo"}
    if "\U000e0100" <= selector <= "\U000e01ef":
        return _IDEOGRAPH.match(base) is not None
    return selector in "\u180b\u180c\u180d\u180e\u180f" and _MONGOLIAN.match(base) is not None


def _holds(before: str, one: str, after: str, marked: bool) -> bool:
    """Tell whether *one*, which is no variation selector, has a meaning between *before* and *after*."""
    if not before or not after:
        return False
    if one in "\u200c\u200d":
        kinds = {unicodedata.category(before), unicodedata.category(after)}
        letters = kinds <= {"Lo", "Lm", "Mn", "Mc"}
        return letters or (one == "\u200d" and kinds <= {"So", "Sk", "Sm"})
    if one == "\u200b":
        return bool(_SPACELESS.match(before) and _SPACELESS.match(after))
    return one in _DIRECTIONS and marked
