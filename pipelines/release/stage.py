"""The release stage: apply verdicts, cut boilerplate and scrub personal data, write the version's documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.capture import Limits
from lineage.statistics.counts import COUNTS, count_documents, without_texts
from lineage.storage.parquet import write_documents
from lineage.storage.tables import DOCUMENTS
from pipelines.code.plugins import plugins_of
from pipelines.code.version import Plugin
from pipelines.execution.deadline import BEYOND, deadlines
from pipelines.execution.journal import note
from pipelines.execution.once import Once
from pipelines.execution.stage import FileReport
from pipelines.handover import events as ledger
from pipelines.handover.events import EventLog, Order
from pipelines.handover.ids import CONTENT_ID, as_hex, content_ids
from pipelines.handover.parts import PartFile
from pipelines.handover.workfiles import reading
from pipelines.outcome import divide, put
from pipelines.reasons import Reason
from pipelines.release.boilerplate import Boilerplate
from pipelines.release.partials import write_partial
from pipelines.rights.credits import scrub_credits
from pipelines.rights.suppression import Suppression
from policies.pii.scrubber import Scrubbed, Scrubber
from policies.spans import FINDINGS

GROUPS = 16
GROUP_TEXT_BYTES = (8 << 20, 128 << 20)
"""Parts are released together so that there are about GROUPS data files, each with this much text at least and at
most: the sizes depend on the corpus alone, never on the workers."""


@dataclass(frozen=True, slots=True)
class ReleaseReport(FileReport):
    """What came of a group of parts, beside its data file.

    Attributes:
        rows: documents that were taken.
        refused: those dropped here, though deduplication had left them.
        events: by outcome and reason ("" for none).
        licenses, languages, sources: kept documents by each.
        text_bytes: bytes of text that were kept.
    """

    rows: int
    refused: int
    events: Mapping[str, Mapping[str, int]]
    licenses: Mapping[str, int]
    languages: Mapping[str, int]
    sources: Mapping[str, int]
    text_bytes: int

    @property
    def progress(self) -> Mapping[str, int]:
        """Documents taken and kept, and bytes of text that were kept."""
        return {"read": self.rows, "kept": self.file.rows if self.file else 0, "bytes": self.text_bytes}


@dataclass(frozen=True)
class ReleaseTask(Once[ReleaseReport]):
    """Release a group of parts as one data file.

    Attributes:
        parts: the parts, sorted by name.
        verdicts: part name -> path of its deduplication verdicts; parts without a drop are absent.
        scrubber: what is done to personal data; None leaves texts as they are.
        signals: signal columns of the data file.
        data: folder of the documents table's data files.
        out: folder for the report and the events.
        boilerplate: what is cut out of texts; None leaves them whole.
        suppression: what was erased and is not released again; None where nothing was.
        record_seconds: processor time after which a document is given up.
    """

    parts: tuple[PartFile, ...]
    verdicts: Mapping[str, str]
    scrubber: Scrubber | None
    signals: Mapping[str, pa.DataType]
    data: str
    out: str
    boilerplate: Boilerplate | None = None
    suppression: Suppression | None = None
    record_seconds: float = Limits().record_seconds

    def inputs(self) -> Any:
        """Return parts, verdicts and settings."""
        return {
            "parts": [[part.name, self.verdicts.get(part.name)] for part in self.parts],
            "scrub": repr(self.scrubber),
            "signals": {name: str(kind) for name, kind in self.signals.items()},
            "boilerplate": self.boilerplate.inputs() if self.boilerplate else None,
            "suppression": self.suppression.digest if self.suppression else None,
            "record_seconds": self.record_seconds,
        }

    def plugins(self) -> tuple[Plugin, ...]:
        """Return the distributions of the recognizers that are somebody else's."""
        return plugins_of(one.name for one in self.scrubber.foreign) if self.scrubber else ()

    @property
    def cost(self) -> int:
        """Return the work in bytes: where nothing is scrubbed, writing is some sixteen times cheaper than reading."""
        return sum(part.bytes for part in self.parts) // (16 if self.scrubber is None else 1)

    @property
    def events_path(self) -> str:
        """Return where the events stand once the task is done."""
        return f"{self.path}.events"

    @property
    def counts_path(self) -> str:
        """Return where the counts of what is kept stand once the task is done."""
        return f"{self.path}.counts"

    def stands(self, report: ReleaseReport) -> bool:
        """Tell whether the data file is still there."""
        return report.is_there

    def work(self) -> ReleaseReport:
        """Release the parts; report the data file and counts."""
        return _Release(self).write()


@dataclass(frozen=True, slots=True)
class _Released:
    """What was made of a batch.

    Attributes:
        documents: those that are kept.
        refused: how many were dropped here, though deduplication had left them.
        log: what became of documents, but for their being kept.
    """

    documents: pa.RecordBatch
    refused: int
    log: EventLog


class _Batch:
    """What is done to one batch of a task."""

    def __init__(self, task: ReleaseTask) -> None:
        self.task = task
        self.log = EventLog()

    def release(self, batch: pa.RecordBatch) -> _Released:
        """Apply verdicts, cut boilerplate, scrub personal data, refuse what was erased."""
        left = self._drop_duplicates(batch)
        documents = self._refuse_contents(self._scrub(self._cut_boilerplate(left)))
        return _Released(documents, left.num_rows - documents.num_rows, self.log)

    def set_aside(self, batch: pa.RecordBatch) -> _Released:
        """Drop all of *batch*, in whose texts nobody has looked for personal data to the end."""
        why = {"reason": Reason.TOO_COSTLY.value, "detail": BEYOND, **self._unscrubbed()}
        self._log(batch, Order.RELEASE, "release", ledger.DROPPED, **why)
        return _Released(batch.slice(0, 0), batch.num_rows, self.log)

    def _drop_duplicates(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        dropped, left = divide(batch, pc.is_valid(batch["reason"]))
        self._log(dropped, Order.DEDUP, "dedup", ledger.DROPPED, **self._unscrubbed())
        return left.drop_columns(["reason", "duplicate_of", "similarity"])

    def _unscrubbed(self) -> dict[str, Any]:
        """Return what hides the content_id of a text in which nobody has looked for personal data."""
        return {} if self.task.scrubber is None else {"content_id": None}

    def _cut_boilerplate(self, documents: pa.RecordBatch) -> pa.RecordBatch:
        """Remove repeated units; a document of which nothing remains is dropped."""
        if self.task.boilerplate is None or documents.num_rows == 0:
            return documents
        cut = self.task.boilerplate.cut(documents["text"])
        changed, removed = pa.array(cut.removed > 0), pa.array(cut.removed, pa.float64())
        empty = pc.and_(changed, pc.equal(pc.binary_length(cut.texts), 0))
        only = {"reason": Reason.BOILERPLATE_ONLY.value, "value": removed.filter(empty), **self._unscrubbed()}
        self._log(documents.filter(empty), Order.BOILERPLATE, "boilerplate", ledger.DROPPED, **only)
        documents = put(documents, "text", cut.texts)
        documents = put(documents, "content_id", _new_content_ids(documents, changed))
        edited = pc.and_(changed, pc.invert(empty))
        values = {"value": removed.filter(edited), "edits": cut.edits.filter(edited), **self._unscrubbed()}
        reason = Reason.BOILERPLATE_REMOVED.value
        self._log(documents.filter(edited), Order.BOILERPLATE, "boilerplate", ledger.CHANGED, reason=reason, **values)
        return documents.filter(pc.invert(empty))

    def _scrub(self, documents: pa.RecordBatch) -> pa.RecordBatch:
        """Replace personal data; a document whose scan did not complete is dropped, unless the recipe keeps such.

        Findings go to the ledger with what was done about them: the document's drop or change, else its being kept.
        """
        scrubber = self.task.scrubber
        if scrubber is None or documents.num_rows == 0:
            return documents
        scrubbed = scrubber.scrub(documents["text"], documents["language"])
        erased = self._persons(scrubbed)
        withheld = pc.and_(pc.not_equal(scrubbed.status, "complete"), pa.scalar(self._withholds(scrubber)))
        drop = pc.or_(pc.or_(withheld, scrubbed.dropped), erased)
        reasons = pc.if_else(withheld, Reason.PII_SCAN_FAILED.value, Reason.PII_FOUND.value)
        reasons = pc.if_else(erased, Reason.ERASED.value, reasons)
        documents = scrub_credits(_with_scan(documents, scrubbed), scrubber)
        dropped = {"reason": reasons.filter(drop), "content_id": None}
        self._log(documents.filter(drop), Order.PII, "pii", ledger.DROPPED, **dropped)
        keep = pc.invert(drop)
        documents, edits = documents.filter(keep), scrubbed.edits.filter(keep)
        changed = pc.is_valid(edits)
        documents = put(documents, "content_id", _new_content_ids(documents, changed))
        edits = edits.filter(changed)
        columns = {"value": pc.list_value_length(edits).cast(pa.float64()), "edits": edits}
        reason = Reason.PII_SCRUBBED.value
        self._log(documents.filter(changed), Order.PII, "pii", ledger.CHANGED, reason=reason, **columns)
        said = pc.if_else(changed, pa.scalar(None, FINDINGS), documents["findings"])
        return put(documents, "findings", said)

    def _persons(self, scrubbed: Scrubbed) -> pa.BooleanArray:
        """Return bool n: which texts are about somebody who had them erased."""
        suppression = self.task.suppression
        if suppression is None or not suppression.personal:
            return pa.repeat(pa.scalar(False), len(scrubbed.text))
        return suppression.persons(scrubbed.findings)

    def _withholds(self, scrubber: Scrubber) -> bool:
        """Tell whether a text whose search was not complete is dropped: always if an erased person may be in it."""
        suppression = self.task.suppression
        return scrubber.incomplete == "drop" or bool(suppression and suppression.personal)

    def _refuse_contents(self, documents: pa.RecordBatch) -> pa.RecordBatch:
        """Drop texts that, as they would be released, were erased by their content."""
        suppression = self.task.suppression
        if suppression is None or documents.num_rows == 0:
            return documents
        refused = suppression.contents(documents["content_id"])
        self._log(documents.filter(refused), Order.RELEASE, "erase", ledger.DROPPED, reason=Reason.ERASED.value)
        return documents.filter(pc.invert(refused))

    def _log(self, documents: pa.RecordBatch, seq: int, step: str, outcome: str, **columns: Any) -> None:
        self.log.add(ledger.events(documents, seq=seq, step=step, outcome=outcome, **columns))


class _Release:
    """One run of a task."""

    def __init__(self, task: ReleaseTask) -> None:
        self.task = task
        self.log = EventLog()
        self.kept: list[pa.RecordBatch] = []
        self.refused = 0  # dropped here, though deduplication had left them

    def write(self) -> ReleaseReport:
        """Write the data file and the events of all parts; return the report."""
        if self.task.scrubber is not None:
            self.task.scrubber.check()  # or the first document would have to load all patterns within its deadline
        with deadlines(self.task.path, self.task.record_seconds) as bounds:
            for part in self.task.parts:
                for batch in _with_verdicts(part, self.task.verdicts.get(part.name)):
                    kept = sum(self._take(*released) for released in bounds.treat(batch, self._release))
                    note("released", rows=batch.num_rows, kept=kept, bytes=batch.nbytes)
        table = pa.Table.from_batches(self.kept) if self.kept else None
        file, counts = None, COUNTS.empty_table()
        if table is not None and table.num_rows:
            names = [*DOCUMENTS.names, *self.task.signals]
            columns = {name: table[name] for name in names if name in table.column_names}
            columns |= {"doc_id": _spell(table["doc_id"]), "content_id": _spell(table["content_id"])}
            documents = pa.table(columns)
            file = write_documents(documents, self.task.data, self.task.signals)
            counts = count_documents(without_texts(documents))
        write_partial(self.task.counts_path, counts)
        self._log_kept(table, file.path.rsplit("/", 1)[-1] if file else None)
        self.log.write(self.task.events_path)
        rows = sum(part.rows for part in self.task.parts)
        return ReleaseReport(
            id=self.task.id,
            file=file,
            rows=rows,
            refused=self.refused,
            events=self.log.counts(),
            licenses=_count(table, "license"),
            languages=_count(table, "language"),
            sources=_count(table, "source"),
            text_bytes=(pc.sum(pc.binary_length(table["text"])).as_py() or 0) if table else 0,
        )

    def _release(self, batch: pa.RecordBatch) -> _Released:
        return _Batch(self.task).release(batch)

    def _take(self, batch: pa.RecordBatch, released: _Released | None) -> int:
        """Take what was made of *batch* into the outputs, None if it took too long; return how many are kept."""
        if released is None:
            released = _Batch(self.task).set_aside(batch)
        self.log.batches += released.log.batches
        self.refused += released.refused
        if released.documents.num_rows:  # an empty batch may lack columns that scrubbing adds
            self.kept.append(released.documents)
        return int(released.documents.num_rows)

    def _log_kept(self, table: pa.Table | None, output: str | None) -> None:
        columns = {"seq": Order.RELEASE, "step": "release", "outcome": ledger.KEPT, "output": output}
        for batch in table.to_batches() if table is not None else ():
            self.log.add(ledger.events(batch, **columns))


def _with_scan(documents: pa.RecordBatch, scrubbed: Scrubbed) -> pa.RecordBatch:
    """Put what scrubbing made and found into columns that the data file and the events take."""
    incomplete = pc.not_equal(scrubbed.status, "complete")
    columns = {
        "pii_counts": scrubbed.counts,
        "findings": scrubbed.findings,
        "reason": pc.if_else(incomplete, Reason.PII_SCAN_INCOMPLETE.value, pa.scalar(None, pa.string())),
        "detail": pc.if_else(incomplete, scrubbed.status, pa.scalar(None, pa.string())),
    }
    documents = put(documents, "text", scrubbed.text)
    for name, column in columns.items():
        documents = documents.append_column(name, column)
    return documents


def _with_verdicts(part: PartFile, verdicts: str | None) -> Iterator[pa.RecordBatch]:
    """Yield the part's batches with columns reason, duplicate_of and similarity, null where nothing dropped a row."""
    table = _verdicts(part.rows, verdicts)
    start = 0
    with reading(f"{part.path}.docs") as file:
        source = pa.ipc.open_file(file)
        for index in range(source.num_record_batches):
            batch = source.get_batch(index)
            for name in ("reason", "duplicate_of", "similarity"):
                batch = batch.append_column(name, table[name].slice(start, batch.num_rows))
            start += batch.num_rows
            yield batch


def _verdicts(rows: int, path: str | None) -> pa.RecordBatch:
    """Spread a verdict file over all *rows* of its part."""
    names = ("reason", "duplicate_of", "similarity")
    if path is None:
        nulls = [pa.nulls(rows, ledger.EVENTS.field(name).type) for name in names]
        return pa.RecordBatch.from_arrays(nulls, names=list(names))
    with reading(path) as file:
        found = pa.ipc.open_file(file).read_all().combine_chunks()
    at = np.full(rows, -1, np.int64)
    at[found["row"].to_numpy()] = np.arange(len(found))
    indices = pa.array(at, mask=at < 0)
    return pa.RecordBatch.from_arrays([found[name].combine_chunks().take(indices) for name in names], names=list(names))


def _new_content_ids(documents: pa.RecordBatch, changed: pa.BooleanArray) -> pa.Array:
    """Identify changed texts anew: a hash of a text with personal data in it could be guessed from."""
    fresh = iter(content_ids(documents["text"].filter(changed)).to_pylist())
    old = documents["content_id"].to_pylist()
    return pa.array(
        [next(fresh) if edited else same for edited, same in zip(changed.to_pylist(), old, strict=True)], CONTENT_ID
    )


def _spell(column: pa.ChunkedArray) -> pa.Array:
    return as_hex(column)


def _count(table: pa.Table | None, name: str) -> dict[str, int]:
    """Count the rows of *table* by their value of a column."""
    if table is None:
        return {}
    return {row["values"] or "unknown": row["counts"] for row in pc.value_counts(table[name]).to_pylist()}


def add_up(counts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """Add counters, sorted by key."""
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    return dict(sorted(total.items()))


def group(parts: Sequence[PartFile]) -> list[tuple[PartFile, ...]]:
    """Pack parts, in the order of their names, into groups; see GROUPS."""
    least, most = GROUP_TEXT_BYTES
    capacity = min(max(sum(part.bytes for part in parts) // GROUPS, least), most)
    groups: list[list[PartFile]] = []
    room = 0
    for part in sorted(parts, key=lambda part: part.name):
        if not groups or part.bytes > room:
            groups.append([])
            room = capacity
        groups[-1].append(part)
        room -= part.bytes
    return [tuple(members) for members in groups]
