"""Verification: candidates are compared as sets of shingles, and survivors chosen; reads only documents in question."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.candidates import unpack
from pipelines.catalogue import Catalogue, Numbers, documents_path, sidecar_path
from pipelines.components import pairs_of_share
from pipelines.drops import NEAR, Drops, read_drops
from pipelines.parts import FRESH, PartFile
from pipelines.shingles import ShingleSets, shingle_sets
from pipelines.sidecar import Sidecar
from pipelines.stage import Report
from pipelines.survivors import KEPT, OPEN, Fates, Neighbours, preference, walk, walk_estimated
from pipelines.work import Once, names
from pipelines.workfiles import reading


@dataclass(frozen=True)
class VerifyTask(Once):
    """Decide whole components: drop a document only for a kept one whose similarity is at or above the threshold.

    Holds one record batch, about 60 bytes for each document and 30 for each pair of its share. The shingle sets (8
    bytes for each distinct shingle, about 1.3 times the text) stand in an unnamed temporary file that is mapped: they
    are in memory while there is room, so that even a component far beyond it costs time and disk, never the run.

    Attributes:
        routed: paths of the pairs, sorted by share.
        share: which share to decide.
        size: bytes of text of its documents.
        settled: paths of the near-duplicates that earlier versions dropped.
        threshold: least similarity of a duplicate.
        shingle: tokens per shingle; 0 estimates similarity from signatures instead of comparing sets.
        catalogue: path of the catalogue.
        out: folder of outputs.
    """

    routed: tuple[str, ...]
    share: int
    size: int
    settled: tuple[str, ...]
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
        files = names([self.catalogue, *self.routed, *self.settled])
        return [self.threshold, self.shingle, self.share, files]

    def work(self) -> Report:
        """Write the drops; report them and the numbers of pairs and of comparisons."""
        catalogue = Catalogue.load(self.catalogue)
        pairs = pairs_of_share(self.routed, self.share)
        left, right = unpack(pairs)
        earlier = read_drops(self.settled)
        numbers = _with_winners(np.unique(np.concatenate([left, right])), earlier)
        order = preference(catalogue, numbers)
        turn = np.empty(len(order), np.int64)  # when each document's turn comes in the walk
        turn[order] = np.arange(len(order))
        places = turn[np.searchsorted(numbers, np.concatenate([left, right]))]
        neighbours = Neighbours.of(places[: len(left)], places[len(left) :], len(numbers))
        known = _known(catalogue, numbers, turn, earlier)
        fates = self._decide(catalogue, numbers, neighbours, known[order], order)
        drops = _drops(catalogue, numbers, order, fates)
        drops.write(f"{self.path}.drops")
        return {"drops": f"{self.path}.drops", "near": len(drops), "compared": fates.compared, "pairs": len(pairs)}

    def _decide(
        self, catalogue: Catalogue, numbers: Numbers, neighbours: Neighbours, known: Numbers, order: Numbers
    ) -> Fates:
        if self.shingle == 0:
            return walk_estimated(neighbours, known, order, catalogue.gather("signature", numbers), self.threshold)
        return walk(neighbours, known, order, read_sets(catalogue, numbers, self.shingle), self.threshold)


def _with_winners(numbers: Numbers, earlier: Drops) -> Numbers:
    """Add the documents for which earlier versions dropped some of *numbers*: they are compared in their stead."""
    return np.union1d(numbers, earlier.winners[np.isin(earlier.numbers, numbers, assume_unique=True)])


def _known(catalogue: Catalogue, numbers: Numbers, turn: Numbers, earlier: Drops) -> Numbers:
    """Return the fates (int64) of *numbers* as earlier versions decided them, OPEN for those of this run."""
    known = np.where(numbers < catalogue.fresh, KEPT, OPEN)
    some = earlier.take(np.flatnonzero(np.isin(earlier.numbers, numbers, assume_unique=True)))
    known[np.searchsorted(numbers, some.numbers)] = turn[np.searchsorted(numbers, some.winners)]
    return known


def read_sets(catalogue: Catalogue, numbers: Numbers, shingle: int) -> ShingleSets:
    """Return the shingle sets of the documents with these ascending *numbers*, reading one record batch at a time.

    Documents of earlier versions have their sets in the index, but for those that were dropped: they have none.
    """
    sizes = [np.zeros(1, np.int64)]
    with TemporaryFile() as spool:
        for part, _, rows in catalogue.by_part(numbers):
            found = _computed(part, rows, shingle) if part.epoch == FRESH else _indexed(part, rows)
            for sets in found:
                sizes.append(np.diff(sets.offsets))
                spool.write(sets.hashes.data)
        return ShingleSets(np.cumsum(np.concatenate(sizes)), _mapped(spool))


def _computed(part: PartFile, rows: Numbers, shingle: int) -> Iterator[ShingleSets]:
    return (shingle_sets(text, shingle) for text in _texts(part, rows))


def _indexed(part: PartFile, rows: Numbers) -> Iterator[ShingleSets]:
    """Yield the sets of ascending *rows* of an index file."""
    with Sidecar(sidecar_path(part)) as index:
        bounds = index.read("set_offsets")
        lengths = bounds[rows + 1] - bounds[rows]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        places = np.arange(offsets[-1]) + np.repeat(bounds[rows] - offsets[:-1], lengths)
        yield ShingleSets(offsets, index.take("sets", places))


def _mapped(spool: IO[bytes]) -> npt.NDArray[np.uint64]:
    """Map what was written to *spool*; private, so that the compiler sees an array like any other."""
    spool.flush()
    if spool.tell() == 0:
        return np.empty(0, np.uint64)
    return np.frombuffer(mmap.mmap(spool.fileno(), 0, access=mmap.ACCESS_COPY), np.uint64)


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
    """Translate the fates of this run's documents, which are in survivor order, to document numbers."""
    turns = np.flatnonzero((fates.winners != KEPT) & (numbers[order] >= catalogue.fresh))
    turns = turns[np.argsort(order[turns])]
    winners = order[fates.winners[turns]]
    doc_ids = catalogue.gather("doc_id", numbers)[winners]
    similarities = fates.similarities[turns].astype(np.float32)
    return Drops(numbers[order[turns]], numbers[winners], doc_ids, similarities, np.full(len(turns), NEAR, np.uint8))
