"""Licence evidence from pages: all forms in which HTML and its transport speak of rights, from one parse."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import pyarrow as pa

from policies.markup.attributes import item_evidence, property_evidence, rel_evidence
from policies.markup.gate import may_speak, may_speak_each
from policies.markup.head import header_licences, meta_licences
from policies.markup.jsonld import json_ld_evidence
from policies.markup.page import Page
from policies.markup.prose import prose_evidence
from policies.markup.tags import comment_tags
from policies.rights.evidence import Evidence

_PIECE: Final = 16
"""What a piece of evidence costs beside its sentence, in code points: its address or name is looked up."""

__all__ = ["Page", "evidence_each", "evidence_of", "may_speak_each", "page_evidence"]


def page_evidence(html: str, headers: Mapping[str, str], uri: str | None) -> list[Evidence]:
    """Return what the page *html* at *uri* and its HTTP *headers* say about licences, without repetitions.

    *headers* have names in lower case (policies.markup.page.headers_of). A page without a trace of rights is not
    parsed. Hostile pages must be refused before: see policies.markup.page.Page.
    """
    return _gated(html, headers, uri, may_speak(html))


def evidence_each(
    pages: pa.StringArray, headers: Sequence[Mapping[str, str]], uris: Sequence[str | None]
) -> list[list[Evidence]]:
    """Return what page_evidence returns for each of *pages* (string n, nulls have none), looking at all at once."""
    speaks = may_speak_each(pages).to_pylist()
    rows = zip(pages, headers, uris, speaks, strict=True)
    return [
        _gated(html.as_buffer().to_pybytes() if may else "", given, uri, bool(may)) for html, given, uri, may in rows
    ]


def _gated(html: str | bytes, headers: Mapping[str, str], uri: str | None, may: bool) -> list[Evidence]:
    if may:
        return evidence_of(Page(html, headers, uri))
    return list(header_licences(Page("", headers, uri))) if "link" in headers else []


def evidence_of(page: Page) -> list[Evidence]:
    """Return what a parsed *page* says about licences: head and markup first, then its text, each in document order.

    Raises:
        TooCostly: it says so much that judging it would take too long.
    """
    readers = (
        header_licences,
        meta_licences,
        rel_evidence,
        json_ld_evidence,
        item_evidence,
        property_evidence,
        comment_tags,
        prose_evidence,
    )
    return list(dict.fromkeys(one for read in readers for one in _counted(page, read(page))))


def _counted(page: Page, found: Iterable[Evidence]) -> Iterator[Evidence]:
    for one in found:
        page.spend(_PIECE)
        yield one
