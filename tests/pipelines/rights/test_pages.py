from __future__ import annotations

from typing import Any

import pyarrow as pa

from connectors.capture import CAPTURES
from pipelines.captures.bodies import decode
from pipelines.captures.extract import extract
from pipelines.captures.extraction.parsed import ParsedPages
from pipelines.reasons import Reason
from pipelines.rights.pages import UNREAD, rights_evidence
from policies.rights.evidence import Evidence, Scope, Where

BY = "https://creativecommons.org/licenses/by/4.0/"
PAGE = f"<title>Grüße</title><p>x <a rel=license href='{BY}'>y</a>".encode("latin-1")


def read(*rows: dict[str, Any]) -> list[list[Evidence]]:
    """Read captures given as dictionaries; what they leave out is null, and a page is HTML."""
    common = {"kind": "record", "media_type": "text/html", "charset": "latin-1", "http_status": 200}
    found = rights_evidence(decode(pa.RecordBatch.from_pylist([{**common, **row} for row in rows], schema=CAPTURES)))
    assert all(found.values())
    return [found.get(row, []) for row in range(len(rows))]


def test_each_capture_has_its_own_evidence() -> None:
    """Pages, headers alone, tagged source and plain pages stand side by side in order."""
    tag = b"# SPDX-License-" + b"Identifier: MIT\n"
    page, header, source, plain = read(
        {"payload": PAGE},
        {"payload": b"<p>hello", "rights_headers": f"link: <{BY}>; rel=license\n"},
        {"payload": tag, "media_type": "text/x-python"},
        {"payload": b"<p>hello"},
    )

    assert [(one.kind, one.meaning) for one in page] == [("rel-license", "CC-BY-4.0"), ("title", None)]
    assert [(one.kind, one.where) for one in header] == [("link-header", Where.HEADER)]
    assert [(one.kind, one.meaning) for one in source] == [("spdx-tag", "MIT")]
    assert plain == []


def test_only_live_answers_speak() -> None:
    """Failures, revisits, errors and binary files have no evidence."""
    dead: list[dict[str, Any]] = [
        {"payload": PAGE, "http_status": 404},
        {"payload": PAGE, "kind": "revisit"},
        {"payload": PAGE, "failure": "truncated"},
        {"payload": PAGE, "media_type": "image/png"},
        {"payload": None},
    ]

    assert read(*dead) == [[]] * len(dead)


def test_a_hostile_page_is_unread_and_no_permission() -> None:
    """What would take minutes to parse is not parsed, and says so."""
    found = read({"payload": b"<div>" * 200_000 + PAGE}, {"payload": PAGE})

    assert found[0] == [UNREAD]
    assert UNREAD.meaning == "unknown"
    assert found[1][0].scope is Scope.PAGE


def test_a_page_that_says_too_much_is_unread_and_its_neighbours_are_read() -> None:
    """Thousands of sentences about licences would take hours to judge; the page is refused for its text too."""
    many = "".join(f"{i} licensed under <a href='{BY}'>CC BY</a>, " for i in range(3000)).encode()
    rows = [{"kind": "record", "media_type": "text/html", "http_status": 200, "payload": one} for one in (many, PAGE)]
    batch = decode(pa.RecordBatch.from_pylist(rows, schema=CAPTURES))
    batch = batch.append_column("doc_id", pa.array([b"a" * 16, b"b" * 16]))
    parsed = ParsedPages("main")
    found = rights_evidence(batch, parsed=parsed)
    assert found[0] == [UNREAD]
    assert (found[1][0].kind, found[1][0].meaning) == ("rel-license", "CC-BY-4.0")
    extracted = extract(batch, "main", parsed)
    assert extracted.reasons.to_pylist() == [Reason.TOO_COSTLY, None]
    assert extracted.text[1].is_valid


def test_an_untyped_page_is_read_as_extraction_reads_it() -> None:
    """What opens like HTML is HTML, also where nobody said so."""
    (found,) = read({"payload": b"<!doctype html>" + PAGE, "media_type": None})
    assert [(one.kind, one.meaning) for one in found if one.name == "license"] == [("rel-license", "CC-BY-4.0")]


def test_title_and_authors_are_read_where_a_licence_asks_for_them() -> None:
    """It may be the page's, its header's or its source's; pages under other licences are not asked."""
    title = b"<meta name=author content='A. Writer'><title>Of ships</title><p>x"
    link = f"link: <{BY}>; rel=license\n"
    free = b"<a rel=license href='https://creativecommons.org/publicdomain/zero/1.0/'>x</a>"
    own, header, declared, unknown, waived = read(
        {"payload": title + PAGE},
        {"payload": title, "rights_headers": link},
        {"payload": title, "license": "CC-BY-SA-3.0"},
        {"payload": title, "license": "MIT"},
        {"payload": title + free},
    )
    named = [("title", "Of ships"), ("author", "A. Writer")]

    for found in (own, header, declared):
        assert [(one.name, one.value) for one in found if one.name in ("title", "author")] == named
        assert all(one.meaning is None for one in found if one.name in ("title", "author"))
    assert unknown == []
    assert {one.name for one in waived} == {"license"}


def test_a_licence_header_speaks_of_what_is_no_page() -> None:
    """Plain text has its header's licence and its tags."""
    (found,) = read({"payload": b"x", "media_type": "text/plain", "rights_headers": f"link: <{BY}>; rel=license\n"})
    assert [(one.kind, one.meaning) for one in found] == [("link-header", "CC-BY-4.0")]


def test_a_licence_file_is_known_by_its_name() -> None:
    """Its text speaks of its folder; of other plain texts only the tags are read."""
    words = b"This is free and unencumbered software released into the public domain. All rights waived."
    file, other = (
        read({"payload": words, "media_type": "text/plain", "uri": f"https://r.org/o/r/{name}?raw"})[0]
        for name in ("UNLICENSE", "README")
    )
    assert [(one.kind, one.scope, one.meaning) for one in file] == [("license-file", Scope.SITE, "Unlicense")]
    assert other == []


def test_more_is_read_from_the_same_parse() -> None:
    """Another reader gets each page that was parsed."""
    batch = pa.RecordBatch.from_pylist(
        [
            {
                "kind": "record",
                "media_type": "text/html",
                "text": None,
                "payload": b'<meta name="robots" content="noai">',
            }
        ],
        schema=CAPTURES,
    )
    noai = Evidence("meta-robots", Where.HEAD, Scope.PAGE, "noai", "noai", "deny")

    assert rights_evidence(decode(batch), lambda page: [noai] if ("robots", "noai") in page.metas else []) == {
        0: [noai]
    }
