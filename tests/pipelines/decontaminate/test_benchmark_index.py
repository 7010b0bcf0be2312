"""Benchmark files are read whole or refused with file, line and field; their index is named by what they hold."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import ConnectorError, MissingSource
from connectors.streams.files import DigestedFile
from pipelines.annotate.stage import AnnotateTask
from pipelines.decontaminate.benchmark_index import Benchmark, BenchmarkTask, open_index, read_items

LONG = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"


def benchmark_of(path: Path, content: bytes | Sequence[Any], **fields: Any) -> Benchmark:
    """Write a benchmark file and describe it."""
    if not isinstance(content, bytes):
        content = "".join(json.dumps(row) + "\n" for row in content).encode()
    path.write_bytes(content)
    file = DigestedFile(str(path), path.name, len(content), hashlib.sha256(content).hexdigest())
    return Benchmark(**{"name": "quiz", "files": (file,), "fields": ("question",), **fields})


def test_items_are_named_by_line_or_by_their_field(tmp_path: Path) -> None:
    """Without an id field the line number names an item, with the file's name where there are several."""
    rows = [
        {"key": "x", "question": "a", "meta": {"answer": "b"}},
        {"key": 2, "question": None, "meta": {"answer": "c"}},
    ]
    content = "\n".join(["\ufeff" + json.dumps(rows[0]), "", json.dumps(rows[1])]).encode()
    one = benchmark_of(tmp_path / "a.jsonl.gz", gzip.compress(content, mtime=0), fields=("question", "meta.answer"))

    assert list(read_items(one)) == [("1", "a"), ("1", "b"), ("3", "c")]
    assert list(read_items(replace(one, id="key"))) == [("x", "a"), ("x", "b"), ("2", "c")]
    twice = replace(one, files=(*one.files, replace(one.files[0], name="b.jsonl")))
    assert [name for name, _ in read_items(twice)][::3] == ["a.jsonl.gz:1", "b.jsonl:1"]


@pytest.mark.parametrize(
    ("content", "fields", "words"),
    [
        ([{"question": "a"}, {"prompt": "b"}], {}, ["a.jsonl, line 2", "'question'"]),
        ([{"question": 1}], {}, ["a.jsonl, line 1", "'question'"]),
        ([], {}, ["a.jsonl", "'question'"]),
        ([{"question": "a"}], {"fields": ("question", "answer")}, ["a.jsonl, all lines", "'answer'"]),
        ([{"question": "a"}], {"id": "key"}, ["a.jsonl, line 1", "'key'"]),
        (b'{"question": "a"}\nquestion', {}, ["a.jsonl, line 2", "not JSON"]),
        (b"[1]", {}, ["a.jsonl, line 1", "JSON object"]),
        (gzip.compress(b'{"question": "a"}\n' * 9, mtime=0)[:-12], {}, ["a.jsonl", "damaged"]),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, content: Any, fields: dict[str, Any], words: list[str]) -> None:
    """A missing field, a line that is no object and a torn file are errors that name the place, never the text."""
    with pytest.raises(ConnectorError) as caught:
        list(read_items(benchmark_of(tmp_path / "a.jsonl", content, **fields)))

    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_absent_file_is_named(tmp_path: Path) -> None:
    """A file that went away between planning and reading is a missing source."""
    one = benchmark_of(tmp_path / "a.jsonl", [{"question": "a"}])
    (tmp_path / "a.jsonl").unlink()
    with pytest.raises(MissingSource, match=r"a\.jsonl"):
        list(read_items(one))


def test_index_is_named_by_content_and_counts_what_is_too_short(tmp_path: Path) -> None:
    """Order of benchmarks and paths leave the name, changed bytes or settings change it; short items are counted."""
    rows = [
        {"question": LONG, "answer": "no"},
        {"question": "too short", "answer": "no"},
        {"question": "no", "answer": LONG},
    ]
    one = benchmark_of(tmp_path / "a.jsonl", rows, fields=("question", "answer"))
    other = benchmark_of(tmp_path / "b.jsonl", rows[:1], name="other", tokens=5)
    task = BenchmarkTask((one, other), str(tmp_path / "out"))

    assert task.id == BenchmarkTask((other, one), "elsewhere").id
    assert task.id != BenchmarkTask((one,), task.out).id
    assert task.id != BenchmarkTask((one, replace(other, tokens=6)), task.out).id
    changed = replace(other.files[0], sha256="0" * 64)
    assert task.id != BenchmarkTask((one, replace(other, files=(changed,))), task.out).id
    report = task.run()
    assert {one.name: (one.items, one.unused, one.min_tokens) for one in report.benchmarks} == {
        "quiz": (3, 1, 8),
        "other": (1, 0, 5),
    }
    assert open_index(task.path).runs.num_rows == report.runs == 2 + 10
    assert task.run() == report


def test_annotate_drops_what_overlaps(tmp_path: Path, jsonl: Any, annotate_task: Any) -> None:
    """Overlapping documents get an event with item and offset, the others pass; the task's id heeds the benchmark."""
    records = [{"id": "1", "text": f"é: {LONG.upper()}"}, {"id": "2", "text": "fine"}, {"id": "3", "text": f"x {LONG}"}]
    index = BenchmarkTask((benchmark_of(tmp_path / "b.jsonl", [{"question": LONG}]),), str(tmp_path / "index"))
    index.run()
    plain: AnnotateTask = annotate_task(jsonl(records))
    task: AnnotateTask = annotate_task(jsonl(records), benchmarks=index)
    report = task.run()

    assert task.id != plain.id
    assert (report.read, report.rows) == (3, 1)
    assert report.events == {"dropped": {"benchmark_overlap": 2}}
