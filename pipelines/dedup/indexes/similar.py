"""Documents like a text, by the index of a version: candidates share a band with it, and are compared as sets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.dedup.catalogue import Numbers
from pipelines.dedup.indexes.kept_texts import known_sets
from pipelines.dedup.near.bands import coarse_keys, is_signed, keys_in, sketches_of
from pipelines.dedup.near.lsh import Bands, band_keys, bands_for
from pipelines.dedup.near.sketches import differences, similarity_of, sketch
from pipelines.errors import SidecarMismatch
from pipelines.handover.sidecar import Sidecar
from pipelines.kernels.canonical import canonical
from pipelines.kernels.minhash import EMPTY, MinHasher
from pipelines.kernels.shingles import ShingleSets

MOST_VERIFIED = 10_000
"""Candidates of an index file that are compared, those whose signatures agree most."""


@dataclass(frozen=True, slots=True)
class Similar:
    """A document of an index that is like a text.

    Attributes:
        doc_id: its id, 32 hex digits.
        resemblance: the Jaccard index of the two shingle sets.
        exact: whether these were compared; otherwise it is the estimate of the signatures.
    """

    doc_id: str
    resemblance: float
    exact: bool


@dataclass(frozen=True, slots=True)
class FoundSimilar:
    """What an index file holds of documents like a text.

    Attributes:
        documents: the most alike of each doc_id, in no order.
        complete: whether all candidates were compared.
    """

    documents: tuple[Similar, ...]
    complete: bool


def has_shingles(text: str) -> bool:
    """Tell whether *text* has a word, without which it is like no other."""
    return bool((MinHasher(num_perm=1).signatures(canonical(pa.array([text]))) != EMPTY).any())


def similar_in(path: str, text: str, threshold: float, files: Sequence[str] = ()) -> FoundSimilar | None:
    """Return the documents of the index file at *path* like *text*; None if it knows nothing of near-duplicates.

    The text is signed as the documents were, and candidates share one of the bands with which pairs at *threshold*,
    which is that of the version, are found. Of a kept document, whose text is in one of the documents *files*, the
    resemblance is exact.

    Raises:
        SidecarMismatch: the file is no index, or was signed in another way than this release signs.
    """
    with Sidecar(path) as index:
        if not {"sketch", "signature"} & index.header["sections"].keys():
            return None
        num_perm = int(index.header.get("num_perm") or index.header["sections"]["signature"][2][1])
        minhash = MinHasher(num_perm=num_perm)
        if index.header["checksum"] != minhash.checksum():
            raise SidecarMismatch("the index was signed by another release; nothing was searched; run with --full")
        signatures, shingles = minhash.sketch(canonical(pa.array([text])))
        rows = _sharing_a_band(index, signatures[0], bands_for(threshold, num_perm))
        estimates = _estimates(index, signatures[0], rows)
        best = np.sort(np.argsort(-estimates, kind="stable")[:MOST_VERIFIED])
        found = _compared(index, rows[best], estimates[best], shingles, files)
        return FoundSimilar(_distinct(found), len(best) == len(rows))


def _sharing_a_band(index: Sidecar, signature: npt.NDArray[np.uint32], bands: Bands) -> Numbers:
    """Return the rows that have one of the band keys of *signature*; none of a text without shingles."""
    if not (signature != EMPTY).any():
        return np.empty(0, np.int64)
    everyone, own = np.arange(len(index)), band_keys(signature[None, :], bands)[0]
    shared = np.zeros(len(index), np.bool_)
    for band, key in enumerate(coarse_keys(own)):
        (keys,) = keys_in(index, bands, (band, band + 1), everyone)
        shared |= coarse_keys(keys) == key
    return np.flatnonzero(shared & is_signed(index))


def _estimates(index: Sidecar, signature: npt.NDArray[np.uint32], rows: Numbers) -> npt.NDArray[np.float64]:
    """Return how alike each of *rows* is to the text with that *signature*, by their sketches."""
    if len(rows) == 0:
        return np.empty(0)
    own = sketch(signature[None, :])[0]
    equal = [1.0 - differences(own, other) / len(signature) for other in sketches_of(index, rows)]
    return np.array([similarity_of(agreeing) for agreeing in equal])


def _compared(
    index: Sidecar, rows: Numbers, estimates: npt.NDArray[np.float64], asked: ShingleSets, files: Sequence[str]
) -> Iterator[Similar]:
    """Compare the shingle sets of *rows* with the one that is *asked* about; where there is none, take the estimate."""
    doc_ids = index.take("doc_id", rows)
    known, _ = known_sets(index, rows, files)
    sets = ShingleSets.join([asked, known])
    for at, estimate in enumerate(estimates.tolist()):
        exact = sets.offsets[at + 1] < sets.offsets[at + 2]
        resemblance = sets.similarity(0, at + 1) if exact else estimate
        yield Similar(bytes(doc_ids[at]).hex(), resemblance, bool(exact))


def _distinct(found: Iterator[Similar]) -> tuple[Similar, ...]:
    """Return the most alike of each doc_id: a record that was read twice has two rows."""
    best: dict[str, Similar] = {}
    for one in found:
        known = best.get(one.doc_id)
        if known is None or (one.resemblance, one.exact) > (known.resemblance, known.exact):
            best[one.doc_id] = one
    return tuple(best.values())
