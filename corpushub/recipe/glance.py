"""A glance at a recipe, before anything heavy is imported: what its workers will need is best begun at once."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from glob import iglob
from pathlib import Path
from typing import Any


def may_reach(size: int, recipe: Path) -> bool:
    """Guess whether the sources of *recipe* have *size* bytes or more; what is not on this machine may have.

    It is only a guess, and of a recipe that cannot be read False: whoever runs it says what is wrong.
    """
    try:
        found = 0
        for pattern in _patterns(tomllib.loads(recipe.read_text(encoding="utf-8"))):
            if "://" in pattern:
                return True
            for path in iglob(str(recipe.parent / pattern), recursive=True):  # noqa: PTH207 (patterns may be absolute)
                found += Path(path).stat().st_size
                if found >= size:
                    return True
    except (OSError, ValueError, TypeError, AttributeError):
        return False
    return False


def _patterns(content: dict[str, Any]) -> Iterator[str]:
    for source in content.get("source", ()):
        yield from map(str, source.get("paths", ()))
