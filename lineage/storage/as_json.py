"""Answers as JSON has them: each dataclass an object, its fields in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final

LINES: Final = "lines"
"""In the metadata of a field: its text has lines of its own, and is shown with them."""


def as_json(answer: Any) -> Any:
    """Return *answer* with an object for each dataclass in it, however deep, and a list for each tuple.

    A field whose key is a word of Python ends in "_", which the key does not have: ``from_`` is "from". What is neither
    a dataclass nor a mapping, list or tuple stays as it is: whoever writes the JSON knows enumerations and times.
    """
    if is_dataclass(answer) and not isinstance(answer, type):
        return {field.name.removesuffix("_"): as_json(getattr(answer, field.name)) for field in fields(answer)}
    if isinstance(answer, Mapping):
        return {key: as_json(value) for key, value in answer.items()}
    if isinstance(answer, list | tuple):
        return [as_json(item) for item in answer]
    return answer
