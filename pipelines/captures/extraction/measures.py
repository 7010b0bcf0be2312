"""How much of blocks is prose: sizes in letters, what stands in links, and their sums over elements."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import accumulate, compress
from operator import mul
from typing import Final

from pipelines.captures.extraction.elements import HEADINGS
from pipelines.captures.extraction.outline import Block, Box, Outline

_WIDE: Final = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
"""Han, kana, Hangul and full-width forms: a letter says about as much as two of an alphabet."""

_SENTENCE: Final = re.compile("[.!?…؟।։።](?:[\"'”’»)\\]]|\\s|$)|[。！？]")
_END: Final = re.compile("[.!?…:;。！？：；؟।։።][\"'”’»)\\]」』]*$")

_LONG, _SHORT = 80, 30
"""Letters of text that is prose whatever its punctuation (also in scripts that have none), or if it has a sentence."""

FILLER: Final = 40
"""Letters below which text without the end of a sentence may be a label."""


class Measures:
    """What is measured of the n blocks of an outline.

    Attributes:
        tags: of the innermost element around each.
        sizes: letters of each.
        prose: letters of each that are prose outside links; 0 of headings, labels and links.
        size_sums, prose_sums, link_sums: of sizes, of prose, and of what stands in links.
    """

    __slots__ = ("blocks", "boxes", "link_sums", "prose", "prose_sums", "size_sums", "sizes", "tags")

    def __init__(self, outline: Outline) -> None:
        self.blocks, self.boxes = outline.blocks, outline.boxes
        self.sizes = [_size(block.text) for block in self.blocks]
        self.tags = [self.boxes[block.box].tag if block.box >= 0 else "" for block in self.blocks]
        rows = zip(self.blocks, self.sizes, self.tags, strict=True)
        self.prose = [_prose(block, size, tag) for block, size, tag in rows]
        self.size_sums, self.prose_sums = Sums(self.sizes), Sums(self.prose)
        self.link_sums = Sums([block.linked for block in self.blocks])

    def is_filler(self, i: int) -> bool:
        """Tell whether block *i* is a short text that is neither prose, nor the end of a sentence."""
        return not self.prose[i] and self.sizes[i] < FILLER and not self.ends_sentence(i)

    def ends_sentence(self, i: int) -> bool:
        """Tell whether block *i* ends as sentences do."""
        return _END.search(self.blocks[i].text[-8:]) is not None

    def is_linked(self, i: int, share: float) -> bool:
        """Tell whether more than *share* of block *i* stands in links."""
        return self.blocks[i].linked > share * len(self.blocks[i].text)


class Sums:
    """Sums of n values over runs of blocks."""

    __slots__ = ("_sums",)

    def __init__(self, values: Iterable[float]) -> None:
        self._sums: list[float] = list(accumulate(values, initial=0))

    @property
    def total(self) -> float:
        """The sum of all."""
        return self._sums[-1]

    def of(self, box: Box) -> float:
        """Return the sum over the blocks of *box*."""
        return self._sums[box.end] - self._sums[box.first]

    def before(self, i: int) -> float:
        """Return the sum over the blocks before block *i*."""
        return self._sums[i]


def kept(values: Iterable[float], keep: Iterable[bool]) -> Sums:
    """Return the sums of *values* (n) over the blocks that are in *keep* (n)."""
    return Sums(map(mul, values, keep))


def total(letters: Iterable[int], keep: Iterable[bool]) -> int:
    """Return the sum of *letters* (n) of the blocks that are in *keep* (n)."""
    return sum(compress(letters, keep))


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text) + len(_WIDE.findall(text))


def _prose(block: Block, size: int, tag: str) -> int:
    if tag in HEADINGS or block.linked * 2 > len(block.text):
        return 0
    own = size - block.linked
    return own if own >= _LONG or (own >= _SHORT and _SENTENCE.search(block.text)) else 0
