"""The tree of packages and rooms, one line each, as docs/architecture.md begins: taken from the folders' docstrings."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]

PACKAGES: Final = ("connectors", "policies", "lineage", "pipelines", "corpushub")
"""In the order of who knows whom."""


def tree() -> str:
    """Return the tree as a block of text: each folder with the first sentence of its docstring."""
    lines = [line for package in PACKAGES for line in _lines(ROOT / package, 0)]
    width = max(len(name) for name, _ in lines) + 2
    return "\n".join(["```text", *(f"{name:{width}}{said}" for name, said in lines), "```"])


def _lines(folder: Path, depth: int) -> Iterator[tuple[str, str]]:
    yield f"{'  ' * depth}{folder.name}/", _sentence(folder / "__init__.py")
    for room in sorted(one for one in folder.iterdir() if (one / "__init__.py").exists()):
        yield from _lines(room, depth + 1)


def _sentence(front: Path) -> str:
    docstring = ast.get_docstring(ast.parse(front.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n")[0].removesuffix(".")
