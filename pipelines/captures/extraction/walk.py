"""From a parsed page to its outline.

A block ends where an element begins or ends that is displayed as a block (HTML standard, section 15.3). The walk is one
loop over the nodes, so deep and wide pages take linear time.
"""

from __future__ import annotations

from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipelines.captures.extraction.elements import (
    CELLS,
    FIELDS,
    FORMULAS,
    GAPS,
    LISTS,
    PARTS,
    PREFORMATTED,
    UNSEEN,
    Gap,
)
from pipelines.captures.extraction.names import is_line_number
from pipelines.captures.extraction.outline import Block, Box, Outline
from pipelines.captures.extraction.pieces import BREAK, Pieces, Start
from pipelines.captures.extraction.scripts import FRACTION, SCRIPTS
from pipelines.captures.extraction.styles import declared

_HIDING: Final = frozenset({"aria-hidden", "hidden", "style"})
_NOT_SHOWN: Final = (frozenset({"none"}), frozenset({"none", "revert", "revert-layer"}))
"""Values of display of what is not shown: of elements without and with the attribute hidden."""
_AS_AROUND: Final = frozenset({"inherit", "revert", "revert-layer", "unset"})
_INVISIBLE: Final = frozenset({"hidden", "collapse"})
_STRUCTURED: Final = CELLS | LISTS | PREFORMATTED | {"li", "tr"}
_LONGEST: Final = 500  # code points of the names of an element that are looked at
_DEEPEST: Final = 8  # lists around an item that its indent shows

_NONE, _LINE, _PARAGRAPH = int(Gap.NONE), int(Gap.LINE), int(Gap.PARAGRAPH)  # an enum's members cost a look-up each
_ASKED: Final = FIELDS | {"dialog"}
"""Elements that are displayed as blocks, if at all."""
_MARKED: Final = frozenset(SCRIPTS) | FORMULAS | {"a", "rt"}
"""Elements in a line that say something by themselves; others do by their attributes, if at all."""

_INLINE, _BOX, _LINK, _ABOVE, _BELOW, _READING, _NUMBER = range(7)
_LEVELS: Final = {"super": "sup", "sub": "sub"}
Attributes = dict[str, str | None]


def outline_of(tree: LexborHTMLParser, *, full: bool, without: frozenset[str] = frozenset()) -> Outline:
    """Return the outline of a parsed page, but for elements with the tags *without*.

    If *full*, all that is visible; else without form fields, line numbers, references to notes, readings (ruby), and
    what is hidden from screen readers.
    """
    walk = _Walk(full, UNSEEN | without)
    if tree.root is not None:
        walk.run(tree.root)
    return walk.outline


class _Walk:
    """The state of a walk over one tree.

    Attributes:
        unseen: names of elements that are passed over.
        links: open elements that link.
        preformatted: open elements whose white space counts.
        gap: from the last block so far.
        tabs: cells that began since the last block.
        cells: that the row at hand has so far.
        mark: of the item at hand, until it has a block.
        box: the innermost open box.
        items: of each open list the number of its next item; -1 where they have none.
        starts: of each open script, reading and line number.
        veiled: whether text is invisible here, and takes its place all the same.
    """

    __slots__ = (
        "box",
        "cells",
        "full",
        "gap",
        "items",
        "links",
        "mark",
        "outline",
        "preformatted",
        "starts",
        "tabs",
        "text",
        "unseen",
        "veiled",
    )

    def __init__(self, full: bool, unseen: frozenset[str]) -> None:
        self.unseen = unseen
        self.outline, self.full, self.text = Outline(), full, Pieces()
        self.links = self.preformatted = self.gap = self.tabs = self.cells = 0
        self.mark, self.box = "", -1
        self.items: list[int] = []
        self.starts: list[Start] = []
        self.veiled = False

    def run(self, root: LexborNode) -> None:
        """Walk over all nodes from *root* on."""
        run, pieces, unseen = self.text, self.text.pieces, self.unseen
        node: LexborNode | None = root
        opened: list[tuple[LexborNode, str, int, bool]] = []
        while True:
            while node is not None:
                tag = node.tag or ""
                if tag == "-text":
                    text = node.text_content or ""
                    if not self.veiled and (pieces or self.preformatted or not text.isspace()):
                        pieces.append(text)
                        if self.links:
                            run.linked += len(text)
                    node = node.next
                    continue
                if tag in unseen:
                    if tag == "noframes":
                        self.outline.frames.append(node.text() or "")
                    elif tag in GAPS:
                        self._skip(GAPS[tag])
                    node = node.next
                    continue
                veiled = self.veiled
                kind = self._enter(node, tag)
                if kind is None:
                    self.veiled = veiled
                    node = node.next
                else:
                    opened.append((node, tag, kind, veiled))
                    node = node.child
            if not opened:
                break
            node, tag, kind, veiled = opened.pop()
            if kind == _BOX:
                self._close(tag)
            elif kind:
                self._leave(node, kind)
            self.veiled = veiled
            node = node.next if opened else None
        if pieces:
            self._flush()

    def _skip(self, gap: int) -> None:
        """Pass over an element that is displayed as a block."""
        if self.text.pieces:
            self._flush()
        self.gap = max(self.gap, gap)

    def _enter(self, node: LexborNode, tag: str) -> int | None:
        """Enter an element and return what is to be done when it ends; None if it is passed over."""
        if tag == "br":
            if not self.veiled:
                self.text.pieces.append(BREAK)
            return None
        given = node.attributes
        if given and not _HIDING.isdisjoint(given) and self._is_hidden(tag, given):
            return None
        gap = _PARAGRAPH if tag == "math" and given.get("display") == "block" else GAPS.get(tag)
        if gap is None:
            said = tag in _MARKED or "class" in given or "style" in given
            return self._enter_line(node, tag, given) if said else _INLINE
        if tag in _ASKED and (not self.full if tag in FIELDS else "open" not in given):
            return None
        self._open(tag, gap, given)
        return _BOX

    def _enter_line(self, node: LexborNode, tag: str, given: Attributes) -> int | None:
        """Enter an element that stands in a line."""
        if not self.full and "class" in given and is_line_number((given["class"] or "")[:_LONGEST]):
            self.starts.append(self.text.start())
            return _NUMBER
        if tag == "a" and "href" in given:
            self.links += 1
            return _LINK
        if tag in SCRIPTS or "style" in given:
            raised = tag if tag in SCRIPTS else _LEVELS.get(declared(given["style"] or "").get("vertical-align", ""))
            if raised:
                self.starts.append(self.text.start())
                return _ABOVE if raised == "sup" else _BELOW
        if tag == "rt":
            if not self.full:
                return None
            self.starts.append(self.text.start())
            return _READING
        if tag in FORMULAS and not self.veiled:
            self.text.pieces.append(_part_mark(node))
        return _INLINE

    def _is_hidden(self, tag: str, given: Attributes) -> bool:
        """Tell whether an element is not shown, with all in it; what is only invisible is veiled.

        Pages that hide themselves until a script has run are shown.
        """
        if tag in ("html", "body"):
            return False
        says = declared(given.get("style") or "")
        if says.get("display", "revert" if "hidden" in given else "") in _NOT_SHOWN["hidden" in given]:
            return True
        if "visibility" in says and says["visibility"] not in _AS_AROUND:
            self.veiled = says["visibility"] in _INVISIBLE
        return not self.full and given.get("aria-hidden") == "true"

    def _open(self, tag: str, gap: int, given: Attributes) -> None:
        if self.text.pieces:
            self._flush()
        if tag in _STRUCTURED:
            gap = self._begin(tag, gap, given)
        if gap > self.gap:
            self.gap = gap
        names = f"{given.get('class') or ''} {given.get('id') or ''} {given.get('role') or ''}" if given else ""
        boxes = self.outline.boxes
        boxes.append(Box(tag, self.box, names[:_LONGEST], given.get("itemprop") or "", len(self.outline.blocks)))
        self.box = len(boxes) - 1

    def _begin(self, tag: str, gap: int, given: Attributes) -> int:
        """Begin a part of a table or list, or what is preformatted; return the gap before it."""
        if tag in CELLS:
            self.tabs += self.cells > 0
            self.cells += 1
        elif tag == "tr":
            self.tabs = self.cells = 0
        elif tag in PREFORMATTED:
            self.preformatted += 1
        elif tag == "li":
            self._open_item(given)
        else:
            gap = _LINE if self.items else gap
            self.items.append(_number(given.get("start"), 1) if tag == "ol" else -1)
        return gap

    def _open_item(self, given: Attributes) -> None:
        number = self.items[-1] if self.items else -1
        if number >= 0:
            number = _number(given.get("value"), number)
            self.items[-1] = number + 1
        self.mark = "  " * min(len(self.items) - 1, _DEEPEST) + (f"{number}. " if number >= 0 else "• ")

    def _leave(self, node: LexborNode, kind: int) -> None:
        if kind == _LINK:
            self.links -= 1
        elif kind in (_ABOVE, _BELOW):
            self.text.end_script(self.starts.pop(), "sup" if kind == _ABOVE else "sub", _behind(node), self.full)
        elif kind == _READING:
            self.text.bracket(self.starts.pop())
        else:
            self.text.drop_number(self.starts.pop())

    def _close(self, tag: str) -> None:
        if self.text.pieces:
            self._flush()
        boxes, gap = self.outline.boxes, GAPS.get(tag, _PARAGRAPH)
        box = boxes[self.box]
        box.end = len(self.outline.blocks)
        if box.end == box.first:  # nor has it any box within
            boxes.pop()
        self.box = box.parent
        if tag in _STRUCTURED:
            gap = self._end(tag, gap)
        if gap > self.gap:
            self.gap = gap

    def _end(self, tag: str, gap: int) -> int:
        """End what _begin began; return the gap behind it."""
        if tag in LISTS:
            self.items.pop()
            return _LINE if self.items else gap
        if tag == "li":
            self.mark = ""
        elif tag in PREFORMATTED:
            self.preformatted -= 1
        return gap

    def _flush(self) -> None:
        """End the run of text."""
        text, linked = self.text.end(self.preformatted > 0)
        if text:
            self.outline.blocks.append(Block(text, linked, self.box, self.gap, self.tabs, self.mark))
            self.gap, self.tabs, self.mark = _NONE, 0, ""


def _behind(node: LexborNode) -> str:
    """Return the text behind a script; a slash between it and one that stands below is that of a fraction."""
    after = node.next
    text = (after.text_content or "") if after is not None and after.tag == "-text" else ""
    if after is not None and text[:2].strip() == "/" and after.next is not None and after.next.tag == "sub":
        return FRACTION[0]
    return text[:1]


def _part_mark(node: LexborNode) -> str:
    """Return what stands before a part of a formula: / before a denominator, ^ before what stands above."""
    marks = PARTS.get(node.parent.tag or "") if node.parent is not None else None
    before, at = 0, node.prev
    while marks and at is not None and before < len(marks) - 1:
        before += at.tag != "-text"
        at = at.prev
    return marks[before] if marks else ""


def _number(text: str | None, otherwise: int) -> int:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise
