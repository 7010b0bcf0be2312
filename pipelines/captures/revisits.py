"""Resolve WARC revisit records: find, among all captures of a run, the original that each one repeats.

An original is found by the URI and date that the revisit refers to, else by its payload digest. Captures are noted
under the hashes of both, sorted, so that a task looks at one range of the hashes and no more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors.capture import Kind
from pipelines.execution.once import Once, names
from pipelines.execution.stage import Report
from pipelines.handover.ids import DOC_ID
from pipelines.handover.lists import read_list
from pipelines.handover.sorted_tables import cuts, read_ranges, write_sorted
from pipelines.reasons import Reason

CAPTURES_PER_TASK = 4_000_000
"""Entries that one task looks through; about 100 bytes of memory for each."""

_KEY = pa.binary(16)
CAPTURES = pa.schema(
    [
        pa.field("key", _KEY),  # hash of URI and date (a capture's own, or those a revisit refers to), or of a digest
        pa.field("placed", pa.bool_()),  # of URI and date; otherwise of the payload digest as the archive declares it
        pa.field("revisit", pa.bool_()),
        pa.field("doc_id", DOC_ID),
    ]
)
"""Columns of what is noted of captures, one row or two for each."""

ORIGINALS = pa.schema([pa.field("doc_id", DOC_ID), pa.field("placed", pa.bool_()), pa.field("original", DOC_ID)])
"""Columns of resolved revisits: by place, by payload or by both."""


@dataclass(slots=True)
class CaptureIndex:
    """What identifies the captures of one slice: 34 bytes a key, hashes only. Records of tables take no part."""

    batches: list[pa.RecordBatch] = field(default_factory=list)

    def add(self, captures: pa.RecordBatch, ids: pa.FixedSizeBinaryArray) -> None:
        """Index a batch of CAPTURES whose doc_ids are *ids*."""
        revisit = pc.equal(captures["kind"], Kind.REVISIT.value)
        if not pc.any(pc.or_(revisit, pc.is_valid(captures["payload"]))).as_py():
            return
        web = pc.or_(revisit, pc.is_valid(captures["payload"]))
        uris = pc.if_else(revisit, captures["refers_to_uri"], captures["uri"])
        dates = pc.if_else(revisit, captures["refers_to_date"], captures["captured_at"])
        places = [_key(f"{uri}\0{_second(at)}") if uri and at else None for uri, at in _pairs(uris, dates)]
        payloads = [_key(value) if value else None for value in captures["payload_digest"].to_pylist()]
        for placed, keys in ((True, places), (False, payloads)):
            columns = [pa.array(keys, _KEY), pa.repeat(pa.scalar(placed), len(ids)), revisit, ids]
            entries = pa.RecordBatch.from_arrays(columns, schema=CAPTURES)
            self.batches.append(entries.filter(pc.and_(web, pc.is_valid(entries["key"]))))

    def __len__(self) -> int:
        return sum(batch.num_rows for batch in self.batches)

    @property
    def revisits(self) -> int:
        """How many entries are of revisits."""
        return sum(pc.sum(batch["revisit"]).as_py() or 0 for batch in self.batches)

    def write(self, path: str) -> None:
        """Write the index as a sorted table."""
        table = pa.Table.from_batches(self.batches, CAPTURES)
        by = [("key", "ascending"), ("doc_id", "ascending")]
        write_sorted(path, table.take(pc.sort_indices(table, sort_keys=by)), "key")


def _pairs(uris: pa.Array, dates: pa.Array) -> Iterable[tuple[str | None, datetime | None]]:
    return zip(uris.to_pylist(), dates.to_pylist(), strict=True)


def _second(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _key(value: str) -> bytes:
    return hashlib.sha256(value.encode()).digest()[:16]


@dataclass(frozen=True, slots=True)
class ResolveReport(Report):
    """Path of the resolved revisits: a sorted table of ORIGINALS."""

    originals: str


@dataclass(frozen=True)
class ResolveTask(Once[ResolveReport]):
    """Look up every revisit among every other capture of a range of keys.

    Among several originals, the smallest doc_id is named. Memory: some 100 bytes for each entry of the range.

    Attributes:
        indexes: path of the list of indexes of captures.
        low: first key of the range.
        high: end of the range, None for the last one.
        out: folder of outputs.
    """

    indexes: str
    low: bytes
    high: bytes | None
    out: str

    def inputs(self) -> Any:
        """Return what the output depends on."""
        return [names([self.indexes]), self.low.hex(), self.high and self.high.hex()]

    def work(self) -> ResolveReport:
        """Resolve the revisits and write them down."""
        captures = read_ranges(read_list(self.indexes), CAPTURES, "key", self.low, self.high)
        path = f"{self.path}.originals"
        write_sorted(path, resolve(captures), "doc_id")
        return ResolveReport(self.id, path)


def plan(indexes: str, entries: int, out: str) -> list[ResolveTask]:
    """Plan one task for every CAPTURES_PER_TASK of *entries*, which the files of the list *indexes* have."""
    ranges = cuts(max(1, -(-entries // CAPTURES_PER_TASK)))
    return [ResolveTask(indexes, low, high, out) for low, high in ranges]


def resolve(captures: pa.Table) -> pa.Table:
    """Return the revisits among *captures* (CAPTURES) that have an original, as ORIGINALS by doc_id."""
    revisits = captures.filter(captures["revisit"])
    others = captures.filter(pc.invert(captures["revisit"]))
    others = others.filter(pc.is_in(others["key"], revisits["key"].combine_chunks()))
    least: dict[tuple[bytes, bool], bytes] = {}
    for key, placed, doc_id in zip(*(others[name].to_pylist() for name in ("key", "placed", "doc_id")), strict=True):
        least[key, placed] = min(doc_id, least.get((key, placed), doc_id))
    found = [
        (doc_id, placed, least[key, placed])
        for key, placed, doc_id in zip(
            *(revisits[name].to_pylist() for name in ("key", "placed", "doc_id")), strict=True
        )
        if (key, placed) in least
    ]
    columns = list(zip(*sorted(found), strict=True)) or [(), (), ()]
    return pa.table(
        [pa.array(list(column), one.type) for column, one in zip(columns, ORIGINALS, strict=True)], ORIGINALS
    )


def name_originals(events: pa.Table, originals: pa.Table) -> pa.Table:
    """Turn unresolved revisits among *events* whose original is known (ORIGINALS) into revisits that name it.

    Where the place names one original and the payload another, the former is it.
    """
    by = [("doc_id", "ascending"), ("placed", "descending"), ("original", "ascending")]
    originals = originals.take(pc.sort_indices(originals, sort_keys=by))
    at = pc.index_in(events["doc_id"], originals["doc_id"].combine_chunks())
    found = pc.and_(pc.is_valid(at), pc.equal(events["reason"], Reason.REVISIT_UNRESOLVED.value))
    original = originals["original"].take(at)
    reasons = pc.if_else(pc.fill_null(found, False), Reason.REVISIT.value, events["reason"])
    survivors = pc.if_else(pc.fill_null(found, False), original, events["duplicate_of"])
    columns = events.column_names
    events = events.set_column(columns.index("reason"), "reason", reasons)
    return events.set_column(columns.index("duplicate_of"), "duplicate_of", survivors)
