"""The low pattern of Presidio's recognizer for Indian PAN, which takes time in proportion to the square of a text.

Two of its assertions read the rest of the text at every word. They hold up to the last letter and the last four digits
of the text, and nowhere behind: so the pattern is searched for without them, up to there.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

PATTERN: Final = r"\b((?=.*?[a-zA-Z])(?=.*?[0-9]{4})[\w@#$%^?~-]{10})\b"
_ALONE: Final = r"\b[\w@#$%^?~-]{10}\b"


def source(pattern: Any) -> str:
    """Return the source of one of Presidio's patterns, of the low one without its assertions."""
    return _ALONE if pattern.regex == PATTERN else str(pattern.regex)


@lru_cache(maxsize=1)
def last(text: str) -> int:
    """Return the last place of *text* at which the assertions hold; -1 if there is none."""
    import regex  # type: ignore[import-untyped]

    found = [regex.search(one, text, regex.IGNORECASE | regex.REVERSE) for one in ("[a-zA-Z]", "[0-9]{4}")]
    return min(-1 if match is None else int(match.start()) for match in found)
