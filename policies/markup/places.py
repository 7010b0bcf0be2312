"""Where in a page an element stands, and what a statement there speaks of."""

from __future__ import annotations

import re
from typing import Final

from selectolax.lexbor import LexborNode

from policies.addresses.urls import without_fragment
from policies.markup.page import Page
from policies.markup.subjects.works import scope_of
from policies.rights.evidence import Scope, Where

_APART_NAMES: Final = """
    figure figcaption blockquote q template noscript pre code samp textarea picture video audio iframe object
    select option aside button dialog
"""
_APART: Final = frozenset(_APART_NAMES.split())
_BESIDE: Final = frozenset({"aside"})
"""Elements whose content is quoted, shown, embedded or beside the page's own text (HTML standard, section 4)."""

_APART_NAME: Final = re.compile(
    r"comments?|comment-?(?:list|body|content|area|text|wrap\w*)|commentlist|respond|disqus\w*|(?:wp-|image-|photo-)?caption"
    r"(?:-text)?|credits?|(?:photo|image|picture)-?credits?|embed|oembed|pull-?quote|"
    r"gallery|thumb(?:inner|caption)|leaflet-\S+|map|related(?:-\w+)?|teasers?|replies|reviews?",
    re.IGNORECASE,
)
_BESIDE_NAME: Final = re.compile(r"widget|widget[-_]\w+|side-?bar", re.IGNORECASE)
_FOOTER_NAME: Final = re.compile(r"(?:\w+[-_])?(?:footer|colophon|foot)(?:[-_]\w+)?", re.IGNORECASE)
_HIDDEN: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_DEEPEST: Final = 512  # ancestors that are looked at; real pages nest some dozens deep

_OUTERMOST: Final = frozenset({"html", "head", "body", "-undef", "-document"})
_LONGEST_NAME: Final = 100  # code points of a class or id that is looked at

Place = tuple[Where, Scope]
_Found = tuple[Where, Scope | None, int]
"""Where an element stands, the scope if its surroundings narrow it, and how many elements are around it."""


def place_of(page: Page, node: LexborNode, beside: bool = False) -> Place:
    """Return where *node* stands and what a licence there speaks of by its surroundings.

    ELEMENT within a picture, quotation, comment, widget or embedded thing, within an item (microdata, RDFa) that is no
    text, about another address, in one of several articles, and where nothing is shown; SITE within an item that is the
    site; else PAGE. With *beside* a widget or side bar is no reason: what stands there may say what it speaks of.
    """
    where, scope, depth = _place(page, node, beside)
    return where, (Scope.ELEMENT if depth > _DEEPEST else scope) or Scope.PAGE


def _place(page: Page, node: LexborNode, beside: bool) -> _Found:
    """Return the place of *node* and how deep it stands, from those of the elements around it."""
    known: dict[tuple[int, bool], _Found] = page.places
    above: list[LexborNode] = []
    at: LexborNode | None = node
    found: _Found = (Where.BODY, None, 0)
    while at is not None and at.tag not in _OUTERMOST:
        if (at.mem_id, beside) in known:
            found = known[at.mem_id, beside]
            break
        above.append(at)
        at = at.parent
    if at is not None and at.tag == "head":
        found = (Where.HEAD, None, 0)
    for at in reversed(above):
        where, scope, depth = found
        attributes = at.attributes
        where = Where.FOOTER if where is Where.BODY and _is_footer(at.tag or "", attributes) else where
        found = where, _narrower(_of_element(page, at, attributes, beside), scope), depth + 1
        known[at.mem_id, beside] = found
    return found


def _narrower(one: Scope | None, other: Scope | None) -> Scope | None:
    """Return the more specific scope; an item around an item says nothing more."""
    if Scope.ELEMENT in (one, other):
        return Scope.ELEMENT
    return one or other


def _is_footer(tag: str, attributes: dict[str, str | None]) -> bool:
    if tag == "footer" or attributes.get("role") == "contentinfo":
        return True
    return any(_FOOTER_NAME.fullmatch(name) for name in _names(attributes))


def _names(attributes: dict[str, str | None]) -> list[str]:
    given = f"{attributes.get('class') or ''} {attributes.get('id') or ''}".split()
    return [name for name in given if len(name) <= _LONGEST_NAME]


def _of_element(page: Page, node: LexborNode, attributes: dict[str, str | None], beside: bool) -> Scope | None:
    tag = node.tag or ""
    if (tag in _APART and not (beside and tag in _BESIDE)) or "hidden" in attributes:
        return Scope.ELEMENT
    if _HIDDEN.search(attributes.get("style") or ""):
        return Scope.ELEMENT
    names = () if tag == "main" else _names(attributes)
    if any(_APART_NAME.fullmatch(one) or (not beside and _BESIDE_NAME.fullmatch(one)) for one in names):
        return Scope.ELEMENT
    if tag == "article" and not _is_the_article(page, node):
        return Scope.ELEMENT
    about = attributes.get("about")
    if about and without_fragment(page.absolute(about)) != page.address:
        return Scope.ELEMENT
    return scope_of(f"{attributes.get('itemtype') or ''} {attributes.get('typeof') or ''}".split())


def _is_the_article(page: Page, node: LexborNode) -> bool:
    """Tell whether an article element is the page's own: the only one, or the one with the main heading."""
    return page.articles == 1 or node.css_first("h1") is not None
