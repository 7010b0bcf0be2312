"""Sidecars: what deduplication needs to know of a part without reading its text.

A sidecar is one file of sections (see pipelines.handover.sections), one entry per row of the part in the part's order:
``doc_id`` (16 B), ``content_id`` (32 B), ``size`` (int64, bytes of text), ``rank`` (int64, rows x ranks; lower is
preferred), where URLs are compared ``url_id`` (16 B, zeros for none), and where near-duplicates are looked for
``signature`` (uint32, rows x num_perm) and ``values``, the same transposed. So a grouping task reads one column, a band
task the few *values* of its bands as one range, and an estimate one row; and nothing depends on the threshold, which
may change without annotating again. For exact comparison it holds the shingle sets: ``set_offsets`` (int64, rows + 1)
and ``sets`` (uint32), about half a byte for each byte of text.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.handover.sections import Array, Sections, write_sections
from pipelines.kernels.minhash import MinHasher, Signatures
from pipelines.kernels.shingles import ShingleSets


@dataclass(frozen=True, slots=True)
class SidecarRows:
    """What is written for the n documents of a part, in the order of the part's rows.

    Attributes:
        doc_id: fixed-size binary (16), n, no nulls.
        content_id: fixed-size binary (32), n, no nulls.
        sizes: int64 n, bytes of each text.
        ranks: int64 arrays of n: survivor order, lower preferred, the most important first; may be none.
        signatures: uint32 (n, num_perm), or None where near-duplicates are not looked for.
        minhash: what made the signatures.
        url_ids: uint8 (n, 16), zeros for a document without a URL; None where they are not compared.
        sets: the shingle set of each text; None where texts are not compared exactly.
    """

    doc_id: pa.FixedSizeBinaryArray
    content_id: pa.FixedSizeBinaryArray
    sizes: npt.NDArray[np.int64]
    ranks: tuple[npt.NDArray[np.int64], ...]
    signatures: Signatures | None
    minhash: MinHasher
    url_ids: npt.NDArray[np.uint8] | None = None
    sets: ShingleSets | None = None


def write_sidecar(path: str, rows: SidecarRows) -> None:
    """Write the sidecar of a part; the same rows give the same bytes."""
    count = len(rows.doc_id)
    sections: dict[str, Array] = {
        "doc_id": _id_bytes(rows.doc_id),
        "content_id": _id_bytes(rows.content_id),
        "size": np.asarray(rows.sizes, np.int64),
        "rank": np.array(rows.ranks, np.int64).reshape(-1, count).T,
    }
    if rows.url_ids is not None:
        sections["url_id"] = rows.url_ids
    if rows.signatures is not None:
        sections["signature"] = rows.signatures
        sections["values"] = rows.signatures.T
    if rows.sets is not None:
        sections |= {"set_offsets": rows.sets.offsets, "sets": rows.sets.hashes}
    checksum = rows.minhash.checksum() if rows.signatures is not None else None
    write_sections(path, sections, {"rows": count, "checksum": checksum})


def _id_bytes(ids: pa.FixedSizeBinaryArray) -> npt.NDArray[np.uint8]:
    if isinstance(ids, pa.ChunkedArray):
        ids = ids.combine_chunks()
    width = ids.type.byte_width
    raw = np.frombuffer(ids.buffers()[1] if len(ids) else b"", np.uint8)
    return raw[ids.offset * width : (ids.offset + len(ids)) * width].reshape(-1, width)


class Sidecar(Sections):
    """An open sidecar."""

    def __len__(self) -> int:
        return int(self.header["rows"])

    def take_sets(self, rows: npt.NDArray[np.int64]) -> ShingleSets:
        """Return the shingle sets of ascending *rows*."""
        bounds = self.read("set_offsets")
        firsts = np.flatnonzero(np.diff(rows, prepend=-2) != 1)  # of runs of rows that stand side by side
        lasts = np.append(firsts[1:], len(rows)) - 1
        runs = zip(bounds[rows[firsts]].tolist(), bounds[rows[lasts] + 1].tolist(), strict=True) if len(rows) else ()
        hashes = [np.empty(0, np.uint32), *(self.read("sets", start, stop) for start, stop in runs)]
        return ShingleSets(np.append(0, np.cumsum(bounds[rows + 1] - bounds[rows])), np.concatenate(hashes))
