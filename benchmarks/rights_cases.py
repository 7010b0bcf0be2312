"""The cases of the labelled set of licences: how a page may speak of one, and what that means for its text.

{url}, {id} and {name} stand for a licence's address, SPDX id and everyday name, {uri} for the page's own address.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CC_BY: Final = "https://creativecommons.org/licenses/by/4.0/"
CC_NC: Final = "https://creativecommons.org/licenses/by-nc/4.0/"
RESERVED: Final = "LicenseRef-AllRightsReserved"
TERMS: Final = "LicenseRef-terms-commons-digest.example"


@dataclass(frozen=True, slots=True)
class Case:
    """One way to speak of a licence: parts of a page, and the licence of the page's text (None: no reliable one)."""

    form: str
    name: str
    license: str | None
    body: str = ""
    head: str = ""
    footer: str = ""
    aside: str = ""
    comments: str = ""
    link: str = ""

    def text(self) -> str:
        """Return all parts, to see which placeholders they hold."""
        return self.body + self.head + self.footer + self.aside + self.comments + self.link


def json_ld(content: str) -> str:
    """Return a JSON-LD script element around *content*."""
    return f'<script type="application/ld+json">{content}</script>'


def _rel() -> list[Case]:
    form = "rel-license"
    return [
        Case(form, "a in body", "{id}", '<p>This work is under <a rel="license" href="{url}">this licence</a>.</p>'),
        Case(form, "a in footer", "{id}", footer='<a rel="license" href="{url}"><img src="/badge.png" alt=""></a>'),
        Case(form, "link in head", "{id}", head='<link rel="license" href="{url}">'),
        Case(form, "area", "{id}", footer='<map name=m><area rel=license shape=rect href="{url}"></map>'),
        Case(form, "further tokens", "{id}", footer='<A REL="noopener License" HREF=" {url} ">terms</A>'),
        Case(
            form, "scheme left out", "CC-BY-4.0", head="<link rel=license href='creativecommons.org/licenses/by/4.0'>"
        ),
        Case(form, "own terms", TERMS, head='<link rel="license" href="/terms-of-use">'),
        Case(form, "RSL", None, head='<link rel="license" type="application/rsl+xml" href="/license.xml">'),
        Case(form, "no address", None, footer='<a rel="license" href="">licence</a><a rel="license">licence</a>'),
        Case(form, "script address", None, footer='<a rel="license" href="javascript:show()">licence</a>'),
        Case(
            form, "version left out", None, footer='<a rel="license" href="https://creativecommons.org/licenses/by/">'
        ),
        Case(
            form, "picture", None, '<figure><img src=a.jpg><figcaption><a rel=license href="{url}">{name}</a></figure>'
        ),
        Case(form, "quotation", None, '<blockquote>Old words. <a rel=license href="{url}">{name}</a></blockquote>'),
        Case(form, "widget", None, aside='<div class="widget">Feed: <a rel="license" href="{url}">{name}</a></div>'),
        Case(form, "comment", None, comments='<ol class="comments"><li>Nice. <a rel=license href="{url}">x</a></ol>'),
        Case(
            form,
            "teasers of others",
            None,
            aside=f'<article><h3>One</h3><a rel=license href="{CC_BY}">CC</a></article>'
            f'<article><h3>Two</h3><a rel=license href="{CC_NC}">CC</a></article>',
        ),
    ]


def _header() -> list[Case]:
    form = "Link header"
    return [
        Case(form, "plain", "{id}", link='<{url}>; rel="license"'),
        Case(form, "among others", "{id}", link='</a.css>; rel=preload; as=style, <{url}>; title="a, b"; rel=license'),
        Case(form, "own terms", TERMS, link="</terms>; rel=license"),
        Case(form, "RSL", None, link='</license.xml>; rel="license"; type="application/rsl+xml"'),
        Case(form, "of a picture", None, link='<{url}>; rel="license"; anchor="/photo.jpg"'),
        Case(form, "other relation", None, link='<{url}>; rel="related"'),
    ]


def _json_ld() -> list[Case]:
    form = "JSON-LD"
    article = '{"@context":"https://schema.org","@type":"Article","headline":"x"'
    other = ',"url":"https://elsewhere.example/1"'
    texts: list[tuple[str, str | None, str]] = [
        ("article", "{id}", article + ',"license":"{url}"}'),
        ("id object", "{id}", article + ',"license":{"@id":"{url}"}}'),
        ("named object", "{id}", article + ',"license":{"@type":"CreativeWork","name":"{name}","url":"{url}"}}'),
        ("list", "{id}", article + ',"license":["{url}"]}'),
        ("name", "CC-BY-4.0", article + ',"license":"CC BY 4.0"}'),
        ("prefix", "{id}", '{"@type":["schema:NewsArticle","Thing"],"schema:license":"{url}"}'),
        ("top-level list", "{id}", '[{"@type":"Organization","name":"x"},' + article + ',"license":"{url}"}]'),
        ("graph", "{id}", '{"@graph":[{"@type":"WebPage","@id":"{uri}","license":"{url}"},{"@type":"Person"}]}'),
        ("main entity", "{id}", '{"@type":"WebPage","mainEntity":{"@type":"Report","license":"{url}"}}'),
        ("own address", "{id}", article + ',"mainEntityOfPage":"{uri}#top","license":"{url}"}'),
        ("site", "{id}", '{"@type":"WebSite","license":"{url}"}'),
        ("part of site", "{id}", article + ',"isPartOf":{"@type":"WebSite","license":"{url}"}}'),
        ("own terms", TERMS, article + ',"license":"https://commons-digest.example/legal"}'),
        ("page beside picture", "CC-BY-4.0", article + f',"license":"{CC_BY}","image":{{"license":"{CC_NC}"}}}}'),
        ("picture", None, '{"@type":"ImageObject","contentUrl":"/a.jpg","license":"{url}"}'),
        ("picture in graph", None, '{"@graph":[{"@type":"WebPage"},{"@type":"ImageObject","license":"{url}"}]}'),
        ("picture of article", None, article + ',"image":[{"@type":"ImageObject","license":"{url}"}]}'),
        ("source of article", None, article + ',"isBasedOn":{"@type":"Article","license":"{url}"}}'),
        ("dataset", None, '{"@type":"Dataset","name":"x","license":"{url}"}'),
        ("software", None, '{"@type":"SoftwareApplication","license":"{url}"}'),
        ("video", None, '{"@type":"VideoObject","license":"{url}"}'),
        ("another page", None, article + other + ',"license":"{url}"}'),
        ("item list", None, '{"@type":"ItemList","itemListElement":[' + article + ',"license":"{url}"}]}'),
        ("comments", None, article + ',"comment":[{"@type":"Comment","license":"{url}"}]}'),
        ("usage info", None, article + ',"usageInfo":"https://commons-digest.example/use"}'),
        ("holder and access", None, article + ',"copyrightHolder":{"name":"x"},"isAccessibleForFree":true}'),
        ("where to buy", None, article + ',"acquireLicensePage":"https://commons-digest.example/buy"}'),
        ("commas too many", "{id}", article + ',"license":"{url}",,}'),
        ("not JSON", None, article + ',"license":"{url}" or another}'),
    ]
    return [Case(form, name, want, head=json_ld(text)) for name, want, text in texts]


def _attributes() -> list[Case]:
    article = '<div itemscope itemtype="https://schema.org/BlogPosting"><p itemprop="articleBody">Words.</p>'
    image = '<div itemscope itemtype="http://schema.org/ImageObject"><img src=a.jpg itemprop=contentUrl>'
    work = (
        '<span property="dct:title">Tides</span> by <a property="cc:attributionName" rel="cc:attributionURL" href="/">'
    )
    micro, rdfa = "microdata", "RDFa"
    return [
        Case(micro, "a", "{id}", article + '<a itemprop="license" href="{url}">{name}</a></div>'),
        Case(micro, "link", "{id}", article + '<link itemprop="license" href="{url}"></div>'),
        Case(micro, "meta", "{id}", article + '<meta itemprop="license" content="{url}"></div>'),
        Case(
            micro,
            "beside a picture",
            "{id}",
            article + image + f'<link itemprop=license href="{CC_NC}"></div>'
            '<link itemprop="license" href="{url}"></div>',
        ),
        Case(micro, "picture", None, image + '<a itemprop="license" href="{url}">{name}</a></div>'),
        Case(micro, "picture in article", None, article + image + '<link itemprop="license" href="{url}"></div></div>'),
        Case(
            micro,
            "product",
            None,
            '<div itemscope itemtype="https://schema.org/Product"><link itemprop=license href="{url}"></div>',
        ),
        Case(rdfa, "chooser", "{id}", f"<p>{work}us</a> is under <a rel=license href='{{url}}'>{{name}}</a></p>"),
        Case(rdfa, "cc:license", "{id}", footer='<div about=""><a rel="cc:license" href="{url}">terms</a></div>'),
        Case(rdfa, "dct:license", "{id}", head='<link property="dct:license" href="{url}">'),
        Case(
            rdfa,
            "resource",
            "{id}",
            '<div vocab="http://schema.org/" typeof="Article"><span property="license" '
            'resource="{url}">free</span></div>',
        ),
        Case(rdfa, "dc:rights", "CC-BY-4.0", footer='<span property="dc:rights">CC BY 4.0</span>'),
        Case(rdfa, "about the page", "{id}", '<p about="{uri}"><a rel="xhv:license" href="{url}">terms</a></p>'),
        Case(rdfa, "about a file", None, '<div about="/song.ogg"><a rel="license" href="{url}">{name}</a></div>'),
        Case(
            rdfa, "image type", None, '<div typeof="schema:ImageObject"><a rel="license" href="{url}">{name}</a></div>'
        ),
        Case(
            rdfa,
            "still image",
            None,
            '<p><span rel="dct:type" href="http://purl.org/dc/dcmitype/StillImage">Photo'
            '</span> by me: <a rel="license" href="{url}">{name}</a></p>',
        ),
        Case(
            rdfa,
            "text type",
            "{id}",
            '<p><span rel="dct:type" href="http://purl.org/dc/dcmitype/Text">Essay</span> '
            '<a rel="license" href="{url}">{name}</a></p>',
        ),
    ]


def _meta() -> list[Case]:
    form = "meta"
    texts: list[tuple[str, str | None, str]] = [
        ("DC.rights", "{id}", '<meta name="DC.rights" content="{url}">'),
        ("dcterms.license", "{id}", '<meta name="dcterms.license" content="{url}">'),
        ("dcterms.rights", "{id}", '<meta name="dcterms.rights" content="{name}">'),
        ("license", "{id}", '<meta name=license content="{name}">'),
        ("og:license", "{id}", '<meta property="og:license" content="{url}">'),
        ("copyright sentence", "CC-BY-4.0", '<meta name="copyright" content="© 2020 A. Licensed under CC BY 4.0.">'),
        (
            "holder and licence",
            "{id}",
            '<meta name="DC.Rights" content="© 2019 The Authors"><meta name="DC.Rights" content="{url}">',
        ),
        ("reserved", RESERVED, '<meta name="copyright" content="2021 The Digest. All rights reserved.">'),
        ("holder", None, '<meta name="copyright" content="The Digest"><meta name="dcterms.rightsHolder" content="A">'),
        ("description", None, '<meta name="description" content="How to read CC BY 4.0 and other licences">'),
        ("keywords", None, '<meta name="keywords" content="licence, {name}, {url}">'),
    ]
    return [Case(form, name, want, head=text) for name, want, text in texts]


MARKUP: Final = (*_rel(), *_header(), *_json_ld(), *_attributes(), *_meta())
"""Cases of markup; rights_prose.py has those of links and sentences."""
