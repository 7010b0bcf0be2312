"""The annotate stage: captures in; parts of documents with ids, text, signals and signatures, and events, out."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from typing import Any, Self

import pyarrow as pa

from connectors.capture import Limits, Slice
from connectors.errors import MissingSource, UnreadableSource
from pipelines.annotate.treatment import Reading, Treatment
from pipelines.code.plugins import plugins_of
from pipelines.code.version import Plugin
from pipelines.execution.once import Once
from pipelines.execution.stage import Report
from pipelines.handover import events as ledger
from pipelines.handover.events import EventLog, Order
from pipelines.handover.ids import failed_id
from pipelines.handover.parts import WrittenPart
from pipelines.reasons import Reason
from policies.addresses.redaction import redact_uri


@dataclass(frozen=True, slots=True)
class AnnotateReport(Report):
    """What came of a slice.

    Attributes:
        parts: the parts it left.
        read: records.
        rows: documents that go on.
        events: by outcome and reason ("" for none).
        bytes_in: bytes of text and payload that were read.
        begins: where its first record begins; None where none does.
        ends: where the first record behind the slice begins; None at the end of the file.
        captures: entries of the index of captures, and of these the revisits'.
        shard: name of a file that cannot be read, else None.
        failure: why it cannot.
    """

    parts: Sequence[WrittenPart]
    read: int
    rows: int
    events: Mapping[str, Mapping[str, int]]
    bytes_in: int
    begins: int | None
    ends: int | None
    captures: Sequence[int] = (0, 0)
    shard: str | None = None
    failure: str | None = None

    @classmethod
    def load(cls, content: Mapping[str, Any]) -> Self:
        """Return the report that was kept as JSON; a driver may hold a hundred thousand, whose words are shared."""
        events = {
            sys.intern(outcome): {sys.intern(reason): count for reason, count in reasons.items()}
            for outcome, reasons in content["events"].items()
        }
        parts = [WrittenPart(**one) for one in content["parts"]]
        return cls(**{**content, "parts": parts, "events": events, "captures": tuple(content["captures"])})

    @property
    def progress(self) -> Mapping[str, int]:
        """Records read and kept, and bytes read."""
        return {"read": self.read, "kept": self.rows, "bytes": self.bytes_in}


@dataclass(frozen=True)
class AnnotateTask(Once[AnnotateReport]):
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

    def inputs(self) -> Any:
        """Return the input's content and the settings."""
        reading = self.reading
        return {
            "file": [self.file_digest, self.slice.start, self.slice.end, self.name],
            "reading": [reading.source, reading.connector, dict(reading.options), reading.license, reading.extract],
            "max_garbled": reading.max_garbled,
            "treatment": self.treatment.settings(),
            "limits": list(astuple(self.limits)),
        }

    def plugins(self) -> tuple[Plugin, ...]:
        """Return the distributions of the connector and the steps that are somebody else's."""
        return plugins_of([self.reading.connector, *(name for name, _ in self.treatment.steps)])

    @property
    def cost(self) -> int:
        """Return the slice's stored bytes."""
        return self.size

    @property
    def events_path(self) -> str:
        """Return where the events stand once the task is done."""
        return f"{self.path}.events"

    @property
    def captures_path(self) -> str:
        """Return where the index of its captures stands, for revisits; of a file without any there is none."""
        return f"{self.path}.captures"

    @property
    def profiles_path(self) -> str:
        """Return where the rights profiles stand that were met; there are none of a file that cannot be read."""
        return f"{self.path}.profiles"

    def run(self) -> AnnotateReport:
        """Annotate the slice unless it has been; of a file that cannot be read nothing is kept, to be tried again."""
        try:
            return super().run()
        except (MissingSource, UnreadableSource) as error:
            return self._fail(error)

    def work(self) -> AnnotateReport:
        """Annotate the slice, and report counts, parts and extent."""
        from pipelines.annotate.annotation import Annotation  # heavy, and a driver only plans and reads reports

        return Annotation(self).write()

    def _fail(self, error: MissingSource | UnreadableSource) -> AnnotateReport:
        """Report a file that cannot be read, as one failed record."""
        record = {
            "doc_id": failed_id(self.reading.source, self.file_digest, self.slice.start),
            "source": self.reading.source,
        }
        table = pa.Table.from_pylist([{**record, "file": self.name, "offset": self.slice.start}])
        log, where = EventLog(), {"seq": int(Order.CAPTURE), "step": "capture", "outcome": ledger.FAILED}
        log.add(ledger.events(table, **where, reason=Reason.UNREADABLE_SHARD.value))
        log.write(self.events_path)
        failure = redact_uri(str(error))
        return AnnotateReport(self.id, [], 1, 0, log.counts(), 0, None, None, shard=self.name, failure=failure)
