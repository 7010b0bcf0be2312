"""Resolve WARC revisit records: find, among all captures of a run, the original that each one repeats."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors.capture import Kind
from pipelines.execution.once import Once, names
from pipelines.execution.stage import Report
from pipelines.handover.ids import DOC_ID
from pipelines.handover.workfiles import reading, writing

_KEY = pa.binary(16)
_INDEX = pa.schema(
    [
        pa.field("doc_id", DOC_ID),
        pa.field("revisit", pa.bool_()),
        pa.field("where", _KEY),  # hash of URI and date: the capture's own, or those a revisit refers to
        pa.field("payload", _KEY),  # hash of the payload digest as the archive declares it
    ]
)


@dataclass(slots=True)
class CaptureIndex:
    """What identifies the captures of one slice: 49 bytes each, hashes only. Records of tables take no part."""

    batches: list[pa.RecordBatch] = field(default_factory=list)

    def add(self, captures: pa.RecordBatch, ids: pa.FixedSizeBinaryArray) -> None:
        """Index a batch of CAPTURES whose doc_ids are *ids*."""
        revisit = pc.equal(captures["kind"], Kind.REVISIT.value)
        web = pc.or_(revisit, pc.is_valid(captures["payload"]))
        if not pc.any(web).as_py():
            return
        uris = pc.if_else(revisit, captures["refers_to_uri"], captures["uri"])
        dates = pc.if_else(revisit, captures["refers_to_date"], captures["captured_at"])
        where = [_key(f"{uri}\0{_second(at)}") if uri and at else None for uri, at in _pairs(uris, dates)]
        payload = [_key(value) if value else None for value in captures["payload_digest"].to_pylist()]
        columns = [ids, revisit, pa.array(where, _KEY), pa.array(payload, _KEY)]
        self.batches.append(pa.RecordBatch.from_arrays(columns, schema=_INDEX).filter(web))

    def write(self, path: str) -> None:
        """Write the index as one Arrow file."""
        with writing(path) as file, pa.ipc.new_file(file, _INDEX) as out:
            out.write_table(pa.Table.from_batches(self.batches, _INDEX))


def _pairs(uris: pa.Array, dates: pa.Array) -> Iterable[tuple[str | None, datetime | None]]:
    return zip(uris.to_pylist(), dates.to_pylist(), strict=True)


def _second(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _key(value: str) -> bytes:
    return hashlib.sha256(value.encode()).digest()[:16]


@dataclass(frozen=True, slots=True)
class ResolveReport(Report):
    """Path of the resolved revisits: columns doc_id and original."""

    originals: str


@dataclass(frozen=True)
class ResolveTask(Once[ResolveReport]):
    """Look up every revisit of the given indexes among every other capture of them.

    An original is found by the URI and date that the revisit refers to, else by its payload digest; among several,
    the smallest doc_id is named. Memory: the revisits, and one index at a time.

    Attributes:
        indexes: paths of indexes of captures.
        out: folder of outputs.
    """

    indexes: tuple[str, ...]
    out: str

    @property
    def cost(self) -> int:
        """Return the number of files."""
        return len(self.indexes)

    def inputs(self) -> Any:
        """Return what the output depends on."""
        return sorted(names(self.indexes))

    def work(self) -> ResolveReport:
        """Resolve the revisits and write them down."""
        revisits = pa.concat_tables([_INDEX.empty_table(), *_read(self.indexes, revisit=True)])
        resolved = _resolve(revisits, self.indexes)
        path = f"{self.path}.originals"
        with writing(path) as file, pa.ipc.new_file(file, resolved.schema) as out:
            out.write_table(resolved)
        return ResolveReport(self.id, path)


def _read(indexes: Sequence[str], *, revisit: bool) -> Iterator[pa.Table]:
    for path in indexes:
        with reading(path) as file:
            table = pa.ipc.open_file(file).read_all()
            yield table.filter(pc.equal(table["revisit"], revisit))


def _resolve(revisits: pa.Table, indexes: Sequence[str]) -> pa.Table:
    found: dict[str, dict[bytes, bytes]] = {"where": {}, "payload": {}}
    wanted = {name: pc.unique(revisits[name].drop_null()) for name in found}
    if len(revisits):
        for originals in _read(indexes, revisit=False):
            for name, originals_by in found.items():
                hits = originals.filter(pc.is_in(originals[name], wanted[name]))
                for key, doc_id in zip(hits[name].to_pylist(), hits["doc_id"].to_pylist(), strict=True):
                    originals_by[key] = min(doc_id, originals_by.get(key, doc_id))
    rows = [
        (row["doc_id"], found["where"].get(row["where"]) or found["payload"].get(row["payload"]))
        for row in revisits.to_pylist()
    ]
    resolved = sorted({(doc_id, original) for doc_id, original in rows if original})
    columns = zip(*resolved, strict=True) if resolved else ((), ())
    return pa.table([pa.array(list(column), DOC_ID) for column in columns], names=["doc_id", "original"])
