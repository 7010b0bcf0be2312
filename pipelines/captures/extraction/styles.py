"""What the style attribute of an element says of how it is shown."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_GLOBAL: Final = "inherit initial revert revert-layer unset"
_DISPLAY: Final = """
    none contents block inline flow flow-root table flex grid ruby math list-item run-in inline-block inline-table
    inline-flex inline-grid table-row-group table-header-group table-footer-group table-row table-cell
    table-column-group table-column table-caption ruby-base ruby-text ruby-base-container ruby-text-container
    -webkit-box -webkit-inline-box -webkit-flex -webkit-inline-flex -moz-box -ms-flexbox -ms-grid
"""
_LEVELS: Final = "baseline sub super text-top text-bottom middle top bottom"

_VALUES: Final = {
    "display": frozenset((_DISPLAY + _GLOBAL).split()),
    "visibility": frozenset(f"visible hidden collapse {_GLOBAL}".split()),
    "vertical-align": frozenset(f"{_LEVELS} {_GLOBAL}".split()),
}
"""Properties that are read, and the words that their values consist of (CSS Display 3, CSS 2.2); others are ignored."""

_SPEAKING: Final = re.compile("display|visibility|vertical-align", re.IGNORECASE)
_OPAQUE: Final = re.compile(r"""/\*.*?(?:\*/|\Z)|"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|\([^()"']*+\)""", re.DOTALL)
_IMPORTANT: Final = re.compile(r"\s*!\s*important$")
_LENGTH: Final = re.compile(r"[+-]?[\d.]+(?:%|[a-z]+)?")


def declared(style: str) -> dict[str, str]:
    """Return the values, in lower case, that *style* gives to display, visibility and vertical-align.

    As in CSS the last valid declaration of a property counts, or the last that is important; comments are blanks.
    """
    return _declared(style) if _SPEAKING.search(style) else {}


@lru_cache(maxsize=1024)
def _declared(style: str) -> dict[str, str]:
    found: dict[str, str] = {}
    important: set[str] = set()
    for one in _OPAQUE.sub(" ", style).lower().split(";"):
        name, _, text = one.partition(":")
        name, text = name.strip(), text.strip()
        value = _IMPORTANT.sub("", text)
        urgent = value != text
        if name in _VALUES and _is_valid(name, value) and (urgent or name not in important):
            found[name] = value
            if urgent:
                important.add(name)
    return found


def _is_valid(name: str, value: str) -> bool:
    words = value.split()
    return bool(words) and (
        _VALUES[name].issuperset(words) or (name == "vertical-align" and _LENGTH.fullmatch(value) is not None)
    )
