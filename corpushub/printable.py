"""Text that a terminal may be given: what would move its cursor, change its state or turn its lines is spelled out.

Addresses, names, paths and what else strangers wrote stand in answers, errors and warnings. Control characters (C0 but
for tab and line feed, DEL, C1), line and paragraph separators, and the marks and overrides of the bidirectional
algorithm (UAX 9; Boucher and Anderson 2021, "Trojan Source") are written as escapes, such as ``\\x1b``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, Final, TypeVar

from lineage.storage.as_json import LINES

A = TypeVar("A")

_BIDI: Final = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_CONTROL: Final = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029{_BIDI}\ud800-\udfff]")
_IN_VALUES: Final = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029{_BIDI}\ud800-\udfff]")
_IN_JSON: Final = re.compile(f"[\x7f-\x9f\u2028\u2029{_BIDI}\ufffe\uffff]")
_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def printable(text: str) -> str:
    """Return *text* with what no terminal may be given spelled out; lines and tabs stay."""
    return _CONTROL.sub(_spelled, text)


def one_line(text: str) -> str:
    """Return *text* likewise, with its line ends and tabs spelled out too."""
    return _IN_VALUES.sub(_spelled, text)


def json_printable(line: str) -> str:
    """Return a *line* of JSON with the like as its own escapes; it means the same."""
    return _IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", line)


def shown(answer: A) -> A:
    """Return *answer*, a dataclass, with each string in it as one line, however deep; itself where none needs that.

    A line end in a value would let a stranger write lines of an answer. Fields whose metadata have LINES keep theirs.
    """
    found: A = _shown(answer)
    return found


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return value if isinstance(value, Enum) or not _IN_VALUES.search(value) else one_line(value)
    if is_dataclass(value) and not isinstance(value, type):
        given = {field: getattr(value, field.name) for field in fields(value) if field.init}
        spelled = {one: printable(old) if LINES in one.metadata else _shown(old) for one, old in given.items()}
        found = {one.name: new for one, new in spelled.items() if new is not given[one]}
        return replace(value, **found) if found else value
    if isinstance(value, Mapping):
        rows = [(_shown(key), _shown(item)) for key, item in value.items()]
        same = all(key is old and item is value[old] for (key, item), old in zip(rows, value, strict=True))
        return value if same else dict(rows)
    if isinstance(value, list | tuple):
        items = [_shown(item) for item in value]
        if all(new is old for new, old in zip(items, value, strict=True)):
            return value
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    return value


def _spelled(found: re.Match[str]) -> str:
    code = ord(found[0])
    return _SHORT.get(found[0]) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
