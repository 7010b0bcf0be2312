"""Title and authors of a page, from the forms in which pages state them, the most deliberate first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from selectolax.lexbor import LexborNode

from policies.markup.attributes import item_type
from policies.markup.claims import kept
from policies.markup.jsonld import nodes
from policies.markup.page import Page
from policies.markup.places import Place, place_of
from policies.rights.credits import AUTHOR, TITLE
from policies.rights.evidence import Evidence, Scope, Where

_Said = tuple[str, Place, str]
"""Kind, place and value of one statement."""

_HEAD: Final = (Where.HEAD, Scope.PAGE)
_MOST: Final = 50  # authors of a page
_NO_NAME: Final = re.compile(r"(?:https?:|www\.|//|@)\S*|[\W_]*", re.IGNORECASE)
"""What stands where an author should and names none: addresses, accounts, marks."""

_METAS: Final = {
    TITLE: ("citation_title", "dc.title", "dcterms.title", "eprints.title", "bepress_citation_title"),
    AUTHOR: ("citation_author", "dc.creator", "dcterms.creator", "eprints.creators_name", "bepress_citation_author"),
}
"""Names of meta elements for citation: Highwire Press, Dublin Core (DC-HTML), EPrints, Bepress."""

_PLAIN_METAS: Final = {TITLE: ("og:title", "twitter:title"), AUTHOR: ("author", "article:author", "parsely-author")}
_RDFA: Final = {
    TITLE: re.compile(r"(?:dct:|dc:|dcterms:|http://purl\.org/dc/(?:terms|elements/1\.1)/)title"),
    AUTHOR: re.compile(r"(?:cc:|https?://creativecommons\.org/ns#)attributionname"),
}
"""Properties by which authors ask to be named (CC REL, section 5), in lower case."""

_NODE_KEYS: Final = {TITLE: ("headline", "name"), AUTHOR: ("author", "creator")}
"""Properties of schema.org, in JSON-LD and microdata."""


def credits(page: Page) -> Iterator[Evidence]:
    """Read the page's title and its authors, each from the first form that states any; those of elements aside.

    The forms: CC REL and Dublin Core in RDFa, meta elements for citation, JSON-LD, microdata, Open Graph and other meta
    elements, rel=author, the title element.
    """
    for name, forms in _FORMS.items():
        yield from _first(page, name, forms)


def _first(page: Page, name: str, forms: Iterable[Callable[[Page, str], Iterator[_Said]]]) -> list[Evidence]:
    for form in forms:
        found = {
            Evidence(kind, *place, kept(value), name, None): None
            for kind, place, value in form(page, name)
            if place[1] is not Scope.ELEMENT and not _NO_NAME.fullmatch(value.strip())
        }
        if found:
            return list(found)[: _MOST if name == AUTHOR else 1]
    return []


def _properties(page: Page, name: str) -> Iterator[_Said]:
    for node in page.select('[property*="title" i],[property*="attributionname" i]') if page.says("property") else ():
        tokens = (node.attributes.get("property") or "").lower().split()
        if node.tag == "meta" or not any(_RDFA[name].fullmatch(token) for token in tokens):
            continue
        if node.parent is None or node.parent.mem_id not in page.no_texts:
            yield "rdfa", place_of(page, node), _text(node)


def _citation_metas(page: Page, name: str) -> Iterator[_Said]:
    return _metas(page, _METAS[name])


def _plain_metas(page: Page, name: str) -> Iterator[_Said]:
    return _metas(page, _PLAIN_METAS[name])


def _metas(page: Page, names: tuple[str, ...]) -> Iterator[_Said]:
    """Yield the contents of the meta elements with the first of *names* that has any."""
    given = [(re.sub(r"^(dc|dcterms|eprints)[:_]", r"\1.", name), content) for name, content in page.metas]
    for wanted in names:
        found = [content for name, content in given if name == wanted and content.strip()]
        if found:
            yield from (("meta", _HEAD, content) for content in found)
            return


def _json_ld(page: Page, name: str) -> Iterator[_Said]:
    """Yield what the nodes say that are the page; an author by reference is looked up in the same page."""
    known = list(nodes(page)) if page.says("json") else []
    names = {str(one["@id"]): one.get("name") for _, one in known if "@id" in one}
    for place, content in known:
        if place[1] is Scope.PAGE:
            for value in _named(content, _NODE_KEYS[name], names):
                yield "json-ld", place, value


def _named(content: Mapping[str, Any], keys: tuple[str, ...], names: Mapping[str, Any]) -> list[str]:
    """Return the names that the first of *keys* with any leads to."""
    for key in keys:
        value = content.get(key, content.get(f"schema:{key}"))
        found = [_name_of(one, names) for one in (value if isinstance(value, list) else [value])]
        if any(found):
            return [one for one in found if one]
    return []


def _name_of(value: Any, names: Mapping[str, Any]) -> str | None:
    if isinstance(value, Mapping):
        value = value.get("name") or value.get("@value") or names.get(str(value.get("@id")))
    if isinstance(value, list):
        value = next(iter(value), None)
    return value if isinstance(value, str) and value.strip() else None


def _items(page: Page, name: str) -> Iterator[_Said]:
    """Yield microdata properties of an item that is the page; of an author that is an item, its name."""
    for key in _NODE_KEYS[name] if page.says("itemprop") else ():
        for node in page.select(f'[itemprop~="{key}" i]'):
            if item_type(page, node) is Scope.PAGE and node.parent is not None:
                yield "microdata", place_of(page, node.parent), _item_name(node)


def _item_name(node: LexborNode) -> str:
    inner = node.css_first('[itemprop~="name" i]') if "itemscope" in node.attributes else None
    return _text(inner or node)


def _rel_author(page: Page, name: str) -> Iterator[_Said]:
    for node in page.select('a[rel~="author" i]'):
        yield "rel-author", place_of(page, node), _text(node)


def _title_element(page: Page, name: str) -> Iterator[_Said]:
    """Yield the first title element of the document (HTML standard, section 3.1.5); drawings have titles too."""
    drawn = {node.mem_id for node in page.select("svg title")}
    yield from (("title", _HEAD, _text(node)) for node in page.select("title") if node.mem_id not in drawn)


def _text(node: LexborNode) -> str:
    return node.attributes.get("content") or node.text(deep=True) or ""


_FORMS: Final = {
    TITLE: (_properties, _citation_metas, _json_ld, _items, _plain_metas, _title_element),
    AUTHOR: (_properties, _citation_metas, _json_ld, _items, _plain_metas, _rel_author),
}
