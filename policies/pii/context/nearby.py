"""The words just before and just after a stretch of a text, which tell what its digits are."""

from __future__ import annotations

import re
from typing import Final

_REACH: Final = 64  # code points before a stretch in which words are looked for
_ABOVE: Final = 2  # words of a heading over a number, such as "phone number:"
_TOKENS: Final = re.compile(r"[^\W\d_]+|[0-9]{3,}")
_AFTER: Final = re.compile(r"[ ,;]?[-(\[]?[ ]?([^\W\d_]{2,})")


def word_set(words: str) -> frozenset[str]:
    """Return the words of a list with white space between them."""
    return frozenset(words.split())


def words_before(text: str, start: int, most: int) -> list[str]:
    """Return up to *most* words before *start* in *text*, in lower case and in their order.

    They stand on the same line; where the line begins at *start*, they are the last two of the line before. A number of
    three or more digits ends the search, for what stands before it speaks of that number.
    """
    before = text[max(0, start - _REACH) : start]
    line = before.rstrip().rpartition("\n")[2]
    if "\n" in before[len(before.rstrip()) :]:
        most = min(most, _ABOVE)
    words: list[str] = []
    for token in reversed(_TOKENS.findall(line)):
        if token[0].isdigit() or len(words) == most:
            break
        words.append(token.lower())
    return words[::-1]


def word_after(text: str, end: int) -> str:
    """Return the word that follows *end* directly, in lower case: behind a space, comma, hyphen or bracket at most."""
    match = _AFTER.match(text, end)
    return match[1].lower() if match else ""
