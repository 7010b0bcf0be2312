"""How what stands above, below or over a line is written into it: exponents, indices, notes, readings."""

from __future__ import annotations

import re
from typing import Final

SCRIPTS: Final = frozenset({"sub", "sup"})
FRACTION: Final = ("\u2044", "\u2215")
"""Strokes between a numerator that stands above and a denominator."""

_POWER: Final = re.compile(r"\s*[+\u2212-]?\d+\s*")
_NOTE: Final = re.compile(r"\s*(?:\[[^\[\]]{1,20}\]|\(?\d{1,3}\)?|[*†‡§¶]{1,3}|\[?[a-z]\]?)\s*")
_ORDINALS: Final = frozenset({"a", "o", "e", "r"})


def mark_of(tag: str, base: str, script: str) -> str:
    """Return what is put between a *base* and its *script*, which stands above ("sup") or below it ("sub").

    An exponent is marked by ^. Letters are not where they end a word: ordinals (1st, 2e) and abbreviations (Mlle), nor
    are signs (®, *). An index is marked by _ where digits would meet (log of base 10 in "2_10").
    """
    before, text = base[-1:], script.strip()
    if not text or not before.strip():
        return ""
    if tag == "sub":
        return "_" if before.isdigit() and text[0].isdigit() else ""
    if not (before.isalnum() or before in ")]}") or not any(map(str.isalnum, text)):
        return ""
    if text.isalpha():
        ends_word = len(text) > 1 or (before.isdigit() and text.lower() in _ORDINALS)
        return "" if ends_word or text in "ªº" else "^"
    return "^"


def is_note(script: str) -> bool:
    """Tell whether the *script*, which holds a link or brackets, refers to a note: [1], 2, *."""
    return _NOTE.fullmatch(script) is not None


def is_power(base: str, script: str) -> bool:
    """Tell whether the digits of a *script* above are an exponent of the digit that ends the *base* before a blank."""
    return base[-1:].isspace() and base.rstrip()[-1:].isdigit() and _POWER.fullmatch(script) is not None
