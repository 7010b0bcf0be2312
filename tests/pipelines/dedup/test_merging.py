"""Merging: however many runs there are, no task opens more than a few, and no row is lost."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from pipelines.dedup.merging import Merger, MergeTask
from pipelines.dedup.planning.layout import MOST, merges
from pipelines.execution.stage import R, Task
from pipelines.handover.runs import KeyRange, RunList, even_lows, share_keys, write_run


def run_all(tasks: Sequence[Task[R]], /) -> list[R]:
    """Run tasks as another process would get them."""
    return [pickle.loads(pickle.dumps(task)).run() for task in tasks]


def write_runs(folder: Path, count: int, shares: int) -> dict[int, list[int]]:
    """Write so many runs of some rows, each with a number of its own; return the rows of each share by key."""
    draw = np.random.default_rng(count)
    rows: dict[int, list[int]] = {share: [] for share in range(shares)}
    for run in range(count):
        keys = draw.integers(0, 1 << 64, run % 5, np.uint64)
        numbers = np.arange(len(keys)) + 10 * run
        write_run(f"{folder}/{run}.run", keys, {"number": numbers}, even_lows(shares))
        for key, number in zip(keys.tolist(), numbers.tolist(), strict=True):
            rows[(key * shares) >> 64].append(number)
    return rows


@pytest.mark.parametrize(("count", "shares"), [(2, 3), (5, 1), (17, 3), (40, 20), (70, 200)])
def test_no_row_is_lost(tmp_path: Path, count: int, shares: int) -> None:
    """Each share finds its rows in no more runs than a task may open; few runs stay as they are."""
    rows = write_runs(tmp_path, count, shares)
    opened: list[int] = []

    def watched(tasks: Sequence[Task[R]], /) -> list[R]:
        for task in tasks:
            assert isinstance(task, MergeTask)
            opened.append(task.span[1] - task.span[0])
        return run_all(tasks)

    merge = Merger(str(tmp_path), watched, fan=2)
    runs = RunList.load(merge([f"{tmp_path}/{run}.run" for run in range(count)], even_lows(shares)))

    assert bool(opened) is merges(count, shares, 2)
    assert max(opened, default=0) <= 2
    for share in range(shares):
        low, high = share_keys(share, shares)
        assert len(runs.between(low, high)) <= 2 * MOST
        with KeyRange(runs.between(low, high), low, high) as table:
            assert sorted(table.read("number").tolist()) == sorted(rows[share])
