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
    article aside blockquote dialog dl fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr listing main menu nav ol
    p plaintext pre search section table textarea ul dir xmp details
"""
_LINES: Final = """
    address body button caption center dd div dt figcaption frameset hgroup html iframe legend li marquee optgroup
    option select summary tbody tfoot thead tr
"""
_CELLS: Final = "td th"

GAPS: Final = (
    dict.fromkeys(_PARAGRAPHS.split(), int(Gap.PARAGRAPH))
    | dict.fromkeys(_LINES.split(), int(Gap.LINE))
    | dict.fromkeys(_CELLS.split(), int(Gap.CELL))
)
"""Elements that begin and end a run of text, and what separates it from others. All others stand in a line."""

UNSEEN: Final = frozenset(
    """
    -comment annotation annotation-xml area audio base basefont bgsound canvas col colgroup datalist defs desc embed
    frame head iframe img input link map meta metadata noembed noframes noscript param rp script source style symbol
    template title track video wbr
    """.split()
)
"""Elements that show no text of their own in a browser that runs scripts (and comments)."""

FIELDS: Final = frozenset({"button", "select", "textarea", "datalist", "progress", "meter", "output"})
"""Elements that are there to be filled in or clicked."""

PREFORMATTED: Final = frozenset({"listing", "plaintext", "pre", "textarea", "xmp"})
LISTS: Final = frozenset({"dir", "menu", "ol", "ul"})
HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
