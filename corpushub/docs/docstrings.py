"""What docstrings say, for the generated pages."""

from __future__ import annotations

import inspect
import re
from typing import Any


def prose(thing: Any) -> str:
    """Return a docstring without its sections."""
    return re.split(r"\n\n(?:Attributes|Raises):\n", inspect.cleandoc(thing.__doc__ or ""))[0]


def attributes(thing: Any) -> dict[str, str]:
    """Return what a docstring's Attributes section says of each name."""
    _, _, section = inspect.cleandoc(thing.__doc__ or "").partition("Attributes:\n")
    entries = re.findall(r"^    ([\w, ]+): (.*(?:\n        .*)*)", section, re.MULTILINE)
    return {name: " ".join(words.split()) for names, words in entries for name in names.split(", ")}
