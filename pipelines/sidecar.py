"""Sidecars: what deduplication needs to know of a part without reading its text.

A sidecar is one file: 16 bytes (magic, length of the header), a JSON header, then sections aligned to 64 bytes, one
entry per row of the part in the part's order: ``doc_id`` (16 B), ``content_id`` (32 B), ``size`` (int64, bytes of
text), ``rank`` (int64, rows x ranks; lower is preferred), where URLs are compared ``url_id`` (16 B, zeros for none),
and where near-duplicates are looked for ``signature`` (uint32, rows x num_perm) and ``values``, the same transposed. So
a grouping task reads one column, a band task the few *values* of its bands as one range, and an estimate one row; and
nothing depends on the threshold, which may change without annotating again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa

from pipelines.errors import PipelineError
from pipelines.minhash import MinHasher, Signatures
from pipelines.workfiles import reading, writing

MAGIC = b"CHDEDUP1"

_ALIGN = 64
Array = npt.NDArray[Any]


class SidecarMismatch(PipelineError):
    """A file is not a sidecar, or its signatures were made with other parameters than are asked for."""


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
    """

    doc_id: pa.FixedSizeBinaryArray
    content_id: pa.FixedSizeBinaryArray
    sizes: npt.NDArray[np.int64]
    ranks: tuple[npt.NDArray[np.int64], ...]
    signatures: Signatures | None
    minhash: MinHasher
    url_ids: npt.NDArray[np.uint8] | None = None


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
    checksum = rows.minhash.checksum() if rows.signatures is not None else None
    _write(path, {"rows": count, "checksum": checksum}, sections)


def _id_bytes(ids: pa.FixedSizeBinaryArray) -> npt.NDArray[np.uint8]:
    if isinstance(ids, pa.ChunkedArray):
        ids = ids.combine_chunks()
    width = ids.type.byte_width
    raw = np.frombuffer(ids.buffers()[1] if len(ids) else b"", np.uint8)
    return raw[ids.offset * width : (ids.offset + len(ids)) * width].reshape(-1, width)


def _write(path: str, settings: Mapping[str, Any], sections: Mapping[str, Array]) -> None:
    table, at = {}, 0
    for name, section in sections.items():
        table[name] = [at, section.dtype.str, list(section.shape)]
        at += -(-section.nbytes // _ALIGN) * _ALIGN
    header = orjson.dumps({**settings, "sections": table})
    header += b" " * (-(len(header) + 16) % _ALIGN)
    with writing(path) as file:
        file.write(MAGIC + len(header).to_bytes(8, "little") + header)
        for section in sections.values():
            file.write(np.ascontiguousarray(section).tobytes())
            file.write(bytes(-section.nbytes % _ALIGN))


class Sidecar:
    """An open sidecar: ranges of its sections as numpy arrays, mapped where the file is local."""

    def __init__(self, path: str) -> None:
        self._context = reading(path)
        self._file = self._context.__enter__()
        head = self._file.read(16)
        if head[:8] != MAGIC:
            self.close()
            raise SidecarMismatch(f"{path} is not a sidecar of this version: remove the work folder and run again")
        length = int.from_bytes(head[8:], "little")
        self.header: dict[str, Any] = orjson.loads(self._file.read(length))
        self._base = 16 + length

    def __enter__(self) -> Sidecar:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; arrays read before stay valid."""
        self._context.__exit__(None, None, None)

    def __len__(self) -> int:
        return int(self.header["rows"])

    def read(self, name: str, start: int = 0, stop: int | None = None) -> Array:
        """Return entries [start, stop) of a section; all of it by default."""
        at, dtype, shape = self.header["sections"][name]
        stop = shape[0] if stop is None else stop
        stride = np.dtype(dtype).itemsize * prod(shape[1:])
        if stride == 0 or stop == start:
            return np.empty((stop - start, *shape[1:]), dtype)
        self._file.seek(self._base + at + start * stride)
        buffer = self._file.read_buffer((stop - start) * stride)
        return np.frombuffer(buffer, dtype).reshape(stop - start, *shape[1:])

    def take(self, name: str, rows: npt.NDArray[np.int64]) -> Array:
        """Return a copy of the given rows of a column; what lies outside their range is not read."""
        if len(rows) == 0:
            return self.read(name, 0, 0)
        first = int(rows.min())
        return np.asarray(self.read(name, first, int(rows.max()) + 1)[rows - first])
