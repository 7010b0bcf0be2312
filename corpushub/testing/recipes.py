"""Recipes as text, for tests that run one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from corpushub.recipe.settings import toml

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
    head = f"[dataset]\nname = {toml(dataset)}\n" + source("s", "jsonl", paths, **keys)
    return head + "".join(f"{table.strip()}\n" for table in tables)


def source(name: str, connector: str, paths: Sequence[str], **keys: Value) -> str:
    """Build the text of a source, *keys* being those beside its name, connector and paths."""
    fields = {"name": name, "connector": connector, "paths": paths, **keys}
    return "[[source]]\n" + "".join(f"{key} = {toml(value)}\n" for key, value in fields.items())
