"""Ledger events as the stages write them: Arrow fragments, sorted by doc_id, merged into the ledger at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lineage.storage.tables import LEDGER
from pipelines.handover.ids import CONTENT_ID, DOC_ID
from pipelines.handover.sorted_tables import write_sorted

_IDS = {"doc_id": DOC_ID, "content_id": CONTENT_ID, "duplicate_of": DOC_ID}

EVENTS = pa.schema([pa.field(one.name, _IDS.get(one.name, one.type)) for one in LEDGER if one.name != "run"])
"""Columns of an event fragment: those of the ledger, which adds the run and spells ids in hex. Never text."""

KEPT, CHANGED, DROPPED, FAILED = "kept", "changed", "dropped", "failed"


class Order(IntEnum):
    """Where an event stands among those of one document; that of the recipe's n-th step (from 0) is at STEPS + n."""

    CAPTURE = 0
    RIGHTS = 1
    EXTRACT = 2
    STEPS = 3
    LANGUAGE_RIGHTS = 989  # what the policy says once the language is known
    DECONTAMINATE = 990
    CONTENT = 991  # what registries and erasures say of a text by its content
    DEDUP = 1000
    BOILERPLATE = 1001
    PII = 1002
    RELEASE = 1003


def events(documents: pa.RecordBatch | pa.Table, **columns: Any) -> pa.RecordBatch:
    """Make one event for each of *documents*, taking EVENTS columns that they have and *columns* given here.

    A column is an Arrow array with one value per document, or one value for all of them.
    """
    rows = documents.num_rows
    names = set(documents.schema.names)
    arrays = []
    for column in EVENTS:
        value = columns.get(column.name)
        if value is None and column.name not in columns and column.name in names:
            value = documents[column.name]
        if isinstance(value, pa.ChunkedArray):
            value = value.combine_chunks()
        if not isinstance(value, pa.Array):
            value = pa.nulls(rows, column.type) if value is None else pa.repeat(pa.scalar(value, column.type), rows)
        arrays.append(value.cast(column.type))
    return pa.RecordBatch.from_arrays(arrays, schema=EVENTS)


@dataclass(slots=True)
class EventLog:
    """The events of one task: collected in memory (a few hundred bytes a row), written once, sorted by doc_id."""

    batches: list[pa.RecordBatch] = field(default_factory=list)

    def add(self, batch: pa.RecordBatch) -> None:
        """Append a batch of EVENTS."""
        if batch.num_rows:
            self.batches.append(batch)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return {outcome: {reason or "": events}}."""
        grouped = self.table().group_by(["outcome", "reason"]).aggregate([([], "count_all")])
        result: dict[str, dict[str, int]] = {}
        for row in grouped.to_pylist():
            result.setdefault(row["outcome"], {})[row["reason"] or ""] = row["count_all"]
        return result

    def table(self) -> pa.Table:
        """Return all events sorted by doc_id, then seq, then the rest of the row."""
        table = pa.Table.from_batches(self.batches, EVENTS)
        keys = [(name, "ascending") for name in ("doc_id", "seq", "outcome", "reason", "offset", "file")]
        return table.take(pc.sort_indices(table, sort_keys=keys)).combine_chunks()

    def write(self, path: str) -> None:
        """Write the events to *path* as a sorted table, of which any range of doc_ids is read by itself."""
        write_sorted(path, self.table(), "doc_id")
