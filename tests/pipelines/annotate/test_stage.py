"""The annotate stage: every record read has its document or its event, and a repeat writes the same bytes."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from connectors.capture import Limits
from pipelines.annotate.stage import AnnotateTask
from pipelines.handover.sorted_tables import read_sorted
from pipelines.handover.workfiles import reading
from pipelines.steps.c4 import C4
from pipelines.steps.gopher_quality import GopherQuality
from pipelines.steps.language import Language
from policies.rules.policy_file import parse_policy

Make = Callable[..., AnnotateTask]
Write = Callable[..., str]

PROSE = "The quick brown fox went over the hill and came back to the house with a friend of the family. "
RECORDS = [
    {"id": "1", "text": PROSE * 4, "license": "MIT", "url": "http://user@site.example/1?token=x"},
    {"id": "2", "text": PROSE * 4 + "more", "license": "GPL-3.0-only"},
    {"id": "3", "text": "  "},
    {"id": "4"},
    {"id": "5", "text": "x y", "license": "all mine"},
]


def rows_of(task: AnnotateTask, suffix: str, part: str = "") -> list[dict[str, Any]]:
    """Read events, or an Arrow file, that the task wrote."""
    if suffix in ("events", "captures"):
        return list(read_sorted(f"{task.path}.{suffix}", "doc_id" if suffix == "events" else "key").to_pylist())
    with reading(f"{task.out}/{part}.{suffix}" if part else f"{task.path}.{suffix}") as file:
        rows: list[dict[str, Any]] = pa.ipc.open_file(file).read_all().to_pylist()
    return rows


def ends_of(task: AnnotateTask) -> list[tuple[str | None, str, str | None]]:
    """Return source_id, outcome and reason of the task's events, by id."""
    rows = [(row["source_id"], row["outcome"], row["reason"]) for row in rows_of(task, "events")]
    return sorted(rows, key=lambda row: row[0] or "")


def contents(folder: str) -> dict[str, bytes]:
    """Return every file of a folder."""
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def test_every_record_has_one_end(jsonl: Write, annotate_task: Make) -> None:
    """Records read are the documents passed on plus the final events, each with its reason."""
    task = annotate_task(jsonl(RECORDS))
    report = task.run()

    assert (report.read, report.rows) == (5, 3)
    assert ends_of(task) == [("3", "dropped", "empty"), ("4", "failed", "missing_text")]
    assert report.events == {"dropped": {"empty": 1}, "failed": {"missing_text": 1}}
    documents = rows_of(task, "docs", report.parts[0].part)
    assert [row["source_id"] for row in documents] == ["1", "2", "5"]
    assert [row["license"] for row in documents][:2] == ["MIT", "GPL-3.0-only"]
    assert "user" not in documents[0]["uri"]


def test_second_run_does_nothing(jsonl: Write, annotate_task: Make) -> None:
    """A done task only reads its report: no file is touched, not even the input."""
    path = jsonl(RECORDS)
    task = annotate_task(path)
    report = task.run()
    before = {file.name: file.stat().st_mtime_ns for file in Path(task.out).iterdir()}
    Path(path).unlink()

    assert task.run() == report
    assert {file.name: file.stat().st_mtime_ns for file in Path(task.out).iterdir()} == before


def test_running_anew_writes_the_same_bytes(jsonl: Write, annotate_task: Make) -> None:
    """The same task in another folder and after a trip to another process writes the same files.

    But for what it took, which its report tells beside the rest.
    """
    steps = (("language", Language()), ("gopher_quality", GopherQuality()), ("c4", C4()))
    one = annotate_task(jsonl(RECORDS), steps=steps)
    other = pickle.loads(pickle.dumps(replace(one, out=f"{one.out}-again")))

    assert one.run() == other.run()
    written, again = (
        {name: held for name, held in contents(task.out).items() if ".json" not in name} for task in (one, other)
    )
    assert written == again
    assert len(written) >= 4


def test_size_of_batches_changes_no_document(jsonl: Write, annotate_task: Make) -> None:
    """One record a batch gives the same documents and events as all at once."""
    one = annotate_task(jsonl(RECORDS))
    other = replace(one, limits=Limits(batch_rows=1))
    parts = [task.run().parts[0].part for task in (one, other)]

    assert one.id != other.id
    assert rows_of(one, "docs", parts[0]) == rows_of(other, "docs", parts[1])
    assert rows_of(one, "events") == rows_of(other, "events")


def test_policy_decides_before_extraction(jsonl: Write, annotate_task: Make) -> None:
    """Denied and unknown licences are dropped under the policy's digest; a denied empty record is denied."""
    policy = parse_policy('name = "p"\nversion = "1"\npurpose = "train"\nallow = ["MIT"]')
    task = annotate_task(jsonl(RECORDS), policy=policy)
    task.run()

    ends = {row[0]: row[2] for row in ends_of(task)}
    assert ends["2"] == "license_denied"
    assert ends["3"] == "license_unknown"
    assert ends["4"] == "missing_text"
    assert "1" not in ends
    assert {row["policy"] for row in rows_of(task, "events") if row["step"] == "policy"} == {policy.digest}


def test_steps_count_up_from_three(jsonl: Write, annotate_task: Make) -> None:
    """Events of recipe steps carry the step's place, and a changed document goes on."""
    lines = [PROSE * 3, "short", PROSE * 2, PROSE]
    records = [{"id": "1", "text": "\n".join(lines)}, {"id": "2", "text": "too short."}]
    task = annotate_task(jsonl(records), steps=(("language", Language()), ("c4", C4())))
    report = task.run()

    changed = [row for row in rows_of(task, "events") if row["outcome"] == "changed"]
    assert [(row["source_id"], row["seq"], row["step"], row["reason"]) for row in changed] == [
        ("1", 4, "c4", "c4_lines")
    ]
    assert report.rows == 1
    assert "short" not in rows_of(task, "docs", report.parts[0].part)[0]["text"].split()


def test_events_hold_no_text(jsonl: Write, annotate_task: Make) -> None:
    """No word of any document stands in the event fragment, the capture index or the report."""
    records = [{**record, "text": f"{record.get('text', '')} Zanzibar77"} for record in RECORDS]
    task = annotate_task(jsonl(records), steps=(("gopher_quality", GopherQuality()),))
    task.run()

    for name, content in contents(task.out).items():
        assert name.endswith((".docs", ".dedup")) or b"Zanzibar77" not in content, name


def test_web_records(warc: Write, response: Any, revisit: Any, annotate_task: Make) -> None:
    """Refused responses and revisits are dropped with their reasons, and the index knows all of them."""
    body = b"some words"
    records = [
        response("http://site.example/1", body),
        response("http://site.example/2", b"gone", status="404 Not Found"),
        revisit("http://site.example/1", body),
    ]
    task = annotate_task(warc(records))
    report = task.run()

    assert (report.read, report.rows) == (3, 1)
    assert report.events == {"dropped": {"http_status": 1, "revisit_unresolved": 1}}
    captures = rows_of(task, "captures")
    assert len({row["doc_id"] for row in captures}) == 3
    assert report.captures == (len(captures), sum(row["revisit"] for row in captures))
    assert {row["placed"] for row in captures if row["revisit"]} == {False}


def test_unreadable_file_is_one_failed_record(warc: Write, annotate_task: Make) -> None:
    """It is reported with its name and reason and not cached, so that a repeat tries again."""
    path = warc([b"this is no archive"])
    task = annotate_task(path)
    report = task.run()

    assert (report.read, report.rows, report.parts) == (1, 0, [])
    assert report.events == {"failed": {"unreadable_shard": 1}}
    assert report.shard == "a.warc"
    assert "a.warc" in (report.failure or "")
    assert not Path(task.report_path).exists()
    assert report.captures == (0, 0)
    assert not Path(task.captures_path).exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda task: replace(task, file_digest="0" * 64),
        lambda task: replace(task, name="other.jsonl"),
        lambda task: replace(task, slice=replace(task.slice, start=1)),
        lambda task: replace(task, slice=replace(task.slice, end=1)),
        lambda task: replace(task, reading=replace(task.reading, source="t")),
        lambda task: replace(task, reading=replace(task.reading, license="MIT")),
        lambda task: replace(task, reading=replace(task.reading, extract="main")),
        lambda task: replace(task, reading=replace(task.reading, options={"fields": {"text": "t"}})),
        lambda task: replace(task, treatment=replace(task.treatment, steps=(("c4", C4()),))),
        lambda task: replace(task, limits=Limits(batch_rows=1)),
    ],
)
def test_id_names_all_that_matters(jsonl: Write, annotate_task: Make, change: Callable[..., AnnotateTask]) -> None:
    """Whatever can change the output changes the id."""
    task = annotate_task(jsonl(RECORDS))

    assert change(task).id != task.id


def test_id_names_nothing_else(jsonl: Write, annotate_task: Make) -> None:
    """Where the file stands and where output goes leave the id alone."""
    task = annotate_task(jsonl(RECORDS))

    assert replace(task, slice=replace(task.slice, path="/else/a.jsonl"), out="elsewhere", size=1).id == task.id
