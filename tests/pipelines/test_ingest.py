"""The whole job: counts balance, executors have no say in the result, and a lost report is an error."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from lineage.storage.files import DataFile
from pipelines.annotate.stage import AnnotateTask
from pipelines.captures import revisits
from pipelines.dedup.deduplicate import DedupSettings
from pipelines.errors import ShardsFailed, StageLost, StageStalled
from pipelines.execution import merging
from pipelines.execution.in_process import run_tasks
from pipelines.execution.stage import ATTEMPTS, R, Task
from pipelines.handover.parts import Keying, PartFile
from pipelines.ingest import Ingested, Job, ingest
from pipelines.kernels.minhash import MinHasher
from pipelines.release import record
from pipelines.rights import profiles
from policies.pii.scrubber import Scrubber
from policies.pii.search.scan import Limits

Make = Callable[..., AnnotateTask]
MakeJob = Callable[..., Job]
Write = Callable[..., str]
Bytes = Callable[..., bytes]
ReadRows = Callable[[Sequence[DataFile]], list[dict[str, Any]]]

STAGES = ("annotate", "profiles", "dedup", "release", "index", "record", "statistics")
SECRET = "zanzibar@mail.example.com"


def text_of(seed: int, count: int = 40) -> str:
    """Make up a text."""
    draw = random.Random(seed)
    return " ".join(f"w{draw.randrange(5000)}" for _ in range(count))


def records_of(name: str, count: int = 12) -> list[dict[str, str]]:
    """Make up records: distinct ones, an exact copy, a near copy, one without words and one without text."""
    rows = [{"id": f"{name}{n}", "text": text_of(n + 1000 * ord(name))} for n in range(count)]
    rows += [{"id": f"{name}-copy", "text": rows[0]["text"]}, {"id": f"{name}-near", "text": f"{rows[1]['text']} end"}]
    return [*rows, {"id": f"{name}-empty", "text": " "}, {"id": f"{name}-none"}]


def files_of(done: Ingested) -> dict[str, list[str]]:
    """Return the digests of all data files."""
    return {name: sorted(file.sha256 for file in getattr(done, name)) for name in ("documents", "ledger")}


class Stages:
    """An executor of one stage after another that treats the reports of one of them in its own way."""

    def __init__(self, stage: str, spoil: Callable[[list[Any]], list[Any]]) -> None:
        self.now = ""
        self.stage = stage
        self.spoil = spoil

    def announce(self, stage: str, tasks: Sequence[Task[R]]) -> None:
        """Note the stage that begins."""
        self.now = stage

    def __call__(self, tasks: Sequence[Task[R]], /) -> list[R]:
        """Run *tasks*, and spoil the reports if the stage is the one."""
        reports = run_tasks(tasks)
        return self.spoil(reports) if self.now == self.stage else reports


@pytest.fixture
def tasks(jsonl: Write, annotate_task: Make) -> Callable[..., list[AnnotateTask]]:
    """Return a function that plans the annotation of two files of made-up records."""

    def make(work: str = "work") -> list[AnnotateTask]:
        return [annotate_task(jsonl(records_of(name), f"{name}.jsonl"), work=work) for name in "ab"]

    return make


def test_ledger_counts_are_the_result_counts(tasks: Any, make_job: MakeJob, read_rows: ReadRows) -> None:
    """Each record has one final row in the ledger, and the rows by outcome and reason are what the job says."""
    done = ingest(make_job(tasks()), run_tasks)
    rows = read_rows(done.ledger)
    final = [row for row in rows if row["outcome"] in ("kept", "dropped", "failed")]

    assert done.counts == {"read": 32, "kept": 24, "changed": 0, "dropped": 6, "failed": 2}
    assert done.counts["read"] == len(final) == len({row["doc_id"] for row in final})
    assert Counter(row["reason"] for row in rows if row["reason"]) == done.reasons
    assert done.reasons == {"empty": 2, "exact_duplicate": 2, "missing_text": 2, "near_duplicate": 2}
    kept = {row["doc_id"] for row in final if row["outcome"] == "kept"}
    assert kept == {row["doc_id"] for row in read_rows(done.documents)}
    assert {row["duplicate_of"] for row in rows if row["duplicate_of"]} <= kept
    assert done.sources == {"s": 24}


@pytest.mark.parametrize("seed", range(3))
def test_executors_have_no_say(tasks: Any, make_job: MakeJob, seed: int) -> None:
    """An executor that shuffles tasks, reports, or runs everything twice gives the same files and counts."""
    draw = random.Random(seed)

    def shuffled(some: Sequence[Task[R]], /) -> list[R]:
        run_tasks(draw.sample(some, len(some)))
        reports = run_tasks(draw.sample(some, len(some)))
        return draw.sample(reports, len(reports))

    one = ingest(make_job(tasks()), run_tasks)
    other = ingest(make_job(draw.sample(tasks("other"), 2), "other"), shuffled)

    assert files_of(one) == files_of(other)
    assert (one.counts, one.reasons, one.dedup) == (other.counts, other.reasons, other.dedup)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("spoil", [lambda reports: reports[1:], lambda reports: [*reports, reports[0]]])
def test_lost_and_doubled_reports_are_errors(
    tasks: Any, make_job: MakeJob, stage: str, spoil: Callable[[list[Any]], list[Any]]
) -> None:
    """A stage whose reports are not exactly those of its tasks ends the job."""
    stages = Stages(stage, spoil)

    with pytest.raises(StageLost, match=f"stage {stage}"):
        ingest(make_job(tasks()), stages, stages.announce)


@pytest.mark.parametrize(("stage", "key"), [("annotate", "read"), ("annotate", "rows"), ("release", "rows")])
def test_rows_that_vanish_are_errors(tasks: Any, make_job: MakeJob, stage: str, key: str) -> None:
    """A stage that says it had a row more than the next one saw ends the job."""
    stages = Stages(stage, lambda reports: [replace(reports[0], **{key: getattr(reports[0], key) + 1}), *reports[1:]])

    with pytest.raises(StageLost, match="nothing was committed"):
        ingest(make_job(tasks()), stages, stages.announce)


def test_stalled_stage_is_resumed(tasks: Any, make_job: MakeJob) -> None:
    """Workers that die leave what they finished, and the stage goes on from there to the same result."""
    calls = Counter[int]()

    def flaky(some: Sequence[Task[R]], /) -> list[R]:
        calls[len(calls)] += 1
        if len(calls) < ATTEMPTS:
            run_tasks(some[:1])
            raise StageStalled("workers died")
        return run_tasks(some)

    assert files_of(ingest(make_job(tasks()), flaky)) == files_of(ingest(make_job(tasks("other"), "other"), run_tasks))


def test_stage_that_stalls_again_and_again_ends_the_job(tasks: Any, make_job: MakeJob) -> None:
    """After ATTEMPTS times the error is passed on."""
    calls: list[int] = []

    def dead(some: Sequence[Task[R]], /) -> list[R]:
        calls.append(len(some))
        raise StageStalled("workers died")

    with pytest.raises(StageStalled):
        ingest(make_job(tasks()), dead)
    assert calls == [2] * ATTEMPTS


def test_unreadable_shards(tasks: Any, warc: Write, annotate_task: Make, make_job: MakeJob) -> None:
    """More unreadable files than allowed end the job with their names; an allowed one counts as one failed record."""
    planned = [*tasks(), annotate_task(warc([b"this is no archive"], "bad.warc"))]
    with pytest.raises(ShardsFailed, match=r"bad\.warc") as caught:
        ingest(make_job(planned), run_tasks)
    done = ingest(make_job(planned, allow_failed=1), run_tasks)

    assert list(caught.value.shards) == ["bad.warc"] == list(done.failed_shards)
    assert (done.counts["read"], done.counts["failed"], done.reasons["unreadable_shard"]) == (33, 3, 1)


def test_repeated_records_and_conflicts(
    jsonl: Write, annotate_task: Make, make_job: MakeJob, read_rows: ReadRows
) -> None:
    """Of records with one id exactly one stays: a copy is a repeat, another text a conflict; both are counted."""
    first = [{"id": "1", "text": text_of(1)}, {"id": "2", "text": text_of(2)}]
    second = [{"id": "1", "text": text_of(1)}, {"id": "2", "text": text_of(3)}, {"id": "3", "text": text_of(4)}]
    planned = [annotate_task(jsonl(rows, name)) for rows, name in ((first, "a.jsonl"), (second, "b.jsonl"))]
    done = ingest(make_job(planned), run_tasks)
    documents = read_rows(done.documents)

    assert done.counts == {"read": 5, "kept": 3, "changed": 0, "dropped": 2, "failed": 0}
    assert done.reasons == {"id_conflict": 1, "repeated_record": 1}
    assert sorted(row["source_id"] for row in documents) == ["1", "2", "3"]
    for row in read_rows(done.ledger):
        assert row["outcome"] == "kept" or row["duplicate_of"] == row["doc_id"]


def test_revisit_names_its_original_in_another_file(
    warc: Write, response: Bytes, revisit: Bytes, annotate_task: Make, make_job: MakeJob, read_rows: ReadRows
) -> None:
    """Revisits find originals across files, by payload and by place; one of an unknown page is counted as such."""
    body, uri = text_of(1).encode(), "http://site.example/1"
    paths = [
        warc([revisit(uri, body), revisit("http://site.example/9", b"never seen")], "a.warc"),
        warc([response(uri, body)], "b.warc"),
        warc([revisit("http://site.example/2", of=(uri, "2024-01-02T03:04:05Z"))], "c.warc"),
    ]
    done = ingest(make_job([annotate_task(path) for path in paths]), run_tasks)
    rows = read_rows(done.ledger)
    (kept,) = [row for row in rows if row["outcome"] == "kept"]
    named = {row["file"]: row["duplicate_of"] for row in rows if row["reason"] == "revisit"}

    assert named == {"a.warc": kept["doc_id"], "c.warc": kept["doc_id"]}
    assert done.reasons == {"revisit": 2, "revisit_unresolved": 1}
    assert done.counts == {"read": 4, "kept": 1, "changed": 0, "dropped": 3, "failed": 0}


def test_many_files_are_as_few(
    warc: Write, response: Bytes, revisit: Bytes, annotate_task: Make, make_job: MakeJob, read_rows: ReadRows
) -> None:
    """Where what tasks wrote is merged in levels, and read range by range, the version is the same."""
    pages = [(f"http://site.example/{at}", text_of(at).encode()) for at in range(9)]
    paths = [warc([response(*page)], f"{at}.warc") for at, page in enumerate(pages)]
    paths += [warc([revisit(*page)], f"again-{at}.warc") for at, page in enumerate(pages)]
    whole = ingest(make_job([annotate_task(path) for path in paths]), run_tasks)
    stages: list[tuple[str, int]] = []
    with pytest.MonkeyPatch.context() as patch:
        for module in (merging, profiles):
            patch.setattr(module, "FAN", 2)
        patch.setattr(revisits, "CAPTURES_PER_TASK", 4)
        patch.setattr(record, "EVENTS_PER_FILE", 5)
        tasks = [annotate_task(path, work="levels") for path in paths]
        levels = ingest(make_job(tasks, "levels"), run_tasks, lambda stage, some: stages.append((stage, len(some))))

    one, other = (
        sorted(read_rows(done.ledger), key=lambda row: (row["doc_id"], row["seq"])) for done in (levels, whole)
    )
    assert one == other
    assert [file.sha256 for file in levels.profiles] == [file.sha256 for file in whole.profiles]
    assert levels.counts == whole.counts == {"read": 18, "kept": 9, "changed": 0, "dropped": 9, "failed": 0}
    assert levels.reasons == whole.reasons == {"revisit": 9}
    assert [len(levels.ledger) > 3, len(whole.ledger)] == [True, 1]
    assert [count for stage, count in stages if stage == "profiles"] == [9, 5, 3, 2, 1]


@pytest.mark.parametrize("step", [97, 300, 1000])
def test_miscut_slices_are_read_as_one(
    warc: Write, response: Bytes, annotate_task: Make, make_job: MakeJob, read_rows: ReadRows, step: int
) -> None:
    """However an archive is cut, even inside a payload that holds a record, the result is that of the whole file."""
    uris = [f"http://site.example/{n}" for n in range(4)]
    inner = response("http://fake.example/", b"no record of this file")
    bodies = [
        text_of(1).encode(),
        b"before\r\n" + inner + text_of(2).encode() + b"\r\n" + inner,
        b"x",
        text_of(3, 90).encode(),
    ]
    path = warc([response(uri, body) for uri, body in zip(uris, bodies, strict=True)])
    size = Path(path).stat().st_size
    edges = [*range(0, size, step), None]
    slices = [annotate_task(path, start=start or 0, end=end, work="cut") for start, end in pairwise(edges)]
    whole = ingest(make_job([annotate_task(path)]), run_tasks)
    pieces = ingest(make_job(slices, "cut"), run_tasks)

    assert read_rows(pieces.ledger) == read_rows(whole.ledger)
    assert files_of(pieces) == files_of(whole)
    assert pieces.counts == whole.counts == {"read": 4, "kept": 4, "changed": 0, "dropped": 0, "failed": 0}
    assert not any("fake.example" in (row["uri"] or "") for row in read_rows(pieces.ledger))


def test_unfinished_scans_leave_no_text(
    jsonl: Write, annotate_task: Make, make_job: MakeJob, read_rows: ReadRows
) -> None:
    """A document whose scan ended early is dropped as pii_scan_failed, with no word of it in documents or ledger."""
    records = [{"id": "1", "text": "short and plain"}, {"id": "2", "text": f"{text_of(2)} {SECRET} Zanzibar77"}]
    job = make_job([annotate_task(jsonl(records))], scrubber=Scrubber(limits=Limits(chars=50)))
    done = ingest(job, run_tasks)

    assert done.reasons == {"pii_scan_failed": 1}
    assert done.counts["kept"] == 1
    for path in (*Path(job.documents).iterdir(), *Path(job.ledger).iterdir()):
        rows = str(pq.read_table(path).to_pylist())
        assert SECRET not in rows
        assert "Zanzibar77" not in rows


LONGEST = Keying(MinHasher(), near=True, survivor=("longest",))
REFUSING: dict[str, Any] = {
    "dedup": DedupSettings(threshold=0.6),
    "scrubber": Scrubber(actions={"EMAIL_ADDRESS": "drop"}),
}


def settled(
    records: list[dict[str, str]], jsonl: Write, annotate_task: Make, make_job: MakeJob, read_rows: ReadRows
) -> dict[str, dict[str, Any]]:
    """Ingest records, refusing those with an e-mail address; return the final row of each, and check all promises."""
    done = ingest(make_job([annotate_task(jsonl(records), keying=LONGEST)], **REFUSING), run_tasks)
    final = [row for row in read_rows(done.ledger) if row["outcome"] in ("kept", "dropped", "failed")]
    kept = {row["doc_id"] for row in final if row["outcome"] == "kept"}

    assert done.counts["read"] == len(final) == len(records)
    assert kept == {row["doc_id"] for row in read_rows(done.documents)}
    assert {row["duplicate_of"] for row in final if row["duplicate_of"]} <= kept
    return {row["source_id"]: row for row in final}


def test_duplicates_of_a_refused_document_find_another_twin(
    jsonl: Write, annotate_task: Make, make_job: MakeJob, read_rows: ReadRows
) -> None:
    """If a survivor and its copy are refused for personal data, the next best stays, and the rest name that one."""
    text = text_of(1, 80)
    records = [
        {"id": "best", "text": f"{text} and so on {SECRET}"},
        {"id": "copy", "text": f"{text} and so on {SECRET}"},
        {"id": "clean", "text": f"{text} and so on"},
        {"id": "short", "text": text},
        {"id": "other", "text": text_of(2)},
    ]
    rows = settled(records, jsonl, annotate_task, make_job, read_rows)

    assert [rows[name]["reason"] for name in ("best", "copy")] == ["pii_found", "pii_found"]
    assert [rows[name]["outcome"] for name in ("clean", "other")] == ["kept", "kept"]
    assert (rows["short"]["reason"], rows["short"]["duplicate_of"]) == ("near_duplicate", rows["clean"]["doc_id"])


def test_later_runs_do_not_drop_for_a_refused_document(jsonl: Write, annotate_task: Make, make_job: MakeJob) -> None:
    """A document that resembles one that an earlier version refused is kept; one that resembles a kept one is not."""
    texts = [text_of(1, 80), text_of(2, 80)]
    old = [{"id": "bad", "text": f"{texts[0]} {SECRET}"}, {"id": "good", "text": texts[1]}]
    first = ingest(make_job([annotate_task(jsonl(old), keying=LONGEST)], **REFUSING), run_tasks)
    earlier = tuple(PartFile(file.path.removesuffix(".index"), file.rows, file.bytes, 1) for file in first.index)
    new = [{"id": f"{n}", "text": f"{text} and more"} for n, text in enumerate(texts)]
    task = annotate_task(jsonl(new, "new.jsonl"), keying=LONGEST, work="second")
    second = ingest(
        make_job([task], "second", earlier=earlier, texts=tuple(file.path for file in first.documents), **REFUSING),
        run_tasks,
    )

    assert first.reasons == {"pii_found": 1}
    assert second.reasons == {"near_duplicate": 1}


def test_a_template_that_is_refused_throughout_ends(
    jsonl: Write, annotate_task: Make, make_job: MakeJob, read_rows: ReadRows
) -> None:
    """Twenty near-duplicates with an address each are refused one by one, and then all at once; the clean one stays."""
    text = text_of(1, 80)
    records = [{"id": f"{n}", "text": f"{text} user{n}@mail.example.com {'x' * n}"} for n in range(20)]
    rows = settled([*records, {"id": "clean", "text": text}], jsonl, annotate_task, make_job, read_rows)

    assert Counter(row["reason"] for row in rows.values()) == {"pii_found": 20, None: 1}
    assert rows["clean"]["outcome"] == "kept"


def test_second_job_computes_nothing(tasks: Any, make_job: MakeJob) -> None:
    """A repeat in the same work folder finds everything done, and says the same."""
    first = ingest(make_job(tasks()), run_tasks)
    before = {path: path.stat().st_mtime_ns for path in Path(make_job([]).work, "annotate").iterdir()}
    second = ingest(make_job(tasks()), run_tasks)

    assert second == first
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_stages_are_announced_in_order(tasks: Any, make_job: MakeJob) -> None:
    """Whoever shows progress is told of each stage with its tasks before they run."""
    told: list[tuple[str, int]] = []
    ingest(make_job(tasks()), run_tasks, lambda stage, some: told.append((stage, len(some))))

    assert list(dict.fromkeys(stage for stage, _ in told)) == list(STAGES)
    assert told[0] == ("annotate", 2)


def test_no_task_is_an_empty_version(make_job: MakeJob) -> None:
    """A job without sources makes no file and counts nothing."""
    done = ingest(make_job([]), run_tasks)

    assert (done.documents, done.ledger) == ([], [])
    assert set(done.counts.values()) == {0}
