"""The annotate stage: captures in; parts of documents with ids, text, signals and signatures, and events, out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors import CONNECTORS
from connectors.capture import Extent, Kind, Limits, Slice
from connectors.errors import MissingSource, UnreadableSource
from pipelines.annotate.treatment import PER_RECORD, Reading, Treatment
from pipelines.captures.bodies import decode
from pipelines.captures.extract import extract
from pipelines.captures.revisits import CaptureIndex
from pipelines.code.version import code_version
from pipelines.decontaminate.benchmark_index import open_index
from pipelines.decontaminate.overlaps import find_overlaps
from pipelines.execution.journal import note
from pipelines.execution.stage import Report
from pipelines.handover import events as ledger
from pipelines.handover.events import EventLog
from pipelines.handover.ids import DOC_ID, content_ids, digest, doc_ids, failed_id
from pipelines.handover.parts import PartWriter
from pipelines.handover.workfiles import exists, read_json, write_json
from pipelines.outcome import divide, put
from pipelines.reasons import Reason
from pipelines.rights.decide import ADDRESS, CLAIMED, add_profiles, extend_profiles, withhold
from pipelines.rights.finders import SiteFinder
from pipelines.rights.profiles import note_profiles
from pipelines.steps import Step
from policies.rights.credits import CREDITS
from policies.rights.evidence import Where
from policies.rights.licenses import normalize_all
from policies.rights.profiles import Profile
from policies.rules.engine import Policy
from policies.uris import redact_uri, redact_uris

_CARRIED = ("doc_id", "source_id", "uri", "captured_at", "license", "profile", "policy", "offset", "length", "encoding")
"""Columns of captures that documents keep, CREDITS beside."""


@dataclass(frozen=True)
class AnnotateTask:
    """Read one slice of one file and annotate its captures.

    Attributes:
        slice: the byte range.
        name: the file's name in lineage.
        file_digest: SHA-256 of the whole file, hex.
        size: bytes of the slice as stored.
        reading: how to read it.
        treatment: what to do to its documents.
        out: folder for the outputs; they are named by the task's id.
        limits: bounds on a record and a batch.
    """

    slice: Slice
    name: str
    file_digest: str
    size: int
    reading: Reading
    treatment: Treatment
    out: str
    limits: Limits = field(default_factory=Limits)

    @cached_property
    def id(self) -> str:
        """Identify the outputs by the input's content, the settings and the code."""
        reading = self.reading
        return digest(
            {
                "file": [self.file_digest, self.slice.start, self.slice.end, self.name],
                "reading": [reading.source, reading.connector, dict(reading.options), reading.license, reading.extract],
                "treatment": self.treatment.settings(),
                "limits": [self.limits.record_bytes, self.limits.batch_bytes, self.limits.batch_rows],
                "code": code_version(type(self).__module__),
            }
        )[:32]

    @property
    def cost(self) -> int:
        """Return the slice's stored bytes."""
        return self.size

    @property
    def report_path(self) -> str:
        """Return where the report stands once the task is done."""
        return f"{self.out}/{self.id}.json"

    def run(self) -> Report:
        """Annotate the slice unless it has been, and report counts, parts and extent."""
        if exists(self.report_path):
            return dict(read_json(self.report_path))
        try:
            report = _Annotation(self).write()
        except (MissingSource, UnreadableSource) as error:
            return self._fail(error)
        write_json(self.report_path, report)
        return report

    def _fail(self, error: MissingSource | UnreadableSource) -> Report:
        """Report a file that cannot be read, as one failed record; nothing is cached, so that a repeat tries again."""
        record = {
            "doc_id": failed_id(self.reading.source, self.file_digest, self.slice.start),
            "source": self.reading.source,
        }
        table = pa.Table.from_pylist([{**record, "file": self.name, "offset": self.slice.start}])
        log = EventLog()
        where = {"seq": 0, "step": "capture", "outcome": ledger.FAILED, "reason": Reason.UNREADABLE_SHARD.value}
        log.add(ledger.events(table, **where))
        log.write(f"{self.out}/{self.id}.events")
        CaptureIndex().write(f"{self.out}/{self.id}.captures")
        counts = {"read": 1, "rows": 0, "bytes_in": 0, "events": log.counts(), "begins": None, "ends": None}
        return {"id": self.id, "parts": [], "shard": self.name, "failure": redact_uri(str(error)), **counts}


class _Annotation:
    """One run of a task: the open outputs and the counts so far."""

    def __init__(self, task: AnnotateTask) -> None:
        self.task = task
        self.extent = Extent()
        self.log = EventLog()
        self.index = CaptureIndex()
        self.parts = PartWriter(task.out, task.id, task.treatment.keying)
        self.profiles: dict[str, Profile] = {}
        self.read = 0
        self.bytes_in = 0

    def write(self) -> Report:
        """Read, annotate and write everything; return the report."""
        for captures in self._captures():
            kept = self._annotate(captures)
            if kept.num_rows:
                self.parts.write(kept)
            note("batch", read=captures.num_rows, kept=kept.num_rows, bytes=_text_bytes(captures))
        parts = self.parts.close()
        self.log.write(f"{self.task.out}/{self.task.id}.events")
        self.index.write(f"{self.task.out}/{self.task.id}.captures")
        note_profiles(f"{self.task.out}/{self.task.id}.profiles", self.profiles)
        return {
            "id": self.task.id,
            "parts": parts,
            "read": self.read,
            "rows": self.parts.rows,
            "events": self.log.counts(),
            "bytes_in": self.bytes_in,
            "begins": self.extent.begins,
            "ends": self.extent.ends,
        }

    def _captures(self) -> Iterator[pa.RecordBatch]:
        task = self.task
        connector = CONNECTORS[task.reading.connector]
        for batch in connector.read(task.slice, task.reading.options, task.limits, self.extent):
            self.read += batch.num_rows
            self.bytes_in += _text_bytes(batch)
            yield batch

    def _annotate(self, captures: pa.RecordBatch) -> pa.RecordBatch:
        failed, read = divide(captures, pc.is_valid(captures["failure"]))
        self._fail(failed)
        documents = self._identify(read)
        documents = self._refuse_addresses(documents)
        documents = decode(self._set_revisits_aside(documents))
        documents = self._decide_rights(documents)
        documents = self._extract(documents)
        for seq, (name, step) in enumerate(self.task.treatment.steps, start=3):
            documents = self._step(documents, name, step, seq)
        documents = self._decide_by_language(documents)
        documents = self._decontaminate(documents)
        documents = documents.append_column("content_id", content_ids(documents["text"]))
        return self._decide_by_content(self._refuse_contents(documents))

    def _fail(self, captures: pa.RecordBatch) -> None:
        task = self.task
        ids = [failed_id(task.reading.source, task.file_digest, at) for at in captures["offset"].to_pylist()]
        columns = {name: redact_uris(captures[name]) for name in ("uri", "source_id")}
        columns |= {name: captures[name] for name in ("failure", "captured_at", "offset", "length")}
        left = self._refuse_addresses(pa.record_batch({"doc_id": pa.array(ids, DOC_ID), **columns}))
        self._log(left, 0, "capture", ledger.FAILED, reason=left["failure"])

    def _identify(self, captures: pa.RecordBatch) -> pa.RecordBatch:
        reading = self.task.reading
        ids = doc_ids(reading.source, captures)
        self.index.add(captures, ids)
        claims = captures["license"]
        if reading.license != PER_RECORD:
            claims = pa.repeat(pa.scalar(reading.license, pa.string()), captures.num_rows)
        captures = captures.append_column(ADDRESS, captures["uri"])
        for name in ("uri", "source_id"):
            captures = put(captures, name, redact_uris(captures[name]))
        captures = put(captures, "license", normalize_all(claims))
        said = pc.fill_null(pc.greater(pc.utf8_length(pc.utf8_trim_whitespace(claims)), 0), False)
        return captures.append_column(CLAIMED, said).append_column("doc_id", ids)

    def _refuse_addresses(self, documents: pa.RecordBatch) -> pa.RecordBatch:
        """Drop what was erased by its address or id; the record stage leaves nothing of it but that."""
        suppression = self.task.treatment.suppression
        if suppression is None or documents.num_rows == 0:
            return documents
        return self._refuse(documents, suppression.addresses(documents), 1)

    def _refuse_contents(self, documents: pa.RecordBatch) -> pa.RecordBatch:
        """Drop texts that were erased by their content; release looks again, since it may change them."""
        suppression = self.task.treatment.suppression
        if suppression is None or documents.num_rows == 0:
            return documents
        return self._refuse(documents, suppression.contents(documents["content_id"]), self._last_seq())

    def _refuse(self, documents: pa.RecordBatch, refused: pa.BooleanArray, seq: int) -> pa.RecordBatch:
        gone, left = divide(documents, refused)
        self._log(gone, seq, "erase", ledger.DROPPED, reason=Reason.ERASED.value)
        return left

    def _last_seq(self) -> int:
        return 4 + len(self.task.treatment.steps)

    def _set_revisits_aside(self, documents: pa.RecordBatch) -> pa.RecordBatch:
        """Log revisits as unresolved; the revisit stage finds their originals among all sources afterwards."""
        revisits, others = divide(documents, pc.equal(documents["kind"], Kind.REVISIT.value))
        self._log(revisits, 0, "capture", ledger.DROPPED, reason=Reason.REVISIT_UNRESOLVED.value)
        return others

    def _decide_rights(self, documents: pa.RecordBatch) -> pa.RecordBatch:
        """Drop what the policy does not allow, before any costly step; failed responses are left to extraction."""
        treatment = self.task.treatment
        where = Where.RECORD if self.task.reading.license == PER_RECORD else Where.SOURCE
        documents, found = add_profiles(documents, where, treatment.finders)
        self.profiles |= found
        policy = treatment.policy
        digest_of = pa.scalar(policy.digest if policy else None, pa.string())
        documents = documents.append_column("policy", pa.repeat(digest_of, documents.num_rows))
        final = policy is None or "language" not in policy.uses
        return self._withhold(self._refuse_withdrawn(documents), policy, 1, final=final)

    def _refuse_withdrawn(self, documents: pa.RecordBatch) -> pa.RecordBatch:
        """Drop what a withdrawal took out of the dataset, or would have."""
        suppression = self.task.treatment.suppression
        if suppression is None or documents.num_rows == 0:
            return documents
        rules = suppression.rules(documents, self.task.reading.source, self.profiles)
        refused = pc.is_valid(rules)
        columns = {"reason": Reason.WITHDRAWN.value, "detail": rules.filter(refused)}
        self._log(documents.filter(refused), 1, "revise", ledger.DROPPED, **columns)
        return documents.filter(pc.invert(refused))

    def _decide_by_language(self, documents: pa.RecordBatch) -> pa.RecordBatch:
        """Decide again what only the language, which is known now, decides."""
        policy = self.task.treatment.policy
        if policy is None or "language" not in policy.uses:
            return documents
        return self._withhold(documents, policy, 3 + len(self.task.treatment.steps), final=True)

    def _decide_by_content(self, documents: pa.RecordBatch) -> pa.RecordBatch:
        """Decide again on texts that a registry lists by their content."""
        for finder in self.task.treatment.finders:
            if isinstance(finder, SiteFinder) and finder.registries:
                found = finder.of_contents(documents["content_id"])
                if any(found):
                    documents, profiles = extend_profiles(documents, self.profiles, found)
                    self.profiles |= profiles
                    seq = 4 + len(self.task.treatment.steps)
                    documents = self._withhold(documents, self.task.treatment.policy, seq, final=True)
        return documents

    def _withhold(self, documents: pa.RecordBatch, policy: Policy | None, seq: int, *, final: bool) -> pa.RecordBatch:
        if policy is None or documents.num_rows == 0:
            return documents
        parted = withhold(documents, policy, self.profiles, final=final)
        columns = {"reason": parted.reasons, "detail": parted.rules}
        self._log(parted.dropped, seq, "policy", ledger.DROPPED, **columns)
        return parted.kept

    def _extract(self, documents: pa.RecordBatch) -> pa.RecordBatch:
        extracted = extract(documents, self.task.reading.extract)
        dropped = pc.is_valid(extracted.reasons)
        reasons, values = extracted.reasons.filter(dropped), extracted.values.filter(dropped)
        self._log(divide(documents, dropped)[0], 2, "extract", ledger.DROPPED, reason=reasons, value=values)
        plain = documents.select([*_CARRIED, *CREDITS])
        rows = documents.num_rows
        for name, column in {
            "source": pa.repeat(pa.scalar(self.task.reading.source), rows),
            "file": pa.repeat(pa.scalar(self.task.name), rows),
            "language": pa.nulls(rows, pa.string()),
            "language_score": pa.nulls(rows, pa.float32()),
            "text": extracted.text,
        }.items():
            plain = plain.append_column(name, column)
        return divide(plain, dropped)[1]

    def _step(self, documents: pa.RecordBatch, name: str, step: Step, seq: int) -> pa.RecordBatch:
        outcome = step(documents)
        self._log(outcome.dropped, seq, name, ledger.DROPPED, reason=outcome.reasons, value=outcome.values)
        if outcome.change_reason is not None and len(outcome.changed):
            edited = outcome.kept.take(pa.array(outcome.changed))
            values = pa.array(outcome.change_values, pa.float64())
            self._log(edited, seq, name, ledger.CHANGED, reason=outcome.change_reason.value, value=values)
        return outcome.kept

    def _decontaminate(self, documents: pa.RecordBatch) -> pa.RecordBatch:
        """Drop documents that overlap a benchmark item; value is where in the text as it now is, in code points."""
        index, seq = self.task.treatment.benchmarks, 3 + len(self.task.treatment.steps)
        if index is None or documents.num_rows == 0:
            return documents
        found = find_overlaps(documents["text"], open_index(index.path))
        columns = {"value": pa.array(found.offsets), "detail": pa.array(found.items, pa.string())}
        overlapping = documents.take(pa.array(found.rows))
        reason = Reason.BENCHMARK_OVERLAP.value
        self._log(overlapping, seq, "decontaminate", ledger.DROPPED, reason=reason, **columns)
        return divide(documents, pa.array(np.isin(np.arange(documents.num_rows), found.rows)))[1]

    def _log(self, documents: pa.RecordBatch, seq: int, step: str, outcome: str, **columns: Any) -> None:
        where = {"source": self.task.reading.source, "file": self.task.name}
        self.log.add(ledger.events(documents, seq=seq, step=step, outcome=outcome, **where, **columns))


def _text_bytes(captures: pa.RecordBatch) -> int:
    lengths = [pc.sum(pc.binary_length(captures[name])).as_py() or 0 for name in ("text", "payload")]
    return int(sum(lengths))
