"""Boilerplate is what stands in too many documents, however they are spread over parts, groups, tasks and ranges."""

from __future__ import annotations

import pickle
import random
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.execution.stage import R, Stages, Task
from pipelines.handover.lists import read_list
from pipelines.handover.parts import PartFile
from pipelines.handover.workfiles import reading, writing
from pipelines.release import boilerplate
from pipelines.release.boilerplate import (
    Boilerplate,
    BoilerplateRule,
    CountTask,
    find_boilerplate,
    read_tally,
    write_tally,
)

RULE = BoilerplateRule(max_documents=2, min_chars=3)
TEXTS = [
    "menu of all\nfirst\nshare it",
    "menu  of all\nsecond\nshare it\nshare it",
    " menu of all\n\nthird\nno",
    "fourth\nno\nMenu of all",
    "no\nfifth",
    "no",
]


def run_all(tasks: Sequence[Task[R]], /) -> list[R]:
    """Run tasks as another process would get them."""
    return [pickle.loads(pickle.dumps(task)).run() for task in tasks]


def backwards(tasks: Sequence[Task[R]], /) -> list[R]:
    """Run tasks last to first."""
    return run_all(list(reversed(tasks)))


Write = Callable[..., PartFile]


@pytest.fixture
def write_part(tmp_path: Path) -> Write:
    """Return a function that writes texts as the documents of a part, in batches of two rows."""

    def write(texts: Sequence[str], folder: str = str(tmp_path)) -> PartFile:
        name = xxhash.xxh64_hexdigest(repr(texts).encode())
        table = pa.table({"row": pa.array(range(len(texts)), pa.int64()), "text": pa.array(texts, pa.string())})
        with writing(f"{folder}/{name}.docs") as file, pa.ipc.new_file(file, table.schema) as out:
            out.write_table(table, max_chunksize=2)
        return PartFile(f"{folder}/{name}", len(texts), sum(map(len, texts)))

    return write


def hashes_of(found: Boilerplate) -> list[int]:
    """Return what the sets hold, ascending."""
    values = []
    for path in read_list(found.sets):
        with reading(path) as file:
            values += np.frombuffer(file.read(), "<u8").tolist()
    return sorted(values)


def key(unit: str) -> int:
    """Return the hash of a unit."""
    return int(xxhash.xxh64_intdigest(unit.encode()))


def test_frequent_units_are_found(write_part: Write, tmp_path: Path) -> None:
    """A unit in more documents than allowed is boilerplate; one in as many, repeated inside, or short is not."""
    groups = [(write_part(TEXTS[:2]), write_part(TEXTS[2:3])), (write_part(TEXTS[3:]),)]
    found = find_boilerplate(groups, {}, RULE, str(tmp_path / "out"), run_all)

    assert hashes_of(found) == [key("menu of all")]
    cut = found.cut(pa.array(TEXTS))
    assert cut.texts.to_pylist()[:3] == ["first\nshare it", "second\nshare it\nshare it", "third\nno"]
    assert cut.removed.tolist() == [1, 1, 1, 0, 0, 0]
    assert find_boilerplate([], {}, RULE, str(tmp_path / "out"), run_all).cut(pa.array(["a"])).texts.to_pylist() == [
        "a"
    ]


def test_dropped_rows_do_not_count(write_part: Write, tmp_path: Path) -> None:
    """What deduplication drops is no further document."""
    part = write_part(TEXTS)
    verdict = str(tmp_path / "verdict")
    with writing(verdict) as file, pa.ipc.new_file(file, pa.schema({"row": pa.uint32()})) as out:
        out.write_table(pa.table({"row": pa.array([1], pa.uint32())}))
    found = find_boilerplate([(part,)], {part.name: verdict}, RULE, str(tmp_path / "out"), run_all)

    assert hashes_of(found) == []


def test_paragraphs_are_counted_whole(write_part: Write, tmp_path: Path) -> None:
    """Where paragraphs are units, a line in many documents stays, and a paragraph goes however its lines are broken."""
    texts = [
        "head line\n\nread\nmore of it",
        "head line two\n\nread more\nof it",
        "read more of it\n\nhead line\nof mine",
    ]
    rule = BoilerplateRule("paragraph", 2, 3)
    found = find_boilerplate([(write_part(texts),)], {}, rule, str(tmp_path / "out"), run_all)

    assert found.cut(pa.array(texts)).texts.to_pylist() == ["head line", "head line two", "head line\nof mine"]


def test_spread_of_documents_and_order_of_tasks_do_not_matter(
    write_part: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other parts, groups, ranges, orders and folders give the same hashes as counting in plain Python."""
    draw = random.Random(5)
    texts = ["\n".join(f"line {draw.randrange(300) ** 2 // 300}" for _ in range(20)) for _ in range(200)]
    counts = Counter(line for text in texts for line in set(text.split("\n")))
    expected = sorted(key(line) for line, count in counts.items() if count > 12)
    rule = BoilerplateRule(max_documents=12, min_chars=3)
    whole = find_boilerplate([(write_part(texts),)], {}, rule, str(tmp_path / "a"), run_all)
    monkeypatch.setattr(boilerplate, "MERGE_PAIRS", 40)
    draw.shuffle(texts)
    parts = [write_part(texts[i : i + 30], "memory://boilerplate") for i in range(0, 200, 30)]
    groups = [(parts[6], parts[0]), tuple(parts[1:4]), (parts[5], parts[4])]
    spread = find_boilerplate(groups, {}, rule, "memory://boilerplate/out", backwards)

    assert len(expected) > 20
    assert hashes_of(whole) == hashes_of(spread) == expected
    assert (len(read_list(whole.sets)), len(read_list(spread.sets))) == (1, 32)


def test_a_repeat_runs_nothing_and_a_limit_counts_nothing_anew(write_part: Write, tmp_path: Path) -> None:
    """Where all outputs stand no task is executed; another limit merges again and counts nothing."""
    part = write_part(TEXTS)
    seen: list[str] = []

    def record(tasks: Sequence[Task[R]], /) -> list[R]:
        seen.extend(type(task).__name__ for task in tasks)
        return run_all(tasks)

    for limit in (2, 2, 1):
        rule = BoilerplateRule(max_documents=limit, min_chars=3)
        find_boilerplate([(part,)], {}, rule, str(tmp_path / "out"), partial(Stages(record), "boilerplate"))
    assert seen == ["CountTask", "MergeTask", "MergeTask"]


def test_tasks_are_named_by_what_matters(write_part: Write) -> None:
    """Other parts, verdicts and rules are other tasks; another folder is not."""
    one, two = write_part(TEXTS), write_part(TEXTS[1:])
    tasks = [
        CountTask.of(parts, verdicts, rule, "out")
        for parts in ((one,), (two,), (one, two))
        for verdicts in ({}, {one.name: "x/v1"}, {one.name: "x/v2"})
        for rule in (RULE, BoilerplateRule("paragraph", 2, 3), BoilerplateRule("line", 2, 4))
    ]
    assert len({task.id for task in tasks}) == 27 - 2 * 3  # a verdict of another part is none
    assert CountTask.of((one,), {one.name: "y/v1"}, RULE, "else").id == tasks[3].id
    assert tasks[-1].cost == one.bytes + two.bytes


@settings(deadline=None, max_examples=30)
@given(st.dictionaries(st.integers(0, 2**64 - 1), st.integers(1, 2**32 - 1)), st.integers(0, 12))
def test_ranges_hold_each_pair_once(counts: dict[int, int], bits: int) -> None:
    """The ranges of a tally, one after another, are the tally."""
    hashes = np.array(sorted(counts), np.uint64)
    tally = hashes, np.array([counts[int(one)] for one in hashes], np.uint32)
    write_tally("memory://tallies/one", tally)
    shares = 1 << bits
    pieces = [read_tally("memory://tallies/one", (i, shares)) for i in range(0, shares, max(1, shares // 8))]
    if shares <= 8:
        for column in (0, 1):
            assert np.concatenate([piece[column] for piece in pieces]).tolist() == tally[column].tolist()
    for i, piece in zip(range(0, shares, max(1, shares // 8)), pieces, strict=True):
        assert piece[0].tolist() == [one for one in sorted(counts) if one * shares >> 64 == i]


def test_counts_never_wrap_around() -> None:
    """A line in more documents than a count can say does not become a rare one."""
    most = np.iinfo(np.uint32).max
    one = np.array([7, 9], np.uint64), np.array([most, 5], np.uint32)

    hashes, counts = boilerplate._add([one, one])

    assert (hashes.tolist(), counts.tolist()) == ([7, 9], [most, 10])
