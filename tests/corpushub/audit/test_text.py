"""An audit reads well on a terminal, line by line, and on a page that runs nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from textwrap import dedent

from corpushub.audit import text
from corpushub.audit.answer import Audit, AuditPolicy, Example, Finding, LicenseShare
from corpushub.audit.changes import Change, Changes, FindingChange, LicenseChange
from corpushub.audit.page import page
from policies.rules.conditions import Answer
from policies.rules.review import Conflict, Obligation

EXAMPLE = Example("00", "GPL-3.0-only", "https://a.example/<b>", "docs", None, "d@v2#00")
FINDING = Finding(
    rule="copyleft",
    verdict=Answer.DENY,
    count=200,
    why="share-alike",
    sources={"docs": 200},
    hosts={"a.example": 150, "b.example": 50},
    languages={"en": 200},
    examples=[EXAMPLE],
)
AUDIT = Audit(
    version="d@v2",
    compliant=False,
    population=1200,
    verdicts={"allow": 1000, "deny": 200, "unknown": 0},
    findings=[FINDING],
    conflicts=[Conflict("share-alike", ("A", "B"), (1, 2), "A and B contradict each other.")],
    obligations=[Obligation("attribution", 7, {"CC-BY-4.0": 7}, "name the authors")],
    licenses=[
        LicenseShare("MIT", 1000, 5000, {"allow": 1000}),
        LicenseShare("GPL-3.0-only", 200, 100000, {"deny": 200}),
    ],
    policy=AuditPolicy("train", "2", "ab" * 32, purpose="train", actor=None, jurisdiction="EU"),
    since=None,
    advice=["Run it again."],
)
SINCE = Changes(
    version="d@v1",
    population=Change(1, 1200),
    verdicts={"allow": Change(1, 1000)},
    findings=[FindingChange("copyleft", "share-alike", 0, 200)],
    licenses=[LicenseChange("MIT", 1, 1000)],
)


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
    said = text.text(replace(AUDIT, findings=[], conflicts=[], obligations=[], advice=[], compliant=True))

    assert said.endswith("0  unknown\n\ncompliant")


def test_text_says_what_changed() -> None:
    """A comparison lists numbers before and now."""
    assert "since d@v1\n  1  ->  1,200  documents" in text.text(replace(AUDIT, since=SINCE))


def test_lines() -> None:
    """Each example and conflict is one line of four fields, and a finding without examples too."""
    rows = [line.split("\t") for line in text.lines(AUDIT).splitlines()]
    bare = text.lines(replace(AUDIT, findings=[replace(FINDING, examples=[])]))

    assert rows == [
        ["d@v2#00", "deny", "copyleft", "share-alike"],
        ["d@v2", "conflict", "share-alike", "A and B contradict each other."],
    ]
    assert bare.startswith("d@v2\tdeny\tcopyleft\t200 documents: share-alike\n")


def test_page() -> None:
    """The page escapes what it shows, loads and runs nothing, draws the licences by bytes, and can be printed."""
    html = page(replace(AUDIT, since=SINCE))

    assert "https://a.example/&lt;b&gt;" in html
    assert not re.search(r"<script|<link|<img|href=|src=|url\(|@import", html)
    assert re.findall(r"<text [^>]*text-anchor=end>([^<]*)", html) == ["GPL-3.0-only", "MIT"]
    assert re.findall(r"<rect class=(\w+) [^>]*width=([\d.]+)", html) == [("deny", "520.0"), ("allow", "26.0")]
    assert "@media print" in html
    assert "Not compliant" in html


def test_page_without_sizes_has_no_chart() -> None:
    """Where bytes were not added up nothing is drawn."""
    assert "<svg" not in page(replace(AUDIT, licenses=[replace(one, bytes=None) for one in AUDIT.licenses]))
