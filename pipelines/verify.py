"""Verification: candidates are compared as texts, and survivors chosen; reads only the documents in question."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from pipelines.candidates import read_pairs, unpack
from pipelines.catalogue import Catalogue, Numbers, documents_path
from pipelines.drops import NEAR, Drops
from pipelines.parts import PartFile
from pipelines.shingles import ShingleSets, shingle_sets
from pipelines.stage import Report
from pipelines.survivors import KEPT, Fates, Neighbours, preference, walk, walk_estimated
from pipelines.work import Once, names
from pipelines.workfiles import reading


@dataclass(frozen=True)
class VerifyTask(Once):
    """Decide whole components: drop a document only for a kept one whose similarity is at or above the threshold.

    Holds 8 bytes for each distinct shingle of its documents (about 1.3 times their text) and one record batch.

    Attributes:
        pairs: path of the candidate pairs, which is named by their content.
        size: bytes of text of the documents in them.
        threshold: least similarity of a duplicate.
        shingle: tokens per shingle; 0 estimates similarity from signatures instead of reading text.
        catalogue: path of the catalogue.
        out: folder of outputs.
    """

    pairs: str
    size: int
    threshold: float
    shingle: int
    catalogue: str
    out: str

    @property
    def cost(self) -> int:
        """Return the bytes of text."""
        return self.size

    def inputs(self) -> Any:
        """Return what the output depends on."""
        return [self.threshold, self.shingle, names([self.catalogue, self.pairs])]

    def work(self) -> Report:
        """Write the drops; report them and the number of comparisons."""
        catalogue = Catalogue.load(self.catalogue)
        left, right = unpack(read_pairs(self.pairs))
        numbers, places = np.unique(np.concatenate([left, right]), return_inverse=True)
        order = preference(catalogue, numbers)
        turn = np.empty(len(order), np.int64)  # when each document's turn comes in the walk
        turn[order] = np.arange(len(order))
        neighbours = Neighbours.of(turn[places[: len(left)]], turn[places[len(left) :]], len(numbers))
        fates = self._decide(catalogue, numbers, neighbours, order)
        path = f"{self.path}.drops"
        _drops(catalogue, numbers, order, fates).write(path)
        return {"drops": path, "near": int((fates.winners != KEPT).sum()), "compared": fates.compared}

    def _decide(self, catalogue: Catalogue, numbers: Numbers, neighbours: Neighbours, order: Numbers) -> Fates:
        if self.shingle == 0:
            return walk_estimated(neighbours, order, catalogue.gather("signature", numbers), self.threshold)
        return walk(neighbours, order, read_sets(catalogue, numbers, self.shingle), self.threshold)


def read_sets(catalogue: Catalogue, numbers: Numbers, shingle: int) -> ShingleSets:
    """Return the shingle sets of the documents with these ascending *numbers*, reading one record batch at a time."""
    sizes, hashes = [np.zeros(1, np.int64)], [np.empty(0, np.uint64)]
    for part, _, rows in catalogue.by_part(numbers):
        for text in _texts(part, rows):
            sets = shingle_sets(text, shingle)
            sizes.append(np.diff(sets.offsets))
            hashes.append(sets.hashes)
    return ShingleSets(np.cumsum(np.concatenate(sizes)), np.concatenate(hashes))


def _texts(part: PartFile, rows: Numbers) -> Iterator[pa.StringArray]:
    """Yield the texts of ascending *rows* of a part; record batches without any of them are not decompressed."""
    path = documents_path(part)
    starts = np.concatenate([[0], np.cumsum(list(_lengths(path)))])
    cuts = np.searchsorted(rows, starts)
    with reading(path) as file:
        documents = _column(file, "text")
        for batch in np.flatnonzero(np.diff(cuts)).tolist():
            chosen = rows[cuts[batch] : cuts[batch + 1]] - starts[batch]
            yield documents.get_batch(batch)["text"].take(pa.array(chosen))


def _lengths(path: str) -> Iterator[int]:
    with reading(path) as file:
        documents = _column(file, "doc_id")
        for batch in range(documents.num_record_batches):
            yield documents.get_batch(batch).num_rows


def _column(file: Any, name: str) -> Any:
    """Open an Arrow file so that only one column of it is read and decompressed."""
    index = pa.ipc.open_file(file).schema.get_field_index(name)
    return pa.ipc.open_file(file, options=pa.ipc.IpcReadOptions(included_fields=[index], use_threads=False))


def _drops(catalogue: Catalogue, numbers: Numbers, order: Numbers, fates: Fates) -> Drops:
    """Translate fates, which are in survivor order, to document numbers."""
    turns = np.flatnonzero(fates.winners != KEPT)
    turns = turns[np.argsort(order[turns])]
    winners = order[fates.winners[turns]]
    doc_ids = catalogue.gather("doc_id", numbers)[winners]
    similarities = fates.similarities[turns].astype(np.float32)
    return Drops(numbers[order[turns]], numbers[winners], doc_ids, similarities, np.full(len(turns), NEAR, np.uint8))
