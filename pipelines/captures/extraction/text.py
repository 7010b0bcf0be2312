"""The text of a page, from its tree."""

from __future__ import annotations

from typing import Final, Literal

from selectolax.lexbor import LexborHTMLParser

from pipelines.captures.extraction.judge import content_of
from pipelines.captures.extraction.outline import Outline
from pipelines.captures.extraction.walk import outline_of
from pipelines.captures.extraction.write import written
from pipelines.kernels.parse_cost import is_costly

_BESIDE: Final = frozenset({"nav", "footer"})
"""Elements that are not even walked over if enough text is found elsewhere: a fourth of the elements of pages."""

_ENOUGH: Final = 400  # code points

Mode = Literal["main", "full"]
"""Which text of a page is taken: its main content, or all that is visible."""


def tree_text(tree: LexborHTMLParser, mode: Mode) -> str:
    """Return the text of a parsed page, which must not be costly; the tree stays as it is.

    Of a page that shows nothing but frames, it is what stands in its noframes elements.
    """
    if mode == "main":
        text = _text(outline_of(tree, full=False, without=_BESIDE), mode)
        if len(text) >= _ENOUGH:
            return text
    outline = outline_of(tree, full=mode == "full")
    if not outline.blocks and outline.frames:
        outline = _without_frames(outline, mode)
    return _text(outline, mode)


def _text(outline: Outline, mode: Mode) -> str:
    keep = [True] * len(outline.blocks) if mode == "full" else content_of(outline)
    return written(outline.blocks, keep)


def _without_frames(outline: Outline, mode: Mode) -> Outline:
    """Return the outline of what stands in noframes elements; it was text to the parser, and counted as such."""
    source = "\n".join(outline.frames).encode("utf-8", "replace")
    return outline if is_costly(source) else outline_of(LexborHTMLParser(source), full=mode == "full")
