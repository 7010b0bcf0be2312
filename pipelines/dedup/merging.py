"""Merging of runs: where more were written than a task should open, they are merged in levels, range by range.

A task merges some runs over some of the keys, about as many rows as one of them holds; so its memory is that of who
wrote them, and all tasks together open each run as often as it is cut. Where that spares little, runs stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipelines.dedup.planning.layout import fans, merges, pieces
from pipelines.execution.once import Once, names, run_stage
from pipelines.execution.stage import Executor, Report
from pipelines.handover.runs import KeyRange, RunList, write_run
from pipelines.handover.sections import Array


@dataclass(frozen=True, slots=True)
class MergeReport(Report):
    """Path of the run that holds the keys of all."""

    run: str


@dataclass(frozen=True)
class MergeTask(Once[MergeReport]):
    """Merge some runs of a list over a range of keys.

    Attributes:
        runs: path of the list.
        group: which of its groups.
        span: which runs of the group, [start, stop).
        keys: the keys [low, high).
        out: folder of outputs.
    """

    runs: str
    group: int
    span: tuple[int, int]
    keys: tuple[int, int]
    out: str

    def inputs(self) -> Any:
        """Return what the output depends on."""
        return [self.group, self.span, [str(key) for key in self.keys], names([self.runs])]

    def work(self) -> MergeReport:
        """Write the merged run."""
        paths = RunList.load(self.runs).paths[self.group][slice(*self.span)]
        with KeyRange(paths, *self.keys) as table:
            assert table.first is not None
            columns = {name: table.read(name) for name in table.first.columns}
            lows = table.first.read("lows")
            low, high = self.keys
            mine = lows[(lows >= np.uint64(low)) & (lows <= np.uint64(high - 1))]
            sets = table.read_sets() if table.first.has_sets else None
            write_run(f"{self.path}.run", table.read("key"), columns, mine, sets)
        return MergeReport(self.id, f"{self.path}.run")


Level = list[tuple[int, list[MergeTask | str]]]
"""The groups after a level of merging: the least key of each, and its runs: a path, or the task that makes one."""


@dataclass(frozen=True, slots=True)
class Merger:
    """Merges the runs between two stages.

    Attributes:
        out: folder of outputs.
        execute: runs tasks.
        fan: most runs that a task merges.
    """

    out: str
    execute: Executor
    fan: int

    def __call__(self, paths: Sequence[str], lows: Array) -> str:
        """Merge runs until a range is in few enough; return the path of the list of what is left.

        *lows* are the least keys of the ranges that the next stage reads.
        """
        return self.each([paths], lows)[0]

    def each(self, many: Sequence[Sequence[str]], lows: Array) -> list[str]:
        """Merge several lists of runs, each for itself and all in the same stages."""
        lists, starts = [RunList.of(paths) for paths in many], [int(low) for low in lows.tolist()]
        while True:
            levels = [self._level(runs, starts) for runs in lists]
            tasks = [run for level in levels for _, group in level for run in group if isinstance(run, MergeTask)]
            if not tasks:
                return [runs.save(self.out) for runs in lists]
            merged = {report.id: report.run for report in run_stage(tasks, self.execute)}
            lists = [_listed(level, merged) for level in levels]

    def _level(self, runs: RunList, lows: Sequence[int]) -> Level:
        """Plan a level of merging; groups that need none stay as they are."""
        listing, level = runs.save(self.out), Level()
        for at, (low, high, paths) in enumerate(runs.groups()):
            inside = [low, *(one for one in lows if low < one < high)]
            if not merges(len(paths), len(inside), self.fan):
                level.append((low, [*paths]))
                continue
            firsts = [inside[place] for place in pieces(len(inside), self.fan)]
            for keys in zip(firsts, [*firsts[1:], high], strict=True):
                spans = fans(len(paths), self.fan)
                level.append((keys[0], [MergeTask(listing, at, span, keys, self.out) for span in spans]))
        return level


def _listed(level: Level, merged: Mapping[str, str]) -> RunList:
    groups = ([merged[run.id] if isinstance(run, MergeTask) else run for run in group] for _, group in level)
    return RunList(tuple(low for low, _ in level), tuple(map(tuple, groups)))
