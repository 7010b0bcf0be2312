"""The record stage: merge the event fragments of all stages into the ledger's files, sorted by doc_id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc

from lineage.rewrite.tombstones import hide_erased
from lineage.statistics.counts import changed_documents, count_ledger
from lineage.storage.parquet import write_ledger
from lineage.storage.tables import FINAL_OUTCOMES
from pipelines.captures.revisits import ORIGINALS, name_originals
from pipelines.execution.once import Once, names
from pipelines.execution.stage import FileReport
from pipelines.handover.events import EVENTS
from pipelines.handover.ids import as_hex
from pipelines.handover.lists import read_list
from pipelines.handover.sorted_tables import cuts, read_ranges
from pipelines.release.partials import write_partial

EVENTS_PER_FILE = 100_000
"""Events of a ledger file, on average; see RecordTask for the memory that they take."""


@dataclass(frozen=True, slots=True)
class Fragments:
    """Paths of the lists of what the stages wrote for the ledger: fragments of events, and the resolved revisits.

    Both are few (see pipelines.execution.merging), however many tasks wrote them.
    """

    events: str
    originals: str


@dataclass(frozen=True, slots=True)
class RecordReport(FileReport):
    """A ledger file.

    Attributes:
        events: (outcome, reason or "", events) for each combination.
        changed: kept documents that a step changed.
        marks: records by mark.
        partial: path of the partial counts of the rows (pipelines.release.partials).
    """

    events: Sequence[tuple[str, str, int]]
    changed: int
    marks: Mapping[str, int]
    partial: str

    @classmethod
    def load(cls, content: Mapping[str, Any]) -> Self:
        """Return the report that was kept as JSON."""
        loaded = super(RecordReport, cls).load(content)
        return replace(loaded, events=[(outcome, reason, number) for outcome, reason, number in content["events"]])


@dataclass(frozen=True)
class RecordTask(Once[RecordReport]):
    """Write one ledger file: the events with doc_ids in a range, which is all that is read of the fragments.

    Memory: about 1,500 bytes for each event, 150 MB for EVENTS_PER_FILE of them.

    Attributes:
        fragments: path of the list of event fragments.
        originals: path of the list of files of resolved revisits.
        low: first doc_id of the range.
        high: end of the range, None for the last one.
        run_id: recorded in every row.
        data: folder of the ledger table's data files.
        out: folder of the report.
    """

    fragments: str
    originals: str
    low: bytes
    high: bytes | None
    run_id: str
    data: str
    out: str

    @property
    def cost(self) -> int:
        """Return a nominal cost: ranges are equal."""
        return EVENTS_PER_FILE

    def inputs(self) -> Any:
        """Return the fragments, which are named by content, and the range."""
        return [names([self.fragments, self.originals]), self.low.hex(), self.high and self.high.hex(), self.run_id]

    def stands(self, report: RecordReport) -> bool:
        """Tell whether the file is still there."""
        return report.is_there

    def work(self) -> RecordReport:
        """Write the range's events as one ledger file; report it and how many documents came to which end."""
        span = ("doc_id", self.low, self.high)
        originals = read_ranges(read_list(self.originals), ORIGINALS, *span)
        events = name_originals(read_ranges(read_list(self.fragments), EVENTS, *span).combine_chunks(), originals)
        rows = hide_erased(_as_ledger(events, self.run_id))
        del events, originals  # they are as large as the rows
        file = write_ledger(rows, self.data) if len(rows) else None
        write_partial(f"{self.path}.counts", count_ledger(rows))
        return RecordReport(self.id, file, count(rows), changed_documents(rows), marks(rows), f"{self.path}.counts")


def plan(source: Fragments, events: int, run_id: str, data: str, out: str) -> list[RecordTask]:
    """Plan one task for every EVENTS_PER_FILE of *events*."""
    ranges = cuts(max(1, -(-events // EVENTS_PER_FILE)))
    return [RecordTask(source.events, source.originals, low, high, run_id, data, out) for low, high in ranges]


def count(events: pa.Table) -> list[tuple[str, str, int]]:
    """Return (outcome, reason or "", events) for each combination, sorted."""
    grouped = events.group_by(["outcome", "reason"]).aggregate([([], "count_all")]).to_pylist()
    return sorted((row["outcome"], row["reason"] or "", row["count_all"]) for row in grouped)


def marks(events: pa.Table) -> dict[str, int]:
    """Count the records of *events* by mark: in the one row that says what became of each."""
    final = events.filter(pc.is_in(events["outcome"], pa.array(FINAL_OUTCOMES)))
    counted = pc.value_counts(pc.list_flatten(final["marks"].combine_chunks())).to_pylist()
    return {one["values"]: one["counts"] for one in sorted(counted, key=lambda one: str(one["values"]))}


def is_final(outcome: str) -> bool:
    """Tell whether *outcome* is one that each record has exactly one of."""
    return outcome in FINAL_OUTCOMES


def _as_ledger(events: pa.Table, run_id: str) -> pa.Table:
    columns = {name: events[name] for name in events.column_names}
    columns |= {name: as_hex(events[name]) for name in ("doc_id", "content_id", "duplicate_of")}
    return pa.table({**columns, "run": pa.repeat(pa.scalar(run_id), len(events))})
