from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from policies.consent.ai_txt import AiFile
from policies.consent.embedded.publications import PDF, publication_evidence
from policies.consent.robots import RobotsFile
from policies.errors import TooCostly
from policies.markup import Page, evidence_of
from policies.markup.credits import credits
from policies.markup.page import MOST_WORK, headers_of

BY = "https://creativecommons.org/licenses/by/4.0/"
LINK = f'<a rel="license" href="{BY}">CC BY {{}}</a> '

PAGES = [
    LINK,
    f'<a rel="license" href="{BY}"></a>',
    f"<p>{LINK}</p>",
    f"<article>{LINK}<h1>x</h1></article>",
    f"<option>{LINK}",
    f'<b itemscope><i itemprop="license">{BY}</i></b>',
    '<b itemprop="license author name">x</b>',
    '<link rel="canonical" href="/{}"><script type="application/ld+json">{"@type": "Article", "url": "/{}"}</script>',
    f'<meta name="dcterms.license" content="{BY}{{}}">',
    '<b property="dct:title">x</b><a rel="dct:type" href="http://purl.org/dc/dcmitype/Image">x</a>',
]


def calls(read: Callable[[Any], object], source: Any) -> int:
    """Return how many functions, of Python and of C, are called while *source* is read."""
    count = 0

    def counted(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    read(source)  # what is kept for the next time is there
    sys.setprofile(counted)
    try:
        read(source)
    finally:
        sys.setprofile(None)
    return count


def growth(read: Callable[[Any], object], make: Callable[[int], Any]) -> float:
    """Return by what the calls grow where the source doubles."""
    return calls(read, make(1024)) / calls(read, make(512))


def repeated(unit: str, count: int) -> str:
    """Return *unit* so many times, numbered where it has braces."""
    return "".join(unit.replace("{}", str(number)) for number in range(count))


def read_page(html: str) -> None:
    """Read all that a page says, as if its head had many attributes."""
    page = Page(f"<div {' '.join(f'a{i}' for i in range(50))}>{html}", {}, "https://site.example/page")
    evidence_of(page)
    list(credits(page))


@pytest.mark.parametrize("unit", PAGES)
def test_twice_the_markup_is_twice_the_work(unit: str) -> None:
    """No element looks at all others; ``make fuzz-markup`` measures the same of libraries, and of all markup."""
    assert growth(read_page, lambda count: repeated(unit, count)) < 2.2


@pytest.mark.parametrize("unit", ["User-agent: GPTBot x{}\n", "User-agent: *{}\n", "User-agent: a{}\nDisallow: /{}\n"])
@pytest.mark.parametrize("kind", [RobotsFile, AiFile])
def test_twice_the_lines_are_twice_the_work(kind: Callable[[bytes], Any], unit: str) -> None:
    """Nor does a line of a site's file."""
    agents = ("GPTBot", "CCBot")
    assert growth(lambda body: kind(body).evidence(agents, "/a"), lambda n: repeated(unit, n).encode()) < 2.2


def test_twice_the_headers_and_prefixes_are_twice_the_work() -> None:
    """Nor does a header, or a prefix of a PDF's metadata."""
    assert growth(headers_of, lambda count: repeated("link: <x>\n", count)) < 2.2
    prefix = " xmlns:p{}='http://www.w3.org/ns/tdmrep/' p{}:reservation='1' "
    assert growth(lambda file: publication_evidence(file, PDF), lambda n: repeated(prefix, n).encode()) < 2.2


def test_judging_ends() -> None:
    """What a page may say is bounded by what it takes to judge it, the same on every machine."""
    page = Page(repeated(f'{{}} licensed under <a href="{BY}">CC BY</a>, ', 3000))
    with pytest.raises(TooCostly):
        evidence_of(page)
    assert page.work < MOST_WORK + 10_000
