"""Boilerplate: lines or paragraphs that stand in many documents; counted over all that remain, then cut out of each.

Two stages of tasks over files. Counting writes, for each group of parts, how many documents hold each unit, by the hash
of the unit; merging adds these up, one range of hashes at a time, and keeps the hashes of what is too frequent. Ranges
are found by an index in each file, so that a merge reads its own share of every file and no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.dedup.catalogue import documents_path
from pipelines.execution.once import Once, names, run_stage
from pipelines.execution.stage import Executor, Report
from pipelines.handover.lists import read_list, write_list
from pipelines.handover.parts import PartFile
from pipelines.handover.workfiles import reading, writing
from pipelines.kernels.lines import Keys
from pipelines.kernels.units import Cut, cut_units, distinct_hashes, find_units

MERGE_PAIRS = 4_000_000
"""Pairs of hash and count that one task merges; about 60 bytes of memory for each."""

_BITS = 12
_BUCKETS = 1 << _BITS
_INDEX_BYTES = 8 * (_BUCKETS + 1)

Tally = tuple[Keys, npt.NDArray[np.uint32]]
"""Ascending, distinct hashes of units, and the number of documents that hold each."""


@dataclass(frozen=True, slots=True)
class BoilerplateRule:
    """Which units are boilerplate.

    Attributes:
        unit: "line" or "paragraph", see :mod:`pipelines.kernels.units`.
        max_documents: a unit in more documents than this is boilerplate.
        min_chars: a unit of fewer code points never is.
    """

    unit: Literal["line", "paragraph"] = "line"
    max_documents: int = 10
    min_chars: int = 15

    @property
    def paragraphs(self) -> bool:
        """Tell whether units are paragraphs."""
        return self.unit == "paragraph"


@dataclass(frozen=True)
class Boilerplate:
    """The units to remove.

    Attributes:
        rule: which they are.
        sets: path of the list of files of their hashes (uint64).
    """

    rule: BoilerplateRule
    sets: str

    def inputs(self) -> Any:
        """Return what a text without them depends on."""
        return [self.rule.unit, self.rule.min_chars, names([self.sets])]

    def cut(self, texts: pa.StringArray) -> Cut:
        """Return *texts* without them; holds 8 bytes for each unit that is boilerplate."""
        units = find_units(texts, self.rule.paragraphs, self.rule.min_chars)
        hashes = self._hashes
        doomed = np.zeros(len(units.hashes), np.bool_)
        if len(hashes):
            at = np.minimum(np.searchsorted(hashes, units.hashes), len(hashes) - 1)
            doomed = hashes[at] == units.hashes
        return cut_units(texts, units, doomed)

    @cached_property
    def _hashes(self) -> Keys:
        return np.sort(np.concatenate([np.empty(0, np.uint64), *(_read(path, "<u8") for path in read_list(self.sets))]))


def find_boilerplate(
    groups: Sequence[tuple[PartFile, ...]],
    verdicts: Mapping[str, str],
    rule: BoilerplateRule,
    out: str,
    execute: Executor,
) -> Boilerplate:
    """Find the boilerplate of *groups* of parts without the rows that *verdicts* drop; files go to the folder *out*.

    The hashes depend on the documents and the rule alone. At most one unit in ``max_documents + 1`` of the corpus,
    repeats included, is boilerplate.

    Raises:
        StageLost: a task did not report.
    """
    counted = run_stage([CountTask.of(parts, verdicts, rule, out) for parts in groups], execute)
    ranges = 1
    while ranges < _BUCKETS and ranges * MERGE_PAIRS < sum(report.units for report in counted):
        ranges *= 2
    tallies = write_list(out, [report.tally for report in counted])
    tasks = [MergeTask(tallies, (i, ranges), rule.max_documents, out) for i in range(ranges)]
    merged = run_stage(tasks, execute) if counted else []
    return Boilerplate(rule, write_list(out, [report.set for report in merged]))


@dataclass(frozen=True, slots=True)
class CountReport(Report):
    """Path of a tally, and how many units it has."""

    tally: str
    units: int


@dataclass(frozen=True)
class CountTask(Once[CountReport]):
    """Count in how many documents of a group each unit stands; a document counts once for a unit.

    Memory: about 60 bytes for each distinct unit of the group, hence no more than the group's text (128 MiB, or one
    larger record) where units are lines of 60 bytes; the worst case, distinct lines of min_chars, is 60 / min_chars
    times the text.

    Attributes:
        parts: the parts.
        verdicts: paths of the verdicts of those that lose rows, by part.
        paragraphs, min_chars: which units count.
        out: folder of outputs.
    """

    parts: tuple[PartFile, ...]
    verdicts: Mapping[str, str]
    paragraphs: bool
    min_chars: int
    out: str

    @classmethod
    def of(cls, parts: tuple[PartFile, ...], verdicts: Mapping[str, str], rule: BoilerplateRule, out: str) -> CountTask:
        """Plan the counting of *parts*, with their share of all *verdicts*."""
        mine = {part.name: verdicts[part.name] for part in parts if part.name in verdicts}
        return cls(parts, mine, rule.paragraphs, rule.min_chars, out)

    @property
    def cost(self) -> int:
        """Return the bytes of text."""
        return sum(part.bytes for part in self.parts)

    def inputs(self) -> Any:
        """Return what the output depends on."""
        parts = [
            [part.name, names([self.verdicts[part.name]] if part.name in self.verdicts else [])] for part in self.parts
        ]
        return [parts, self.paragraphs, self.min_chars]

    def work(self) -> CountReport:
        """Write the tally; report its path and how many units it has."""
        total = _add([])
        for part in self.parts:
            keys = [distinct_hashes(find_units(texts, self.paragraphs, self.min_chars)) for texts in self._texts(part)]
            total = _add([total, _count(keys)])
        path = f"{self.path}.tally"
        write_tally(path, total)
        return CountReport(self.id, path, len(total[0]))

    def _texts(self, part: PartFile) -> Iterator[pa.StringArray]:
        """Yield the texts of the rows that no verdict drops, batch by batch."""
        keep, start = np.ones(part.rows, np.bool_), 0
        if part.name in self.verdicts:
            with reading(self.verdicts[part.name]) as file:
                keep[pa.ipc.open_file(file).read_all()["row"].to_numpy()] = False
        with reading(documents_path(part)) as file:
            index = pa.ipc.open_file(file).schema.get_field_index("text")
            source = pa.ipc.open_file(file, options=pa.ipc.IpcReadOptions(included_fields=[index], use_threads=False))
            for number in range(source.num_record_batches):
                texts = source.get_batch(number).column(0)
                mine = keep[start : start + len(texts)]
                yield texts if mine.all() else texts.filter(pa.array(mine))
                start += len(texts)


@dataclass(frozen=True, slots=True)
class MergeReport(Report):
    """Path of the hashes of units that are boilerplate, and how many there are."""

    set: str
    boilerplate: int


@dataclass(frozen=True)
class MergeTask(Once[MergeReport]):
    """Add up the counts of one range of hashes, and write the hashes of units in too many documents.

    Memory: about 60 bytes for each pair of its range; hashes spread evenly, so that is MERGE_PAIRS of them as long as
    4,096 ranges suffice.

    Attributes:
        tallies: path of the list of tallies.
        share: (which, of how many) ranges, a power of two.
        max_documents: the most documents that a unit may be in.
        out: folder of outputs.
    """

    tallies: str
    share: tuple[int, int]
    max_documents: int
    out: str

    @property
    def cost(self) -> int:
        """Return the bytes that are read at most."""
        return 12 * MERGE_PAIRS

    def inputs(self) -> Any:
        """Return what the output depends on."""
        return [names([self.tallies]), self.share, self.max_documents]

    def work(self) -> MergeReport:
        """Write the hashes (uint64, ascending); report their path and number."""
        hashes, counts = _add([read_tally(path, self.share) for path in read_list(self.tallies)])
        found = hashes[counts > self.max_documents]
        path = f"{self.path}.units"
        with writing(path) as file:
            file.write(found.astype("<u8").tobytes())
        return MergeReport(self.id, path, len(found))


def _count(keys: Sequence[Keys]) -> Tally:
    hashes, counts = np.unique(np.concatenate([np.empty(0, np.uint64), *keys]), return_counts=True)
    return hashes, counts.astype(np.uint32)


def _add(tallies: Sequence[Tally]) -> Tally:
    """Add up counts by hash; what more documents have than a count can say is said to be in so many."""
    hashes = np.concatenate([np.empty(0, np.uint64), *(hashes for hashes, _ in tallies)])
    counts = np.concatenate([np.empty(0, np.uint32), *(counts for _, counts in tallies)])
    order = np.argsort(hashes, kind="stable")
    hashes = hashes[order]
    firsts = np.flatnonzero(np.append(True, hashes[1:] != hashes[:-1])[: len(hashes)])
    if len(firsts) == 0:
        return hashes, counts
    totals = np.add.reduceat(counts[order].astype(np.uint64), firsts)
    return hashes[firsts], np.minimum(totals, np.iinfo(np.uint32).max).astype(np.uint32)


def write_tally(path: str, tally: Tally) -> None:
    """Write an index of where each of 4,096 equal ranges of hashes begins, then the hashes, then the counts."""
    hashes, counts = tally
    bounds = np.arange(_BUCKETS, dtype=np.uint64) << np.uint64(64 - _BITS)
    index = np.append(np.searchsorted(hashes, bounds), len(hashes))
    with writing(path) as file:
        for column, kind in ((index, "<i8"), (hashes, "<u8"), (counts, "<u4")):
            file.write(column.astype(kind).tobytes())


def read_tally(path: str, share: tuple[int, int]) -> Tally:
    """Read the range ``share[0]`` of ``share[1]`` (a power of two up to 4,096) equal ranges of the hashes."""
    width = _BUCKETS // share[1]
    with reading(path) as file:
        index = _range(file, 0, _BUCKETS + 1, "<i8")
        total, start, stop = index[-1], index[share[0] * width], index[(share[0] + 1) * width]
        hashes = _range(file, _INDEX_BYTES + 8 * start, stop - start, "<u8")
        counts = _range(file, _INDEX_BYTES + 8 * total + 4 * start, stop - start, "<u4")
    return hashes, counts


def _range(file: Any, at: int, count: int, kind: str) -> npt.NDArray[Any]:
    file.seek(int(at))
    size = int(count) * np.dtype(kind).itemsize
    return np.frombuffer(file.read_buffer(size) if size else b"", kind)


def _read(path: str, kind: str) -> npt.NDArray[Any]:
    with reading(path) as file:
        return np.frombuffer(file.read_buffer() if file.size() else b"", kind)
