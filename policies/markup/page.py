"""One page, parsed once, for all that read rights signals from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from policies.addresses.urls import resolve, without_fragment
from policies.errors import TooCostly
from policies.markup.gate import source_traces
from policies.rights.evidence import Scope

LINKING: Final = frozenset({"link", "a", "area"})
"""Elements whose rel is a relation of HTML; on others it is RDFa's."""

LEAST_WORK, WORK_PER_BYTE, MOST_WORK = 400_000, 5, 1_000_000
"""Code points of a page's sentences that are judged, each as often as it is: LEAST_WORK, or WORK_PER_BYTE for each byte
of the page if that is more, but never more than MOST_WORK. A code point takes up to 50 microseconds. Of 2,776 real
pages the one that says most took 3,712."""

_TYPED: Final = '[rel*="type" i][href*="dcmitype" i]'
_TEXTS: Final = frozenset({"text", "collection"})
_META_KEYS: Final = ("name", "property", "http-equiv")


class Page:
    """A parsed page and what the transport said with it.

    The parser's time and memory grow with the square of how deeply a page nests, so hostile pages must be refused
    before (pipelines.kernels.parse_cost.parse_cost; pipelines.rights.pages does so). A page is used by one thread at a
    time.

    Attributes:
        source: as UTF-8.
        gated: whether what has left no trace in the source is not looked for.
        tree: the parsed document.
        headers: of the HTTP response, names in lower case, repeated ones joined by ", ".
        uri: the page's address, None if it is not known.
        work: code points of it that were judged so far; the same for the same page on every machine.
        most_work: how many may be.
    """

    def __init__(
        self,
        html: str | bytes,
        headers: Mapping[str, str] | None = None,
        uri: str | None = None,
        gated: bool = True,
    ) -> None:
        self.gated = gated
        self.source = html if isinstance(html, bytes) else html.encode("utf-8", "replace")
        self.tree = LexborHTMLParser(self.source)
        self.headers = headers or {}
        self.uri = uri
        self.work = 0
        self.most_work = min(max(LEAST_WORK, WORK_PER_BYTE * len(self.source)), MOST_WORK)

    def spend(self, code_points: int) -> None:
        """Count *code_points* that are judged for what they say; TooCostly once they are too many for the page."""
        self.work += code_points
        if self.work > self.most_work:
            raise TooCostly("judging what the page says of rights would take too long")

    @cached_property
    def _traces(self) -> frozenset[str] | None:
        """What stands in the source; None where it may hide letters, or where no gate is wanted."""
        return source_traces(self.source) if self.gated else None

    def says(self, *traces: str) -> bool:
        """Tell whether one of *traces*, which policies.markup.gate looks for, may stand in the source."""
        return self._traces is None or not self._traces.isdisjoint(traces)

    @cached_property
    def metas(self) -> tuple[tuple[str, str], ...]:
        """The (name, content) pairs of meta elements in their order; name, property or http-equiv, in lower case.

        A value is read where a content is not given.
        """
        pairs = []
        for node in self.tree.tags("meta"):
            attributes = node.attributes
            if "content" in attributes or "value" in attributes:
                content = attributes.get("content", attributes.get("value")) or ""
                pairs += [
                    ((attributes[key] or "").strip().lower(), content) for key in _META_KEYS if attributes.get(key)
                ]
        return tuple(pairs)

    @cached_property
    def licensing(self) -> tuple[LexborNode, ...]:
        """The elements that have a rel with "licen" in it, in their order."""
        return tuple(self.select('[rel*="licen" i]')) if self.says("licen") else ()

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Those of them that are link, a or area elements."""
        return tuple(Link.of(node) for node in self.licensing if node.tag in LINKING)

    @cached_property
    def no_texts(self) -> frozenset[int]:
        """The elements, by mem_id, in which Dublin Core's words (DCMI Type Vocabulary) name a work that is no text."""
        found: set[int] = set()
        for node in self.select(_TYPED):
            if (node.attributes.get("href") or "").lower().rpartition("/")[2] not in _TEXTS:
                at: LexborNode | None = node
                while at is not None and at.mem_id not in found:
                    found.add(at.mem_id)
                    at = at.parent
        return frozenset(found)

    @cached_property
    def articles(self) -> int:
        """How many article elements there are."""
        return len(self.select("article"))

    @cached_property
    def title(self) -> str:
        """The text of the first title element; "" if there is none."""
        found = self.tree.css_first("title")
        return (found.text(deep=True) or "") if found else ""

    @cached_property
    def places(self) -> dict[tuple[int, bool], Any]:
        """What policies.markup.places found of elements, so that what stands around many is looked at once."""
        return {}

    @cached_property
    def items(self) -> dict[int, Scope | None]:
        """What the microdata items are that elements, by mem_id, belong to; filled by policies.markup.attributes."""
        return {}

    @cached_property
    def canonical(self) -> tuple[str, ...]:
        """The addresses that the page gives as its own (rel=canonical, RFC 6596)."""
        found = [node.attributes.get("href") for node in self.select('link[rel~="canonical" i]')]
        return tuple(self.absolute(one) for one in found if one)

    @cached_property
    def own_addresses(self) -> frozenset[str]:
        """Its address and the canonical ones, without schemes and fragments, in lower case."""
        return frozenset(map(comparable, (self.address, *self.canonical)))

    @cached_property
    def address(self) -> str:
        """The page's address without fragment; "" if it is not known."""
        return without_fragment(self.uri or "")

    def select(self, selector: str) -> list[LexborNode]:
        """Return the elements that *selector* matches, in document order."""
        return self.tree.css(selector)

    def absolute(self, reference: str) -> str:
        """Resolve *reference* against the page's address; as it is where that cannot be done."""
        return resolve(reference, self.uri)


@dataclass(frozen=True, slots=True)
class Link:
    """One licence link: its rel tokens in lower case, its address as written, its media type, its element."""

    rel: tuple[str, ...]
    href: str
    type: str
    node: LexborNode

    @classmethod
    def of(cls, node: LexborNode) -> Link:
        """Read the link from its element."""
        found = node.attributes
        rel, href, kind = ((found.get(key) or "").strip() for key in ("rel", "href", "type"))
        return cls(tuple(rel.lower().split()), href, kind.lower(), node)


def comparable(address: str) -> str:
    """Return *address* without scheme and fragment, in lower case."""
    return without_fragment(address).partition("://")[2].lower()


def headers_of(lines: str | None) -> dict[str, str]:
    """Return the headers of "name: value" *lines* (the column rights_headers); repeated ones joined by ", "."""
    found: dict[str, list[str]] = {}
    for line in (lines or "").splitlines():
        name, colon, value = line.partition(":")
        if colon:
            found.setdefault(name.strip().lower(), []).append(value.strip())
    return {name: ", ".join(values) for name, values in found.items()}
