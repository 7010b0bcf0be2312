"""Parts: bounded runs of annotated documents, the unit of deduplication and release."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.handover.sidecar import SidecarRows, write_sidecar
from pipelines.handover.workfiles import writing
from pipelines.kernels.minhash import MinHasher, Signatures
from pipelines.kernels.shingles import ShingleSets
from policies.addresses.same_page import url_ids
from policies.rights.licenses import licence_class

PART_TEXT_BYTES = 32 << 20
"""A part is closed when its text reaches this size; one record above it makes a part of its own size."""

FRESH = 1 << 31
"""Epoch of the parts that the present run makes; parts of earlier versions have the number of their version."""

_LAST = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Keying:
    """What deduplication will need to know of each document.

    Attributes:
        minhash: how signatures are made.
        near: whether they are made at all.
        survivor: which of two duplicates stays: names of SURVIVOR_RULES, the most important first.
        url: whether URLs are compared.
        sets: whether candidates are compared as sets of shingles.
    """

    minhash: MinHasher
    near: bool
    survivor: tuple[str, ...]
    url: bool = False
    sets: bool = True

    def settings(self) -> list[Any]:
        """Describe the keying as JSON, for cache keys."""
        signed = self.minhash.checksum() if self.near else None
        return [signed, list(self.survivor), self.url, self.sets]


class PartWriter:
    """Writes the documents of one task as parts: an Arrow file of rows and a sidecar of keys for each."""

    def __init__(self, path: str, keying: Keying) -> None:
        """Write parts whose paths begin with *path*."""
        self.rows = 0
        self._path = path
        self._keying = keying
        self._parts: list[PartFile] = []
        self._open: _OpenPart | None = None

    def write(self, batch: pa.RecordBatch) -> None:
        """Append documents (columns doc_id, content_id, text, license, captured_at, uri if asked for, and others)."""
        if self._open is None:
            self._open = _OpenPart(f"{self._path}-{len(self._parts):04}", batch.schema, self._keying)
        self._open.write(batch)
        self.rows += batch.num_rows
        if self._open.text_bytes >= PART_TEXT_BYTES:
            self._close_part()

    def close(self) -> list[PartFile]:
        """Finish the last part; return all of them."""
        if self._open is not None:
            self._close_part()
        return self._parts

    def _close_part(self) -> None:
        assert self._open is not None
        self._parts.append(self._open.close())
        self._open = None


class _OpenPart:
    def __init__(self, path: str, schema: pa.Schema, keying: Keying) -> None:
        self.path = path
        self.rows = 0
        self.text_bytes = 0
        self._keying = keying
        self._ids: list[pa.RecordBatch] = []
        self._sizes: list[npt.NDArray[np.int64]] = []
        self._ranks: list[npt.NDArray[np.int64]] = []
        self._signatures: list[Signatures] = []
        self._sets: list[ShingleSets] = []
        self._urls: list[npt.NDArray[np.uint8]] = []
        self._stack = ExitStack()  # not compressed: it is read once or twice, which costs less than compressing
        file = self._stack.enter_context(writing(f"{path}.docs"))
        self._writer = self._stack.enter_context(pa.ipc.new_file(file, schema))

    def write(self, batch: pa.RecordBatch) -> None:
        self._writer.write_batch(batch)
        self._ids.append(batch.select(["doc_id", "content_id"]))
        self._sizes.append(np.asarray(pc.binary_length(batch["text"]), np.int64))
        self._ranks.append(ranks(batch, self._keying.survivor))
        if self._keying.near:
            self._sign(batch["text"])
        if self._keying.url:
            self._urls.append(url_ids(batch["uri"]))
        self.rows += batch.num_rows
        self.text_bytes += int(self._sizes[-1].sum())

    def _sign(self, text: pa.StringArray) -> None:
        if self._keying.sets:
            signatures, sets = self._keying.minhash.sketch(text)
            self._sets.append(sets)
        else:
            signatures = self._keying.minhash.signatures(text)
        self._signatures.append(signatures)

    def close(self) -> PartFile:
        """Finish both files."""
        self._stack.close()
        ids = pa.Table.from_batches(self._ids).combine_chunks()
        order = np.concatenate(self._ranks)
        rows = SidecarRows(
            doc_id=ids["doc_id"].chunk(0),
            content_id=ids["content_id"].chunk(0),
            sizes=np.concatenate(self._sizes),
            ranks=tuple(order.T),
            signatures=np.concatenate(self._signatures) if self._signatures else None,
            minhash=self._keying.minhash,
            url_ids=np.concatenate(self._urls) if self._urls else None,
            sets=ShingleSets.join(self._sets) if self._sets else None,
        )
        write_sidecar(f"{self.path}.dedup", rows)
        return PartFile(self.path, self.rows, self.text_bytes)


def ranks(batch: pa.RecordBatch, survivor: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return int64 (n, len(survivor)): what each document scores under each survivor rule; the lower one stays."""
    columns = [_RANKS[rule](batch) for rule in survivor]
    return np.column_stack(columns) if columns else np.empty((batch.num_rows, 0), np.int64)


def _licence_rank(batch: pa.RecordBatch) -> npt.NDArray[np.int64]:
    encoded = pc.dictionary_encode(batch["license"], null_encoding="encode")
    classes = np.array([licence_class(value) for value in encoded.dictionary.to_pylist()], np.int64)
    return np.asarray(classes[encoded.indices.to_numpy(zero_copy_only=False)])


def _date_rank(batch: pa.RecordBatch) -> npt.NDArray[np.int64]:
    """Rank by capture date, documents without one last."""
    dates = batch["captured_at"].cast(pa.int64())
    return np.asarray(pc.fill_null(dates, _LAST))


def _length_rank(batch: pa.RecordBatch) -> npt.NDArray[np.int64]:
    return np.negative(np.asarray(pc.binary_length(batch["text"]), np.int64))


_RANKS = {"permissive-license": _licence_rank, "earliest": _date_rank, "longest": _length_rank}

SURVIVOR_RULES = tuple(_RANKS)
"""Rules that order documents of a cluster; ties end in doc_id."""


@dataclass(frozen=True, slots=True)
class PartFile:
    """A finished part: its path without suffix, its rows, its bytes of text, and when it was taken in.

    Documents of an earlier epoch are preferred to those of a later one, whatever their ranks.
    """

    path: str
    rows: int
    bytes: int
    epoch: int = FRESH

    @property
    def name(self) -> str:
        """The part's content-derived name."""
        return self.path.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class WrittenPart:
    """A part as reports have it, whose folder may be elsewhere when it is read: name, rows, and bytes of text."""

    part: str
    rows: int
    bytes: int

    @classmethod
    def of(cls, part: PartFile) -> WrittenPart:
        """Return what a report says of *part*."""
        return cls(part.name, part.rows, part.bytes)

    def at(self, folder: str) -> PartFile:
        """Return the part where it stands in *folder*."""
        return PartFile(f"{folder}/{self.part}", self.rows, self.bytes)
