"""What a recipe may ask of archives: whether digests are compared, and what becomes of cut bodies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.errors import BadOption

INTEGRITY = ("record", "drop", "off")
"""What is done about digests: a mark; a mismatch is a failed record; nothing is compared."""

TRUNCATED = ("keep", "drop")
"""What is done with a body that is cut: it is kept with a mark, or dropped."""

_CHOICES = {"integrity": INTEGRITY, "truncated": TRUNCATED}


def choice(options: Mapping[str, Any], name: str) -> str:
    """Return what *options* say of *name*, by default the first choice. Raises BadOption for what is none."""
    value = options.get(name, _CHOICES[name][0])
    if value not in _CHOICES[name]:
        raise BadOption(f"option {name!r} is one of {', '.join(_CHOICES[name])}, not {value!r}")
    return str(value)


def check_choices(options: Mapping[str, Any]) -> None:
    """Raise BadOption if *options* say of something what is none of its choices."""
    for name in _CHOICES:
        choice(options, name)
