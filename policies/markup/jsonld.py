"""Licences in JSON-LD 1.1: which node of schema.org a statement belongs to decides what it speaks of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from policies.addresses.urls import without_fragment
from policies.markup.attributes import other
from policies.markup.claims import licence
from policies.markup.gate import MARKUP
from policies.markup.page import Page
from policies.markup.places import Place, place_of
from policies.markup.works import scope_of
from policies.rights.evidence import Evidence, Scope, Where

_STATEMENTS: Final = {
    "usageInfo": "usage-info",
    "copyrightHolder": "copyright-holder",
    "acquireLicensePage": "acquire-license",
    "isAccessibleForFree": "free-access",
}
_SAME: Final = frozenset({"@graph", "mainEntity", "mainEntityOfPage", "@reverse"})
"""Properties that lead from a page to what it is about, and back; all others lead to something else."""

_LARGEST: Final = 1 << 20  # code points of a script that are parsed
_NODES: Final = 10_000  # nodes of one script that are looked at
_DEEPEST: Final = 40


@dataclass(frozen=True, slots=True)
class _Node:
    """A node of a document, and the scope that its place in it allows."""

    content: Any
    scope: Scope
    depth: int = 0


def json_ld_evidence(page: Page) -> Iterator[Evidence]:
    """Read every JSON-LD script of the page; one that is no JSON says nothing."""
    if page.says("ld+json") and page.says(*MARKUP):
        for place, content in nodes(page):
            yield from _stated(page, place, content)


def nodes(page: Page) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """Yield every node of the page's JSON-LD, with where it stands and what it is within the page."""
    for script in page.select('script[type*="ld+json" i]'):
        text = (script.text(deep=True) or "").strip().removeprefix("<!--").removesuffix("-->")
        document = _parsed(text)
        if document is not None:
            where = place_of(page, script)[0]
            yield from _walk(page, where, document)


def _parsed(text: str) -> Any:
    if len(text) > _LARGEST:
        return None
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _walk(page: Page, where: Where, document: Any) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    waiting, seen = [_Node(document, Scope.PAGE)], 0
    while waiting and seen < _NODES:
        node = waiting.pop()
        seen += 1
        if isinstance(node.content, list):
            waiting += [_Node(one, node.scope, node.depth + 1) for one in reversed(node.content)]
        elif isinstance(node.content, dict) and node.depth < _DEEPEST:
            scope = _scope(page, node)
            yield (where, scope), node.content
            waiting += [_Node(value, _through(scope, key), node.depth + 1) for key, value in _inner(node.content)]


def _inner(content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in content.items():
        if isinstance(value, dict | list) and _name(key) not in ("license", *_STATEMENTS):
            yield _name(key), value


def _name(key: str) -> str:
    return key.removeprefix("schema:").removeprefix("http://schema.org/").removeprefix("https://schema.org/")


def _through(scope: Scope, key: str) -> Scope:
    """Return the widest scope of what a property of a node leads to."""
    if key in _SAME:
        return scope
    return Scope.SITE if key == "isPartOf" and scope is not Scope.ELEMENT else Scope.ELEMENT


def _scope(page: Page, node: _Node) -> Scope:
    """Return what a node is: of its own type, if it stands where the page may be, and not at another address."""
    content = node.content
    types = content.get("@type") or []
    own = scope_of([one for one in (types if isinstance(types, list) else [types]) if isinstance(one, str)])
    if node.scope is Scope.ELEMENT or own is Scope.ELEMENT or (own is not Scope.SITE and _is_elsewhere(page, content)):
        return Scope.ELEMENT
    return Scope.SITE if Scope.SITE in (node.scope, own) else Scope.PAGE


def _is_elsewhere(page: Page, content: Mapping[str, Any]) -> bool:
    """Tell whether a node gives addresses and none of them is the page's own."""
    if not page.uri:
        return False
    given = [_address(content.get(key)) for key in ("url", "mainEntityOfPage", "@id")]
    known = {_comparable(page.absolute(one)) for one in given if one and not one.startswith(("_:", "#"))}
    own = {_comparable(page.address), *map(_comparable, page.canonical)}
    return bool(known) and not known & own


def _comparable(address: str) -> str:
    return without_fragment(address).partition("://")[2].lower()


def _address(value: Any) -> str | None:
    if isinstance(value, dict):
        value = value.get("@id") or value.get("url")
    return value if isinstance(value, str) else None


def _stated(page: Page, place: Place, content: Mapping[str, Any]) -> Iterator[Evidence]:
    for key, value in content.items():
        name = _name(key)
        if name == "license":
            for one in _values(value):
                yield licence("json-ld", place, one, page.uri)
        elif name in _STATEMENTS:
            for one in _values(value)[:1]:
                yield other("json-ld", place, _STATEMENTS[name], one)


def _values(value: Any) -> list[str]:
    """Return the strings that a property holds: addresses of objects before their names."""
    found = []
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            one = next((one[key] for key in ("url", "@id", "@value", "name") if one.get(key)), None)
        if isinstance(one, bool):
            one = str(one).lower()
        if isinstance(one, str) and one.strip():
            found.append(one)
    return found[:20]
