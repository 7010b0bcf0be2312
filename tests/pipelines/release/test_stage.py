"""The release stage: what is kept is written scrubbed, and what is not leaves with a reason and without text."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.annotate.stage import AnnotateTask
from pipelines.dedup.verdicts import VERDICTS
from pipelines.execution.in_process import run_tasks
from pipelines.handover.ids import as_hex, content_ids
from pipelines.handover.parts import PartFile
from pipelines.handover.sorted_tables import read_sorted
from pipelines.handover.workfiles import writing
from pipelines.release import stage as release
from pipelines.release.boilerplate import Boilerplate, BoilerplateRule, find_boilerplate
from pipelines.release.stage import ReleaseReport, ReleaseTask, add_up, group
from policies.pii.keys import KeySource
from policies.pii.scrubber import Scrubber
from policies.pii.search.scan import Limits

Make = Callable[..., AnnotateTask]
Write = Callable[..., str]
Rows = list[dict[str, Any]]

SECRET = "zanzibar@mail.example.com"
RECORDS = [
    {"id": "1", "text": "plain words only", "license": "MIT"},
    {"id": "2", "text": f"write to {SECRET} about it"},
    {"id": "3", "text": "other plain words"},
]


@pytest.fixture
def part(jsonl: Write, annotate_task: Make) -> Callable[..., PartFile]:
    """Return a function that annotates records into a part."""

    def make(records: Sequence[dict[str, str]] = RECORDS, name: str = "a.jsonl") -> PartFile:
        task = annotate_task(jsonl(records, name))
        (found,) = task.run().parts
        return found.at(task.out)

    return make


@pytest.fixture
def task_of(tmp_path: Path) -> Callable[..., ReleaseTask]:
    """Return a function that plans the release of parts."""

    def make(
        *parts: PartFile,
        scrubber: Scrubber | None = None,
        verdicts: dict[str, str] | None = None,
        boilerplate: Boilerplate | None = None,
    ) -> ReleaseTask:
        data, out = str(tmp_path / "data"), str(tmp_path / "out")
        return ReleaseTask(parts, verdicts or {}, scrubber, {}, data, out, boilerplate)

    return make


KEY = b"the key of these tests"


@pytest.fixture
def key(tmp_path: Path) -> KeySource:
    """Return a key in a file."""
    (tmp_path / "secret-key").write_bytes(KEY)
    source = KeySource.locate(tmp_path / "secret-key")
    assert source is not None
    return source


def drop_rows(path: Path, rows: list[int], reason: str = "exact_duplicate") -> str:
    """Write a verdict file that drops *rows*."""
    columns = [rows, [reason] * len(rows), [b"k" * 16] * len(rows), [1.0] * len(rows)]
    table = pa.table([pa.array(column, field.type) for column, field in zip(columns, VERDICTS, strict=True)], VERDICTS)
    with writing(str(path)) as file, pa.ipc.new_file(file, VERDICTS) as out:
        out.write_table(table)
    return str(path)


def documents_of(report: ReleaseReport) -> Rows:
    """Read the released documents, by their source's id."""
    assert report.file is not None
    rows: Rows = pq.read_table(report.file.path).to_pylist()
    return sorted(rows, key=lambda row: str(row["source_id"]))


def events_of(task: ReleaseTask) -> Rows:
    """Read the task's events, by their source's id and seq."""
    rows: Rows = read_sorted(task.events_path, "doc_id").to_pylist()
    return sorted(rows, key=lambda row: (str(row["source_id"]), row["seq"]))


def outcomes(task: ReleaseTask) -> list[tuple[str, str, str | None]]:
    """Return source_id, outcome and reason of each event."""
    return [(row["source_id"], row["outcome"], row["reason"]) for row in events_of(task)]


def test_kept_documents_are_written_and_named(part: Any, task_of: Any) -> None:
    """Each kept document stands in the data file, and its event names that file."""
    task = task_of(part())
    report = task.run()

    assert [row["text"] for row in documents_of(report)] == [record["text"] for record in RECORDS]
    assert {row["output"] for row in events_of(task)} == {Path(report.file.path).name}
    assert {row["pii_counts"] is None for row in documents_of(report)} == {True}
    assert (report.rows, report.text_bytes) == (3, sum(len(record["text"]) for record in RECORDS))
    assert report.licenses == {"MIT": 1, "unknown": 2}
    assert report.sources == {"s": 3}


def test_dropped_rows_name_their_survivor(part: Any, task_of: Any, tmp_path: Path) -> None:
    """Rows that deduplication drops are not written, and their events say for whom."""
    one = part()
    task = task_of(one, verdicts={one.name: drop_rows(tmp_path / "v", [0, 2])})
    report = task.run()
    dropped = [row for row in events_of(task) if row["outcome"] == "dropped"]

    assert [row["source_id"] for row in documents_of(report)] == ["2"]
    assert [(row["source_id"], row["duplicate_of"], row["similarity"]) for row in dropped] == [
        ("1", b"k" * 16, 1.0),
        ("3", b"k" * 16, 1.0),
    ]
    assert report.rows == 3


def test_nothing_kept_is_no_file(part: Any, task_of: Any, tmp_path: Path) -> None:
    """Where all rows are dropped the report has no file, and still all events."""
    one = part()
    task = task_of(one, verdicts={one.name: drop_rows(tmp_path / "v", [0, 1, 2])})
    report = task.run()

    assert report.file is None
    assert report.events == {"dropped": {"exact_duplicate": 3}}
    assert task.run() == report


def test_personal_data_are_replaced(part: Any, task_of: Any) -> None:
    """A scrubbed document has a new text and content_id, its findings are counted, and an event says so."""
    task = task_of(part(), scrubber=Scrubber())
    report = task.run()
    changed = documents_of(report)[1]

    assert changed["text"] == "write to <EMAIL_ADDRESS_1> about it"
    assert changed["content_id"] == as_hex(content_ids(pa.array([changed["text"]])))[0].as_py()
    assert changed["pii_counts"] == [("EMAIL_ADDRESS", 1)]
    assert report.events == {"kept": {"": 3}, "changed": {"pii_scrubbed": 1}}
    (event,) = [row for row in events_of(task) if row["outcome"] == "changed"]
    span = {"start": 9, "end": 9 + len(SECRET)}
    found = {"type": "EMAIL_ADDRESS", **span, "recognizer": "EmailRecognizer", "score": 1.0, "hash": None}
    assert (event["value"], event["edits"], event["findings"]) == (1.0, [{**span, "length": 17}], [found])
    assert [row["findings"] for row in events_of(task) if row["outcome"] == "kept"] == [None] * 3


def test_findings_that_are_kept_are_in_the_ledger(part: Any, task_of: Any, key: KeySource) -> None:
    """What stays in a text is found again by its keyed hash, in the row of the document that is kept."""
    task = task_of(part(), scrubber=Scrubber(default="keep", key=key))
    report = task.run()
    kept = [row["findings"] for row in events_of(task)]

    assert documents_of(report)[1]["text"] == RECORDS[1]["text"]
    assert [one and [each["hash"] for each in one] for one in kept] == [
        None,
        [key.load().hash("EMAIL_ADDRESS", SECRET)],
        None,
    ]
    assert "findings" not in documents_of(report)[0]


def test_the_key_names_the_task_and_stands_nowhere(part: Any, task_of: Any, key: KeySource, tmp_path: Path) -> None:
    """Another key is another task; the same key at another place is not; neither it nor its place is in any output."""
    one, other = part(), tmp_path / "elsewhere"
    other.write_bytes(KEY)
    moved, changed = KeySource.locate(other), replace(key, id="00000000")
    tasks = [task_of(one, scrubber=Scrubber(key=where)) for where in (key, moved, changed, None)]
    tasks[0].run()

    assert tasks[0].id == tasks[1].id
    assert len({task.id for task in tasks}) == 3
    assert KEY not in pickle.dumps(tasks[0])
    for path in (*Path(tasks[0].data).iterdir(), *Path(tasks[0].out).iterdir()):
        assert KEY not in path.read_bytes()
        assert str(tmp_path / "secret-key").encode() not in path.read_bytes()


@pytest.mark.parametrize(("limits", "unread"), [(Limits(chars=20), {"2"}), (Limits(seconds=1e-6), {"1", "2", "3"})])
def test_unfinished_scan_is_not_released(part: Any, task_of: Any, limits: Limits, unread: set[str]) -> None:
    """A document whose scan ended early is dropped, and none of its text nor a hash of it is in any output."""
    task = task_of(part(), scrubber=Scrubber(limits=limits))
    report = task.run()
    kept = {row["source_id"] for row in documents_of(report)} if report.file else set()
    dropped = [row for row in events_of(task) if row["outcome"] == "dropped"]

    assert {row["source_id"] for row in dropped} == unread == {"1", "2", "3"} - kept
    assert {(row["reason"], row["detail"]) for row in dropped} == {("pii_scan_failed", "partial")}
    assert all(row["content_id"] is None for row in dropped)
    hidden = content_ids(pa.array([RECORDS[1]["text"]]))[0].as_py()
    for path in (*Path(task.data).glob("*"), *Path(task.out).iterdir()):
        content = path.read_bytes()
        assert SECRET.encode() not in content
        assert hidden not in content
    if report.file:
        assert SECRET not in str(pq.read_table(report.file.path).to_pylist())


def test_unfinished_scan_is_released_and_marked_if_the_recipe_says_so(part: Any, task_of: Any) -> None:
    """A document that is kept though its scan ended early says so in the row that says it is kept."""
    task = task_of(part(), scrubber=Scrubber(limits=Limits(chars=20), incomplete="keep"))
    report = task.run()
    kept = [(row["source_id"], row["reason"], row["detail"]) for row in events_of(task)]

    assert kept == [("1", None, None), ("2", "pii_scan_incomplete", "partial"), ("3", None, None)]
    assert report.events == {"kept": {"": 2, "pii_scan_incomplete": 1}}


def test_finding_can_drop_its_document(part: Any, task_of: Any) -> None:
    """Where the recipe says drop, the document leaves as pii_found."""
    task = task_of(part(), scrubber=Scrubber(actions={"EMAIL_ADDRESS": "drop"}))
    task.run()

    assert outcomes(task) == [("1", "kept", None), ("2", "dropped", "pii_found"), ("3", "kept", None)]
    assert [one["type"] for one in events_of(task)[1]["findings"]] == ["EMAIL_ADDRESS"]


def test_part_of_duplicates_alone_is_released_with_others(part: Any, task_of: Any, tmp_path: Path) -> None:
    """A scrubbed part of which every row is a duplicate does not harm its neighbour."""
    copies, rest = part(name="a.jsonl"), part([{"id": "9", "text": "the rest"}], name="b.jsonl")
    verdicts = {copies.name: drop_rows(tmp_path / "v", [0, 1, 2])}
    report = task_of(copies, rest, scrubber=Scrubber(), verdicts=verdicts).run()

    assert [row["source_id"] for row in documents_of(report)] == ["9"]


def test_duplicates_leave_no_hash_of_personal_data(part: Any, task_of: Any, tmp_path: Path) -> None:
    """Where personal data are scrubbed no event holds a plain hash of a text that was not scrubbed."""
    one = part()
    task = task_of(one, scrubber=Scrubber(), verdicts={one.name: drop_rows(tmp_path / "v", [1])})
    task.run()

    assert content_ids(pa.array([RECORDS[1]["text"]]))[0].as_py() not in Path(task.events_path).read_bytes()


UNITS = [
    {"id": "1", "text": "plain words only\nread it as well\n\nthe end"},
    {"id": "2", "text": f"read  it as well\nwrite to {SECRET} about it"},
    {"id": "3", "text": "read it as well\n"},
    {"id": "4", "text": "nothing of that"},
]


@pytest.fixture
def without_units(tmp_path: Path) -> Callable[..., Boilerplate]:
    """Return a function that finds the lines in more than two documents of parts."""

    def find(*parts: PartFile) -> Boilerplate:
        return find_boilerplate([parts], {}, BoilerplateRule("line", 2, 5), str(tmp_path / "units"), run_tasks)

    return find


def test_boilerplate_is_cut_out(part: Any, task_of: Any, without_units: Any) -> None:
    """An edited document has a new text and content_id and an event with the spans; one without a rest is dropped."""
    one = part(UNITS)
    task = task_of(one, boilerplate=without_units(one))
    report = task.run()
    rows, events = documents_of(report), events_of(task)
    texts = {row["source_id"]: row["text"] for row in rows}
    edited = [row for row in events if row["outcome"] == "changed"]

    assert texts == {"1": "plain words only\n\nthe end", "2": f"write to {SECRET} about it", "4": "nothing of that"}
    contents = as_hex(content_ids(pa.array([row["text"] for row in rows]))).to_pylist()
    assert [row["content_id"] for row in rows] == contents
    assert [(row["source_id"], row["value"], row["edits"]) for row in edited] == [
        ("1", 1.0, [{"start": 17, "end": 33, "length": 0}]),
        ("2", 1.0, [{"start": 0, "end": 17, "length": 0}]),
    ]
    assert [row["content_id"].hex() for row in edited] == contents[:2]
    assert [(row["source_id"], row["reason"], row["value"]) for row in events if row["outcome"] == "dropped"] == [
        ("3", "boilerplate_only", 1.0)
    ]
    assert report.events == {
        "kept": {"": 3},
        "changed": {"boilerplate_removed": 2},
        "dropped": {"boilerplate_only": 1},
    }
    assert report.text_bytes == sum(len(text) for text in texts.values())
    assert task.id != task_of(one).id


def test_boilerplate_goes_before_personal_data(part: Any, task_of: Any, without_units: Any) -> None:
    """What is scrubbed is the text that is left, and no event holds a hash of a text that nobody has scrubbed."""
    one = part(UNITS)
    task = task_of(one, boilerplate=without_units(one), scrubber=Scrubber())
    rows = documents_of(task.run())

    assert rows[1]["text"] == "write to <EMAIL_ADDRESS_1> about it"
    assert outcomes(task) == [
        ("1", "changed", "boilerplate_removed"),
        ("1", "kept", None),
        ("2", "changed", "boilerplate_removed"),
        ("2", "changed", "pii_scrubbed"),
        ("2", "kept", None),
        ("3", "dropped", "boilerplate_only"),
        ("4", "kept", None),
    ]
    content = Path(task.events_path).read_bytes()
    for text in (UNITS[1]["text"], f"write to {SECRET} about it", UNITS[2]["text"]):
        assert content_ids(pa.array([text]))[0].as_py() not in content


def test_repeat_only_reads(part: Any, task_of: Any) -> None:
    """A done task reads its report; if the data file is gone it is written again, with the same bytes."""
    task = task_of(part())
    report = task.run()
    data = Path(report.file.path)
    before = data.stat().st_mtime_ns

    assert task.run() == report
    assert data.stat().st_mtime_ns == before
    content = data.read_bytes()
    data.unlink()
    assert task.run() == report
    assert data.read_bytes() == content


def test_id_names_what_matters(part: Any, task_of: Any) -> None:
    """Other parts, verdicts or ways to scrub are another task."""
    one, two = part(), part([{"id": "9", "text": "x"}], name="b.jsonl")
    tasks = [task_of(one), task_of(one, two), task_of(one, scrubber=Scrubber()), task_of(one, verdicts={one.name: "v"})]

    assert len({task.id for task in tasks}) == 4
    assert task_of(one, two, scrubber=Scrubber()).cost == one.bytes + two.bytes


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(1, 40), max_size=30), st.randoms())
def test_groups_hold_each_part_once(sizes: list[int], random: Any) -> None:
    """Groups are the parts in order of name, within the bound unless one part exceeds it, in any order of parts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(release, "GROUP_TEXT_BYTES", (10, 20))
        parts = [PartFile(f"x/{number:03}", 1, size) for number, size in enumerate(sizes)]
        groups = group(parts)
        shuffled = group(random.sample(parts, len(parts)))

    assert [one for members in groups for one in members] == parts
    assert shuffled == groups
    assert all(sum(one.bytes for one in members) <= 20 or len(members) == 1 for members in groups)


def test_counters_add_up() -> None:
    """Counters are added by key and sorted."""
    assert list(add_up([{"b": 1}, {"a": 2, "b": 3}, {}]).items()) == [("a", 2), ("b", 4)]
