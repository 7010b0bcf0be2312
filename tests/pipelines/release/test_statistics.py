"""The statistics stage: tasks make what one process makes, whatever they are divided into."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lineage.statistics.counts import add
from lineage.statistics.files import counts_among, read_counts, read_summary, summary_among
from lineage.statistics.whole import Change, Files, change_of, make_statistics, state_whole
from lineage.storage.files import DataFile
from lineage.storage.parquet import write_documents, write_ledger, write_profiles
from lineage.storage.tables import LEDGER
from pipelines.execution import merging
from pipelines.release import statistics

SIGNALS = {"share": pa.float32(), "words": pa.int32()}
PROFILES = {
    "0" * 16: '{"claims":["MIT"],"license":"MIT","signals":{"tdm":["deny","header,site"]}}',
    "1" * 16: '{"claims":[],"license":null,"signals":{}}',
}


def plainly(tasks: Sequence[Any]) -> list[Any]:
    """Run tasks one after another."""
    return [task.run() for task in tasks]


@pytest.fixture
def make_files(tmp_path: Path) -> Callable[..., Files]:
    """A function that writes the files of a version with documents of the given numbers, three to a file."""

    def make(numbers: Sequence[int]) -> Files:
        folder = str(tmp_path / "data")
        documents, ledger = [], []
        for at in range(0, len(numbers), 3):
            rows = [document(number) for number in numbers[at : at + 3]]
            documents.append(write_documents(pa.Table.from_pylist(rows), folder, SIGNALS))
            ledger.append(
                write_ledger(pa.Table.from_pylist([row for one in rows for row in events(one)], LEDGER), folder)
            )
        return {"documents": documents, "ledger": ledger, "profiles": [write_profiles(PROFILES, folder)]}

    return make


def document(number: int) -> dict[str, Any]:
    """Return a document."""
    chance = random.Random(number)
    return {
        "text": "x" * chance.randrange(2000),
        "doc_id": f"{number:032x}",
        "source": chance.choice(["web", "books"]),
        "uri": f"https://www.site-{chance.randrange(9)}.example.org/{number}",
        "language": chance.choice(["en", "de", None]),
        "profile": chance.choice([*PROFILES]),
        "share": chance.random(),
        "words": chance.randrange(100_000),
    }


def events(one: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the ledger rows of a document and of a copy of it."""
    row = {name: one[name] for name in ("doc_id", "source", "uri", "language", "profile")}
    plain = {**row, "seq": 0, "run": "r", "step": "release", "file": "f", "offset": 0}
    copy = {**plain, "doc_id": f"f{one['doc_id'][1:]}", "step": "dedup", "outcome": "dropped"}
    return [{**plain, "outcome": "kept"}, {**copy, "reason": "exact_duplicate", "duplicate_of": one["doc_id"]}]


def names(files: Sequence[DataFile]) -> list[str]:
    """Return the names of files, which are made of their content."""
    return sorted(Path(file.path).name for file in files)


def test_tasks_make_the_bytes_of_one_process(
    make_files: Callable[..., Files], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted file by file, added two by two, signals read from few files at a time."""
    change = change_of(None, make_files(range(40)), str(tmp_path / "statistics"))
    alone = make_statistics(change)
    monkeypatch.setattr(merging, "FAN", 2)
    monkeypatch.setattr(statistics, "FILES_AT_ONCE", 2)

    together = statistics.state(change, (), str(tmp_path / "work"), plainly)

    assert names(together) == names(alone)


def test_ranges_divide_the_counts(
    make_files: Callable[..., Files], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many rows make several files, whose sum and whose summary are the same."""
    change = change_of(None, make_files(range(40)), str(tmp_path / "statistics"))
    (counts, summary) = make_statistics(change)
    monkeypatch.setattr(statistics, "RANGE_ROWS", 100)

    made = [file.path for file in statistics.state(change, (), str(tmp_path / "work"), plainly)]

    assert len(counts_among(made)) > 3
    assert add(map(read_counts, counts_among(made))).equals(read_counts(counts.path))
    assert summary_among(made) == summary.path


@pytest.mark.parametrize("by_tasks", [False, True])
def test_what_changes_is_added_and_taken_away(make_files: Callable[..., Files], tmp_path: Path, by_tasks: bool) -> None:
    """The statistics of a version that lost and won files are those of the version by itself."""
    folder = str(tmp_path / "statistics")
    old, new = make_files(range(30)), make_files([*range(12), *range(60, 80)])
    before = make_statistics(change_of(None, old, folder))
    change = change_of({**old, "statistics": before}, new, folder)
    made = statistics.state(change, (), str(tmp_path / "work"), plainly) if by_tasks else make_statistics(change)

    assert change.before
    assert change.removed
    assert len(change.added) < len(change_of(None, new, folder).added)
    assert names(made) == names(make_statistics(change_of(None, new, folder)))


def test_a_version_without_counts_is_counted_whole(make_files: Callable[..., Files], tmp_path: Path) -> None:
    """One that an earlier release made has no statistics to go on from."""
    files = make_files(range(5))

    change = change_of({**files, "statistics": []}, files, str(tmp_path))

    assert change == replace(change_of(None, files, str(tmp_path)))


def test_nothing_has_statistics_too(tmp_path: Path) -> None:
    """A version without documents counts nothing."""
    change = Change((), (), (), (), (), str(tmp_path / "statistics"))

    made = statistics.state(change, (), str(tmp_path / "work"), plainly)

    assert names(made) == names(make_statistics(change))
    assert read_summary(made[-1].path).totals.read == 0


def test_a_summary_says_what_the_files_say(make_files: Callable[..., Files], tmp_path: Path) -> None:
    """Totals, rights by profile, clusters by size; what is written is read again."""
    files = make_files(range(10))
    told = state_whole(*([file.path for file in files[kind]] for kind in ("documents", "ledger", "profiles")))
    made = make_statistics(change_of(None, files, str(tmp_path / "statistics")))

    assert read_summary(made[-1].path) == told
    assert (told.totals.read, told.totals.kept, told.totals.dropped) == (20, 10, 10)
    assert told.totals.bytes == sum(len(document(number)["text"]) for number in range(10))
    assert [(one.size, one.clusters, one.dropped) for one in told.clusters] == [(2, 10, 10)]
    denied = sum(document(number)["profile"] == "0" * 16 for number in range(10))
    assert [(one.kind, one.answer, one.where, one.kept, one.dropped) for one in told.consent] == [
        ("tdm", "deny", "header,site", denied, denied)
    ]
    kinds = {one.kind: one.kept for one in told.evidence}
    assert kinds == {"license": denied, "signal-header": denied, "signal-site": denied, "nothing": 10 - denied}
    assert told.domains.distinct == 1
    assert told.domains.listed[0].name == "example.org"
