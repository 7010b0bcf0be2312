"""What JSON-LD says of licences is read as people write it, and what cannot be read is never silence."""

from __future__ import annotations

import json
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.markup import loose_json, page_evidence
from policies.rights.profiles import profile_of

BY = "https://creativecommons.org/licenses/by/4.0/"
NC = "https://creativecommons.org/licenses/by-nc-nd/4.0/"
PLAIN = f'{{"@type":"Article","license":"{NC}"}}'


def licence(script: str) -> str | None:
    """Return the licence of a page that links to CC BY and holds *script*."""
    html = f'<script type="application/ld+json">{script}</script><p>Words.</p><a rel=license href="{BY}">x</a>'
    return profile_of(page_evidence(html, {}, "https://e.org/a")).license


@pytest.mark.parametrize(
    "script",
    [
        f'{{"@type":"Article","license":"{NC}",}}',
        f'[{{"@type":"Article","license":["{NC}",],}},]',
        f"//<![CDATA[\n{PLAIN}\n//]]>",
        f"/*<![CDATA[*/{PLAIN}/*]]>*/",
        f"<![CDATA[{PLAIN}]]>",
        f"<!-- {PLAIN} -->",
        f"\ufeff{PLAIN}",
        f"{PLAIN};",
        f"// ours\n{PLAIN}",
        f'{{/* the licence */"@type":"Article","license":"{NC}" // here\n}}',
        f'{{"@type":"Article","description":"a \\d \\\' b","license":"{NC}"}}',
        f'{{"@type":"Article","description":"a\n\tb\x01","license":"{NC}"}}',
        f"{{'@type':'Article','license':'{NC}'}}",
        f"{{@type: 'Article', license: '{NC}'}}",
        PLAIN.replace('"', "&quot;"),
        f'{{"@type":"Person"}}{PLAIN}',
        f'{{"@type":"Article","license":"{BY}","license":"{NC}"}}',
        f'{{"@type":"Article","\\u006cicense":"{NC}"}}',
        f'{{"@type":"Article","dct:license":{{"@id":"{NC}"}}}}',
        f'{{"@type":"Article","http://creativecommons.org/ns#license":"{NC}"}}',
        f'{{"@context":{{"terms":"http://schema.org/license"}},"@type":"Article","terms":"{NC}"}}',
        f'{{"@type":"Article","Licence":"{NC}"}}',
    ],
)
def test_what_people_write_is_read(script: str) -> None:
    """Flaws that leave no doubt about what is meant do not hide a licence."""
    assert licence(script) == "CC-BY-NC-ND-4.0"


@pytest.mark.parametrize(
    "script",
    [
        f'{{"@type":"Article","license":"{NC}',
        f'{{"@type":"Article","license":"{NC}"',
        f'{{"@type":"Article","name":"the "best" one","license":"{NC}"}}',
        f'{{"@type":"Article" "license":"{NC}"}}',
        f'{{"@type":"Article","license":{NC}}}',
        f'var data = {{"@type":"Article","license":"{NC}"}}',
        f'{{"@type":"Article","\\u006cicense":"{NC}"',
        f"{{&quot;license&quot;:&quot;{NC}",
        '{"@type":"Article","license":{"@type":"CreativeWork","text":"Ask us."}}',
        '{"@type":"Article","license":7}',
        '{"a":' * 60 + f'{{"license":"{NC}"}}' + "}" * 60,
        "[" * 5000 + f'{{"license":"{NC}"}}' + "]" * 5000,
        "[" + "{}," * 11_000 + f'{{"license":"{NC}"}}]',
        f'{{"a":"{"x" * loose_json.LARGEST}","license":"{NC}"}}',
        '{"@type":"Article","dc:rights":"see our licence, (c)',
    ],
)
def test_what_cannot_be_read_is_the_most_restrictive(script: str) -> None:
    """A script that names a licence and is not read to its end leaves no licence known."""
    assert licence(script) is None


@pytest.mark.parametrize(
    "script",
    [
        '{"@type":"Article","name":"Licensed plumbers, all licenses',
        '{"@type":"Person","name":"the "best" one"}',
        '{"hasDriverslicense":true, "x":"',
        "not json at all",
        "",
        "{},{};",
        '{"@type":"Article","license":""}',
        '{"@type":"Article","license":null}',
        "[" * 5000,
    ],
)
def test_broken_scripts_that_name_no_right_say_nothing(script: str) -> None:
    """Flaws alone are no claim."""
    assert licence(script) == "CC-BY-4.0"


@given(st.text(alphabet="{}[]\",:;'\\/*<!-&a1 \n", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    """What is read is JSON; nothing but a ValueError is raised; what is JSON already is read as that."""
    try:
        strict = json.loads(text, strict=False)
    except ValueError:
        strict = None
    try:
        found = loose_json.read(text)
    except ValueError:
        assert strict is None
        return
    assert json.loads(json.dumps(found)) == found
    assert strict is None or type(found) is type(strict)


HOSTILE = ("/*", "\\'", '"', "<!--", "a ", "[", "{,;", " ", "1", "&", "-", '"a":', "//", "\\u", "license ")


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_text_takes_little_time(piece: str) -> None:
    """Long texts of whatever take linear time."""
    started = time.process_time()
    for start, end in (("", ""), ("'", "x"), ('{"', '"'), ("/*", "*"), ("[", "]")):
        text = f"{start}{piece * (200_000 // len(piece))}{end}"
        with suppress(ValueError):
            loose_json.read(text)
        assert licence(text) in ("CC-BY-4.0", None)

    assert time.process_time() - started < 60


@pytest.mark.parametrize(
    "markup",
    [
        '<a rel="license" href="javascript:show()">x</a>',
        '<a rel="license" href="http://[">x</a>',
        '<a rel="cc:license" href="mailto:us@e.org">x</a>',
        '<div itemscope itemtype="https://schema.org/Article"><meta itemprop="license" content="javascript:x"></div>',
        '<div itemscope><span itemprop="license" itemscope itemtype="https://schema.org/CreativeWork"></span></div>',
        '<span property="foo:license" content="our terms"></span>',
        '<span rel="cc:license" resource="urn:x"></span>',
        '<meta name="license" content="ask the editors">',
        '<meta name="dc.rights" content="some licence or other">',
    ],
)
def test_rights_markup_that_is_not_understood_is_no_silence(markup: str) -> None:
    """A relation, property or field of licences whose value nobody understands leaves no licence known."""
    html = f'{markup}<p>Words.</p><a rel=license href="{BY}">x</a>'

    assert profile_of(page_evidence(html, {}, "https://e.org/a")).license is None


@pytest.mark.parametrize(
    "markup",
    [
        '<meta name="dc.rights" content="Jane Doe">',
        '<meta name="copyright" content="2020 Example Ltd">',
        '<a rel="license">x</a>',
        '<span property="dc:rights">Jane Doe</span>',
        '<meta name="license" content=" ">',
    ],
)
def test_holders_and_empty_fields_say_nothing(markup: str) -> None:
    """A name alone, and a field without a value, are no claims."""
    html = f'{markup}<p>Words.</p><a rel=license href="{BY}">x</a>'

    assert profile_of(page_evidence(html, {}, "https://e.org/a")).license == "CC-BY-4.0"


@pytest.mark.parametrize(
    "link", [f"{NC}; rel=license", f'"{NC}"; rel="license"', "<http://[>; rel=license", "rel='license'"]
)
def test_license_header_that_is_no_link_is_no_silence(link: str) -> None:
    """A Link header of the relation whose target nobody can read leaves no licence known."""
    html = f'<p>Words.</p><a rel=license href="{BY}">x</a>'

    assert profile_of(page_evidence(html, {"link": link}, "https://e.org/a")).license is None


def test_relations_and_items_of_other_forms_are_read() -> None:
    """RDFa relations of any element, and items as values of microdata, name their licence."""
    for markup in (
        f'<div rel="cc:license" resource="{NC}"></div>',
        f'<div itemscope><span itemprop="license" itemscope><link itemprop="url" href="{NC}"></span></div>',
    ):
        assert profile_of(page_evidence(markup, {}, "https://e.org/a")).license == "CC-BY-NC-ND-4.0"


@pytest.mark.parametrize(
    "kind",
    [
        "application/json+ld",
        "application/ld-json",
        "application/ld json",
        "text/json-ld",
        "application/json",
        "text/json",
    ],
)
def test_mistyped_scripts_are_read(kind: str) -> None:
    """A script of a type that is nearly right, or of plain JSON with a context, is read; other JSON is data."""
    linked = '{"@context":"https://schema.org",' + PLAIN[1:]
    html = f'<script type="{kind}">{linked}</script><p>Words.</p><a rel=license href="{BY}">x</a>'

    assert profile_of(page_evidence(html, {}, "https://e.org/a")).license == "CC-BY-NC-ND-4.0"


@pytest.mark.parametrize("broken", ['{"@context":"https://schema.org","license":"x', '{"@context" "license":"x"}'])
def test_mistyped_scripts_that_are_broken_make_a_claim(broken: str) -> None:
    """What cannot be read is unknown there too."""
    html = f'<script type="application/json">{broken}</script><p>Words.</p><a rel=license href="{BY}">x</a>'

    assert profile_of(page_evidence(html, {}, "https://e.org/a")).license is None


def test_json_without_context_is_data() -> None:
    """A script of data for the page's own programs says nothing, whatever its keys."""
    html = f'<script type="application/json">{PLAIN}</script><p>Words.</p><a rel=license href="{BY}">x</a>'

    assert profile_of(page_evidence(html, {}, "https://e.org/a")).license == "CC-BY-4.0"


@pytest.mark.parametrize(
    "notice", ["All rights reserved", "© 2020 Tides Ltd. All rights reserved.", "Alle Rechte vorbehalten"]
)
@pytest.mark.parametrize("key", ["copyrightNotice", "schema:copyrightNotice", "https://schema.org/copyrightNotice"])
def test_notice_of_copyright_reserves(notice: str, key: str) -> None:
    """A notice that reserves all rights counts; one that names a holder alone says nothing."""
    script = f'<script type="application/ld+json">{{"@type":"Article","{key}":"{notice}"}}</script><p>Words.</p>'

    assert profile_of(page_evidence(script, {}, "https://e.org/a")).license == "LicenseRef-AllRightsReserved"
    assert licence(f'{{"@type":"Article","{key}":"Tides Ltd"}}') == "CC-BY-4.0"
