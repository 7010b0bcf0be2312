"""Identities: of occurrences (doc_id), of texts (content_id), of inputs and settings (digests)."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

DOC_ID = pa.binary(16)
CONTENT_ID = pa.binary(32)

_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)


def digest(value: Any) -> str:
    """Return the SHA-256 (hex) of *value* as canonical JSON: sorted keys, no white space."""
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()


def doc_ids(source: str, captures: pa.RecordBatch) -> pa.FixedSizeBinaryArray:
    """Identify each capture of *source* (CAPTURES columns) by what it is, never by where it stands in a list.

    A record that carries an id is that id within its source, so an edited record keeps its doc_id. Any other capture
    is its URI, its date and the digest of its bytes: the same page through WARC, ARC or a re-cut shard is one doc_id,
    and two different bodies of one URL in one second are two. The first 128 bits of SHA-256 are used.
    """
    prefix = hashlib.sha256(b"corpushub doc 1\0" + source.encode() + b"\0")
    rows = zip(
        captures["source_id"].to_pylist(),
        captures["uri"].to_pylist(),
        captures["captured_at"].cast(pa.int64()).to_pylist(),
        captures["payload"],
        captures["text"],
        captures["payload_digest"].to_pylist(),
        strict=True,
    )
    ids = (_doc_id(prefix.copy(), *row) for row in rows)
    return pa.array(ids, DOC_ID, size=captures.num_rows)


def _doc_id(
    state: Any, source_id: str | None, uri: str | None, at: int | None, payload: Any, text: Any, declared: str | None
) -> bytes:
    if source_id is not None:
        state.update(b"id\0" + source_id.encode())
    else:
        body = payload if payload.is_valid else text
        content = hashlib.sha256(body.as_buffer()).hexdigest() if body.is_valid else declared
        state.update(f"capture\0{uri}\0{at}\0{content}".encode("utf-8", "surrogatepass"))
    return bytes(state.digest()[:16])


def failed_id(source: str, file_digest: str, offset: int) -> bytes:
    """Identify a record that could not be read: by its file's content and its offset there, 16 bytes."""
    key = f"corpushub failed 1\0{source}\0{file_digest}\0{offset}"
    return hashlib.sha256(key.encode()).digest()[:16]


def content_ids(text: pa.StringArray) -> pa.FixedSizeBinaryArray:
    """Return the SHA-256 of each canonical text's UTF-8 bytes."""
    ids = (hashlib.sha256(value.as_buffer()).digest() for value in text)
    return pa.array(ids, CONTENT_ID, size=len(text))


def as_hex(ids: pa.Array | pa.ChunkedArray) -> pa.StringArray:
    """Spell fixed-size binary ids as lower-case hex strings; nulls stay null."""
    if isinstance(ids, pa.ChunkedArray):
        ids = ids.combine_chunks()
    width = ids.type.byte_width
    raw = np.frombuffer(ids.buffers()[1], np.uint8)[ids.offset * width : (ids.offset + len(ids)) * width]
    spelled = np.empty((raw.size, 2), np.uint8)
    spelled[:, 0] = _HEX[raw >> 4]
    spelled[:, 1] = _HEX[raw & 15]
    offsets = np.arange(len(ids) + 1, dtype=np.int32) * (2 * width)
    strings = pa.StringArray.from_buffers(len(ids), pa.py_buffer(offsets), pa.py_buffer(spelled))
    return strings if ids.null_count == 0 else pc.if_else(ids.is_valid(), strings, None)
