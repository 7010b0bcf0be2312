"""Licences in attributes: rel=license, microdata (HTML standard, section 5), RDFa 1.1 and CC REL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from selectolax.lexbor import LexborNode

from policies.markup.claims import kept, licence, meaning_of
from policies.markup.gate import MARKUP
from policies.markup.page import LINKING, Link, Page
from policies.markup.places import Place, place_of
from policies.markup.sentences import LONGEST, is_about_something_else, sentence_around, statements
from policies.markup.subjects.parts import is_of_no_page
from policies.markup.subjects.works import scope_of
from policies.rights.evidence import Evidence, Scope

RSL: Final = "application/rsl+xml"
"""Media type of a licence in the RSL format (RSL 1.0): terms for machines, no licence that SPDX knows."""

_ITEMPROPS: Final = {
    "license": "license",
    "usageinfo": "usage-info",
    "copyrightholder": "copyright-holder",
    "acquirelicensepage": "acquire-license",
    "isaccessibleforfree": "free-access",
}
_RDFA: Final = re.compile(r"(?:[\w.-]+:|https?://\S+[#/])?(?:licen[sc]e|rights)")
"""Relations and properties of licences, in whatever vocabulary: CC REL, Dublin Core, XHTML, schema.org."""

_RELS: Final = re.compile(r"licen[sc]e|" + _RDFA.pattern)
_NO_ADDRESS: Final = ("", "javascript:", "mailto:", "data:", "about:", "tel:")
_CLAIM: Final = re.compile(r"licen[scç]|lizenz|creative\s*commons|\bcc[ -]?(?:by|0)\b", re.IGNORECASE)
"""What tells a sentence about a licence from a holder's name."""

_BARS: Final = re.compile(r"\s[|•·]\s|\n\s*\n")
_NEAR: Final = 400  # code points of the surrounding block in which the subject of a link is looked for
_SIBLINGS: Final = 100  # elements and texts before a link, and behind it, in which that block is looked for


def rel_evidence(page: Page) -> Iterator[Evidence]:
    """Read rel=license of a, link and area (HTML standard, section 4.6.7.9), and RDFa's relations of that meaning."""
    for link in page.links:
        if not any(_RELS.fullmatch(token) for token in link.rel) or not link.href:
            continue
        where, scope = place_of(page, link.node)
        if link.type == RSL:
            yield Evidence("rel-license", where, scope, kept(link.href), "rsl", "unknown")
        elif _leads_somewhere(link.href):
            yield licence("rel-license", (where, by_words(page, link, scope)), link.href, page.uri)
        else:  # a script, or a mail to somebody: terms that nobody can read
            yield Evidence("rel-license", where, by_words(page, link, scope), kept(link.href), "license", None)


def _leads_somewhere(href: str) -> bool:
    low = href.lower()
    return bool(low) and not low.startswith(_NO_ADDRESS[1:])


def by_words(page: Page, link: Link, scope: Scope) -> Scope:
    """Return the scope of a link whose block may say that it is the licence of something else than the text."""
    block = link.node.parent
    if scope is Scope.ELEMENT or block is None or link.node.tag != "a":
        return scope
    if block.mem_id in page.no_texts:
        return Scope.ELEMENT
    told = _segment(link.node)
    if told is None:
        return scope
    words, begin, end = told
    page.spend(len(words))
    apart = is_about_something_else(words) or is_of_no_page(sentence_around(words, begin, end)[0], words[end:])
    return Scope.ELEMENT if apart else scope


def _segment(link: LexborNode) -> tuple[str, int, int] | None:
    """Return what stands with *link* between the bars, dots and line ends that part a footer's notices.

    And where the link's own words begin and end in it. A link without words stands at the beginning of its whole block.
    None if that is no short text.
    """
    inner = link.text(deep=True) or ""
    if len(inner) >= _NEAR:
        return None
    before, behind = _beside(link, back=True), _beside(link, back=False)
    if before is None or behind is None:
        return None
    if not inner.strip():
        begin = end = 0
    else:
        before, behind = _BARS.split(before)[-1], _BARS.split(behind)[0]
        begin, end = len(before), len(before) + len(inner)
    words = before + inner + behind
    return (words, begin, end) if len(words) < _NEAR else None


def _beside(link: LexborNode, *, back: bool) -> str | None:
    """Return the text before or behind *link* in its block, _NEAR code points at least if there are so many.

    None if there is less in as many elements as are looked at.
    """
    parts: list[str] = []
    at = link.prev if back else link.next
    size = 0
    for _ in range(_SIBLINGS):
        if at is None or size >= _NEAR:
            return "".join(reversed(parts) if back else parts)
        if at.tag != "-comment":
            parts.append(at.text(deep=True) or "")
            size += len(parts[-1])
        at = at.prev if back else at.next
    return None


def item_evidence(page: Page) -> Iterator[Evidence]:
    """Read the microdata properties of schema.org that speak of rights; what is outside any item says nothing."""
    if not (page.says("itemprop") and page.says(*MARKUP)):
        return
    for node in page.select(",".join(f'[itemprop~="{name}" i]' for name in _ITEMPROPS)):
        where, scope = place_of(page, node)
        if item_type(page, node) is None:
            continue
        value = _value(node)
        for token in (node.attributes.get("itemprop") or "").lower().split():
            if token == "license":
                yield from _of_item(node, (where, scope), value, page.uri)
            elif token in _ITEMPROPS and token != "license":
                yield other("microdata", (where, scope), _ITEMPROPS[token], value)


def _of_item(node: LexborNode, place: Place, value: str, base: str | None) -> Iterator[Evidence]:
    """Read a license property: an address, a name, or an item that has one of them."""
    if "itemscope" in node.attributes:
        named = [_value(one) for one in node.css('[itemprop~="url" i],[itemprop~="name" i]')]
        value = next((one for one in (node.attributes.get("itemid") or "", *named) if one), value)
    if _leads_somewhere(value):
        yield licence("microdata", place, value, base)
    elif value or "itemscope" in node.attributes:
        yield Evidence("microdata", *place, kept(value), "license", None)


def other(kind: str, place: Place, name: str, value: str) -> Evidence:
    """Return the evidence of a statement beside the licence; only access has an answer, the rest is for people."""
    meaning = "unknown"
    if name == "free-access":
        meaning = {"true": "allow", "false": "deny"}.get(value.strip().lower().rpartition("/")[2], "unknown")
    return Evidence(kind, *place, kept(value), name, meaning)


def item_type(page: Page, node: LexborNode) -> Scope | None:
    """Return what the microdata item is that *node*, a property, belongs to; None outside of any."""
    above: list[int] = []
    found: Scope | None = None
    at = node.parent
    while at is not None and at.tag not in ("html", "-undef", "-document"):
        if at.mem_id in page.items:
            found = page.items[at.mem_id]
            break
        above.append(at.mem_id)
        given = at.attributes
        if "itemscope" in given:
            found = scope_of((given.get("itemtype") or "").split()) or Scope.PAGE
            break
        at = at.parent
    page.items.update(dict.fromkeys(above, found))
    return found


def property_evidence(page: Page) -> Iterator[Evidence]:
    """Read RDFa's license and rights properties and relations of whatever vocabulary; meta and link elements aside."""
    found = [("rel", node) for node in page.licensing if node.tag not in LINKING]
    if page.says("property") and page.says("licen", "rights"):
        found += [("property", node) for node in page.select('[property*="licen" i],[property*="rights" i]')]
    for name, node in found:
        token = next(filter(_RDFA.fullmatch, (node.attributes.get(name) or "").lower().split()), None)
        if token is not None and node.tag != "meta":
            value = _value(node)
            page.spend(min(len(value), 2 * LONGEST))
            yield from stated("rdfa", place_of(page, node), value, page.uri, sure="licen" in token)


def stated(kind: str, place: Place, value: str, base: str | None, sure: bool = False) -> Iterator[Evidence]:
    """Read a rights field, which holds a licence or a sentence about one; a holder's name alone says nothing.

    What speaks of a licence, or is *sure* to, and is not understood makes a claim that is not understood either.
    """
    if meaning_of(value, base):
        yield licence(kind, place, value, base)
        return
    found = statements(value)
    for one in found:
        yield Evidence(kind, *place, kept(value), "license", one.meaning)
    if not found and value.strip() and (sure or _CLAIM.search(value)):
        yield Evidence(kind, *place, kept(value), "license", None)


def _value(node: LexborNode) -> str:
    found = node.attributes
    given = next((found[key] for key in ("content", "resource", "href", "src") if found.get(key)), None)
    return (given if given is not None else node.text(deep=True) or "").strip()
