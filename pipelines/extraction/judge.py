"""Which blocks of a page are its content."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Final

from pipelines.extraction.elements import HEADINGS
from pipelines.extraction.names import Role, role_of
from pipelines.extraction.walk import Block, Box, Outline

_WIDE: Final = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
_SENTENCE: Final = re.compile("[.!?…。!?؟।։።](?:[\"'”’»)\\]]|\\s|$)|[。!?]")
_ENDS: Final = re.compile("[.!?…:;。!?؟।։።][\"'”’»)\\]]*$")

_BESIDE_TAGS: Final = frozenset({"nav", "footer", "aside", "form", "dialog", "menu", "fieldset"})
_NEVER: Final = frozenset({"html", "body", "main"})
_DATA: Final = frozenset({"li", "td", "th", "dd", "dt", "pre", "figcaption", "caption", "summary"})

P = dict(sh=80,half=0.5,tp=1,lead=1,trim2=1,heads=1,short=1,wl=0.3,cta=1,copy=1,guard=0.4, few=200, few_share=0.1, tier=0.35, dom=0.6, descent=0.8, link=0.5, lprose=0.3)


def content_of(outline: Outline) -> list[bool]:
    """Return for each block whether it is content."""
    return _Judge(outline).run()


class _Judge:
    def __init__(self, outline: Outline) -> None:
        self.blocks, self.boxes = outline.blocks, outline.boxes
        self.sizes = [_size(block) for block in self.blocks]
        self.tags = [self.boxes[block.box].tag if block.box >= 0 else "" for block in self.blocks]
        self.prose = [_prose(b, size, tag) for b, size, tag in zip(self.blocks, self.sizes, self.tags)]
        self.roles = [_role(box) for box in self.boxes]

    def run(self) -> list[bool]:
        count = len(self.blocks)
        total = sum(self.prose)
        for level in (Role.BESIDE | Role.REMARKS, Role.BESIDE, Role.PLAIN):
            keep = self.pruned(level)
            left = sum(w for w, k in zip(self.prose, keep) if k)
            if left >= P["few"] or left > P["few_share"] * total:
                break
        first, end = self.root(keep)
        lead = self.lead(keep, first)
        keep = [k and (first <= i < end or i in lead) for i, k in enumerate(keep)]
        self.drop_links(keep, first, end)
        self.trim(keep)
        if not any(keep):
            return [w > 0 for w in self.prose] if any(self.prose) else [True] * count
        return keep

    def pruned(self, level: Role) -> list[bool]:
        keep = [True] * len(self.blocks)
        if not level: return keep
        sums = [0, *accumulate(self.prose)]
        total = sums[-1]
        sizes = [0, *accumulate(self.sizes)]
        links = [0, *accumulate(b.linked for b in self.blocks)]
        h1 = [0, *accumulate(t == "h1" for t in self.tags)]
        dropped = 0
        for box, role in zip(self.boxes, self.roles):
            if box.first < dropped or box.end == box.first or not role & (level | Role.WEAK) or box.tag in _NEVER:
                continue
            weight = sums[box.end] - sums[box.first]
            if not role & level:
                size = sizes[box.end] - sizes[box.first]
                if links[box.end] - links[box.first] <= P["wl"] * size or weight > 0.2 * total: continue
            if role & level & Role.REMARKS:
                if weight > 0.3 * total and (h1[box.end] > h1[box.first] or weight>0.9*total): continue
            elif weight > P["guard"] * total:
                continue
            if role & Role.BODY and weight > 0.2 * total: continue
            if box.tag == "article" and weight > 0.2 * total: continue
            for i in range(box.first, box.end):
                keep[i] = False
            dropped = max(dropped, box.end)
        return keep

    def root(self, keep: list[bool]) -> tuple[int, int]:
        weights = [(w or (P["half"] * max(0, s - 2 * b.linked) if t not in HEADINGS else 0)) if k else 0 for w, k, s, b, t in zip(self.prose, keep, self.sizes, self.blocks, self.tags)]
        sums = [0, *accumulate(weights)]
        total = sums[-1]
        if not total:
            return 0, len(self.blocks)
        tiers: list[list[Box]] = [[], [], [], []]
        for box, role in zip(self.boxes, self.roles):
            if box.end == box.first or box.tag in ("html", "body"): continue
            if "articleBody" in box.prop: tiers[0].append(box)
            elif role & Role.BODY: tiers[1].append(box)
            elif box.tag == "article" or role & Role.POST: tiers[2].append(box)
            elif box.tag == "main" or "main" in box.names.split(): tiers[3].append(box)
        for tier in tiers:
            outer: list[Box] = []
            for box in tier:
                if not outer or box.first >= outer[-1].end: outer.append(box)
            w = [sums[b.end] - sums[b.first] for b in outer]
            if not w or sum(w) < P["tier"] * total: continue
            m = max(w)
            if m >= P["dom"] * sum(w):
                box = outer[w.index(m)]
                return box.first, box.end
            used = [b for b, x in zip(outer, w) if x]
            return used[0].first, used[-1].end
        first, end = 0, len(self.blocks)
        for box in self.boxes:
            if box.first >= first and box.end <= end and sums[box.end] - sums[box.first] >= P["descent"] * total:
                first, end = box.first, box.end
        return first, end

    def lead(self, keep: list[bool], first: int) -> set[int]:
        """Return the prose between the page's heading and its text."""
        found: set[int] = set()
        if not P["lead"]: return found
        for i in range(first - 1, max(-1, first - 25), -1):
            if self.tags[i] == "h1":
                return found
            if keep[i] and (self.tags[i] not in _DATA or self.tags[i] == "li") and (self.prose[i] or (self.tags[i] in HEADINGS and self.sizes[i] >= 60 and not self.blocks[i].linked)): found.add(i)
        return set()

    def drop_links(self, keep: list[bool], first: int, end: int) -> None:
        sizes = [0, *accumulate(self.sizes)]
        links = [0, *accumulate(b.linked for b in self.blocks)]
        prose = [0, *accumulate(self.prose)]
        for box in self.boxes:
            if box.first < first or box.end > end or box.first == box.end: continue
            size = sizes[box.end] - sizes[box.first]
            linked = links[box.end] - links[box.first]
            if linked > P["link"] * size and prose[box.end] - prose[box.first] < P["lprose"] * size:
                for i in range(box.first, box.end): keep[i] = False

    def is_filler(self, i: int) -> bool:
        return not self.prose[i] and self.tags[i] not in _DATA and (P["tp"] or self.tags[i] != "p") and self.sizes[i] < 40 and not _ENDS.search(self.blocks[i].text)

    def trim(self, keep: list[bool]) -> None:
        blocks = self.blocks
        if P["copy"]:
            for i, b in enumerate(blocks):
                if keep[i] and self.sizes[i] < 120 and b.text.lstrip("( ").startswith(("©", "(c)", "Copyright")): keep[i] = False
        if P["short"]:
            for i, b in enumerate(blocks):
                if keep[i] and self.tags[i] in ("div", "section", "span", "body", "header", "article","address","button", "main","center") and self.sizes[i] < 30 and not _ENDS.search(b.text) and not b.mark and b.gap > 1:
                    near = [j for j in (i - 1, i + 1) if 0 <= j < len(blocks)]
                    if not any(self.tags[j] == self.tags[i] and keep[j] and self.is_filler(j) for j in near): keep[i] = False
        kept = [i for i, k in enumerate(keep) if k]
        sentence = lambda i: self.sizes[i] >= P["sh"]
        def cta(i): return P["cta"] and blocks[i].linked > 0.25 * self.sizes[i] and self.sizes[i] < 200 and self.tags[i] not in ("li","td","dd")
        while kept and (self.is_filler(kept[-1]) or (self.tags[kept[-1]] in HEADINGS and not sentence(kept[-1])) or cta(kept[-1])):
            keep[kept.pop()] = False
        if P["trim2"]:
            for i in kept:
                if self.prose[i] or self.tags[i] == "p": break
                if self.is_filler(i) and self.tags[i] not in HEADINGS: keep[i] = False
        if P["heads"]:
            after, level = -1, 7
            for i in range(len(blocks) - 1, -1, -1):
                if not keep[i]: continue
                tag = self.tags[i]
                if tag in HEADINGS:
                    if tag != "h1" and self.sizes[i] < 60 and after > i + 1 and int(tag[1]) >= level:
                        keep[i] = False
                        continue
                    level = int(tag[1])
                else: level = 0
                after = i


def _size(block: Block) -> int:
    text = block.text
    return len(text) if text.isascii() else len(text) + len(_WIDE.findall(text))


def _prose(block: Block, size: int, tag: str) -> int:
    if tag in HEADINGS:
        return 0
    if block.linked * 2 > len(block.text):
        return 0
    own = size - block.linked
    if own >= 80 or (own >= 30 and _SENTENCE.search(block.text)):
        return own
    return 0


def _role(box: Box) -> Role:
    role = role_of(box.names) if len(box.names) > 2 else Role.PLAIN
    return role | Role.BESIDE if box.tag in _BESIDE_TAGS else role
