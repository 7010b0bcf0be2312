"""Identify captures: ids made of what was there, addresses redacted before anything stores them, claims normalised."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.annotate.treatment import PER_RECORD, Reading
from pipelines.captures.revisits import CaptureIndex
from pipelines.execution.deadline import BEYOND
from pipelines.handover.ids import DOC_ID, doc_ids, failed_id
from pipelines.outcome import Outcome, put
from pipelines.reasons import Reason
from pipelines.rights.decide import ADDRESS, CLAIMED
from policies.addresses.redaction import redact_uris
from policies.rights.licenses import normalize_all


@dataclass(frozen=True, slots=True)
class Identify:
    """Give captures their ids and redact what is stored of their addresses.

    Attributes:
        reading: how their source is read.
        index: told of every capture, for the revisits of others.
    """

    reading: Reading
    index: CaptureIndex

    def __call__(self, batch: pa.RecordBatch) -> Outcome:
        """Keep every capture, with columns doc_id, ADDRESS and CLAIMED."""
        ids = doc_ids(self.reading.source, batch)
        self.index.add(batch, ids)
        claims = batch["license"]
        if self.reading.license != PER_RECORD:
            claims = pa.repeat(pa.scalar(self.reading.license, pa.string()), batch.num_rows)
        batch = batch.append_column(ADDRESS, batch["uri"])
        for name in ("uri", "source_id"):
            batch = put(batch, name, redact_uris(batch[name]))
        batch = put(batch, "license", normalize_all(claims))
        said = pc.fill_null(pc.greater(pc.utf8_length(pc.utf8_trim_whitespace(claims)), 0), False)
        return Outcome.keep_all(batch.append_column(CLAIMED, said).append_column("doc_id", ids))


@dataclass(frozen=True, slots=True)
class IdentifyFailed:
    """Give records that could not be read an id of their file and offset, and nothing but their place and address.

    Attributes:
        source: the source's name.
        file_digest: SHA-256 of the file, hex.
    """

    source: str
    file_digest: str

    def __call__(self, batch: pa.RecordBatch) -> Outcome:
        """Keep every record, with few columns."""
        ids = [failed_id(self.source, self.file_digest, at) for at in batch["offset"].to_pylist()]
        columns = {name: redact_uris(batch[name]) for name in ("uri", "source_id")}
        columns |= {name: batch[name] for name in ("failure", "detail", "captured_at", "offset", "length", "marks")}
        return Outcome.keep_all(pa.record_batch({"doc_id": pa.array(ids, DOC_ID), **columns}))


@dataclass(frozen=True, slots=True)
class SetAside:
    """Drop records that are beyond the deadline, untouched: what they say may be what takes so long.

    Attributes:
        source: the source's name.
        file_digest: SHA-256 of the file, hex.
    """

    source: str
    file_digest: str

    def __call__(self, batch: pa.RecordBatch) -> Outcome:
        """Drop them all by their place, the only thing that is told of them."""
        ids = [failed_id(self.source, self.file_digest, at) for at in batch["offset"].to_pylist()]
        places = {"doc_id": pa.array(ids, DOC_ID), "offset": batch["offset"], "length": batch["length"]}
        reasons, details = (pa.repeat(pa.scalar(one), len(ids)) for one in (Reason.TOO_COSTLY.value, BEYOND))
        return Outcome.without(pa.record_batch(places), reasons, details=details)


def fail(batch: pa.RecordBatch) -> Outcome:
    """Let every record of *batch* go for its failure; the detail is what exactly was wrong."""
    return Outcome.without(batch, batch["failure"], details=batch["detail"])
