"""Everything of ours that reads what strangers wrote, for benchmarks/repeated.py: each made ready, then read alone."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
from selectolax.lexbor import LexborHTMLParser

from connectors.archives.http import parse
from pipelines.captures.encodings import decode_body
from pipelines.captures.extraction.text import tree_text
from pipelines.captures.xhtml import as_html
from pipelines.kernels.invisible import visible
from pipelines.kernels.parse_cost import is_costly
from policies.addresses.hosts import canonical_host
from policies.addresses.redaction import redact_uri
from policies.addresses.urls import resolve
from policies.consent.agents import shipped_agents
from policies.consent.ai_txt import AiFile
from policies.consent.embedded.c2pa import manifest_evidence
from policies.consent.embedded.publications import EPUB, PDF, publication_evidence
from policies.consent.headers import header_evidence, meta_evidence
from policies.consent.preferences import content_signal, content_usage
from policies.consent.robots import RobotsFile
from policies.consent.rsl import RslFile, embedded_terms
from policies.consent.structured import parse_dictionary
from policies.consent.tdmrep import TdmFile
from policies.errors import TooCostly
from policies.markup import Page, loose_json, may_speak_each
from policies.markup.attributes import item_evidence, property_evidence, rel_evidence
from policies.markup.credits import credits
from policies.markup.head import header_licences, meta_licences
from policies.markup.jsonld import json_ld_evidence
from policies.markup.license_files import text_evidence
from policies.markup.page import headers_of
from policies.markup.prose import prose_evidence
from policies.markup.sentences import statements
from policies.markup.tags import comment_tags
from policies.rights.licenses import normalize

URI: Final = "https://site.example/a/page.html"
AGENTS: Final = ("GPTBot", "ClaudeBot", "CCBot", "Google-Extended", "anthropic-ai")


def _never(_: bytes) -> bool:
    return False


def _same(source: bytes) -> Any:
    return source


@dataclass(frozen=True, slots=True)
class Reader:
    """One reader.

    Attributes:
        read: what is measured.
        prepare: makes of a source what *read* takes; not measured.
        refuses: whether such a source is never read.
    """

    read: Callable[[Any], object]
    prepare: Callable[[bytes], Any] = _same
    refuses: Callable[[bytes], bool] = _never


def _page(source: bytes) -> Page:
    page = Page(source, {}, URI, gated=False)
    page.most_work = 20_000  # what judging sentences costs is bounded: the rest is what may grow
    return page


def _of_page(read: Callable[[Page], Any]) -> Reader:
    def bounded(page: Page) -> None:
        with contextlib.suppress(TooCostly):
            for _ in read(page):
                page.spend(16)

    return Reader(bounded, _page, is_costly)


def _of_tree(read: Callable[[LexborHTMLParser], object]) -> Reader:
    return Reader(read, LexborHTMLParser, is_costly)


def _of_text(read: Callable[[str], object]) -> Reader:
    return Reader(read, lambda source: source.decode("utf-8", "replace"))


def _invisible(source: bytes) -> object:
    return visible(pa.array([source.decode("utf-8", "replace")]))


def _asked(file: Any) -> object:
    return file.evidence(AGENTS, "/a/page.html")


def _json(text: str) -> object:
    try:
        return loose_json.read(text)
    except ValueError:
        return None


def _http(source: bytes) -> object:
    return parse(b"HTTP/1.1 200 OK\r\n" + source + b"\r\n\r\nbody", 1 << 26)


PAGES: Final[Mapping[str, Reader]] = {
    "cost": Reader(is_costly),
    "decode": Reader(lambda source: decode_body(source, None, True, URI)),
    "xhtml": _of_text(as_html),
    "gate": Reader(lambda source: may_speak_each(pa.array([source.decode("utf-8", "replace")]))),
    "parse": Reader(LexborHTMLParser, refuses=is_costly),
    "main text": _of_tree(lambda tree: tree_text(tree, "main")),
    "full text": _of_tree(lambda tree: tree_text(tree, "full")),
    "meta": _of_page(meta_licences),
    "rel": _of_page(rel_evidence),
    "json-ld": _of_page(json_ld_evidence),
    "microdata": _of_page(item_evidence),
    "rdfa": _of_page(property_evidence),
    "comments": _of_page(comment_tags),
    "prose": _of_page(prose_evidence),
    "credits": _of_page(credits),
    "consent": _of_page(lambda page: meta_evidence(page.metas, shipped_agents())),
    "rsl": _of_page(embedded_terms),
}

READERS: Final[Mapping[str, Mapping[str, Reader]]] = {
    "page": PAGES,
    "text": {
        "invisible": Reader(_invisible),
        "statements": _of_text(lambda text: statements.__wrapped__(text)),
        "licence file": _of_text(lambda text: text_evidence(text, "LICENSE")),
        "manifests": _of_text(manifest_evidence),
        "licence": _of_text(lambda text: normalize.__wrapped__(text)),
        "json": _of_text(_json),
        "content-usage": _of_text(content_usage),
        "content-signal": _of_text(content_signal),
        "dictionary": _of_text(parse_dictionary),
        "host": _of_text(canonical_host),
        "resolve": _of_text(lambda text: resolve(text, URI)),
        "redact": _of_text(redact_uri),
    },
    "robots": {
        "robots": Reader(lambda source: _asked(RobotsFile(source))),
        "ai.txt": Reader(lambda source: _asked(AiFile(source))),
    },
    "site": {
        "tdmrep": Reader(lambda source: TdmFile(source).evidence("/a/page.html")),
        "rsl": Reader(lambda source: RslFile(source).evidence("site.example", "/a/page.html")),
    },
    "header": {
        "consent": _of_text(lambda text: header_evidence(text, shipped_agents())),
        "links": _of_text(lambda text: list(header_licences(Page("", headers_of(text), URI)))),
        "http": Reader(_http),
    },
    "file": {
        "epub": Reader(lambda source: publication_evidence(source, EPUB)),
        "pdf": Reader(lambda source: publication_evidence(source, PDF)),
    },
}
