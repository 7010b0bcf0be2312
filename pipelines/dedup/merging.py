"""Merging of runs: where more were written than a task should open, they are merged in levels, range by range.

A task merges some runs over some of the keys, about as many rows as one of them holds; so its memory is that of who
wrote them, and all tasks together open each run as often as it is cut. Files that are few are left as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipelines.dedup.layout import fans, pieces
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


Plan = dict[tuple[int, int], list[MergeTask]]


@dataclass(frozen=True, slots=True)
class Merger:
    """Merges the runs between two stages.

    Attributes:
        out: folder of outputs.
        execute: runs tasks.
        fan: most runs that a task opens.
    """

    out: str
    execute: Executor
    fan: int

    def __call__(self, paths: Sequence[str], lows: Array) -> str:
        """Merge until no range holds more than *fan* runs; return the path of the list of what is left.

        *lows* are the least keys of the ranges that the next stage reads.
        """
        return self.each([paths], lows)[0]

    def each(self, many: Sequence[Sequence[str]], lows: Array) -> list[str]:
        """Merge several lists of runs, each for itself and all in the same stages."""
        lists, starts = [RunList.of(paths) for paths in many], [int(low) for low in lows.tolist()]
        while any(map(self._is_long, lists)):
            plans = [self._plan(runs, starts) if self._is_long(runs) else {} for runs in lists]
            done = run_stage([task for plan in plans for some in plan.values() for task in some], self.execute)
            merged = {report.id: report.run for report in done}
            lists = [_listed(plan, merged) if plan else runs for plan, runs in zip(plans, lists, strict=True)]
        return [runs.save(self.out) for runs in lists]

    def _is_long(self, runs: RunList) -> bool:
        return max(map(len, runs.paths)) > self.fan

    def _plan(self, runs: RunList, lows: Sequence[int]) -> Plan:
        """Plan a level of merging: the tasks of each range of keys."""
        listing, plan = runs.save(self.out), {}
        for at, (low, high, paths) in enumerate(runs.groups()):
            for keys in self._pieces(low, high, lows):
                plan[keys] = [MergeTask(listing, at, span, keys, self.out) for span in fans(len(paths), self.fan)]
        return plan

    def _pieces(self, low: int, high: int, lows: Sequence[int]) -> list[tuple[int, int]]:
        """Cut the keys of a group into at most *fan* pieces that begin where ranges of the next stage do."""
        inside = [low, *(one for one in lows if low < one < high)]
        firsts = [inside[at] for at in pieces(len(inside), self.fan)]
        return list(zip(firsts, [*firsts[1:], high], strict=True))


def _listed(plan: Plan, merged: Mapping[str, str]) -> RunList:
    lows, paths = tuple(low for low, _ in plan), ([merged[task.id] for task in some] for some in plan.values())
    return RunList(lows, tuple(map(tuple, paths)))
