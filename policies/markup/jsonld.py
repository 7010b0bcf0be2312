"""Licences in JSON-LD 1.1: which node of schema.org a statement belongs to decides what it speaks of."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from selectolax.lexbor import LexborNode

from policies.markup import loose_json
from policies.markup.attributes import other, stated
from policies.markup.claims import licence
from policies.markup.gate import MARKUP
from policies.markup.page import Page, comparable
from policies.markup.places import Place, place_of
from policies.markup.sentences import LONGEST
from policies.markup.subjects.works import scope_of
from policies.rights.evidence import Evidence, Scope, Where

_STATEMENTS: Final = {
    "usageInfo": "usage-info",
    "copyrightHolder": "copyright-holder",
    "acquireLicensePage": "acquire-license",
    "isAccessibleForFree": "free-access",
}
_LOW_STATEMENTS: Final = {key.lower(): name for key, name in _STATEMENTS.items()}
_SAME: Final = frozenset({"@graph", "mainEntity", "mainEntityOfPage", "@reverse"})
"""Properties that lead from a page to what it is about, and back; all others lead to something else."""

_CLAIMS: Final = frozenset({"license", "licence", "rights", "copyrightnotice"})
"""Properties that hold a licence, in whatever vocabulary: schema.org, Dublin Core, CC REL, XHTML."""

_NAMED: Final = re.compile(
    rf"(?<![a-z0-9_])({'|'.join(sorted(_CLAIMS))}|{'|'.join(_STATEMENTS)})\W{{0,8}}:(?!/)", re.IGNORECASE
)
_TYPE: Final = re.compile(r"(?<![a-z])(?:ld\W*json|json\W*ld)(?![a-z])", re.IGNORECASE)
_ESCAPE: Final = re.compile(r"\\u00([2-7][0-9a-f])", re.IGNORECASE)
_LONGEST_NAME: Final = 64
_VALUES: Final = 20  # values of a property that are read
_NODES: Final = 10_000  # nodes of one script that are looked at
_DEEPEST: Final = 40


@dataclass(frozen=True, slots=True)
class _Node:
    """A node of a document, and the scope that its place in it allows."""

    content: Any
    scope: Scope
    depth: int = 0


def json_ld_evidence(page: Page) -> Iterator[Evidence]:
    """Read every JSON-LD script of the page.

    One that cannot be read, or not to its end, and that names a licence or other rights, makes a claim that is not
    understood; if it names none it says nothing.
    """
    if not (page.says("json") and page.says(*MARKUP, "rights")):
        return
    for script in _scripts(page):
        if script.document is not None:
            aliases = _aliases(script.document)
            for scope, content in script.nodes(page):
                yield from _stated(page, (script.where, scope), content, aliases)
        if script.unread:
            yield from _unread(page, script)


def nodes(page: Page) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """Yield every node of the page's JSON-LD, with where it stands and what it is within the page."""
    for script in _scripts(page):
        for scope, content in script.nodes(page) if script.document is not None else ():
            yield (script.where, scope), content


@dataclass(slots=True)
class _Script:
    """A script of the page.

    Attributes:
        where: in the page.
        text: its source.
        document: what it holds, None if it cannot be read.
        unread: whether something in it was not read.
    """

    where: Where
    text: str
    document: Any
    unread: bool

    def nodes(self, page: Page) -> Iterator[tuple[Scope, Mapping[str, Any]]]:
        """Yield the nodes, and what each is within the page."""
        waiting, seen = [_Node(self.document, Scope.PAGE)], 0
        while waiting:
            node = waiting.pop()
            seen += 1
            if seen > _NODES or node.depth >= _DEEPEST:
                self.unread = True
                if seen > _NODES:
                    return
            elif isinstance(node.content, list):
                waiting += [_Node(one, node.scope, node.depth + 1) for one in reversed(node.content)]
            elif isinstance(node.content, dict):
                scope = _scope(page, node)
                yield scope, node.content
                waiting += [_Node(value, _through(scope, key), node.depth + 1) for key, value in _inner(node.content)]


def _scripts(page: Page) -> Iterator[_Script]:
    room = loose_json.LARGEST
    for script in page.select('script[type*="json" i]'):
        if not _is_linked(script):
            continue
        text = (script.text(deep=True) or "").strip().removeprefix("<!--").removesuffix("-->")
        room -= len(text)
        document = _parsed(text) if room >= 0 else None
        yield _Script(place_of(page, script)[0], text, document, document is None)


def _is_linked(script: LexborNode) -> bool:
    """Tell whether a script is JSON-LD, by its type, perhaps mistyped, or as JSON that has a context."""
    kind = script.attributes.get("type") or ""
    return _TYPE.search(kind) is not None or "@context" in (script.text(deep=True) or "")


def _parsed(text: str) -> Any:
    """Return what a script holds; None if it cannot be read. JSON within a JSON string is read too."""
    try:
        document = loose_json.read(text)
        return loose_json.read(document) if isinstance(document, str) else document
    except ValueError:
        return None


def _unread(page: Page, script: _Script) -> Iterator[Evidence]:
    """Claim what an unread script may: of each right that it names, nobody knows what it says."""
    text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), html.unescape(script.text))
    for name in dict.fromkeys(found[1].lower() for found in _NAMED.finditer(text)):
        place = script.where, Scope.PAGE
        if name in _CLAIMS:
            yield Evidence("json-ld", *place, f"unread: {name}", "license", None)
        else:
            yield other("json-ld", place, _LOW_STATEMENTS[name], "unread")


def _aliases(document: Any) -> frozenset[str]:
    """Return the terms that the contexts at the top of a document define as properties of licences."""
    found = set()
    for top in document if isinstance(document, list) else [document]:
        given = top.get("@context") if isinstance(top, dict) else None
        for context in given if isinstance(given, list) else [given]:
            for term, meant in context.items() if isinstance(context, dict) else ():
                if _tail(_address(meant) or "") in _CLAIMS:
                    found.add(term)
    return frozenset(found)


def _tail(name: str) -> str:
    """Return what stands behind the last prefix of a term or address; of a very long one only that it is no term."""
    return _cached_tail(name[-_LONGEST_NAME:])


@lru_cache(1 << 12)
def _cached_tail(name: str) -> str:
    return re.split(r"[:/#]", name)[-1].lower()


def _inner(content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in content.items():
        if (
            isinstance(value, dict | list)
            and key != "@context"
            and _tail(key) not in _CLAIMS
            and _name(key) not in _STATEMENTS
        ):
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
    known = {comparable(page.absolute(one)) for one in given if one and not one.startswith(("_:", "#"))}
    return bool(known) and not known & page.own_addresses


def _address(value: Any) -> str | None:
    if isinstance(value, dict):
        value = value.get("@id") or value.get("url")
    return value if isinstance(value, str) else None


def _stated(
    page: Page, place: Place, content: Mapping[str, Any], aliases: frozenset[str] = frozenset()
) -> Iterator[Evidence]:
    for key, value in content.items():
        name = _name(key)
        if key in aliases or _tail(key) in ("license", "licence"):
            found = _values(value)
            for one in found[:_VALUES]:
                yield licence("json-ld", place, one, page.uri)
            if len(found) > _VALUES or (value and not found):
                yield Evidence("json-ld", *place, "unread: license", "license", None)
        elif _tail(key) in ("rights", "copyrightnotice"):
            for one in _values(value)[:_VALUES]:
                page.spend(min(len(one), 2 * LONGEST))
                yield from stated("json-ld", place, one, page.uri)
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
    return found
