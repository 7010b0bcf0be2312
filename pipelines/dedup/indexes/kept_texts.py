"""Texts of documents that earlier versions kept: read again for the few that are compared, instead of being indexed.

A text counts only if its SHA-256 is the one that was indexed: of a document that release changed, the shingles are in
the index itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lineage.storage.files import open_parquet
from pipelines.dedup.catalogue import Numbers
from pipelines.dedup.drops import STAYED
from pipelines.errors import SidecarMismatch
from pipelines.handover.lists import name_of, read_list
from pipelines.handover.sidecar import Sidecar
from pipelines.kernels.minhash import MinHasher
from pipelines.kernels.shingles import ShingleSets

_AT_ONCE = 4 << 20  # bytes of texts whose shingles are in memory at a time


def sets_of(sidecar: Sidecar, rows: Numbers, texts: str | None) -> ShingleSets:
    """Return the shingle sets of ascending *rows* of a part, or of an index file and the files of the list *texts*.

    Documents that earlier versions dropped have empty ones.

    Raises:
        SidecarMismatch: the text of a document that was kept is not there.
    """
    sets, missing = known_sets(sidecar, rows, read_list(texts) if texts else ())
    if missing:
        raise SidecarMismatch(
            f"{missing} texts that the index speaks of are not in the version's documents; nothing was committed; "
            "run with --full"
        )
    return sets


def known_sets(sidecar: Sidecar, rows: Numbers, files: Sequence[str]) -> tuple[ShingleSets, int]:
    """Return the shingle sets of ascending *rows*, and how many kept documents of them are not in the *files*.

    These have empty ones, and so have documents that were dropped.
    """
    held = sidecar.header["sections"]
    nothing = ShingleSets(np.zeros(len(rows) + 1, np.int64), np.empty(0, np.uint32))
    sets = sidecar.take_sets(rows) if "sets" in held else nothing
    if "shingle" not in sidecar.header or len(rows) == 0:
        return sets, 0
    wanted = (np.diff(sets.offsets) == 0) & (sidecar.take("code", rows) == STAYED)
    missing = np.flatnonzero(wanted & sidecar.take("signed", rows).astype(np.bool_))
    if len(missing) == 0:
        return sets, 0
    ids, contents = (sidecar.take(name, rows[missing]) for name in ("doc_id", "content_id"))
    hint = sidecar.header["documents"]
    ordered = sorted(files, key=lambda path: name_of(path) != hint)
    found = dict(_found(ordered, [bytes(one).hex() for one in ids], [bytes(one) for one in contents]))
    minhash = MinHasher(num_perm=1, shingle=sidecar.header["shingle"])
    texts = [found.get(at, "") for at in range(len(missing))]
    made = ShingleSets.join([minhash.sketch(pa.array(some))[1] for some in _chunks(texts)])
    order = np.arange(len(rows))
    order[missing] = len(rows) + np.arange(len(missing))
    return ShingleSets.join([sets, made]).take(order), len(missing) - len(found)


def _found(files: Sequence[str], ids: Sequence[str], contents: Sequence[bytes]) -> Iterator[tuple[int, str]]:
    """Yield for each of *ids* (hex) its place and its text, looked for in *files* until all are found."""
    waiting = {doc_id: at for at, doc_id in enumerate(ids)}
    for path in files:
        if not waiting:
            return
        for doc_id, text in texts_in(path, sorted(waiting)):
            if hashlib.sha256(text.encode()).digest() == contents[waiting[doc_id]]:
                yield waiting.pop(doc_id), text


def texts_in(path: str, ids: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield id and text of the documents with ascending *ids* (hex) in the documents file at *path*."""
    wanted = pa.array(ids)
    with open_parquet(path) as file:
        for group in range(file.num_row_groups):
            if not _may_hold(file.metadata.row_group(group), ids):
                continue
            at = pc.index_in(file.read_row_group(group, ["doc_id"])["doc_id"], wanted)
            here = pc.is_valid(at)
            if pc.any(here).as_py():
                rows = file.read_row_group(group, ["doc_id", "text"]).filter(here)
                yield from zip(rows["doc_id"].to_pylist(), rows["text"].to_pylist(), strict=True)


def _may_hold(group: Any, ids: Sequence[str]) -> bool:
    """Tell whether one of ascending *ids* is in the range of a row group; without statistics each may be."""
    names = {group.column(at).path_in_schema: group.column(at) for at in range(group.num_columns)}
    statistics = names["doc_id"].statistics
    if statistics is None or not statistics.has_min_max:
        return True
    first = int(np.searchsorted(np.array(ids), statistics.min))
    return first < len(ids) and ids[first] <= statistics.max


def _chunks(texts: Sequence[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    size = 0
    for text in texts:
        chunk.append(text)
        size += len(text)
        if size > _AT_ONCE:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
