"""What benchmarks/repeated.py repeats: markup, lines and texts, each n times, as a hostile author would write them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final

BY: Final = "https://creativecommons.org/licenses/by/4.0/"
GRANT: Final = "This work is licensed under CC BY 4.0. "
LINK: Final = f'<a rel="license" href="{BY}">CC BY 4.0</a> '

_ELEMENTS: Final = """
    a abbr acronym address annotation annotation-xml applet area article aside audio b base basefont bdi bdo
    bgsound big blink blockquote body br button canvas caption center cite code col colgroup data datalist dd
    del desc details dfn dialog dir div dl dt em embed fieldset figcaption figure font footer foreignObject form
    frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe image img input ins isindex kbd keygen
    label legend li link listing main map mark marquee math menu menuitem meta metadata meter mfrac mi mn mo
    mrow ms msqrt mstyle msub msubsup msup mtext nav nobr noembed noframes noscript object ol optgroup option
    output p param picture plaintext portal pre progress q rb rp rt rtc ruby s samp script search section select
    slot small source spacer span strike strong style sub summary sup svg symbol table tbody td template
    textarea tfoot th thead time title tr track tt u ul unknown-element var video wbr xmp
"""
ELEMENTS: Final = tuple(_ELEMENTS.split())

_ATTRIBUTES: Final = {
    "rel": ("license", "author", "canonical", "cc:license dct:rights"),
    "href": (BY, "https://licence.example/terms", "javascript:licence()", "/licence"),
    "itemprop": ("license", "author", "name", "headline", "usageInfo", "articleBody", "copyrightHolder", "url"),
    "itemscope": ("",),
    "itemtype": ("https://schema.org/CreativeWork", "https://schema.org/ImageObject"),
    "property": ("dct:license", "dc:rights", "dct:title", "cc:attributionName", "og:title"),
    "typeof": ("dcmitype:StillImage", "schema:Article"),
    "about": ("https://other.example/", ""),
    "resource": (BY,),
    "content": (BY, GRANT),
    "name": ("dcterms.license", "robots", "tdm-reservation", "citation_author", "author", "content-usage"),
    "http-equiv": ("content-language",),
    "hidden": ("",),
    "aria-hidden": ("true",),
    "style": ("display:none", "visibility:hidden", "vertical-align:super", "/* display", "display:none;" * 3),
    "class": ("lineno", "comments", "footer", "sidebar", "entry-content", "post", "widget nav share", "equation"),
    "id": ("comments", "main", "footer"),
    "role": ("contentinfo", "navigation", "main"),
    "lang": ("en",),
    "hreflang": ("en",),
    "type": ("application/ld+json", "application/rsl+xml"),
    "start": ("3",),
    "value": ("3",),
    "display": ("block",),
    "open": ("",),
}
_BEARERS: Final = ("a", "div", "span", "meta", "link", "p", "li", "script", "article", "area", "sup", "math")


class Once(str):
    """A part of a case that is not repeated."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that is repeated.

    Attributes:
        name: of what kind, and what.
        parts: strings, each n times behind one another; "{}" in them is their number.
        family: whose readers read it.
        share: of n for how many each part is repeated: one in so many.
        wrap: makes a file of them.
    """

    name: str
    parts: tuple[str, ...]
    family: str = "page"
    share: int = 1
    wrap: Callable[[str], bytes] | None = None

    def make(self, n: int) -> bytes:
        """Return the source for *n*."""
        text = "".join(one if isinstance(one, Once) else _repeated(one, n // self.share) for one in self.parts)
        return self.wrap(text) if self.wrap else text.encode("utf-8", "replace")


def _repeated(unit: str, n: int) -> str:
    return "".join(unit.replace("{}", str(i)) for i in range(n)) if "{}" in unit else unit * n


def _elements() -> Iterator[Case]:
    """Yield, for each element: many beside one another, unclosed, with licences in them, and around many of these."""
    for tag in ELEMENTS:
        yield Case(f"element {tag}", (f"<{tag}>x</{tag}>",))
        yield Case(f"unclosed {tag}", (f"<{tag}>x",))
        yield Case(f"licensed {tag}", (f"<{tag}>{LINK}</{tag}>",))
        yield Case(f"around {tag}", (Once(f"<{tag}>"), LINK, Once(f"</{tag}>")))
        yield Case(f"granting {tag}", (f"<{tag}>{GRANT}</{tag}>",))
        yield Case(f"before {tag}", (f"<{tag}>x</{tag}>", LINK))
        yield Case(f"beside {tag}", (f"<{tag}></{tag}>{LINK}",))


def _attributes() -> Iterator[Case]:
    for name, values in _ATTRIBUTES.items():
        for value, tag in product(values, _BEARERS):
            yield Case(f"attribute {tag} {name}={value}", (f'<{tag} {name}="{value}">word</{tag}>',))
        first = values[0]
        for word in (f"{first} ", "x", "foot_", "widget-", "-", "/* ", "display:", "(", "https://a/"):
            yield Case(f"long {name} {word}", (Once(f'<a {name}="{first}'), word, Once(f'!">{GRANT}</a>')))
        yield Case(f"long {name} above", (Once(f'<div {name}="{first}'), " x", Once('">'), f"<p>{LINK}</p>"))
    many = (Once("<p "), "a{}=1 ", Once(f">{LINK}</p>"))
    yield Case("attributes of one", many, share=8)
    yield Case("attributes above", (Once("<div "), "a{}=1 ", Once(">"), f"<p>{LINK}</p>" * 8), share=8)
    yield Case("attributes above items", (Once("<div "), "a{}=1 ", Once(">"), "<b itemprop=license>x</b>" * 8), share=8)
    yield Case("attributes of all", (f"<p a{{}}=1 b{{}}=2 c{{}}=3>{LINK}</p>",))


_RSL: Final = '<rsl xmlns="https://rslstandard.org/rsl">'
_MIXED: Final[Mapping[str, str]] = {
    "two formats": "<b><i>x</b></i>",
    "formats open": "<b><i><u>x</p><p>",
    "anchor in anchor": "<a href=x>y<div>",
    "anchor in table": "<table><a href=x>",
    "foster": "<table><b>x<tr>",
    "cells": "<table><tr><td>x",
    "rows": "<tr><td>x</td><td>y</td></tr>",
    "select in table": "<table><select><option>x",
    "license words": "licensed under ",
    "questions": "licensed under CC BY 4.0? ",
    "commons": "creative commons ",
    "comment": "<!-- SPDX-License-Identifier: MIT -->",
    "open comment": "<!-- ",
    "short comment": "<!-->",
    "bogus comment": "<!x",
    "instruction": "<?xml version=1?>",
    "doctype": "<!DOCTYPE html>",
    "subset": '<!DOCTYPE x [<!ENTITY a "b">]>',
    "cdata": "<![CDATA[ licence ]]>",
    "svg cdata": "<svg><![CDATA[ licence ]]></svg>",
    "entity": "&copy;",
    "number": "&#108;",
    "half entity": "&",
    "unknown entity": "&licencelicencelicence;",
    "less": "<",
    "close": "</p>",
    "close nothing": "</x>",
    "close body": "</body>",
    "end of tag": "<a ",
    "quote": '<a b="',
    "slash": "<a/",
    "null": "\0",
    "space": " ",
    "break": "<br>",
    "breaks": "<br>\n",
    "line separator": "\u2028",
    "invisible": "\u200b",
    "wide": "許諾",
    "number list": "<ol><li>x</ol>",
    "definition": f"<dl><dt>x<dd>{GRANT}</dl>",
    "ruby": "<ruby>x<rt>y</ruby>",
    "fraction": "<math><mfrac><mn>1</mn><mn>2</mn></mfrac></math>",
    "powers": "x<sup>2</sup><sub>1</sub>",
    "notes": "<sup><a href=#n>[1]</a></sup>",
    "details": "<details><summary>x</summary>y</details>",
    "article with heading": f"<article><h1>x</h1>{LINK}</article>",
    "articles": f"<article>{LINK}</article>",
    "footers": f"<footer>{LINK}</footer>",
    "footer label": f'<footer>License: <a href="{BY}">CC BY</a></footer>',
    "licence in a line": f'licensed under <a href="{BY}">CC BY</a>, ',
    "reserved": "© 2020 All rights reserved. ",
    "figure": f"<figure><img src=x><figcaption>{LINK}</figcaption></figure>",
    "item": f'<div itemscope itemtype="https://schema.org/Article"><a itemprop="license" href="{BY}">x</a></div>',
    "item in item": '<div itemprop="license" itemscope><b itemprop="url">x</b></div>',
    "property in item": f'<p itemscope><b itemprop="license">{BY}</b><i itemprop="author"><u itemprop="name">x</u></i>',
    "ld+json": f'<script type="application/ld+json">{{"@type":"Article","license":"{BY}"}}</script>',
    "bad ld+json": '<script type="application/ld+json">{"license":</script>',
    "context": '<script type="application/json">{"@context":"https://schema.org","license":"x"}</script>',
    "rsl": f'<script type="application/rsl+xml">{_RSL}<content url="/"/></rsl></script>',
    "meta licence": f'<meta name="dcterms.license" content="{BY}">',
    "meta author": '<meta name="citation_author" content="Somebody">',
    "meta robots": '<meta name="robots" content="noai, noindex">',
    "meta usage": '<meta http-equiv="content-usage" content="train-ai=n">',
    "link licence": f'<link rel="license" href="{BY}">',
    "link canonical": '<link rel="canonical" href="https://site.example/">',
    "title": "<title>x</title>",
    "svg title": "<svg><title>x</title></svg>",
    "comment in list": "<ul><li>x<!-- y --></ul>",
    "image": f'<img src=x alt="licence" longdesc="{BY}">',
    "dublin core": '<div><a rel="dct:type" href="http://purl.org/dc/dcmitype/StillImage">x</a>' + LINK + "</div>",
    "empty link": f'<a rel="license" href="{BY}"></a>',
    "spans": "<span class=ln>1</span>code\n",
}

_WITHIN: Final = (
    "",
    "<p>",
    "<div>",
    "<pre>",
    "<table><tr><td>",
    "<ul><li>",
    "<select>",
    "<textarea>",
    "<footer>",
    "<svg>",
)


def _mixtures() -> Iterator[Case]:
    for name, unit in _MIXED.items():
        for around in _WITHIN:
            yield Case(f"mixed {name} in {around}", (Once(around), unit))
        yield Case(f"numbered {name}", (unit + " {} ",))


_JSON: Final[Mapping[str, tuple[str, ...]]] = {
    "nodes": (Once("["), '{"@type":"Article","license":"MIT"},', Once("1]")),
    "named": (Once("["), '{"@id":"#{}","author":{"@id":"#{}"}},', Once("1]")),
    "graph": (Once('{"@graph":['), '{"@type":"Article","url":"/x"},', Once("1]}")),
    "values": (Once('{"license":['), '"MIT",', Once("1]}")),
    "authors": (Once('{"author":['), '{"name":"x"},', Once("1]}")),
    "keys": (Once("{"), '"license{}":"MIT",', Once('"a":1}')),
    "same keys": (Once("{"), '"license":"MIT",', Once('"a":1}')),
    "deep": ('{"a":', Once("1"), "}"),
    "brackets": ("[",),
    "context": (Once('{"@context":['), '{"l{}":"schema:license"},', Once('1],"l":"MIT"}')),
    "escapes": (Once('{"license":"'), "\\u006c", Once('"}')),
    "quotes": (Once('{"license":"'), '\\"'),
    "open string": ('"license',),
    "comments": ("/* x */", Once("{}")),
    "slashes": ("/*",),
    "spaces": (" ", Once("{")),
    "commas": (Once("["), ",", Once("]")),
    "documents": ('{"license":"MIT"};',),
    "names": ("license: ",),
    "unread names": ("license:x @ ",),
    "references": ("&quot;license&quot;:",),
    "blanks": ("license          ",),
}


def _documents() -> Iterator[Case]:
    """Yield pages with one JSON-LD script that grows; and with canonical addresses that its nodes are compared to."""
    script = Once('<script type="application/ld+json">')
    for name, parts in _JSON.items():
        yield Case(f"json-ld {name}", (script, *parts, Once("</script>")))
    canonical = '<link rel="canonical" href="/{}">'
    yield Case("json-ld canonical", (canonical, script, *_JSON["graph"], Once("</script>")))


_TEXTS: Final[Mapping[str, str]] = {
    "grants": GRANT,
    "one grant": "licensed under ",
    "grants without end": "licensed licensed ",
    "names": "creative commons attribution 4.0 ",
    "tags": "SPDX-License-Identifier: MIT\n",
    "brackets": "(",
    "closed": "()",
    "or": "MIT OR ",
    "and": "(MIT AND ",
    "slashes": "/",
    "colons": ":",
    "dots": ".",
    "dotted": "a.",
    "dashes": "-",
    "spaces": " ",
    "tabs": "\t",
    "lines": "\n",
    "carriage": "\r\n",
    "stars": "*",
    "percent": "%41",
    "half percent": "%",
    "at": "a@",
    "addresses": "https://site.example/",
    "path": "/a/..",
    "query": "?a=b&",
    "quotes": '"',
    "single": "'",
    "escapes": "\\",
    "words": "unless otherwise noted ",
    "reserved": "All rights reserved ",
    "notice": "Copyright (c) ",
    "permission": "permission is hereby granted free of charge to any person obtaining a copy ",
    "manifest": "\ufeff\U000e0133",
    "selectors": "\U000e0133",
    "marks": "a\u0301",
    "bidi": "\u202e",
    "tags of unicode": "\U000e0041",
    "joiners": "\U0001f468\u200d",
    "members": "train-ai=n, ",
    "parameters": "a;b=1",
    "items": "a=(1 2), ",
    "hosts": "xn--a.",
    "idn": "münchen.",
    "zeros": "0",
    "hex": "0x",
    "groups": "1:",
    "links": f"<{BY}>; rel=license, ",
    "x": "x",
}

_LINES: Final[Mapping[str, str]] = {
    "agents": "User-agent: GPTBot\n",
    "agents numbered": "User-agent: bot{}\n",
    "rules": "Disallow: /a/{}\n",
    "same rules": "Disallow: /a/\n",
    "groups": "User-agent: GPTBot\nDisallow: /\n",
    "groups numbered": "User-agent: bot{}\nDisallow: /{}\n",
    "wildcards": "Disallow: /*a*b*c*{}\n",
    "stars": "Disallow: /" + "*a" * 20 + "{}\n",
    "usage": "Content-Usage: train-ai=n\n",
    "signals": "Content-Signal: ai-train=no, search=yes\n",
    "joined": "User-agent: a Disallow: / ",
    "spelled": "User-agent: a\\nDisallow: /\\n",
    "blank": "\n",
    "comments": "# GPTBot\n",
    "colons": ":",
    "spaces": " ",
    "list": "User-agent: GPTBot, CCBot, ",
    "vague": "User-agent: * bots{}\n",
    "wild agents": "User-agent: *bot*{}*\n",
    "licence": "License: https://site.example/l{}.xml\n",
    "markup": "<p>User-agent: *</p>\n",
    "names": "GPTBot ",
    "dashed": "GPTBot-",
    "one agent": "gptbot",
    "bom": "\ufeff",
    "utf-16": "a\0",
    "fields": "x{}: y\n",
    "escapes": "Disallow: /%41%zz{}\n",
}


_FIELDS: Final = ("content-usage", "x-robots-tag", "tdm-policy", "content-signal", "content-type", "link")


def _texts() -> Iterator[Case]:
    for name, unit in _TEXTS.items():
        line = unit.replace("\n", " ").replace("\r", " ")
        yield Case(f"text {name}", (unit,), "text")
        yield Case(f"text address {name}", (Once("https://site.example/"), unit), "text")
        yield Case(f"text licence {name}", (Once("licensed under CC BY "), unit), "text")
        yield Case(f"text json {name}", (Once('{"license": '), unit), "text")
        for field in _FIELDS:
            yield Case(f"header {field} {name}", (Once(f"{field}: "), line), "header")
        yield Case(f"header link of {name}", (Once("link: <x>; rel=license "), line), "header")
        yield Case(f"headers {name}", (f"link: {line}\nx-robots-tag: noai\n",), "header")
        yield Case(f"page {name}", (Once("<p>"), unit, Once(f"</p>{LINK}")))
        yield Case(f"page reserved {name}", (Once(f"<p>{GRANT}"), unit))
    for name, unit in _LINES.items():
        yield Case(f"robots {name}", (unit,), "robots")
        yield Case(f"robots under one {name}", (Once("User-agent: GPTBot\n"), unit), "robots")


_RULE: Final = '{"location":"/b/{}","tdm-reservation":1},'
_CONTENT: Final = '<content url="/a/{}"><license><permits type="usage">train-ai</permits></license></content>'
_META: Final = "<meta property='tdm:reservation'>1</meta>"
_XMLNS: Final = "xmlns:tdm='http://www.w3.org/ns/tdmrep/' "


def _files() -> Iterator[Case]:
    rules = (Once("["), _RULE, Once(_RULE[:-1] + "]"))
    yield Case("tdmrep rules", rules, "site")
    yield Case("tdmrep wildcards", tuple(type(one)(one.replace("/b/", "/*a*b*")) for one in rules), "site")
    yield Case("tdmrep deep", ("[",), "site")
    yield Case("tdmrep long", (Once('[{"location":"/'), "*a", Once('","tdm-reservation":1}]')), "site")
    yield Case("rsl contents", (Once(_RSL), _CONTENT, Once("</rsl>")), "site", 100)
    head, tail = map(Once, _CONTENT.split("train-ai"))
    yield Case("rsl words", (Once(_RSL), head, "train-ai,", tail, Once("</rsl>")), "site", 10)
    yield Case("rsl deep", (Once(_RSL), "<content>"), "site", 10)
    yield Case("rsl entities", (Once(_RSL), "&amp;", Once("</rsl>")), "site", 8)
    yield Case("epub metas", (_META,), "file", wrap=_epub)
    yield Case("epub open", ("<meta ",), "file", wrap=_epub)
    yield Case("epub attributes", (Once("<meta "), "a='b' ", Once(">")), "file", wrap=_epub)
    yield Case("epub root", ("<rootfile ",), "file", wrap=lambda text: _epub("", text))
    yield Case("epub root attributes", (Once("<rootfile"), " full-path ="), "file", wrap=lambda text: _epub("", text))
    yield Case("pdf vocabulary", (_XMLNS,), "file")
    yield Case("pdf prefixes", (_XMLNS.replace("tdm=", "p{}="),), "file")
    yield Case("pdf properties", (Once(_XMLNS), "<tdm:reservation>1</tdm:reservation>"), "file")


def _epub(package: str, container: str = "<rootfile full-path='package.opf'/>") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/container.xml", container)
        archive.writestr("package.opf", package)
    return file.getvalue()


CASES: Final = (*_elements(), *_attributes(), *_mixtures(), *_documents(), *_texts(), *_files())
