"""Answers as text: what a reader sees, word for word."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpushub.recipe.estimate import Estimate
from corpushub.recipe.increment import Reused
from corpushub.recipe.plan import (
    Plan,
    PlannedBenchmark,
    PlannedFile,
    PlannedRobots,
    PlannedSource,
    PlannedStep,
)
from corpushub.requests.scan.scan_files import FileReport, Finding, ScanReport
from corpushub.running.run import RunResult
from corpushub.text import answers, plans, upkeep, withdrawals
from corpushub.upkeep.clean import Leftover, Leftovers
from corpushub.upkeep.doctor import Examination
from corpushub.upkeep.doctor import Finding as DoctorFinding
from lineage.control.retention import VersionStanding
from lineage.control.withdrawals import Lifting, WithdrawalSummary
from lineage.proof.checks import LogHead, Problem, Verification
from lineage.questions.diff import ChangedDocument, Changes, ErasedDocuments, VersionDiff
from lineage.questions.export import Exported
from lineage.questions.find import Match, SearchedVersion, SearchResult
from lineage.questions.graph import Edge, InputNode, RunNode, VersionNode, VersionTrace
from lineage.questions.history import History, HistoryEntry, Input, KeptText, Runs, RunSummary, RunWithInputs
from lineage.questions.show import VersionSummary
from lineage.questions.trace import DocumentTrace, Event, Locator
from policies.rules.identity import PolicyIdentity

COUNTS: dict[str, Any] = {
    "counts": {"read": 1200, "kept": 1000, "changed": 7, "dropped": 190, "failed": 10},
    "reasons": {"empty": 190},
}
RUN = RunResult(
    run="run:abc",
    version="d@v1",
    **COUNTS,
    seconds=2.0,
    bytes_in=4_000_000,
    not_done={"pii": "not scanned"},
)
FACTS: dict[str, Any] = {
    **dict.fromkeys(("run", "state", "dataset", "started", "finished", "code_version", "recipe_digest"), "x"),
    **dict.fromkeys(("inputs_digest", "host"), "x"),
    **COUNTS,
    "version": None,
    "not_done": {},
    "revisal": None,
    "pid": 1,
    "seconds": 1.25,
    "bytes_in": 0,
    "error": "StageLost: counts",
}
DOCUMENT = DocumentTrace(
    doc_id="00ff",
    source="crawl",
    locator=Locator("a.warc", 12, 345),
    uri=None,
    captured_at=None,
    license=None,
    profile=None,
    policy=None,
    output=None,
    events=(
        Event("c4", "changed", "c4_lines", 2.0, None, "run:abc", None, None),
        Event("dedup", "dropped", "near_duplicate", None, None, "run:abc", None, None),
    ),
    duplicate_of="11ee",
    similarity=0.87654,
    versions=(),
)


def said(text: str) -> str:
    """Take the indentation out of an expected answer."""
    return dedent(text).strip("\n")


def test_table_aligns_numbers_to_the_right() -> None:
    """Numbers stand right with separators, words left, and no line ends in blanks."""
    assert answers.table([[7, "a", "x"], [1234, "long", ""]]) == "      7  a     x\n  1,234  long"
    assert answers.table([]) == ""
    assert answers.table([["a", 1]], indent="") == "a  1"


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 10**9), st.text("abc ", max_size=5)), min_size=1, max_size=6))
def test_columns_begin_where_they_should(rows: list[tuple[int, str]]) -> None:
    """Whatever the numbers, they all end in one column."""
    lines = answers.table([[n, f"|{word}|"] for n, word in rows]).splitlines()

    assert len(lines) == len(rows)
    assert len({line.index("|") for line in lines}) == 1


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1_500_000, "1.5 MB"),
        (2_000_000_000, "2.0 GB"),
        (3 * 10**15, "3000.0 TB"),
    ],
)
def test_sizes(count: int, words: str) -> None:
    """Bytes are spelled in the unit that leaves one to three digits."""
    assert answers.size(count) == words


def test_run() -> None:
    """A run tells counts, reasons, speed, what was not done, and last the version."""
    assert answers.run(RUN) == said("""
          1,200  read
          1,000  kept
              7  changed
            190  dropped
             10  failed

          by reason
          190  empty

          4.0 MB in 2.0 s (2.0 MB/s) · run:abc
          pii: not scanned

        d@v1
    """)


def test_unchanged_run_is_one_line() -> None:
    """Where nothing was to do, that is all that is said."""
    told = answers.run(replace(RUN, unchanged="d@v1"))

    assert told.startswith("d@v1 is up to date")
    assert "\n" not in told


def test_run_without_time_or_reasons() -> None:
    """A run that took no time at all divides by nothing, and no heading stands without rows."""
    text = answers.run(replace(RUN, seconds=0.0, reasons={}))

    assert "in 0.0 s" in text
    assert "by reason" not in text


def test_dropped_document() -> None:
    """A document's story ends with whom it duplicates and that no version holds it."""
    assert answers.trace_document(DOCUMENT) == said("""
        00ff
          source       crawl
          found in     a.warc at byte 12, 345 bytes
          uri          -
          captured at  unknown
          license      unknown

          c4     changed  c4_lines        2  run:abc
          dedup  dropped  near_duplicate     run:abc

          duplicate of 11ee, similarity 0.877

          in no version
    """)


def test_kept_document() -> None:
    """A kept document names its versions and its file, and no twin."""
    kept = replace(DOCUMENT, duplicate_of=None, versions=("d@v1", "d@v2"), output="x.parquet")
    text = answers.trace_document(kept)

    assert text.endswith("\n  in d@v1, d@v2\n  stored in x.parquet")
    erased = answers.trace_document(replace(DOCUMENT, locator=Locator(None, None, None)))
    assert "  found in     -\n" in erased
    assert "duplicate of" not in text


def test_find() -> None:
    """Matches are references that can be traced; what was searched, and whether to the end, follows."""
    match = Match("00", "dropped", "exact_duplicate", None, "crawl", None, "11", 1.0, "d@v1")
    searched = SearchedVersion("d@v1", 1200, 3000, complete=False)

    assert answers.find(SearchResult((match,), (searched,))) == said("""
        d@v1#00  dropped (exact_duplicate) duplicate of 11
        searched d@v1: 1,200 rows, 3.0 kB, not all of it: time or matches ran out
    """)
    assert answers.find(SearchResult((), ())) == "not found"


def test_find_tells_what_was_compared() -> None:
    """What had to be overlooked, how alike texts are, snippets, and why a version was not searched."""
    one = Match("00", "kept", None, "http://a.example/", "crawl", None, None, None, "d@v1")
    found = [
        replace(one, matched_by="exact"),
        replace(one, matched_by="scheme, slash"),
        replace(one, matched_by="shingles", resemblance=0.91),
        replace(one, matched_by="signature", resemblance=0.5),
        replace(one, matched_by="text", snippet="…some words…"),
    ]
    searched = SearchedVersion("d@v1", 0, 0, complete=False, note="it has no index")
    assert answers.find(SearchResult(tuple(found), (searched,))) == said("""
        d@v1#00  kept  http://a.example/
        d@v1#00  kept  http://a.example/  by scheme, slash
        d@v1#00  kept  http://a.example/  0.910 alike
        d@v1#00  kept  http://a.example/  about 0.500 alike
        d@v1#00  kept  http://a.example/
          …some words…
        searched d@v1: 0 rows, 0 B, not all of it: it has no index
    """)


def test_what_an_event_refers_to_ends_its_line() -> None:
    """A benchmark item stands behind its event, and a large offset is spelled in full."""
    event = Event("decontaminate", "dropped", "benchmark_overlap", 1234567.0, "quiz:7", "run:abc", None, None)
    told = answers.trace_document(replace(DOCUMENT, events=(event,)))

    assert "  decontaminate  dropped  benchmark_overlap  1234567  run:abc  quiz:7" in told.splitlines()


def test_show() -> None:
    """A version tells its size, its making and its mix, the most frequent first and twelve at most."""
    licenses = {f"L{n:02}": n for n in range(1, 15)}
    version = VersionSummary(
        version="d@v2",
        documents=1200,
        bytes=5000,
        run="run:abc",
        recipe_digest="aa",
        parents=(),
        created="2024-01-02",
        licenses=licenses,
        languages={},
        sources={"s": 1200},
        manifest_root="bb",
        not_done={"pii": "not scanned"},
        pinned=None,
        retired=None,
        revision=3,
    )
    lines = answers.show(version).splitlines()

    assert lines[0] == "d@v2  1,200 documents  5.0 kB of text"
    assert "  parents       none" in lines
    assert "  revision      d@v2.3: documents were erased" in lines
    assert "  pii           not scanned" in lines
    assert lines[lines.index("licenses") + 1] == "  14  L14"
    assert "  12 of 14; --json has all" in lines


def test_verify() -> None:
    """Mismatches go before the verdict; what speaks for a version is named."""
    broken = Verification("d@v1", False, 3, (Problem("x", "missing"),), "aa", None, None, None)
    sound = replace(broken, ok=True, mismatches=())
    proved = replace(sound, statement="ab", leaf=4, log=LogHead("corpushub/1", 9, "cd"))

    assert answers.verify(broken) == "x: missing\nd@v1: 3 files, NOT OK"
    assert answers.verify(sound) == "d@v1: 3 files, ok"
    assert answers.verify(proved).splitlines()[:2] == ["  statement ab", "  leaf 4 of 9 in the log corpushub/1"]


def test_diff() -> None:
    """A diff counts, and gives reasons, sources and documents where it has some."""
    changes = VersionDiff("d@v1", "d@v2", 5, 2, 0, {"empty": 2}, {}, {}, (), None, ErasedDocuments(0, 0))
    one = ChangedDocument("0f", "https://a.example/", "removed", "web", "MIT", "empty")

    assert answers.diff(changes) == "  5  added\n  2  removed\n  0  changed\n\n  removed, by reason\n  2  empty"
    assert "reason" not in answers.diff(replace(changes, by_reason={}))
    assert answers.diff(replace(changes, erased=ErasedDocuments(0, 3))).endswith("\n  d@v2 has lost 3 to erasures")
    listed = answers.diff(replace(changes, by_source={"web": Changes(5, 2, 0)}, documents=(one,)))
    assert "by source\n  5  2  0  web" in listed
    assert listed.endswith("removed  0f  web  MIT  empty  https://a.example/")


def test_clean_and_export() -> None:
    """What would be removed is listed with the way to do it."""
    leftovers = [Leftover("w/a", 1500)]

    assert upkeep.clean(Leftovers([], removed=False)) == "nothing to clean"
    assert upkeep.clean(Leftovers(leftovers, removed=True)) == "removed w/a  1.5 kB"
    assert "--yes" in upkeep.clean(Leftovers(leftovers, removed=False))
    assert answers.export(Exported("d@v1", 1200, ("a",), "o")) == "1,200 documents in 1 files in o"
    assert answers.export(Exported("d@v1", 0, ("prov.json",), "o")) == "the provenance of d@v1 in o/prov.json"


def test_doctor_tells_what_is_wrong_first() -> None:
    """Findings that are only worth knowing stand behind; the verdict counts the checks."""
    note, wrong = DoctorFinding("locks", False, "a lock"), DoctorFinding("disk", True, "no space")

    assert upkeep.doctor(Examination(False, ["locks", "disk"], [note, wrong])) == said("""
        wrong: no space
        note: a lock
        2 checks, NOT OK
    """)


def test_scan() -> None:
    """Each file's findings are counted by type and named below; what was not searched in full is told."""
    status = {"complete": 1199, "partial": 1, "failed": 0}
    found = Finding(3, "EMAIL_ADDRESS", 2, 9, "EmailRecognizer", 1.0, None)
    file = FileReport("a.jsonl", 1200, 0, status, {"EMAIL_ADDRESS": 1}, [found])

    assert answers.scan(ScanReport(False, {"EMAIL_ADDRESS": 1}, status, [file])) == said("""
        a.jsonl: 1,200 documents searched, 1 partial
          1  EMAIL_ADDRESS
            record 3 at 2-9  EMAIL_ADDRESS  1.00  EmailRecognizer

        1 findings, 1 not searched in full
    """)
    assert answers.scan(ScanReport(True, {}, dict.fromkeys(status, 0), [])) == "\nnothing found"


def test_lists() -> None:
    """Runs and versions are one line each, and an empty list says what to do."""
    started = "2024-01-02T03:04:05.6"
    version = HistoryEntry("d@v1", started, 1200, 5000, "run:a", (), {}, None, None, None, 0, 0)

    assert answers.runs(Runs(())).startswith("no runs yet")
    run = RunSummary(**{**FACTS, "run": "run:a", "state": "done", "dataset": "d", "started": started, "counts": {}})
    assert answers.runs(Runs((run,))) == "run:a  done  d  -  2024-01-02T03:04:05  1.2 s  0"
    assert answers.history(History((version,))) == "d@v1  2024-01-02T03:04:05  1,200  documents  5.0 kB"
    erased = answers.history(History((replace(version, revision=2, erased=1300),)))
    assert erased.endswith("5.0 kB  revision 2: 1,300 erased")
    pinned = answers.history(History((replace(version, pinned=started),)))
    assert pinned.endswith("5.0 kB  pinned")


def test_one_run() -> None:
    """A run names its state, its inputs, and its error if there was one."""
    inputs = (Input("s", "a.jsonl", 1500, "0123456789abcdef"),)
    recipe = KeptText('name = "d"\n', "ab", "cd")
    run = RunWithInputs(**FACTS, inputs=inputs, recipe=recipe, policy=None, energy=None, progress=None)
    text = answers.one_run(run)

    assert text.splitlines()[0] == "x  x  no version"
    assert "  error         StageLost: counts" in text
    assert text.endswith("inputs\n  s  a.jsonl  1.5 kB  0123456789ab")
    assert "error" not in answers.one_run(replace(run, error=None))
    assert answers.one_run_in_full(run).endswith('\n\nrecipe  sha256 ab, of the original cd\n  name = "d"')
    same = replace(run, policy=KeptText("p", "ab", "ab"))
    assert answers.one_run_in_full(same).endswith("\n\npolicy  sha256 ab, as it was written\n  p")


def test_standing() -> None:
    """A version tells since when and why it is pinned or retired, and when its documents went."""
    plain = VersionStanding("d@v1", None, None, None, None, None)

    assert upkeep.standing(plain) == "d@v1: in use, not pinned"
    assert upkeep.standing(replace(plain, pinned="May", pinned_why="")) == "d@v1: pinned since May: no reason given"
    gone = replace(plain, retired="May", retired_why="wrong", removed="June")
    assert upkeep.standing(gone) == "d@v1: retired since May: wrong; its documents were removed on June"


def test_plan_says_what_was_touched() -> None:
    """A plan counts what is done already, and says that nothing was touched."""
    planned = Plan(
        dataset="d",
        sources=[PlannedSource("s", "jsonl", "MIT", files=2, bytes=1500, shards=2)],
        files=[PlannedFile("s", "a", 1000, "aa"), PlannedFile("s", "b", 500, "bb")],
        robots=[PlannedRobots("s", "r.warc.gz", ["s", "t"])],
        bytes=1500,
        steps=[PlannedStep("gopher_quality", "min_words = 50")],
        decontaminate=[PlannedBenchmark("quiz", ["quiz.jsonl"], ["question", "answer"], None, tokens=13, min_tokens=8)],
        dedup={"threshold": 0.8},
        boilerplate=None,
        pii=None,
        policy=PolicyIdentity("p", "1", "ab"),
        not_done={"pii": "not scanned"},
        shards=2,
        shards_done=1,
        bytes_done=700,
        unchanged=True,
        reused=Reused("d@v1", documents=9, files=1),
        unfinished=["an interrupted commit"],
        estimate=Estimate("run:x", 5400.0, 10**9, 10**9, 2, 10**8),
        warnings=["too little room"],
    )
    text = plans.plan(planned)

    assert text.startswith("d: 1.5 kB in 2 files\n")
    assert "  s  jsonl  2  files  1.5 kB  2  shards  license MIT\n" in text
    assert "  decontaminate: quiz, 13 tokens of question, answer\n" in text
    assert "  [dedup] threshold = 0.8\n  policy: p 1, digest ab\n" in text
    assert "robots.txt: r.warc.gz\n  speak for the sites in s, t\n" in text
    assert "a run finishes an interrupted commit first\n" in text
    assert "at the rates of run:x, 2 workers: 1.5 h, 1.0 GB of disk (100.0 MB are free), 1.0 GB of memory\n" in text
    assert "warning: too little room\n" in text
    assert "goes on from d@v1: 1 files read before are not read again\n" in text
    assert "steps\n  1. gopher_quality  min_words = 50\n" in text
    assert "1 of 2 shards are computed already; a run does the other 1\n" in text
    assert "a run would do nothing\n" in text
    assert text.endswith("nothing was touched; interrupting a run loses at most the shards in flight")


def test_graphs() -> None:
    """Lineage is drawn as edges, and in Graphviz's language with a shape for each kind."""
    nodes = (
        InputNode("a.jsonl", "s", "a.jsonl", 1, "ab"),
        RunNode("run:x", "committed", "aa", "bb", "May", "May", None),
        VersionNode("d@v1", 1, "May", "cc", 0),
    )
    trace = VersionTrace(nodes, (Edge("a.jsonl", "run:x", "read"),))

    assert answers.trace_version(trace) == "3 nodes\n  a.jsonl  -read->  run:x"
    assert answers.dot(trace).splitlines() == [
        "digraph lineage {",
        "  rankdir=LR;",
        '  "a.jsonl" [shape=note];',
        '  "run:x" [shape=ellipse];',
        '  "d@v1" [shape=box3d];',
        '  "a.jsonl" -> "run:x" [label="read"];',
        "}",
    ]


def test_withdrawals_are_marked() -> None:
    """A run that took documents out says by whom, how many, by which rules and why, and who lifted these."""
    made = WithdrawalSummary("run:x", "me@here", "May", "wrong", ("host:a.example",), "ab", 1200, (), None)
    lifted = replace(made, lifted=Lifting("you@here", "June", "a mistake"))
    node = RunNode("run:x", "committed", "aa", "bb", "May", "May", lifted)
    told = "withdrawn by me@here: 1,200 documents less (host:a.example, a policy): wrong"

    assert withdrawals.mark(made) == told
    assert answers.trace_version(VersionTrace((node,), ())).endswith(f"  run:x  {told} (lifted by you@here: a mistake)")
