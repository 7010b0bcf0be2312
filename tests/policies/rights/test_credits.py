"""Pages say in many forms what they are called and who wrote them; the first form that does counts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policies.markup import Page
from policies.markup.credits import credits
from policies.rights.credits import Credit, credit_of
from policies.rights.evidence import Evidence, Scope, Where
from policies.rights.profiles import Profile, profile_of

URI = "https://example.org/a"
NODE = {"@type": "Article", "headline": "Of ships", "author": {"@type": "Person", "name": "A. Writer"}}
ITEM = "<div itemscope itemtype='https://schema.org/Article'><h1 itemprop=headline>Of ships</h1>"
IMAGE = '<div><a rel="license" href="https://creativecommons.org/licenses/by/4.0/"><img src=x></a>'


def named(html: str) -> tuple[str | None, str | None]:
    """Return title and author of a page."""
    credit = credit_of(credits(Page(html, {}, URI)))
    return credit.title, credit.author


def ld(*content: dict[str, Any]) -> str:
    """Return a page with JSON-LD."""
    return f'<script type="application/ld+json">{json.dumps(content if len(content) > 1 else content[0])}</script>'


@pytest.mark.parametrize(
    "html",
    [
        '<meta name="citation_title" content="Of ships"><meta name="citation_author" content="A. Writer">',
        '<meta name="DC.title" content="Of ships"><meta name="DC.Creator" content="A. Writer">',
        '<meta name="dcterms:title" content=" Of\n ships "><meta name="dcterms:creator" content="A. Writer">',
        ld(NODE),
        ld({"@graph": [NODE, {"@type": "WebSite", "name": "A site", "author": "Somebody else"}]}),
        ld({"@type": "WebPage", "name": "Of ships", "creator": "A. Writer"}),
        ld({"@graph": [{**NODE, "author": {"@id": "#w"}}, {"@id": "#w", "@type": "Person", "name": "A. Writer"}]}),
        ITEM + "<p>by <span itemprop=author>A. Writer</span></div>",
        ITEM + "<p itemprop=author itemscope itemtype='https://schema.org/Person'><b itemprop=name>A. Writer</b></div>",
        '<meta property="og:title" content="Of ships"><meta property="article:author" content="A. Writer">',
        '<title>Of ships</title><meta name="author" content="A. Writer">',
        '<title>Of ships</title><p>by <a rel="author" href="/w">A. Writer</a>',
        '<p><b property="dct:title">Of ships</b> by <a href=/w property="cc:attributionName" rel="cc:attributionURL">'
        "A. Writer</a>",
    ],
)
def test_forms(html: str) -> None:
    """Each form names both."""
    assert named(html) == ("Of ships", "A. Writer")


@pytest.mark.parametrize(
    ("html", "credit"),
    [
        ("<p>x", (None, None)),
        ("<title> \n</title><meta name=author content=''>", (None, None)),
        ("<title>T</title><meta name=author content='https://example.org/people/1'>", ("T", None)),
        ("<title>T</title><meta name='author' content='@account'>", ("T", None)),
        ("<svg><title>An icon</title></svg>", (None, None)),
        ("<body><svg><title>An icon</title></svg><title>T</title><title>U</title>", ("T", None)),
        ("<title>T</title><aside><a rel=author href=/w>Another</a></aside>", ("T", None)),
        ("<title>T</title>" + ld({"@type": "ImageObject", "name": "A picture", "author": "P"}), ("T", None)),
        ("<title>T</title>" + ld({**NODE, "url": "https://example.org/other"}), ("T", None)),
        ("<title>T</title><script type='application/ld+json'>{no json</script>", ("T", None)),
        ("<title>T</title>" + ITEM.replace("Article", "Product") + "<i itemprop=author>P</i></div>", ("T", None)),
        (
            f"<title>T</title>{IMAGE}<span href='http://purl.org/dc/dcmitype/StillImage' property='dct:title' "
            "rel='dct:type'>A picture</span> by <b property='cc:attributionName'>P</b></div>",
            ("T", None),
        ),
        (
            '<title>T - Site</title><meta property="og:title" content="T"><meta name="citation_author" content="B, C">'
            '<meta name="citation_author" content="D, E"><meta name="author" content="Desk">',
            ("T", "B, C; D, E"),
        ),
        (ld({**NODE, "author": [{"name": "B"}, "C", {"name": "B"}, None, 7]}), ("Of ships", "B; C")),
        (ld({"headline": ["Of ships"], "author": {"name": {"@value": "B"}}}), ("Of ships", None)),
    ],
)
def test_what_is_no_name_of_the_page(html: str, credit: tuple[str | None, str | None]) -> None:
    """Addresses, pictures, other pages and works, and broken markup name nobody; several authors are all named."""
    assert named(html) == credit


def test_many_authors_are_bounded() -> None:
    """No page makes a list without end."""
    page = Page("".join(f'<meta name="citation_author" content="A{at}">' for at in range(1000)), {}, URI)
    assert len(list(credits(page))) == 50


def test_whom_to_name_decides_nothing() -> None:
    """Titles and authors are in no profile, so that documents share profiles, and no name leaves with one."""
    evidence = [Evidence("meta", Where.HEAD, Scope.PAGE, "A. Writer", name, None) for name in ("title", "author")]
    assert profile_of(evidence) == Profile()
    assert credit_of([]) == Credit()
