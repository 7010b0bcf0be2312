"""The words just before and just after a stretch of a text, which tell what its digits are."""

from __future__ import annotations

import re
from typing import Final

_REACH: Final = 64  # code points before a stretch in which words are looked for
_TOKENS: Final = re.compile(r"[^\W\d_]+|[0-9]{3,}")
_AFTER: Final = re.compile(r"[ ,;]?[-(\[]?[ ]?([^\W\d_]{2,})")


def words_before(text: str, start: int, most: int) -> list[str]:
    """Return up to *most* words before *start* in *text*, in lower case and in their order.

    They stand on the same line, or on the line before where nothing else stands between; a number of three or more
    digits ends the search, for what stands before it speaks of that number.
    """
    line = text[max(0, start - _REACH) : start].rstrip().rpartition("\n")[2]
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
