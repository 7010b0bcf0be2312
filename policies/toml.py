"""TOML that people and strangers wrote, within bounds: its size, and how deep its values and keys nest."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from typing import Any, Final

INTEGERS: Final = 1 << 63
"""Beyond it no integer is read, on either side (TOML 1.0.0, "Integer"): nothing that keeps settings could hold it."""

LARGEST: Final = 1 << 20
"""Code points of a file that is read."""

DEEPEST: Final = 32
"""Arrays and tables within each other, as they are written and as they are read, and parts of a key."""

_TOKEN: Final = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:"{3,5})?+|"(?:[^"\\\n]|\\[^\n])*+"?+'
    r"|'''(?:[^']|'(?!''))*+(?:'{3,5})?+|'[^'\n]*+'?+|#[^\n]*+"
    r"|[\[\]{}.,=\n]|[^\[\]{}.,=\n\"'#]++",
    re.DOTALL,
)
"""One token, whatever stands there: a string without an end is one too, so that no character is read twice."""

_DEPTHS: Final = {"[": 1, "{": 1, "]": -1, "}": -1}


def loads(text: str) -> dict[str, Any]:
    """Return what *text* holds.

    Raises:
        tomllib.TOMLDecodeError: it is no TOML, is larger than LARGEST, nests deeper than DEEPEST, or holds a number
            beyond INTEGERS.
    """
    if len(text) > LARGEST:
        raise tomllib.TOMLDecodeError(f"it is larger than {LARGEST:,} characters")
    if max(_written_depths(text), default=0) > DEEPEST:
        raise _too_deep()
    try:
        held = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except ValueError as error:
        raise _too_large() from error  # Python reads so many digits and no more
    _check(held)
    return held


def _too_large() -> tomllib.TOMLDecodeError:
    return tomllib.TOMLDecodeError("it holds an integer of more than 64 bits")


def _too_deep() -> tomllib.TOMLDecodeError:
    return tomllib.TOMLDecodeError(f"it nests deeper than {DEEPEST} levels")


def _written_depths(text: str) -> Iterable[int]:
    """Yield how deep brackets nest, and how many parts a key has: what the parser calls itself for, or goes through."""
    depth, parts = 0, 1
    for found in _TOKEN.finditer(text):
        token = found[0]
        if token in _DEPTHS:
            depth += _DEPTHS[token]
            yield depth
        if token == ".":
            parts += 1
            yield parts
        elif token in "[]{},=\n":
            parts = 1


def _check(held: Any) -> None:
    """Refuse what nests too deep as it is read, since dotted keys within inline tables multiply, and large integers."""
    level = [held]
    for _ in range(DEEPEST):
        inner = [value for one in level for value in (one.values() if isinstance(one, dict) else one)]
        if any(isinstance(value, int) and not -INTEGERS <= value < INTEGERS for value in inner):
            raise _too_large()
        level = [value for value in inner if isinstance(value, dict | list)]
    if level:
        raise _too_deep()
