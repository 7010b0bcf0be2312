"""From bodies to texts that may go on: decoded, taken out of their markup, compared with benchmarks, identified."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.capture import Kind, Mark
from pipelines.annotate.treatment import Reading
from pipelines.captures.bodies import decode
from pipelines.captures.extract import extract, garbled_share
from pipelines.captures.extraction.parsed import ParsedPages
from pipelines.decontaminate.benchmark_index import open_index
from pipelines.decontaminate.overlaps import find_overlaps
from pipelines.handover.ids import content_ids
from pipelines.outcome import Outcome
from pipelines.reasons import Reason
from policies.rights.credits import CREDITS

_CARRIED = (
    "doc_id",
    "source_id",
    "uri",
    "captured_at",
    "license",
    "profile",
    "policy",
    "offset",
    "length",
    "encoding",
    "marks",
)
"""Columns of captures that documents keep, CREDITS beside."""


def set_revisits_aside(batch: pa.RecordBatch) -> Outcome:
    """Drop revisits as unresolved; the revisit stage finds their originals among all sources afterwards."""
    revisit = pc.fill_null(pc.equal(batch["kind"], Kind.REVISIT.value), False)
    return Outcome.refuse(batch, revisit, Reason.REVISIT_UNRESOLVED)


def drop_truncated(batch: pa.RecordBatch) -> Outcome:
    """Drop captures whose body is cut."""
    cut = [mark is not None and Mark.TRUNCATED.value in mark for mark in batch["marks"].to_pylist()]
    return Outcome.refuse(batch, pa.array(cut, pa.bool_()), Reason.BODY_TRUNCATED)


def decode_bodies(batch: pa.RecordBatch) -> Outcome:
    """Keep every capture, its body decoded once for all that read it; tell of declarations that bodies contradict."""
    decoded = decode(batch)
    rows = np.flatnonzero(pc.is_valid(decoded["contradicted"])).astype(np.uint32)
    found = decoded.take(pa.array(rows))
    names = pc.binary_join_element_wise("declared ", found["contradicted"], ", decoded from ", found["encoding"], "")
    return replace(
        Outcome.keep_all(decoded.drop_columns(["contradicted"])),
        changed=rows,
        change_reason=Reason.CHARSET_CONTRADICTED,
        change_details=names,
    )


@dataclass(frozen=True, slots=True)
class Extract:
    """Take texts out of their markup; what goes on are documents.

    Attributes:
        reading: how their source is read.
        file: the file's name in lineage.
        parsed: pages that were parsed for their rights.
    """

    reading: Reading
    file: str
    parsed: ParsedPages

    def __call__(self, batch: pa.RecordBatch) -> Outcome:
        """Drop what has no text, or one that is garbled; the rest has the columns of documents."""
        extracted, rows = extract(batch, self.reading.extract, self.parsed), batch.num_rows
        self.parsed.clear()
        garbled = garbled_share(extracted.text)
        documents = batch.select([*_CARRIED, *CREDITS])
        for name, column in {
            "source": pa.repeat(pa.scalar(self.reading.source), rows),
            "file": pa.repeat(pa.scalar(self.file), rows),
            "language": pa.nulls(rows, pa.string()),
            "language_score": pa.nulls(rows, pa.float32()),
            "garbled": garbled,
            "text": extracted.text,
        }.items():
            documents = documents.append_column(name, column)
        unread = pc.fill_null(pc.greater(garbled, pa.scalar(self.reading.max_garbled, pa.float32())), False)
        outcome = Outcome.without(
            documents,
            pc.if_else(unread, Reason.GARBLED.value, extracted.reasons),
            pc.if_else(unread, garbled.cast(pa.float64()), extracted.values),
        )
        cut = extracted.cut[~np.asarray(pc.or_(unread, pc.is_valid(extracted.reasons)))]
        changed = np.flatnonzero(cut).astype(np.uint32)
        reason = Reason.INVISIBLE_REMOVED
        return replace(outcome, changed=changed, change_reason=reason, change_values=cut[changed].astype(np.float64))


@dataclass(frozen=True, slots=True)
class Decontaminate:
    """Drop documents that overlap a benchmark item.

    Attributes:
        index: path of the benchmark index.
    """

    index: str

    def __call__(self, batch: pa.RecordBatch) -> Outcome:
        """Drop them; the value is where in the text as it now is, in code points, and the detail names the item."""
        found = find_overlaps(batch["text"], open_index(self.index))
        at = pc.index_in(pa.array(np.arange(batch.num_rows)), pa.array(found.rows, pa.int64()))
        overlaps = pc.is_valid(at)
        return Outcome.without(
            batch,
            pc.if_else(overlaps, Reason.BENCHMARK_OVERLAP.value, pa.scalar(None, pa.string())),
            pa.array(found.offsets).take(at),
            pa.array(found.items, pa.string()).take(at),
        )


def identify_texts(batch: pa.RecordBatch) -> Outcome:
    """Keep every document, with a column content_id."""
    return Outcome.keep_all(batch.append_column("content_id", content_ids(batch["text"])))
