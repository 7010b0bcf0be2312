"""Recipes as text, for tests that run one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

Value = str | int | float | bool | Sequence["Value"] | Mapping[str, "Value"]
"""What a key of a recipe may hold."""

DATA = ("data/*.jsonl",)
"""Where the sources of tests stand, relative to the recipe."""


def recipe(*tables: str, dataset: str = "d", paths: Sequence[str] = DATA, **keys: Value) -> str:
    """Build the text of a recipe that reads JSON Lines from one source, named ``s``.

    Args:
        tables: what follows the source, such as ``"[dedup]"`` or another :func:`source`.
        dataset: the dataset's name.
        paths: files or patterns, relative to the recipe.
        keys: further keys of the source.
    """
    head = f"[dataset]\nname = {_toml(dataset)}\n" + source("s", "jsonl", paths, **keys)
    return head + "".join(f"{table.strip()}\n" for table in tables)


def source(name: str, connector: str, paths: Sequence[str], **keys: Value) -> str:
    """Build the text of a source, *keys* being those beside its name, connector and paths."""
    fields = {"name": name, "connector": connector, "paths": paths, **keys}
    return "[[source]]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in fields.items())


def _toml(value: Value) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)  # TOML writes strings, numbers and truth values as JSON does
