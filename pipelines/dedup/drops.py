"""Drops: which documents a stage of deduplication takes out, and for whom; files between its stages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.dedup.catalogue import Numbers
from pipelines.handover.sections import Array
from pipelines.handover.workfiles import reading, writing
from pipelines.reasons import Reason

REASONS = (
    Reason.REPEATED_RECORD,
    Reason.ID_CONFLICT,
    Reason.EXACT_DUPLICATE,
    Reason.NEAR_DUPLICATE,
    Reason.URL_DUPLICATE,
)
REPEATED, CONFLICT, EXACT, NEAR, URL = range(len(REASONS))
"""Codes of the reasons in a Drops."""

REFUSED, STAYED = 254, 255
"""Further codes, of documents that deduplication did not drop: refused by the release stage, and kept."""

_SCHEMA = pa.schema(
    {
        "number": pa.int64(),
        "winner": pa.int64(),
        "doc_id": pa.binary(16),
        "similarity": pa.float32(),
        "code": pa.uint8(),
    }
)


@dataclass(frozen=True, slots=True)
class Drops:
    """n documents that are dropped, ascending by number, each at most once.

    Attributes:
        numbers: int64, the dropped documents.
        winners: int64, for whom; a later stage may drop a winner in turn.
        doc_ids: uint8 (n, 16), the winners' ids.
        similarities: float32, nan where the reason has none.
        codes: uint8, index into REASONS.
    """

    numbers: Numbers
    winners: Numbers
    doc_ids: npt.NDArray[np.uint8]
    similarities: npt.NDArray[np.float32]
    codes: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.numbers)

    def take(self, rows: Array) -> Drops:
        """Return some of the drops."""
        return Drops(
            self.numbers[rows], self.winners[rows], self.doc_ids[rows], self.similarities[rows], self.codes[rows]
        )

    def between(self, start: int, stop: int) -> Drops:
        """Return the drops of documents numbered [start, stop)."""
        first, last = np.searchsorted(self.numbers, [start, stop])
        return self.take(np.arange(first, last))

    def write(self, path: str) -> None:
        """Write an Arrow IPC file that can be mapped."""
        ids = pa.FixedSizeBinaryArray.from_buffers(
            pa.binary(16), len(self), [None, pa.py_buffer(np.ascontiguousarray(self.doc_ids))]
        )
        columns = [self.numbers, self.winners, ids, self.similarities, self.codes]
        batch = pa.record_batch([pa.array(column) for column in columns], schema=_SCHEMA)
        with writing(path) as file, pa.ipc.new_file(file, _SCHEMA) as writer:
            writer.write_batch(batch)


def read_drops(paths: Sequence[str]) -> Drops:
    """Read the drops of several files as one, ascending by number."""
    pieces = [_read(path) for path in paths]
    joined = Drops(
        np.concatenate([np.empty(0, np.int64), *(piece.numbers for piece in pieces)]),
        np.concatenate([np.empty(0, np.int64), *(piece.winners for piece in pieces)]),
        np.concatenate([np.empty((0, 16), np.uint8), *(piece.doc_ids for piece in pieces)]),
        np.concatenate([np.empty(0, np.float32), *(piece.similarities for piece in pieces)]),
        np.concatenate([np.empty(0, np.uint8), *(piece.codes for piece in pieces)]),
    )
    return joined.take(np.argsort(joined.numbers, kind="stable"))


def _read(path: str) -> Drops:
    with reading(path) as file:
        batch = pa.ipc.open_file(file).get_batch(0)
    number, winner, ids, similarity, code = batch.columns
    raw = np.frombuffer(ids.buffers()[1] or b"", np.uint8).reshape(-1, 16)
    return Drops(np.asarray(number), np.asarray(winner), raw, np.asarray(similarity), np.asarray(code))


def dropped_mask(paths: Sequence[str], size: int) -> npt.NDArray[np.bool_]:
    """Return bool (size): which documents the files drop. One byte per document of the job."""
    mask = np.zeros(size, np.bool_)
    for path in paths:
        mask[_read(path).numbers] = True
    return mask
