"""The outline of a page: all shown text as blocks in their order, and the elements that they stand in."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Block:
    """What a reader sees as one run of text.

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
    """An element that is displayed as a block, and shows something.

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
        boxes: the elements around them, in document order; an element comes before those in it.
        frames: the source that stands in noframes elements.
    """

    blocks: list[Block] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)
