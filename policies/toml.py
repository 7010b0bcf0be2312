"""TOML that people and strangers wrote, within bounds: its size, and how deep its values and keys nest."""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

LARGEST: Final = 1 << 20
"""Code points of a file that is read."""

DEEPEST: Final = 32
"""Arrays and tables within each other, and parts of a key."""

_STRINGS: Final = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+"{3,5}|"(?:[^"\\\n]|\\.)*+"'
    r"|'''(?:[^']|'(?!''))*+'{3,5}|'[^'\n]*+'|#[^\n]*+",
    re.DOTALL,
)
_KEY: Final = re.compile(rf"(?:[\w-]++[ \t]*+\.[ \t]*+){{{DEEPEST}}}")
_BRACKET: Final = re.compile(r"[\[\]{}]")


def loads(text: str) -> dict[str, Any]:
    """Return what *text* holds.

    Raises:
        tomllib.TOMLDecodeError: it is no TOML, is larger than LARGEST, or nests deeper than DEEPEST.
    """
    if len(text) > LARGEST:
        raise tomllib.TOMLDecodeError(f"it is larger than {LARGEST:,} characters")
    bare = _STRINGS.sub("x", text)
    if _KEY.search(bare) or _depth(bare) > DEEPEST:
        raise tomllib.TOMLDecodeError(f"it nests deeper than {DEEPEST} levels")
    return tomllib.loads(text)


def _depth(bare: str) -> int:
    deepest = depth = 0
    for found in _BRACKET.finditer(bare):
        depth += 1 if found[0] in "[{" else -1
        deepest = max(deepest, depth)
    return deepest
