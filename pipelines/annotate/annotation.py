"""How a slice is annotated: its captures are read, go through the passes batch by batch, and are written as parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from connectors.capture import Extent
from pipelines.annotate.passes import Pass, passes_over_captures, passes_over_failures, passes_over_overdue
from pipelines.annotate.rights import Rights
from pipelines.annotate.stage import AnnotateReport, AnnotateTask
from pipelines.captures.extraction.parsed import ParsedPages
from pipelines.captures.formats import connector_named
from pipelines.captures.revisits import CaptureIndex
from pipelines.execution.deadline import deadlines
from pipelines.execution.journal import note
from pipelines.handover.events import EventLog
from pipelines.handover.parts import PartWriter, WrittenPart
from pipelines.outcome import divide
from pipelines.rights.profiles import note_profiles


@dataclass(frozen=True, slots=True)
class _Annotated:
    """What was made of some captures.

    Attributes:
        kept: documents that go on.
        log: what became of the others.
        index: the captures, for revisits.
    """

    kept: pa.RecordBatch
    log: EventLog
    index: CaptureIndex


class Annotation:
    """One run of a task: the open outputs and the counts so far."""

    def __init__(self, task: AnnotateTask) -> None:
        self.task = task
        self.extent = Extent()
        self.log = EventLog()
        self.index = CaptureIndex()
        self.writer = PartWriter(task.path, task.treatment.keying)
        self.rights = Rights(task.reading, task.treatment, ParsedPages(task.reading.extract))
        self.failures = passes_over_failures(task.reading, task.treatment, task.file_digest)
        self.overdue = passes_over_overdue(task.reading, task.file_digest)
        self.read = 0
        self.bytes_in = 0

    def write(self) -> AnnotateReport:
        """Read, annotate and write everything; return the report."""
        with deadlines(self.task.path, self.task.limits.record_seconds) as bounds:
            for captures in self._captures():
                kept = 0
                for some, annotated in bounds.treat(captures, self._annotate):
                    kept += self._take(some, annotated)
                note("batch", read=captures.num_rows, kept=kept, bytes=_text_bytes(captures))
        parts = [WrittenPart.of(one) for one in self.writer.close()]
        self.log.write(self.task.events_path)
        if len(self.index):
            self.index.write(self.task.captures_path)
        note_profiles(self.task.profiles_path, self.rights.profiles)
        counts = self.log.counts()
        extent = (self.extent.begins, self.extent.ends)
        captures = (len(self.index), self.index.revisits)
        return AnnotateReport(
            self.task.id, parts, self.read, self.writer.rows, counts, self.bytes_in, *extent, captures
        )

    def _captures(self) -> Iterator[pa.RecordBatch]:
        task = self.task
        connector = connector_named(task.reading.connector)
        for batch in connector.read(task.slice, task.reading.options, task.limits, self.extent):
            self.read += batch.num_rows
            self.bytes_in += _text_bytes(batch)
            yield batch

    def _annotate(self, captures: pa.RecordBatch) -> _Annotated:
        log, index = EventLog(), CaptureIndex()
        failed, read = divide(captures, pc.is_valid(captures["failure"]))
        self._apply(self.failures, failed, log)
        kept = self._apply(passes_over_captures(self.rights, self.task.name, index), read, log)
        return _Annotated(kept, log, index)

    def _take(self, captures: pa.RecordBatch, annotated: _Annotated | None) -> int:
        """Take what was made of *captures* into the outputs, None if it took too long; return how many are kept."""
        if annotated is None:
            self._apply(self.overdue, captures, self.log)
            return 0
        self.log.batches += annotated.log.batches
        self.index.batches += annotated.index.batches
        if annotated.kept.num_rows:
            self.writer.write(annotated.kept)
        return int(annotated.kept.num_rows)

    def _apply(self, passes: Sequence[Pass], batch: pa.RecordBatch, log: EventLog) -> pa.RecordBatch:
        """Apply *passes* in turn, as long as anything goes on."""
        place = {"source": self.task.reading.source, "file": self.task.name}
        for one in passes:
            if batch.num_rows == 0:
                break
            batch = one.run(batch, log, place)
        return batch


def _text_bytes(captures: pa.RecordBatch) -> int:
    lengths = [pc.sum(pc.binary_length(captures[name])).as_py() or 0 for name in ("text", "payload")]
    return int(sum(lengths))
