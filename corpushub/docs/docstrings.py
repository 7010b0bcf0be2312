"""What docstrings say, for the generated pages."""

from __future__ import annotations

import inspect
import re
from typing import Any


def prose(thing: Any) -> str:
    """Return a docstring without its sections."""
    return re.split(r"\n\n(?:Attributes|Raises):\n", inspect.cleandoc(thing.__doc__ or ""))[0]


def attributes(thing: type) -> dict[str, str]:
    """Return what the Attributes section of a class says of each name, and those of the classes that it extends."""
    found: dict[str, str] = {}
    for one in reversed(thing.__mro__):
        _, _, section = inspect.cleandoc(one.__dict__.get("__doc__") or "").partition("Attributes:\n")
        entries = re.findall(r"^    ([\w, ]+): (.*(?:\n        .*)*)", section, re.MULTILINE)
        found |= {name: " ".join(words.split()) for names, words in entries for name in names.split(", ")}
    return found
