"""What elements of HTML are to their text: which are shown, and which stand in lines of their own."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Gap(IntEnum):
    """What separates two runs of text, the greatest counts: nothing, a tab, a line end, an empty line."""

    NONE = 0
    CELL = 1
    LINE = 2
    PARAGRAPH = 3


_PARAGRAPHS: Final = """
    article aside blockquote details dialog dir dl fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr listing main
    menu nav ol p plaintext pre search section table textarea ul xmp
"""
_LINES: Final = """
    address body button caption center dd div dt figcaption frameset hgroup html legend li marquee optgroup option
    select summary tbody tfoot thead tr
"""
_CELLS: Final = "td th"

GAPS: Final = (
    dict.fromkeys(_PARAGRAPHS.split(), int(Gap.PARAGRAPH))
    | dict.fromkeys(_LINES.split(), int(Gap.LINE))
    | dict.fromkeys(_CELLS.split(), int(Gap.CELL))
)
"""Elements that begin and end a run of text, and what separates it from others. All others stand in a line."""

_UNSEEN_NAMES: Final = """
    -comment annotation annotation-xml area audio base basefont bgsound canvas col colgroup datalist defs desc embed
    frame iframe img input link map meta metadata meter noembed noframes noscript param progress rp script source
    style symbol template title track video wbr
"""
UNSEEN: Final = frozenset(_UNSEEN_NAMES.split())
"""Elements that show no text of their own in a browser that runs scripts (and comments)."""

FIELDS: Final = frozenset({"button", "select", "textarea"})
"""Elements that are there to be filled in or clicked."""

PREFORMATTED: Final = frozenset({"listing", "plaintext", "pre", "textarea", "xmp"})
LISTS: Final = frozenset({"dir", "menu", "ol", "ul"})
HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
CELLS: Final = frozenset(_CELLS.split())

_FORMULA_NAMES: Final = "mi mn mo ms mtext mrow mstyle msqrt mroot mfenced mfrac msup msub msubsup mover"
FORMULAS: Final = frozenset(_FORMULA_NAMES.split())
"""Elements of MathML (MathML Core, section 2) that may be parts of a fraction, or bear scripts."""

PARTS: Final = {"mfrac": ("", "/"), "msup": ("", "^"), "msub": ("", "_"), "msubsup": ("", "_", "^")}
"""What stands before each part of a formula in a line of text."""
