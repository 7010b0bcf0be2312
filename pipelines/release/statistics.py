"""The statistics stage: partial counts are added in a tree, and become the counts and the summary of a version.

What a task holds is bounded: FAN files, by ranges; a range of the sum; the signals of some documents files. Of what all
tasks wrote the driver reads the bins of signals, and the last task what is bounded of each range.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

import pyarrow as pa

from lineage.statistics.bins import BIN_BITS, DIGIT_BITS
from lineage.statistics.counts import COUNTS, add, negative
from lineage.statistics.files import read_counts, write_counts, write_summary
from lineage.statistics.quantiles import Search, begin, count_digits, go_on, unsettled
from lineage.statistics.summary import digest, summarize
from lineage.statistics.whole import Change, count_file, read_profiles, read_signals
from lineage.storage.files import DataFile
from pipelines.execution.merging import MergeTask, merge
from pipelines.execution.once import Once, names
from pipelines.execution.stage import Executor, FileReport, Report
from pipelines.handover.lists import read_list, write_list
from pipelines.handover.sorted_tables import SortedTable, cuts, read_ranges, read_sorted
from pipelines.release.partials import HASH, PARTIAL, write_partial

RANGE_ROWS = 2_000_000
"""Rows of a counts file, at most and on average: some 300 MB in memory."""

FILES_AT_ONCE = 8
"""Documents files whose signals a task reads."""

COUNTED = "counts"
"""The kind of a file that is counted already."""


@dataclass(frozen=True, slots=True)
class PartialReport(Report):
    """Path of partial counts."""

    partial: str


@dataclass(frozen=True, slots=True)
class CountsReport(FileReport):
    """A counts file, and the path of its digest (partial counts)."""

    digest: str


@dataclass(frozen=True)
class CountTask(Once[PartialReport]):
    """Count a file of a version.

    Attributes:
        kind: documents, ledger, or COUNTED.
        file: its path.
        out: folder of outputs.
        removed: whether what it counts is taken away.
    """

    kind: str
    file: str
    out: str
    removed: bool = False

    def inputs(self) -> Any:
        """Return what the output depends on; data files are named by their content."""
        return [self.kind, *names([self.file]), self.removed]

    def work(self) -> PartialReport:
        """Write the file's counts."""
        counts = read_counts(self.file) if self.kind == COUNTED else count_file(self.kind, self.file)
        write_partial(f"{self.path}.counts", negative(counts) if self.removed else counts)
        return PartialReport(self.id, f"{self.path}.counts")


@dataclass(frozen=True)
class SumTask(MergeTask):
    """Merge partial counts into one file: a row for each name."""

    def join(self, rows: pa.Table) -> pa.Table:
        """Return the sums of *rows*."""
        by = [name for name in PARTIAL.names if name not in {"documents", "amount"}]
        summed = rows.group_by(by, use_threads=False).aggregate([("documents", "sum"), ("amount", "sum")])
        return summed.rename_columns([*by, "documents", "amount"]).select(PARTIAL.names).cast(PARTIAL)


@dataclass(frozen=True)
class RangeTask(Once[CountsReport]):
    """Write the counts of a range of hashes as a file of the version, and what statistics need of them.

    Attributes:
        partials: path of the list of partial counts.
        low: first hash.
        high: end of the range, None for the last one.
        data: folder of the version's statistics files.
        out: folder of outputs.
    """

    partials: str
    low: bytes
    high: bytes | None
    data: str
    out: str

    def inputs(self) -> Any:
        """Return what the output depends on."""
        return [*names([self.partials]), self.low.hex(), self.high and self.high.hex()]

    def stands(self, report: CountsReport) -> bool:
        """Tell whether the file is still there."""
        return report.is_there

    def work(self) -> CountsReport:
        """Write the file; report it."""
        rows = read_ranges(read_list(self.partials), PARTIAL, HASH, self.low, self.high)
        counts = add([rows.select(COUNTS.names)])
        write_partial(f"{self.path}.digest", digest(counts))
        return CountsReport(self.id, write_counts(counts, self.data), f"{self.path}.digest")


@dataclass(frozen=True)
class DigitTask(Once[PartialReport]):
    """Count the next digit of signals in some documents files.

    Attributes:
        documents: path of the list of files.
        wanted: signals, each with the prefixes that are wanted.
        bits: bits of these.
        out: folder of outputs.
    """

    documents: str
    wanted: tuple[tuple[str, tuple[int, ...]], ...]
    bits: int
    out: str

    def inputs(self) -> Any:
        """Return what the output depends on."""
        return [*names([self.documents]), self.wanted, self.bits]

    def work(self) -> PartialReport:
        """Write the counts."""
        wanted = dict(self.wanted)
        counted = (count_digits(read_signals(one, wanted), wanted, self.bits) for one in read_list(self.documents))
        write_partial(f"{self.path}.counts", add(counted))
        return PartialReport(self.id, f"{self.path}.counts")


@dataclass(frozen=True)
class SummaryTask(Once[FileReport]):
    """Write the summary of a version.

    Attributes:
        digests: path of the list of digests.
        searches: the quantiles.
        profiles: path of the list of the version's profiles files.
        data: folder of its statistics files.
        out: folder of the report.
    """

    digests: str
    searches: tuple[Search, ...]
    profiles: str
    data: str
    out: str

    def inputs(self) -> Any:
        """Return what the output depends on."""
        return [*names([self.digests, self.profiles]), [astuple(one) for one in self.searches]]

    def stands(self, report: FileReport) -> bool:
        """Tell whether the file is still there."""
        return report.is_there

    def work(self) -> FileReport:
        """Write the file; report it."""
        profiles = read_profiles(read_list(self.profiles))
        statistics = summarize(_digests(read_list(self.digests)), self.searches, profiles)
        return FileReport(self.id, write_summary(statistics, self.data))


def state(change: Change, partials: Sequence[str], out: str, execute: Executor) -> list[DataFile]:
    """Make the statistics files of a version by tasks: of *change* and of *partials* that were counted already.

    Files between tasks go to the folder *out*.
    """
    counted = [
        *(CountTask(COUNTED, path, out) for path in change.before),
        *(CountTask(kind, path, out) for kind, path in change.added),
        *(CountTask(kind, path, out, removed=True) for kind, path in change.removed),
    ]
    parts = [*partials, *(report.partial for report in (execute(counted) if counted else ()))]
    listed = merge(parts, HASH, out, execute, SumTask)
    ranges = cuts(max(1, -(-sum(map(_rows, read_list(listed))) // RANGE_ROWS)))
    counts = execute([RangeTask(listed, low, high, change.folder, out) for low, high in ranges])
    digests = [report.digest for report in counts]
    searches = _search(begin(add(_digests(digests))), change.documents, out, execute)
    profiles = write_list(out, change.profiles)
    summary = SummaryTask(write_list(out, digests), tuple(searches), profiles, change.folder, out)
    return [report.file for report in (*counts, *execute([summary])) if report.file]


def _search(searches: list[Search], documents: Sequence[str], out: str, execute: Executor) -> list[Search]:
    """Look for the quantiles, digit by digit, in *documents* files."""
    bits = BIN_BITS
    groups = [write_list(out, documents[at : at + FILES_AT_ONCE]) for at in range(0, len(documents), FILES_AT_ONCE)]
    while wanted := unsettled(searches):
        prefixes = tuple((signal, tuple(some)) for signal, some in wanted.items())
        digits = [report.partial for report in execute([DigitTask(group, prefixes, bits, out) for group in groups])]
        (whole,) = read_list(merge(digits, HASH, out, execute, SumTask, most=1))
        searches = go_on(searches, read_sorted(whole, HASH).select(COUNTS.names), bits)
        bits += DIGIT_BITS
    return searches


def _digests(paths: Sequence[str]) -> list[pa.Table]:
    return [read_sorted(path, HASH).select(COUNTS.names) for path in paths]


def _rows(path: str) -> int:
    with SortedTable(path) as table:
        return len(table)
