from __future__ import annotations

from html import escape
from typing import Any

import pyarrow as pa
import pytest

from connectors.capture import CAPTURES
from pipelines.captures.bodies import decode
from pipelines.captures.extract import extract
from pipelines.captures.xhtml import XHTML, as_html
from pipelines.rights.pages import rights_evidence
from policies.markup import Page
from policies.rights.evidence import Evidence, Scope, Where

OPENING = '<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><head>'


NOAI = Evidence("meta", Where.HEAD, Scope.PAGE, "", "noai", "deny")


def refusals(page: Page) -> list[Evidence]:
    """Read the one refusal of these tests."""
    return [NOAI] if ("robots", "noai") in page.metas else []


def decoded(page: str, **more: Any) -> pa.RecordBatch:
    """Decode one capture of *page*, as XHTML unless told otherwise."""
    row = {"kind": "record", "media_type": XHTML, "http_status": 200, "payload": page.encode(), **more}
    return decode(pa.RecordBatch.from_pylist([row], schema=CAPTURES))


def text_of(page: str, **more: Any) -> str | None:
    """Return the full text of *page*."""
    found: str | None = extract(decoded(page, **more), "full").text[0].as_py()
    return found


@pytest.mark.parametrize("name", ["title", "style", "textarea", "iframe", "noframes", "xmp", "SCRIPT"])
@pytest.mark.parametrize("end", ["/>", " />", ' src="a>b/" />', " src='a'\n/>", " async/>"])
def test_elements_that_close_themselves_swallow_nothing(name: str, end: str) -> None:
    """What stands behind them is text, and so it is in a body and in given text."""
    assert text_of(f"{OPENING}<{name}{end}</head><body><p>Shown</p><p>as <b>text</b></p></body></html>") == (
        "Shown\n\nas text"
    )


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ("<a id='x'/>One<a href='y'/> two", "One two"),
        ("<p>One<div/>two</p>", "One\n\ntwo"),
        ("One<br/>two<hr/>three<img src='a'/>", "One\ntwo\n\nthree"),
        ("<ul hidden=''/>One", "One"),
        ("<![CDATA[1 < 2 & <b>3]]> is 4", "1 < 2 & <b>3 is 4"),
        ("<!-- <title/> <![CDATA[ -->One<!-- ]]> -->", "One"),
        ("<!--> hidden -->One", "One"),
        ("<?note a > b?>One", "One"),
        ("<script>//<![CDATA[\nif (a) '</script><p>no</p>';\n//]]></script>One", "One"),
        ("<svg><path d='M0'/><text>One</text></svg>", "One"),
    ],
)
def test_markup_of_xml_is_read_as_xml_has_it(inner: str, text: str) -> None:
    """Elements, CDATA sections, comments and instructions."""
    assert text_of(f"{OPENING}<title/></head><body>{inner}</body></html>") == text


def test_the_inner_part_of_a_document_type_is_not_shown() -> None:
    """It holds entities, not text."""
    page = "<!DOCTYPE html [ <!ENTITY a ']>'> ]><html><body>One</body></html>"
    assert text_of(page) == "One"


@pytest.mark.parametrize("before", ["<title/>", "<script src='a'/>", "<style/>", "<![CDATA[x]]><textarea/>"])
@pytest.mark.parametrize("given", [False, True])
def test_refusals_are_read_behind_elements_that_close_themselves(before: str, given: bool) -> None:
    """In a body, and in text that was given."""
    page = f"{OPENING}{before}<meta name='robots' content='noai'/></head><body><p>Text</p></body></html>"
    row = decoded(page, **({"text": page, "payload": None} if given else {}))
    assert rights_evidence(row, refusals) == {0: [NOAI]}


@pytest.mark.parametrize("way", ["<![CDATA[{}]]>", "\n//<![CDATA[\n{}\n//]]>\n", "&{}"])
def test_a_licence_in_a_script_is_read(way: str) -> None:
    """JSON-LD stands in a CDATA section where a page is XML, or has references for its quotes."""
    data = '{"@type": "WebPage", "name": "</b><script>", "license": "https://creativecommons.org/licenses/by/4.0/"}'
    code = escape(data) if way == "&{}" else way.format(data)
    page = f"{OPENING}<script type='application/ld+json'>{code}</script></head><body>One</body></html>"
    found = {one.name: one.meaning or one.value for one in rights_evidence(decoded(page))[0]}
    assert found == {"license": "CC-BY-4.0", "title": "</b><script>"}
    assert text_of(page) == "One"


def test_html_stays_as_it_is() -> None:
    """A slash closes nothing there, and pages of XML that are served as HTML are HTML."""
    page = f"{OPENING}<title/></head><body>One</body></html>"
    assert text_of(page, media_type="text/html") is None
    assert as_html("<a href=b/>One</a> 1 < 2 <3/> </p>") == "<a href=b/>One</a> 1 < 2 <3/> </p>"


@pytest.mark.parametrize(
    "unit",
    ["<a ", "<a x='", '<a x="', "<!--", "<![CDATA[", "<?", "<!DOCTYPE[", "<script>", "<a/>", "<a x='\" x=\"<a x='"],
)
def test_hostile_pages_are_no_burden(unit: str) -> None:
    """Hundreds of thousands of beginnings without an end are read in one pass; a square of that would take a day."""
    page = unit * 300_000
    assert len(as_html(page)) <= 8 * len(page)
