"""Which blocks of a page are its content: without what stands beside it, within the element that holds it."""

from __future__ import annotations

import re
from typing import Final

from pipelines.captures.extraction.elements import HEADINGS
from pipelines.captures.extraction.measures import Measures, Sums, kept, total
from pipelines.captures.extraction.names import Role, role_of
from pipelines.captures.extraction.outline import Box, Outline
from pipelines.captures.extraction.trim import trimmed

_LEVELS: Final = (Role.BESIDE | Role.REMARKS, Role.BESIDE, 0)
"""What is left out, first; the next only if little is left, as on a page that is all discussion."""

_ENOUGH: Final = 400  # letters of content that are enough
_MORE: Final = 5  # times as much as before that another level must give

_BESIDE_TAGS: Final = frozenset({"nav", "footer", "aside", "form", "dialog", "fieldset"})
_WHOLE: Final = frozenset({"html", "body", "main"})

_NO_LEAD: Final = frozenset({"caption", "dd", "figcaption", "pre", "td", "th"})

_PARAGRAPH_NAMES: Final = "blockquote caption dd dl dt figcaption li ol p pre th ul"
_PARAGRAPHS: Final = frozenset(_PARAGRAPH_NAMES.split())

_POST: Final = re.compile(r"(?<!\w)(?:post|message|answer|question|entry)(?![\w-])", re.IGNORECASE)
"""Names of one of several posts, by themselves."""

_MOST: Final = 0.4  # of a page's prose: an element that holds more is no navigation, whatever its name
_PART: Final = 0.2  # likewise, if it is called content, or is beside only by its links
_LINKED: Final = 0.3  # of an element that has a weak name: it is left out if more is linked
_DISCUSSION: Final = 0.9  # of a page's prose: remarks that hold more are the page

_ROOT: Final = 0.3  # of a page's text that elements which are called content must hold
_ONE: Final = 0.85  # of the text of several such elements that one must hold to be the only one
_DOWN: Final = 0.85  # of a page's text that an element must hold to stand for it where none is called content
_LABEL: Final = 0.5  # what a letter outside prose counts for
_LEAD_BLOCKS: Final = 25  # before the content in which a lead is looked for
_LEAD: Final = 60  # letters of a heading that is a lead


def content_of(outline: Outline) -> list[bool]:
    """Tell for each block of *outline* whether it is content; of a page that shows anything, something is."""
    judge = _Judge(outline)
    best, most = [False] * len(outline.blocks), 0
    tried: list[list[bool]] = []
    for level in _LEVELS:
        left = judge.without(level)
        if left in tried:  # it would come to what it came to before
            continue
        tried.append(left)
        keep = judge.content_in(left)
        size = total(judge.measures.sizes, keep)
        if size > most * _MORE:
            best, most = keep, size
        if most >= _ENOUGH:
            break
    if any(best):
        return best
    prose = [letters > 0 for letters in judge.measures.prose]
    return prose if any(prose) else [True] * len(prose)


class _Judge:
    """Judges one page.

    Attributes:
        measures: of its blocks.
        roles: of its elements.
    """

    def __init__(self, outline: Outline) -> None:
        self.blocks, self.boxes = outline.blocks, outline.boxes
        self.measures = Measures(outline)
        self.roles = [_role(box) for box in self.boxes]
        self.prose, self.sizes, self.links = (
            self.measures.prose_sums,
            self.measures.size_sums,
            self.measures.link_sums,
        )
        self.titles = Sums([tag == "h1" for tag in self.measures.tags])
        self.weights = self._weights()

    def content_in(self, keep: list[bool]) -> list[bool]:
        """Return what is content of the blocks *keep*."""
        first, end = self._root(keep)
        lead = self._lead(keep, first, end)
        keep = [one and (first <= i < end or i in lead) for i, one in enumerate(keep)]
        return trimmed(self.measures, self.roles, keep)

    def without(self, level: int) -> list[bool]:
        """Return which blocks are not in an element of the roles *level*."""
        keep, done, asked = [True] * len(self.blocks), 0, level | Role.WEAK
        if not level:
            return keep
        for box, role in zip(self.boxes, self.roles, strict=True):
            if not role & asked or box.first < done or box.tag in _WHOLE:
                continue
            if self._is_beside(box, role, level):
                keep[box.first : box.end] = [False] * (box.end - box.first)
                done = box.end
        return keep

    def _is_beside(self, box: Box, role: int, level: int) -> bool:
        share = self.prose.of(box) / (self.prose.total or 1)
        if share > _PART and (role & Role.BODY or box.tag == "article"):
            return False
        if role & level & Role.REMARKS:
            return share <= _DISCUSSION and not (share > _LINKED and self.titles.of(box))
        if role & level:
            return share <= _MOST
        return share <= _PART and self.links.of(box) > _LINKED * self.sizes.of(box)

    def _root(self, keep: list[bool]) -> tuple[int, int]:
        """Return the blocks, from and to, of the element that holds the content.

        By what elements are called (schema.org's articleBody, names of a text, of a post, article, main), else the
        smallest that holds most of the text.
        """
        text = kept(self.weights, keep)
        if not text.total:
            return 0, len(self.blocks)
        for tier in self._called_content():
            outer = [box for box in _outermost(tier) if text.of(box) > 0]
            held = sum(map(text.of, outer))
            if outer and held >= _ROOT * text.total:
                best = max(outer, key=text.of)
                single = text.of(best) >= _ONE * held
                return (best.first, best.end) if single else (outer[0].first, outer[-1].end)
        first, end = 0, len(self.blocks)
        for box in self.boxes:
            inside = first <= box.first and box.end <= end and box.tag not in _PARAGRAPHS
            if inside and text.of(box) >= _DOWN * text.total:
                first, end = box.first, box.end
        return first, end

    def _weights(self) -> list[float]:
        found = []
        for i, block in enumerate(self.blocks):
            label = 0 if self.measures.tags[i] in HEADINGS else max(0, self.measures.sizes[i] - 2 * block.linked)
            found.append(self.measures.prose[i] or _LABEL * label)
        return found

    def _called_content(self) -> list[list[Box]]:
        """Return the elements that are called content, the surest names first."""
        tiers: list[list[Box]] = [[], [], [], []]
        for box, role in zip(self.boxes, self.roles, strict=True):
            if box.tag not in ("html", "body"):
                if box.prop and "articleBody" in box.prop:
                    tiers[0].append(box)
                elif role & Role.BODY:
                    tiers[1].append(box)
                elif role & Role.POST or box.tag == "article":
                    tiers[2].append(box)
                elif box.tag == "main" or ("main" in box.names and "main" in box.names.split()):
                    tiers[3].append(box)
        return tiers

    def _lead(self, keep: list[bool], first: int, end: int) -> set[int]:
        """Return the blocks between the page's title and its content, from block *first* to *end*, that are prose.

        Of several posts, as of a discussion, the title belongs to the content too.
        """
        found: set[int] = set()
        tags, measures = self.measures.tags, self.measures
        for i in range(first - 1, max(-1, first - 1 - _LEAD_BLOCKS), -1):
            if tags[i] == "h1":
                return found | {i} if keep[i] and self._posts(first, end) > 1 else found
            prose = measures.prose[i] and tags[i] not in _NO_LEAD
            title = tags[i] in HEADINGS and measures.sizes[i] >= _LEAD and not self.blocks[i].linked
            if keep[i] and (prose or title):
                found.add(i)
        return set()

    def _posts(self, first: int, end: int) -> int:
        """Return how many posts or remarks that say something stand in the blocks from *first* to *end*."""
        rows = zip(self.boxes, self.roles, strict=True)
        within = ((box, role) for box, role in rows if first <= box.first and box.end <= end and self.prose.of(box))
        return sum(
            role & (Role.REMARKS | Role.POST) > 0 or box.tag == "article" or _POST.search(box.names) is not None
            for box, role in within
        )


def _outermost(boxes: list[Box]) -> list[Box]:
    found: list[Box] = []
    for box in boxes:
        if not found or box.first >= found[-1].end:
            found.append(box)
    return found


def _role(box: Box) -> int:
    role = role_of(box.names) if len(box.names) > 2 else 0
    if box.tag == "menu":
        return role | Role.WEAK
    return role | Role.BESIDE if box.tag in _BESIDE_TAGS else role
