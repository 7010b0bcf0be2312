"""Documents like a text, by the index of a version: candidates share a band with it, and are compared as sets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.dedup.catalogue import Numbers
from pipelines.dedup.near.lsh import Bands, bands_for
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


def similar_in(path: str, text: str, threshold: float) -> FoundSimilar | None:
    """Return the documents of the index file at *path* like *text*; None if it holds no signatures.

    The text is signed as the documents were, and candidates share one of the bands with which pairs at *threshold* are
    found. Of a kept document whose shingles are in the index the resemblance is exact.

    Raises:
        SidecarMismatch: the file is no index, or was signed in another way than this release signs.
    """
    with Sidecar(path) as index:
        if "signature" not in index.header["sections"]:
            return None
        num_perm = int(index.header["sections"]["signature"][2][1])
        minhash = MinHasher(num_perm=num_perm)
        if index.header["checksum"] != minhash.checksum():
            raise SidecarMismatch("the index was signed by another release; nothing was searched; run with --full")
        signatures, shingles = minhash.sketch(canonical(pa.array([text])))
        rows = _sharing_a_band(index, signatures[0], bands_for(threshold, num_perm))
        agreeing = _agreeing(index, signatures[0], rows)
        best = np.sort(np.argsort(-agreeing, kind="stable")[:MOST_VERIFIED])
        found = _compared(index, rows[best], agreeing[best] / num_perm, shingles)
        return FoundSimilar(_distinct(found), len(best) == len(rows))


def _sharing_a_band(index: Sidecar, signature: npt.NDArray[np.uint32], bands: Bands) -> Numbers:
    """Return the rows of which the values of a band are those of *signature*; none of a text without shingles."""
    shared = np.zeros(len(index), np.bool_)
    for band in range(bands.bands if (signature != EMPTY).any() else 0):
        span = slice(band * bands.rows, (band + 1) * bands.rows)
        values = index.read("values", span.start, span.stop)
        shared |= (values == signature[span, None]).all(axis=0)
    return np.flatnonzero(shared)


def _agreeing(index: Sidecar, signature: npt.NDArray[np.uint32], rows: Numbers) -> Numbers:
    """Return in how many values each of *rows* agrees with *signature*, column by column."""
    agreeing = np.zeros(len(rows), np.int64)
    for at, value in enumerate(signature if len(rows) else ()):
        agreeing += index.read("values", at, at + 1)[0][rows] == value
    return agreeing


def _compared(
    index: Sidecar, rows: Numbers, estimates: npt.NDArray[np.float64], asked: ShingleSets
) -> Iterator[Similar]:
    """Compare the shingle sets of *rows* with the one that is *asked* about; where there is none, take the estimate."""
    doc_ids = index.take("doc_id", rows)
    known = index.take_sets(rows) if "sets" in index.header["sections"] else None
    sets = ShingleSets.join([asked, known]) if known else None
    for at, estimate in enumerate(estimates.tolist()):
        exact = sets is not None and sets.offsets[at + 1] < sets.offsets[at + 2]
        resemblance = sets.similarity(0, at + 1) if sets is not None and exact else estimate
        yield Similar(bytes(doc_ids[at]).hex(), resemblance, bool(exact))


def _distinct(found: Iterator[Similar]) -> tuple[Similar, ...]:
    """Return the most alike of each doc_id: a record that was read twice has two rows."""
    best: dict[str, Similar] = {}
    for one in found:
        known = best.get(one.doc_id)
        if known is None or (one.resemblance, one.exact) > (known.resemblance, known.exact):
            best[one.doc_id] = one
    return tuple(best.values())
