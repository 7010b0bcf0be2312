"""Match paths with the patterns that robots.txt, TDMRep, RSL and ai.txt share (RFC 9309, section 2.2.2 and 2.2.3)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, TypeVar
from urllib.parse import quote

_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_VERBATIM: Final = "%/:?#[]@!$&'()*+,;="  # reserved characters (RFC 3986, section 2.2), and escapes

Kept = TypeVar("Kept")


@lru_cache(maxsize=1 << 14)
def normal_path(path: str) -> str:
    """Spell *path* (with its query) for comparison: escapes of unreserved characters undone, of others in upper case.

    What is not US-ASCII is escaped as UTF-8, and so are `*` and `$`, which are special in patterns alone.
    """
    return _normal(path).replace("*", "%2A").replace("$", "%24")


@lru_cache(maxsize=1 << 14)
def normal_pattern(pattern: str) -> str:
    """Spell *pattern* for comparison as normal_path does; `*`, and `$` at its end, keep their meaning."""
    inner, anchor = (pattern[:-1], "$") if pattern.endswith("$") else (pattern, "")
    return _normal(inner).replace("$", "%24") + anchor


def matches(pattern: str, path: str) -> bool:
    """Tell whether *pattern* matches *path*, both in normal spelling, from its start; takes linear time."""
    anchored = pattern.endswith("$")
    first, *rest = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    if not rest:
        return at == len(path) or not anchored
    *middle, last = rest
    for part in middle:
        at = path.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return path.endswith(last) and len(path) - len(last) >= at if anchored else path.find(last, at) >= 0


def longest(rules: Iterable[tuple[str, Kept]], path: str) -> list[Kept]:
    """Return what stands beside the longest pattern that matches *path*; of equally long ones all, in their order.

    Patterns are in normal spelling and their length counts bytes; the empty one matches every path.
    """
    target = normal_path(path)
    found = [(len(pattern), kept) for pattern, kept in rules if matches(pattern, target)]
    most = max((length for length, _ in found), default=-1)
    return [kept for length, kept in found if length == most]


def _normal(path: str) -> str:
    return _ESCAPE.sub(_spell, quote(path, safe=_VERBATIM, errors="replace"))


def _spell(escape: re.Match[str]) -> str:
    char = chr(int(escape[1], 16))
    return char if char in _UNRESERVED else escape[0].upper()
