"""Read the running text of a page: plain links to licences with their sentences, and sentences without links."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from selectolax.lexbor import LexborNode

from policies.addresses.urls import host_of
from policies.markup.attributes import by_words
from policies.markup.claims import kept, licence
from policies.markup.gate import PROSE, text_traces
from policies.markup.page import Link, Page
from policies.markup.places import place_of
from policies.markup.sentences import KEPT_BACK, LONGEST, link_scope, sentence_around, statements
from policies.markup.whole import speaks_of_the_whole
from policies.rights.evidence import Evidence, Scope, Where
from policies.rights.license_names import from_url

_BREAKS_NAMES: Final = """
    address article aside blockquote body center dd details dialog dir div dl dt fieldset figcaption figure
    footer form h1 h2 h3 h4 h5 h6 head header hr html legend li main menu nav ol option p pre section select
    summary table tbody td textarea tfoot th thead title tr ul
"""
_BREAKS: Final = frozenset(_BREAKS_NAMES.split())
"""Elements that end a run of text (display: block and the like in the HTML standard's rendering section)."""

_UNREAD: Final = frozenset({"script", "style", "textarea", "title", "noscript", "template"})
_ADDRESSES: Final = ("licen", "commons")
_LABEL: Final = re.compile(
    r"\W*(?:licen[sc]e[ds]?|lizenz|licencia|licenza|licença|licentie|licens|lisens|licencja|лицензия|lisans)\W*"
    r"(?:cc|creative commons)?\W*",
    re.IGNORECASE,
)
"""What stands before a link that names the licence of the page in its footer."""

_MOST_BLOCKS: Final = 300  # blocks of a page that are read
_MOST_NODES: Final = 3000  # nodes of a block that are read


@dataclass(slots=True)
class Run:
    """Text that stands in one line of thought: what is between two borders of blocks.

    Attributes:
        pieces: the texts.
        size: their length, code points.
        node: the first text node.
        links: (begin, end, element) of the links to known licences in it.
    """

    pieces: list[str] = field(default_factory=list)
    size: int = 0
    node: LexborNode | None = None
    links: list[tuple[int, int, LexborNode]] = field(default_factory=list)

    def add(self, node: LexborNode, text: str) -> None:
        """Append the *text* of a node."""
        self.node = self.node or node
        self.pieces.append(text)
        self.size += len(text)


def prose_evidence(page: Page) -> Iterator[Evidence]:
    """Read the runs of text that name licences, rights or their like, and the links to known licences in them."""
    for block in _blocks(page):
        for run in _runs(block):
            if run.links:
                yield from _linked(page, run)
            yield from _said(page, run)


def _blocks(page: Page) -> list[LexborNode]:
    """Return the blocks, in document order, that hold a trace in a text of theirs or a link that may name a licence."""
    text = page.tree.root.text(deep=True) if page.tree.root else ""
    selectors = [f':lexbor-contains("{trace}" i)' for trace in text_traces(text)]
    selectors += [f'a[href*="{part}" i]' for part in _ADDRESSES if page.says(part)]
    if not selectors:
        return []
    found: dict[int, LexborNode] = {}
    for node in page.select(",".join(selectors)):
        if node.tag not in _UNREAD and len(found) < _MOST_BLOCKS:
            block = _block(node)
            found.setdefault(block.mem_id, block)
    return list(found.values())


def _block(node: LexborNode) -> LexborNode:
    at = node
    while at.tag not in _BREAKS and at.parent is not None and at.parent.tag not in ("html", "-document", "-undef"):
        at = at.parent
    return at


def _runs(block: LexborNode) -> list[Run]:
    """Return the runs of text of *block*, those of the blocks within it left out."""
    runs, waiting, seen = [Run()], [block.child], 0
    closing: list[tuple[int, LexborNode]] = []
    while waiting and seen < _MOST_NODES:
        seen += 1
        node = waiting.pop()
        if node is None:
            if closing:
                begin, link = closing.pop()
                if begin >= 0 and _names_licence(link):
                    runs[-1].links.append((min(begin, runs[-1].size), runs[-1].size, link))
            continue
        waiting.append(node.next)
        tag = node.tag
        if tag == "-text":
            runs[-1].add(node, node.text_content or "")
        elif tag in _BREAKS:
            runs.append(Run())
        elif tag == "br":
            runs[-1].add(node, " | ")
        elif tag not in _UNREAD:
            closing.append((runs[-1].size if tag == "a" else -1, node))
            waiting.append(node.child)
    return [run for run in runs if run.node is not None or run.links]


def _names_licence(node: LexborNode) -> bool:
    found = node.attributes
    href = (found.get("href") or "").lower()
    return any(part in href for part in _ADDRESSES) and len(href) < LONGEST and from_url(href) is not None


def _is_rel(node: LexborNode) -> bool:
    return "licen" in (node.attributes.get("rel") or "").lower()


def _linked(page: Page, run: Run) -> Iterator[Evidence]:
    text = "".join(run.pieces)
    ends = sorted(end for _, end, _ in run.links)
    for begin, end, node in run.links:
        where, around = place_of(page, node)
        start = max(0, begin - LONGEST)
        before, behind = sentence_around(text, begin, end)
        if _is_rel(node):  # read by policies.markup.attributes, which sees no sentences
            scope = by_words(page, Link.of(node), around)
        elif where is Where.FOOTER and _LABEL.fullmatch(before):
            scope = around
        else:
            page.spend(len(before))
            near = ends[bisect_right(ends, start) : bisect_right(ends, begin)]
            said = link_scope(text[start : begin + LONGEST], begin - start, [one - start for one in near])
            scope = _both(around, said)
        if scope is Scope.ELEMENT:
            page.spend(len(before) + len(behind))
        whole = scope is Scope.ELEMENT and speaks_of_the_whole(before, behind, _names(page))
        scope = _of_whole(page, node) if whole else scope
        if not _is_rel(node) or (whole and scope is not Scope.ELEMENT):
            yield licence("link", (where, scope), node.attributes.get("href") or "", page.uri)


def _names(page: Page) -> str:
    """Return the title and the host of the page, in lower case."""
    return f"{page.title} {host_of(page.uri) or ''}".lower()


def _of_whole(page: Page, node: LexborNode) -> Scope:
    """Return the scope of what says that it speaks of the whole: SITE, unless it is quoted, hidden or an item's."""
    return Scope.ELEMENT if place_of(page, node, beside=True)[1] is Scope.ELEMENT else Scope.SITE


def _both(around: Scope, said: Scope) -> Scope:
    if Scope.ELEMENT in (around, said):
        return Scope.ELEMENT
    return Scope.SITE if Scope.SITE in (around, said) else Scope.PAGE


def _said(page: Page, run: Run) -> Iterator[Evidence]:
    if run.node is None or not any(trace in piece.lower() for piece in run.pieces for trace in PROSE):
        return
    text = " ".join("".join(run.pieces).split())
    if len(text) > LONGEST:
        text = _near(text)
    page.spend(len(text))
    links = _link_words(run)
    place: tuple[Where, Scope] | None = None
    for one in statements(text):
        linked = any(words in one.text for words in links)
        if one.meaning is None and linked:
            continue  # "under this licence": the link says which
        place = place or place_of(page, run.node)
        kind, scope = "reserved" if one.reserves else "sentence", _both(place[1], one.scope)
        if scope is Scope.ELEMENT and one.whole and not linked:
            scope = _of_whole(page, run.node)  # else the link says under what
        yield Evidence(kind, place[0], scope, kept(one.text), "license", one.meaning)


def _link_words(run: Run) -> set[str]:
    """Return the words of the links to known licences in *run*."""
    text = "".join(run.pieces)
    return {words for begin, end, _ in run.links if (words := " ".join(text[begin:end].split()))}


def _near(text: str) -> str:
    """Return what stands around the first trace in a long run, and around a reservation."""
    low = text.lower()
    at = min((found for trace in PROSE if (found := low.find(trace)) >= 0), default=0)
    around = text[max(0, at - LONGEST // 2) : at + LONGEST]
    formula = KEPT_BACK.search(text)
    if formula and formula.end() > at + LONGEST:
        around += " | " + text[formula.start() - 200 : formula.end() + 100]
    return around
