"""From a parsed page to its outline: all shown text as blocks in their order, and the elements that they stand in.

A block is what a reader sees as one run of text: it ends where an element begins or ends that is displayed as a block
(HTML standard, section 15.3). The walk is one loop over the nodes, so deep and wide pages take linear time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipelines.extraction.elements import FIELDS, GAPS, LISTS, PREFORMATTED, UNSEEN, Gap
from pipelines.extraction.names import is_line_number
from pipelines.extraction.scripts import SCRIPTS, is_note, mark_of

_CONCEALED: Final = re.compile(r"(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))", re.IGNORECASE)
_SPACE: Final = re.compile(r"[ \t\n\f\r]+")
_BREAK: Final = "\0"  # stands for a br while pieces are joined; no parsed text holds it
_LINE_ENDS: Final = re.compile(r" ?\0 ?")
_SMALL: Final = 16  # pieces of a script that are looked at

_INLINE, _BOX, _LINK, _SCRIPT, _READING, _NUMBER = range(6)


@dataclass(slots=True)
class Block:
    """A run of text.

    Attributes:
        text: without outer white space, inner white space as displayed.
        linked: about how many of its code points stand in links.
        box: the innermost element around it, an index of Outline.boxes.
        gap: a Gap from the block before.
        tabs: cells that began since the block before.
        mark: of the list item that it opens, with the indent; else "".
    """

    text: str
    linked: int
    box: int
    gap: int
    tabs: int
    mark: str


@dataclass(slots=True)
class Box:
    """An element that is displayed as a block.

    Attributes:
        tag: its name.
        parent: the element around it, an index of Outline.boxes; -1 of the outermost.
        names: class, id and role, separated by blanks.
        prop: its itemprop.
        first: its first block, an index of Outline.blocks.
        end: behind its last block.
    """

    tag: str
    parent: int
    names: str
    prop: str
    first: int
    end: int = 0


@dataclass(slots=True)
class Outline:
    """The shown text of a page.

    Attributes:
        blocks: runs of text, in document order.
        boxes: the elements around them, in document order.
        frames: the source that stands in noframes elements.
    """

    blocks: list[Block] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)


def outline_of(tree: LexborHTMLParser, *, full: bool) -> Outline:
    """Return the outline of a parsed page.

    If *full*, all that is visible; else without form fields, line numbers, references to notes, and what is hidden from
    screen readers.
    """
    walk = _Walk(full)
    if tree.root is not None:
        walk.run(tree.root)
    return walk.outline


class _Walk:
    """The state of a walk over one tree."""

    def __init__(self, full: bool) -> None:
        self.outline = Outline()
        self.full = full
        self.pieces: list[str] = []
        self.linked = self.links = self.preformatted = 0
        self.gap, self.tabs, self.cells, self.mark = int(Gap.NONE), 0, 0, ""
        self.box = -1
        self.lists: list[int] = []  # of each open list the number of its next item; -1 without numbers
        self.runs = 0  # of text that have ended
        self.starts: list[tuple[int, int, int]] = []  # of each open script: run, piece, linked code points

    def run(self, root: LexborNode) -> None:
        """Walk over all nodes from *root* on."""
        node: LexborNode | None = root
        open_: list[tuple[LexborNode, str, int]] = []
        while True:
            while node is not None:
                tag = node.tag or ""
                if tag == "-text":
                    text = node.text_content or ""
                    self.pieces.append(text)
                    if self.links:
                        self.linked += len(text)
                    node = node.next
                elif tag in UNSEEN:
                    self._pass(node, tag)
                    node = node.next
                else:
                    kind = self._enter(node, tag)
                    if kind is None:
                        node = node.next
                    else:
                        open_.append((node, tag, kind))
                        node = node.child
            if not open_:
                break
            node, tag, kind = open_.pop()
            if kind:
                self._leave(node, tag, kind)
            node = node.next if open_ else None
        self._flush()

    def _pass(self, node: LexborNode, tag: str) -> None:
        if tag == "noframes":
            self.outline.frames.append(node.text() or "")

    def _enter(self, node: LexborNode, tag: str) -> int | None:
        """Enter an element and return what is to be done when it ends; None if it is passed over."""
        if tag == "br":
            self.pieces.append(_BREAK)
            return None
        given = node.attributes
        if given and self._is_hidden(given):
            return None
        gap = GAPS.get(tag)
        if gap is not None:
            if tag in FIELDS and not self.full:
                return None
            self._open(tag, gap, given)
            return _BOX
        if tag == "a" and "href" in given:
            self.links += 1
            return _LINK
        if tag == "rt" and not self.full:
            return None
        if tag in SCRIPTS or tag == "rt":
            self._start()
            self.pieces.append("")
            return _READING if tag == "rt" else _SCRIPT
        if not self.full and "class" in given and is_line_number(given["class"] or ""):
            self._start()
            return _NUMBER
        return _INLINE

    def _start(self) -> None:
        self.starts.append((self.runs, len(self.pieces), self.linked))

    def _is_hidden(self, given: dict[str, str | None]) -> bool:
        if "hidden" in given:
            return True
        style = given.get("style")
        if style and _CONCEALED.search(style):
            return True
        return not self.full and given.get("aria-hidden") == "true"

    def _open(self, tag: str, gap: int, given: dict[str, str | None]) -> None:
        self._flush()
        if gap == Gap.CELL:
            self.tabs += self.cells > 0
            self.cells += 1
        elif tag == "tr":
            self.tabs = self.cells = 0
        elif tag in LISTS:
            if self.lists:
                gap = Gap.LINE
            self.lists.append(_number(given.get("start"), 1) if tag == "ol" else -1)
        elif tag == "li":
            self._open_item(given)
        elif tag in PREFORMATTED:
            self.preformatted += 1
        self.gap = max(self.gap, gap)
        names = " ".join([given.get("class") or "", given.get("id") or "", given.get("role") or ""]) if given else ""
        outline = self.outline
        outline.boxes.append(Box(tag, self.box, names, given.get("itemprop") or "", len(outline.blocks)))
        self.box = len(outline.boxes) - 1

    def _open_item(self, given: dict[str, str | None]) -> None:
        number = self.lists[-1] if self.lists else -1
        if number >= 0:
            number = _number(given.get("value"), number)
            self.lists[-1] = number + 1
        self.mark = "  " * (len(self.lists) - 1) + (f"{number}. " if number >= 0 else "• ")

    def _leave(self, node: LexborNode, tag: str, kind: int) -> None:
        if kind == _BOX:
            self._close(tag)
        elif kind == _LINK:
            self.links -= 1
        else:
            run, start, linked = self.starts.pop()
            if run != self.runs:
                return
            if kind == _READING:
                self.pieces[start] = "("
                self.pieces.append(")")
            elif kind == _NUMBER:
                if "".join(self.pieces[start:]).strip().isdigit():
                    del self.pieces[start:]
            elif len(self.pieces) - start <= _SMALL:
                self._write_script(node, tag, start, self.linked > linked)

    def _close(self, tag: str) -> None:
        self._flush()
        box = self.outline.boxes[self.box]
        box.end = len(self.outline.blocks)
        self.box = box.parent
        gap = GAPS[tag]
        if tag in LISTS:
            self.lists.pop()
            if self.lists:
                gap = Gap.LINE
        elif tag == "li":
            self.mark = ""
        elif tag in PREFORMATTED:
            self.preformatted -= 1
        self.gap = max(self.gap, gap)

    def _write_script(self, node: LexborNode, tag: str, start: int, linked: bool) -> None:
        pieces = self.pieces
        script = "".join(pieces[start:])
        if tag == "sup" and (linked or script.lstrip()[:1] == "[") and is_note(script):
            if not self.full:
                del pieces[start:]
            elif script.strip().isalnum():
                pieces[start] = "["
                pieces.append("]")
            return
        pieces[start] = mark_of(tag, pieces[start - 1] if start else "", script)
        after = node.next
        if after is not None and after.tag == "-text" and script[-1:].isdigit():
            if (after.text_content or "")[:1].isdigit():
                pieces.append(" ")

    def _flush(self) -> None:
        """End the run of text, if there is one."""
        if not self.pieces:
            return
        text = "".join(self.pieces).replace("\u00a0", " ")
        text = _preformatted(text) if self.preformatted else _displayed(text)
        if text and not text.isspace():
            self.outline.blocks.append(Block(text, min(self.linked, len(text)), self.box, self.gap, self.tabs, self.mark))
            self.gap, self.tabs, self.mark = int(Gap.NONE), 0, ""
        self.pieces.clear()
        self.linked = 0
        self.runs += 1


def _displayed(text: str) -> str:
    """Return *text* with white space collapsed as CSS does (css-text-3, section 4.1.1), and with line ends for br."""
    text = " ".join(text.split()) if text.isascii() else _SPACE.sub(" ", text).strip(" ")
    return _LINE_ENDS.sub("\n", text).strip(" \n") if _BREAK in text else text


def _preformatted(text: str) -> str:
    lines = text.replace(_BREAK, "\n").replace("\r\n", "\n").rstrip()
    return lines.lstrip("\n")


def _number(text: str | None, otherwise: int) -> int:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise
