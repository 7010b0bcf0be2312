"""From blocks to text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pipelines.captures.extraction.elements import Gap
from pipelines.captures.extraction.outline import Block

_BETWEEN: Final[dict[int, str]] = {Gap.NONE: " ", Gap.LINE: "\n", Gap.PARAGRAPH: "\n\n"}


def written(blocks: Iterable[Block], kept: Iterable[bool]) -> str:
    """Return the text of those *blocks* that are *kept*, each behind the greatest gap since the one before.

    Cells of a row stand a tab apart, rows and items in lines of their own, paragraphs an empty line apart.
    """
    parts: list[str] = []
    gap = tabs = 0
    for block, keep in zip(blocks, kept, strict=True):
        gap = max(gap, block.gap)
        tabs = block.tabs if block.gap > Gap.CELL else tabs + block.tabs
        if keep:
            if parts:
                parts.append("\t" * max(1, tabs) if gap == Gap.CELL else _BETWEEN[gap])
            parts.append(block.mark + block.text)
            gap = tabs = 0
    return "".join(parts)
