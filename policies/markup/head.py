"""Licences beside the text: meta elements (Dublin Core and others) and the HTTP header Link (RFC 8288)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.addresses.urls import without_fragment
from policies.markup.attributes import RSL, stated
from policies.markup.claims import kept, licence
from policies.markup.page import Page
from policies.markup.sentences import LONGEST
from policies.rights.evidence import Evidence, Scope, Where

_NAMES: Final = re.compile(
    r"(?:(?:dc|dcterms|dct|cc|og|schema|xhv|article|prism|eprints|citation|bepress_citation)[.:_])?"
    r"(?:licen[sc]e|licen[sc]e_?ref|licen[sc]eurl|rights|copyright|copyrights|rights-standard|rights\.licen[sc]e)"
)
"""Names of meta elements that hold a licence: Dublin Core in HTML (DCMI, DC-HTML 2008), CC REL, and usage."""

_LINK: Final = re.compile(
    r"<([^<>]*)>((?:\s*;\s*[\w*!#$&+.^`|~-]+(?:\s*=\s*(?:\"(?:[^\"\\]|\\.)*+\"|[^\s\",;]*+))?)*+)"
)
_RELATION: Final = re.compile(r"\brel\s*=\s*[\"']?[^\"',;]{0,100}\blicense\b", re.IGNORECASE)
_PARAMETER: Final = re.compile(r";\s*([\w*-]+)(?:\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s\",;]*)))?")


def meta_licences(page: Page) -> Iterator[Evidence]:
    """Read the meta elements that hold a licence or a sentence about one; a holder's name alone says nothing."""
    if not page.says("licen", "copyright", "rights"):
        return
    for name, content in page.metas:
        if _NAMES.fullmatch(name):
            page.spend(min(len(content), 2 * LONGEST))
            yield from stated("meta", (Where.HEAD, Scope.PAGE), content, page.uri, sure="licen" in name)


def header_licences(page: Page) -> Iterator[Evidence]:
    """Read the links of relation license in the HTTP header; one with an anchor speaks of another resource.

    A header that has the relation and no link of the form that RFC 8288 asks for makes a claim that nobody understands.
    """
    header = page.headers.get("link", "")
    links = _LINK.findall(header)
    if not links and _RELATION.search(header):
        yield Evidence("link-header", Where.HEADER, Scope.PAGE, kept(header), "license", None)
    for target, parameters in links:
        given = {key.lower(): quoted or plain for key, quoted, plain in reversed(_PARAMETER.findall(parameters))}
        if "license" not in given.get("rel", "").lower().split():
            continue
        anchor = page.absolute(given.get("anchor", ""))
        scope = Scope.PAGE if without_fragment(anchor) == page.address else Scope.ELEMENT
        if given.get("type", "").lower() == RSL:
            yield Evidence("link-header", Where.HEADER, scope, kept(target), "rsl", "unknown")
        else:
            yield licence("link-header", (Where.HEADER, scope), target, page.uri)
