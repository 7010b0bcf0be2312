"""Settings as a recipe writes them (TOML 1.0)."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from typing import Any, Final

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


def settings(values: Mapping[str, Any]) -> str:
    """Return *values* as they stand in an inline table, without its braces; what is None is not written."""
    return ", ".join(f"{_key(name)} = {toml(value)}" for name, value in values.items() if value is not None)


def vars_of(step: Any) -> dict[str, Any]:
    """Return what a configured step was given or takes by default: its fields."""
    return {field.name: getattr(step, field.name) for field in dataclasses.fields(step) if field.init}


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else json.dumps(name)


def toml(value: Any) -> str:
    """Return *value* as TOML has it, a table inline."""
    if isinstance(value, Mapping):
        return f"{{ {settings(value)} }}" if value else "{}"
    if isinstance(value, (list, tuple, set, frozenset)):
        listed = sorted(value) if isinstance(value, (set, frozenset)) else value
        return f"[{', '.join(map(toml, listed))}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return repr(value)
    return json.dumps(str(value), ensure_ascii=False)
