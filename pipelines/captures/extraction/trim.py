"""What is left of a page's content without lists of links, insets, teasers, labels, and headings of nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import compress
from operator import or_
from typing import Final

from pipelines.captures.extraction.elements import HEADINGS
from pipelines.captures.extraction.measures import Measures, Sums, kept, total
from pipelines.captures.extraction.names import Role, role_of
from pipelines.captures.extraction.outline import Box

Keep = list[bool]

_LITTLE: Final = 0.1  # of the content: if less is left, nothing of it is left out

_LINKED: Final = 0.45  # of an element that is a list of links
_LINKED_PROSE: Final = 0.3  # of the letters of such an element that may be prose
_LINK: Final = 0.8  # of a block that is a link
_LINK_SIZE: Final = 15  # letters of a link that has a line of its own
_CALL: Final = 0.25  # of a last line that calls for something
_CALL_SIZE: Final = 200  # letters of such a line at most

_MAIN: Final = 0.6  # of the prose that must stand in paragraphs of one element for insets in it to be told
_FLOWING: Final = 0.3  # of text that stands by itself among paragraphs: it is none of them if more is linked
_INSET: Final = 0.15  # of the prose that an inset may hold
_CARDS: Final = 3  # teasers in a row
_CARDS_SHARE: Final = 0.4  # of the prose that they may hold
_TEASED: Final = 200  # letters of other prose on a page that has teasers

_HEADING: Final = 60  # letters of what heads something, rather than say something
_LAST_HEADING: Final = 80  # likewise, behind the last sentence
_LABEL: Final = 30  # letters of a label by itself
_ANNOUNCEMENT: Final = 80  # letters of what ends in a colon
_CONCLUSION: Final = 4  # lines of a last section, with its heading
_NOTICE: Final = 120  # letters of a notice of copyright

_ITEMS: Final = frozenset({"li", "td", "th", "dd", "dt", "pre", "figcaption", "caption", "summary", "math"})
_RICH: Final = frozenset({"li", "td", "th", "dd", "pre", "figcaption", "blockquote", "math"})
_LOOSE: Final = frozenset({"address", "article", "body", "button", "center", "div", "header", "main", "section"})
_SOURCES: Final = ("http", "www.", "doi")
_NOTICES: Final = ("©", "(c)", "Copyright")


def trimmed(measures: Measures, roles: Sequence[int], before: Keep) -> Keep:
    """Return which of the blocks *before* (n) are left; *roles* are those of the elements."""
    keep = list(before)
    _drop_numbers(measures, roles, keep)
    _drop_link_lists(measures, keep)
    flow = _flow(measures, roles, keep)
    _drop_insets(measures, roles, keep, flow)
    _drop_cards(measures, keep)
    _drop_teasers(measures, roles, keep)
    _drop_labels(measures, keep, flow)
    _drop_ends(measures, keep)
    _drop_headings(measures, keep)
    left = total(measures.sizes, keep)
    return before if left < _LITTLE * total(measures.sizes, before) else keep


def _drop(keep: Keep, box: Box) -> None:
    keep[box.first : box.end] = [False] * (box.end - box.first)


def _drop_numbers(measures: Measures, roles: Sequence[int], keep: Keep) -> None:
    """Drop the numbers of lines of code: elements that are called so, and hold digits alone."""
    if not reduce(or_, roles, 0) & Role.NUMBERS:
        return
    words = Sums(not "".join(block.text.split()).isdigit() for block in measures.blocks)
    for box, role in zip(measures.boxes, roles, strict=True):
        if role & Role.NUMBERS and not words.of(box):
            _drop(keep, box)


def _drop_link_lists(measures: Measures, keep: Keep) -> None:
    sizes, prose, links = measures.size_sums, measures.prose_sums, measures.link_sums
    left = list(_kept(keep))
    done, end = (left[0], left[-1] + 1) if left else (0, 0)
    for box in measures.boxes:
        if box.first < done or box.end > end:
            continue
        size = sizes.of(box)
        if links.of(box) > _LINKED * size and prose.of(box) < _LINKED_PROSE * size:
            _drop(keep, box)
            done = box.end


def _flow(measures: Measures, roles: Sequence[int], keep: Keep) -> Keep:
    """Tell which blocks are parts of a text whatever they hold: formulas, code and verse, and what has no name.

    That is text that stands by itself, or in an element without a name, among the paragraphs of one
    element.
    """
    boxes, blocks, tags = measures.boxes, measures.blocks, measures.tags
    found = [False] * len(blocks)
    ends: dict[int, tuple[int, int]] = {}
    for i, block in enumerate(blocks):
        if keep[i] and measures.prose[i] and tags[i] == "p":
            parent = boxes[block.box].parent
            ends[parent] = (ends[parent][0] if parent in ends else i, i)
    for i, block in enumerate(blocks):
        if (
            not keep[i]
            or block.box < 0
            or measures.is_linked(i, _FLOWING)
            or tags[i] in HEADINGS
            or _is_aside(block.text)
        ):
            continue
        box = boxes[block.box]
        within = block.box if block.box in ends else box.parent if _is_plain(box) else -1
        first, last = ends.get(within, (0, 0))
        found[i] = first < i and (i < last or (within == block.box and tags[i - 1] in HEADINGS and last > 0))
    for box, role in zip(boxes, roles, strict=True):
        if role & Role.EXACT and box.parent in ends:
            first, last = ends[box.parent]
            if first < box.first < last:
                found[box.first : box.end] = [True] * (box.end - box.first)
    return found


def _is_plain(box: Box) -> bool:
    return box.tag in ("div", "center") and box.end == box.first + 1 and not box.names.strip()


def _is_aside(text: str) -> bool:
    """Tell whether a short *text* announces something beside the content."""
    return len(text) < _LABEL and bool(role_of(text) & Role.BESIDE)


def _drop_insets(measures: Measures, roles: Sequence[int], keep: Keep, flow: Keep) -> None:
    """Drop small elements among the paragraphs of a text that hold neither lists, tables, pictures nor quotations."""
    paragraphs: Counter[int] = Counter()
    starts: dict[int, int] = {}
    for i, block in enumerate(measures.blocks):
        if keep[i] and measures.prose[i] and measures.tags[i] == "p":
            parent = measures.boxes[block.box].parent
            paragraphs[parent] += measures.prose[i]
            starts.setdefault(parent, i)
    prose = kept(measures.prose, keep)
    main, held = paragraphs.most_common(1)[0] if paragraphs else (-1, 0)
    if not held or held < _MAIN * prose.total:
        return
    rich = Sums(tag in _RICH or part for tag, part in zip(measures.tags, flow, strict=True))
    for box, role in zip(measures.boxes, roles, strict=True):
        inset = box.parent == main and box.tag in ("div", "section") and box.first > starts[main]
        if inset and not role & Role.BODY and not rich.of(box) and prose.of(box) <= _INSET * prose.total:
            _drop(keep, box)


def _drop_cards(measures: Measures, keep: Keep) -> None:
    """Drop teasers of other pages: elements side by side that open with a link and go on with text."""
    rows: dict[tuple[int, str], list[Box]] = {}
    for box in measures.boxes:
        part = box.tag in ("article", "div", "li", "section", "td") and box.end > box.first + (box.tag != "li")
        if part and measures.is_linked(box.first, _LINK):
            rows.setdefault((box.parent, box.tag), []).append(box)
    prose = kept(measures.prose, keep)
    for row in rows.values():
        if len(row) >= _CARDS and sum(map(prose.of, row)) <= _CARDS_SHARE * prose.total:
            for box in row:
                _drop(keep, box)


def _drop_teasers(measures: Measures, roles: Sequence[int], keep: Keep) -> None:
    """Drop what is called a teaser and has links or headings; before all other text it is the lead."""
    teasers = [box for box, role in zip(measures.boxes, roles, strict=True) if role & Role.TEASER]
    if not teasers:
        return
    others = list(keep)
    for box in teasers:
        _drop(others, box)
    prose = kept(measures.prose, others)
    if prose.total < _TEASED:
        return
    signs = Sums(block.linked > 0 or tag in HEADINGS for block, tag in zip(measures.blocks, measures.tags, strict=True))
    for box in teasers:
        if prose.before(box.first) and signs.of(box):
            _drop(keep, box)


def _drop_labels(measures: Measures, keep: Keep, flow: Keep) -> None:
    """Drop lines that are links, notices of copyright, labels by themselves, and what announces something dropped."""
    blocks, tags, sizes = measures.blocks, measures.tags, measures.sizes
    for i in _kept(keep):
        text = blocks[i].text
        notice = sizes[i] < _NOTICE and text.lstrip("( ").startswith(_NOTICES)
        link = tags[i] not in HEADINGS and tags[i] not in _ITEMS and sizes[i] >= _LINK_SIZE
        if notice or (link and measures.is_linked(i, _LINK) and not text.startswith(_SOURCES)):
            keep[i] = False
    for i in _kept(keep):
        if tags[i] in _LOOSE and not flow[i] and sizes[i] < _LABEL and not blocks[i].mark and blocks[i].gap > 1:
            keep[i] = measures.ends_sentence(i) or any(_alike(measures, keep, i, j) for j in (i - 1, i + 1))
    for i in _kept(keep):
        announces = blocks[i].text.endswith((":", "：")) and not measures.prose[i] and sizes[i] < _ANNOUNCEMENT
        if announces and i + 1 < len(keep) and not keep[i + 1]:
            keep[i] = False


def _alike(measures: Measures, keep: Keep, i: int, j: int) -> bool:
    """Tell whether block *j* is a short line like block *i*: then they are the lines of one thing."""
    return 0 <= j < len(keep) and keep[j] and measures.tags[j] == measures.tags[i] and measures.is_filler(j)


def _drop_ends(measures: Measures, keep: Keep) -> None:
    """Drop labels, headings and calls behind the last sentence, and labels before the first."""
    left = list(_kept(keep))
    while left and _is_end(measures, left[-1]) and not _concludes(measures, left):
        keep[left.pop()] = False
    for i in left:
        if measures.prose[i] or measures.tags[i] == "p":
            return
        if measures.is_filler(i) and measures.tags[i] not in HEADINGS and measures.tags[i] not in _ITEMS:
            keep[i] = False


def _concludes(measures: Measures, left: Sequence[int]) -> bool:
    """Tell whether the last of the blocks *left* is said below a last heading of its text, with few lines between."""
    home = _home(measures, left[-1])
    for at in range(len(left) - 1, max(0, len(left) - 1 - _CONCLUSION), -1):
        i = left[at]
        if measures.blocks[i].linked or _is_aside(measures.blocks[i].text) or _home(measures, i) != home:
            return False
        if measures.tags[i] in HEADINGS:
            return at < len(left) - 1 and measures.prose[left[at - 1]] > 0 and _home(measures, left[at - 1]) == home
    return False


def _home(measures: Measures, i: int) -> int:
    """Return the element that holds block *i* as a paragraph, a heading or text by itself."""
    box = measures.blocks[i].box
    return measures.boxes[box].parent if measures.tags[i] == "p" or measures.tags[i] in HEADINGS else box


def _is_end(measures: Measures, i: int) -> bool:
    tag, size = measures.tags[i], measures.sizes[i]
    if tag in HEADINGS:
        return size < _LAST_HEADING
    if tag in _ITEMS:
        return False
    return measures.is_filler(i) or (size < _CALL_SIZE and measures.blocks[i].linked > _CALL * size)


def _drop_headings(measures: Measures, keep: Keep) -> None:
    """Drop short headings of which nothing is left that they head."""
    below, level = len(keep), 0
    for i in reversed(list(_kept(keep))):
        rank = int(measures.tags[i][1]) if measures.tags[i] in HEADINGS else 0
        if rank > 1 and measures.sizes[i] < _HEADING and below > i + 1 and rank >= level > 0:
            keep[i] = False
        else:
            below, level = i, rank


def _kept(keep: Keep) -> Iterable[int]:
    return compress(range(len(keep)), keep)
