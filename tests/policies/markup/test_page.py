from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.markup import Page, evidence_of, page_evidence
from policies.markup.gate import may_speak
from policies.markup.page import headers_of
from policies.markup.traces import Traces
from policies.rights.evidence import Scope, Where

URI = "https://site.example/a/page?x=1"
BY = "https://creativecommons.org/licenses/by/4.0/"
TRACES = Traces(
    ("licen", "cc-by", "ld+json", "c++ [x]"),
    {
        "field": ("rights", r"[.:]rights(?:[^a-z]|$)"),
        "reference": ("&#", r"&#x0*[2-7][0-9a-f](?:[^0-9a-f]|$)"),
    },
)
PIECES = [
    "<p>",
    "</p>",
    "<div hidden>",
    "</div>",
    "<footer>",
    f'<a rel=license href="{BY}">x</a>',
    f"<a href={BY}>CC BY 4.0</a>",
    "This work is licensed under ",
    "CC BY 4.0. ",
    "lic<b>ensed</b> under ",
    "All <b>Rights</b>&nbsp;Reserved ",
    '<a rel="lic&#101;nse" href="/terms">',
    "<a rel='&#x6c;icense' href='//creativecommons.org/licenses/by/4.0'>",
    '<meta name="dc.rights" content="CC0">',
    "<meta name=rights content=CC0>",
    '<meta name="Robots" content="noai">',
    '<script type="application/ld+json">{"@type":"Article","\\u006cicense":"MIT"}</script>',
    '<script type="application/ld+json">{"isAccessibleForFree":false}</script>',
    '<div itemscope><link itemprop="license" href="/l">',
    "<span property='dct:rights'>CC BY 4.0</span>",
    "<!-- SPDX-License-Identifier: MIT -->",
    "public domain ",
    "the rights of man ",
    "<template>",
    "&#8217;",
    "<",
    "\0",
    "ſ İ",
    "DC.Rights\n",
    "C++ [X]",
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_the_gate_changes_nothing(html: str) -> None:
    """Whatever a page is made of, what is read from it is the same without the gate."""
    assert page_evidence(html, {}, URI) == evidence_of(Page(html, {}, URI, gated=False))


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=12).map("".join))
def test_one_pass_finds_what_each_pattern_finds(html: str) -> None:
    """Hyperscan and the search without it give the same names."""
    source = html.encode("utf-8", "replace")

    assert TRACES.found(source) == TRACES.searched(source)


@given(st.text(max_size=200), st.text(max_size=60), st.text(max_size=40))
def test_nothing_raises(html: str, link: str, uri: str) -> None:
    """Any source, header and address is read, and what was read once is read again."""
    script = f'<script type="application/ld+json">{html}</script>'
    page = f'<a rel=license href="{html}">{html}</a>{script} licensed under {html}'

    assert page_evidence(page, {"link": link}, uri) == page_evidence(page, {"link": link}, uri)


@pytest.mark.parametrize("value", ["noai", "no-ai", "no ai", "NO_IMAGE_AI", "noimage-ai", "index;no-image-ai"])
def test_pages_with_a_near_miss_are_parsed(value: str) -> None:
    """A directive that is written with blanks or dashes is seen before a page is parsed, and its value is read."""
    html = f'<meta http-equiv="X-Robots-Tag" value="{value}">'

    assert may_speak(html)
    assert Page(html).metas == (("x-robots-tag", value),)


@pytest.mark.parametrize("html", ["<p>Our rights and duties</p>", "<p>Plain &amp; simple &#8217; text", ""])
def test_pages_without_a_trace_are_not_parsed(html: str) -> None:
    """The word rights alone, and references that are no letters, do not make a page speak."""
    assert not may_speak(html)
    assert page_evidence(html, {}, URI) == []


def test_a_page_is_read_once_for_all() -> None:
    """Its meta elements, licence links and headers are there for others."""
    page = Page(
        '<meta name="ROBOTS" content="noai"><meta property=tdm-reservation content=1><meta http-equiv=X content=y>'
        '<meta charset=utf-8><link rel="License nofollow" type="Application/RSL+xml" href=" /l.xml ">',
        headers_of("x-robots-tag: noai\nx-robots-tag: a: noimageai\nlink: <l>; rel=license\n"),
        URI,
    )

    assert page.metas == (("robots", "noai"), ("tdm-reservation", "1"), ("x", "y"))
    assert [(link.rel, link.href, link.type) for link in page.links] == [
        (("license", "nofollow"), "/l.xml", "application/rsl+xml")
    ]
    assert page.headers == {"x-robots-tag": "noai, a: noimageai", "link": "<l>; rel=license"}


def test_where_a_claim_stands_is_told() -> None:
    """Header, head, body and footer differ, and a footer is one by its name too."""
    html = (
        f'<head><link rel=license href="{BY}"></head><body><a rel=license href="{BY}#2">x</a>'
        f'<div class="site-footer"><a rel=license href="{BY}#3">x</a></div></body>'
    )
    found = page_evidence(html, {"link": f"<{BY}>; rel=license"}, URI)

    assert [one.where for one in found] == [Where.HEADER, Where.HEAD, Where.BODY, Where.FOOTER]
    assert {one.scope for one in found} == {Scope.PAGE}


def test_rsl_is_no_licence_but_a_signal() -> None:
    """A link to terms for machines is recorded as such, and as nothing known."""
    html = '<link rel="license" type="application/rsl+xml" href="/license.xml">'
    (found,) = page_evidence(html, {}, URI)

    assert (found.name, found.meaning) == ("rsl", "unknown")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('"isAccessibleForFree": true', ("free-access", "allow")),
        ('"isAccessibleForFree": "http://schema.org/False"', ("free-access", "deny")),
        ('"isAccessibleForFree": "perhaps"', ("free-access", "unknown")),
        ('"usageInfo": {"@id": "https://a.example/use"}', ("usage-info", "unknown")),
        ('"acquireLicensePage": "https://a.example/buy"', ("acquire-license", "unknown")),
        ('"copyrightHolder": {"@type": "Organization", "name": "A"}', ("copyright-holder", "unknown")),
    ],
)
def test_statements_beside_the_licence(content: str, expected: tuple[str, str]) -> None:
    """They are signals of their own names; only free access has an answer."""
    html = '<script type="application/ld+json">{"@type": "Article", ' + content + "}</script>"

    assert [(one.name, one.meaning) for one in page_evidence(html, {}, URI)] == [expected]


def test_deep_and_broken_json_is_no_error() -> None:
    """Nesting beyond reason raises nothing; where it hides a licence nobody knows which."""
    for text, claims in (
        ("[" * 100_000, 0),
        ('{"license":' * 500 + "1" + "}" * 500, 1),
        ('{"license": [[[["MIT"]]]]}', 1),
        ("null", 0),
        ('"license"', 0),
    ):
        html = f'<script type="application/ld+json">{text}</script>'
        assert [one.meaning for one in page_evidence(html, {}, URI)] == [None] * claims


def test_values_are_bounded() -> None:
    """A claim of a megabyte is kept as 500 code points and not understood."""
    html = (
        f'<meta name="dc.rights" content="All rights reserved {"x" * 10**6}"><a rel=license href="/{"y" * 10**6}">z</a>'
    )

    assert {len(one.value) for one in page_evidence(html, {}, URI)} == {500}


@pytest.mark.parametrize(
    ("words", "meanings"),
    [
        ("This work is licensed under <a {}>this licence</a>.", ["CC-BY-4.0"]),
        ("This work is licensed under the Foo Licence. See <a {}>these words</a>.", ["CC-BY-4.0", None]),
    ],
)
@pytest.mark.parametrize("link", [f"href={BY}", f"rel=license href={BY}"])
def test_a_link_says_which_licence_a_sentence_means(words: str, meanings: list[str | None], link: str) -> None:
    """A sentence that holds a link to a known licence is understood by it; one beside it is not."""
    found = page_evidence(f"<p>{words.format(link)}</p>", {}, URI)
    assert [one.meaning for one in found] == meanings
