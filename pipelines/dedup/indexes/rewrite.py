"""Rewrite an index file without some documents, and without those that were dropped for them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from io import BytesIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lineage.rewrite.files import UNCHANGED, Rewritten
from lineage.storage.files import DataFile, write_once
from pipelines.handover.sections import Array, pack_sections
from pipelines.handover.sidecar import Sidecar

_BY_COLUMN = ("bands", "values")  # documents are their columns
_SETS = ("set_offsets", "sets")  # shingle sets, one behind the other, and where each begins


def rewrite_index(path: str, doc_ids: pa.Array, folder: str) -> Rewritten:
    """Rewrite the index file at *path* without *doc_ids* (hex, string n) and what was dropped for one of them.

    A copy whose survivor is erased has no kept twin any more, so later copies of it must not be dropped for it.
    """
    with Sidecar(path) as index:
        ids, winners = _keys(index.read("doc_id")), _keys(index.read("winner"))
        wanted = np.frombuffer(bytes.fromhex("".join(doc_ids.to_pylist())), "S16")
        dropped_for = np.isin(winners, wanted) & (winners != b"")  # zeros stand for no winner
        keep = ~(np.isin(ids, wanted) | dropped_for)
        if keep.all():
            return UNCHANGED
        sections = {name: np.array(index.read(name)) for name in index.header["sections"]}
        settings = {name: value for name, value in index.header.items() if name != "sections"}
    if not keep.any():
        return Rewritten(True)
    left = {name: _cut(name, sections, keep) for name in sections}
    content = BytesIO()
    pack_sections(content, left, {**settings, "rows": int(keep.sum())})
    return Rewritten(True, _write(content, np.sort(ids[keep]), folder))


def _cut(name: str, sections: Mapping[str, Array], keep: npt.NDArray[np.bool_]) -> Array:
    """Return the entries of section *name* that belong to the documents to *keep*."""
    if name in _BY_COLUMN:
        return sections[name][:, keep]
    if name not in _SETS:
        return sections[name][keep]
    sizes = np.diff(sections["set_offsets"])
    if name == "set_offsets":
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes[keep])])
    return sections[name][np.repeat(keep, sizes)]


def _write(content: BytesIO, ids: Array, folder: str) -> DataFile:
    view = content.getbuffer()
    sha256 = hashlib.sha256(view).hexdigest()
    path = f"{folder}/{sha256}.index"
    write_once(path, view)
    first, last = (bytes(ids[at]).ljust(16, b"\0").hex() for at in (0, -1))
    return DataFile(path, sha256, len(ids), len(view), first, last)


def _keys(rows: Array) -> Array:
    return np.ascontiguousarray(rows).view("S16").ravel()
