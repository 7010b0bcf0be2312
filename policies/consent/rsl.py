"""Read an RSL document: which uses of which addresses it permits or prohibits (Really Simple Licensing 1.0).

What is permitted for a payment, through a licence server, or to some users or countries alone is no permission yet:
such a use is "unknown". A prohibition holds whatever else is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from xml.etree import ElementTree

from policies.addresses.places import locate
from policies.consent.matching import longest, normal_pattern
from policies.consent.preferences import ALLOW, DENY, RESERVED, UNKNOWN, Statement, only_refusals
from policies.markup.page import Page
from policies.rights.evidence import LONGEST_VALUE, Evidence, Scope, Where

NAMESPACE: Final = "https://rslstandard.org/rsl"

_DEEPEST: Final = 32
"""Elements inside one another; the vocabulary needs seven."""

_MOST: Final = 100_000
"""Bytes of a document that are parsed; a longer one is unknown, like one with a document type declaration."""

_TRAINING: Final = ("train-ai", "ai-input", "ai-index")
_USES: Final = {
    "all": (*_TRAINING, "search"),
    "ai-all": _TRAINING,
    "ai-train": ("train-ai",),
    "train-ai": ("train-ai",),
    "ai-input": ("ai-input",),
    "ai-index": ("ai-index",),
    "search": ("search",),
}
"""Uses by the words of RSL 1.0; "train-ai" is what its guide to AI preferences writes."""

_UNREAD: Final = ("", "", ((("rsl", UNKNOWN),), "not an RSL document"))

_Rule = tuple[str, str, tuple[tuple[Statement, ...], str]]


class RslFile:
    """The licences of an RSL document, by the pattern of the addresses they are for."""

    __slots__ = ("_rules",)

    def __init__(self, body: bytes) -> None:
        """Parse *body*, whatever its bytes; nothing is raised."""
        root = _parse(body)
        self._rules = [_UNREAD] if root is None else list(_contents(root))

    def evidence(self, authority: str, path: str) -> list[Evidence]:
        """Return what the document says about *path* at *authority* (a host): what the longest fitting pattern says."""
        fitting = [(pattern, told) for place, pattern, told in self._rules if place in ("", authority)]
        return [
            Evidence("rsl", Where.SITE, Scope.SITE, value, name, meaning)
            for statements, value in longest(fitting, path)
            for name, meaning in statements
        ]


def embedded_terms(page: Page) -> Iterator[Evidence]:
    """Read the RSL documents that *page* holds in script elements (RSL 1.0), which speak of the page."""
    if not page.says("licen"):
        return
    place = locate(page.uri or "")
    for script in page.select('script[type*="rsl+xml" i]'):
        told = RslFile((script.text(deep=True) or "").strip().encode("utf-8", "replace"))
        for one in told.evidence(place.authority if place else "", place.path if place else "/"):
            yield Evidence(one.kind, Where.HEAD, Scope.PAGE, one.value, one.name, one.meaning)


def _parse(body: bytes) -> ElementTree.Element | None:
    """Return the root of *body* if it is an RSL document of ordinary size and depth; entities are not expanded."""
    if len(body) > _MOST or b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        return None
    parser: Any = ElementTree.XMLPullParser(("start", "end"))
    depth = 0
    root: ElementTree.Element | None = None
    try:
        parser.feed(body)
        parser.close()
        for event, element in parser.read_events():
            root = element if root is None else root
            depth += 1 if event == "start" else -1
            if depth > _DEEPEST:
                return None
    except (ElementTree.ParseError, ValueError, LookupError):  # not well-formed; an encoding that is not known
        return None
    return root if root is not None and root.tag == f"{{{NAMESPACE}}}rsl" else None


def _contents(root: ElementTree.Element) -> Iterator[_Rule]:
    for content in root.iterfind(_tag("content")):
        address = (content.get("url") or "").strip()
        place = locate(address)
        authority, pattern = (place.authority, place.path) if place else ("", address)
        metered = content.get("server") is not None
        told = [one for each in content.iterfind(_tag("license")) for one in _terms(each, metered)]
        statements = tuple(dict.fromkeys(told if address else only_refusals(told))) or (("rsl", UNKNOWN),)
        yield authority, normal_pattern(pattern), (statements, f"content {address}"[:LONGEST_VALUE])


def _terms(terms: ElementTree.Element, metered: bool) -> list[Statement]:
    """Return what one licence says of each use; a use is allowed only if no condition of any kind stands beside it."""
    prohibited = [name for name, usage in _told(terms, "prohibits") if usage]
    bound = metered or any(not usage for kind in ("permits", "prohibits") for _, usage in _told(terms, kind))
    bound = bound or any(one.get("type") != "free" for one in terms.iterfind(_tag("payment")))
    bound = bound or terms.find(_tag("legal")) is not None
    permitted = [name for name, usage in _told(terms, "permits") if usage and name not in prohibited]
    return [(name, UNKNOWN if name == RESERVED else DENY) for name in prohibited] + [
        (name, UNKNOWN if bound or name == RESERVED else ALLOW) for name in permitted
    ]


def _told(terms: ElementTree.Element, kind: str) -> Iterator[tuple[str, bool]]:
    """Yield the uses that elements of *kind* name, with True; for one about users or countries "", with False."""
    for element in terms.iterfind(_tag(kind)):
        if element.get("type") != "usage":
            yield "", False
            continue
        for word in (element.text or "").replace(",", " ").split():
            for name in _USES.get(word.lower(), (RESERVED,)):
                yield name, True


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
