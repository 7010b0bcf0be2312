"""An audit reads well on a terminal, line by line, and on a page that runs nothing."""

from __future__ import annotations

import re
from textwrap import dedent
from typing import Any

from corpushub.audit import text
from corpushub.audit.page import page

AUDIT: dict[str, Any] = {
    "version": "d@v2",
    "compliant": False,
    "population": 1200,
    "verdicts": {"allow": 1000, "deny": 200, "unknown": 0},
    "findings": [
        {
            "rule": "copyleft",
            "verdict": "deny",
            "count": 200,
            "why": "share-alike",
            "sources": {"docs": 200},
            "hosts": {"a.example": 150, "b.example": 50},
            "languages": {"en": 200},
            "examples": [
                {
                    "doc_id": "00",
                    "license": "GPL-3.0-only",
                    "uri": "https://a.example/<b>",
                    "source": "docs",
                    "ref": "d@v2#00",
                }
            ],
        }
    ],
    "conflicts": [
        {"kind": "share-alike", "licenses": ["A", "B"], "documents": [1, 2], "why": "A and B contradict each other."}
    ],
    "obligations": [
        {"duty": "attribution", "documents": 7, "licenses": {"CC-BY-4.0": 7}, "what": "name the authors"},
    ],
    "licenses": [
        {"license": "MIT", "documents": 1000, "bytes": 5000, "verdicts": {"allow": 1000}},
        {"license": "GPL-3.0-only", "documents": 200, "bytes": 100000, "verdicts": {"deny": 200}},
    ],
    "policy": {
        "name": "train",
        "version": "2",
        "digest": "ab" * 32,
        "purpose": "train",
        "actor": None,
        "jurisdiction": "EU",
    },
    "since": None,
    "advice": ["Run it again."],
}
SINCE = {
    "version": "d@v1",
    "population": {"before": 1, "now": 1200},
    "verdicts": {"allow": {"before": 1, "now": 1000}},
    "findings": [{"rule": "copyleft", "why": "share-alike", "before": 0, "now": 200}],
    "licenses": [{"license": "MIT", "before": 1, "now": 1000}],
}


def test_text() -> None:
    """The findings are told with sources and examples, then what follows, and the answer stands last."""
    assert text.text(AUDIT) == dedent("""\
        d@v2  1,200 documents  policy train 2

          1,000  allow
            200  deny
              0  unknown

          deny: 200 documents · copyleft
            share-alike
            sources: docs 200
            hosts: a.example 150, b.example 50
            d@v2#00  GPL-3.0-only  https://a.example/<b>
            1 of 200; --examples N names more

        conflicts
          A (1), B (2): A and B contradict each other.

        obligations
          7 documents: name the authors

        to comply
          Run it again.

        not compliant""")


def test_text_of_a_version_that_complies() -> None:
    """Nothing is said of what there is not."""
    nothing: dict[str, Any] = {key: [] for key in ("findings", "conflicts", "obligations", "advice")}
    said = text.text({**AUDIT, **nothing, "compliant": True})

    assert said.endswith("0  unknown\n\ncompliant")


def test_text_says_what_changed() -> None:
    """A comparison lists numbers before and now."""
    assert "since d@v1\n  1  ->  1,200  documents" in text.text({**AUDIT, "since": SINCE})


def test_lines() -> None:
    """Each example and conflict is one line of four fields, and a finding without examples too."""
    rows = [line.split("\t") for line in text.lines(AUDIT).splitlines()]
    bare = text.lines({**AUDIT, "findings": [{**AUDIT["findings"][0], "examples": []}]})

    assert rows == [
        ["d@v2#00", "deny", "copyleft", "share-alike"],
        ["d@v2", "conflict", "share-alike", "A and B contradict each other."],
    ]
    assert bare.startswith("d@v2\tdeny\tcopyleft\t200 documents: share-alike\n")


def test_page() -> None:
    """The page escapes what it shows, loads and runs nothing, draws the licences by bytes, and can be printed."""
    html = page({**AUDIT, "since": SINCE})

    assert "https://a.example/&lt;b&gt;" in html
    assert not re.search(r"<script|<link|<img|href=|src=|url\(|@import", html)
    assert re.findall(r"<text [^>]*text-anchor=end>([^<]*)", html) == ["GPL-3.0-only", "MIT"]
    assert re.findall(r"<rect class=(\w+) [^>]*width=([\d.]+)", html) == [("deny", "520.0"), ("allow", "26.0")]
    assert "@media print" in html
    assert "Not compliant" in html


def test_page_without_sizes_has_no_chart() -> None:
    """Where bytes were not added up nothing is drawn."""
    assert "<svg" not in page({**AUDIT, "licenses": [{**one, "bytes": None} for one in AUDIT["licenses"]]})
