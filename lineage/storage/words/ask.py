"""Look-ups in indexes of documents files: which documents may hold what is asked for, the most relevant first.

Relevance is Okapi BM25 (Robertson and Zaragoza 2009, section 3.3, k1 1.2 and b 0.75, with the idf of Lucene, which is
never negative) over the documents of all files that are asked together. A piece at an edge of what is asked for counts
as the terms that it is a part of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from math import log
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lineage.errors import DamagedFile
from lineage.storage.files import open_parquet
from lineage.storage.words.footer import sealed_footer
from lineage.storage.words.terms import LENGTHS, LONG, LONGEST, Part, Piece

K1, B = 1.2, 0.75
"""How fast a term that stands more often counts less, and how much the length of a document does."""

MOST_POSTINGS: Final = 1 << 24
"""Most postings of a file that are read for one question; beyond, its texts are read instead, as for single letters."""


MOST_TERMS: Final = 1 << 15
"""Most terms likewise."""


@dataclass(frozen=True)
class Candidates:
    """The documents of a row group that may hold what is asked for.

    Attributes:
        part: number of the row group.
        rows: their places in it, ascending.
        lengths: how many terms each has.
        times: how often each piece stands in each (pieces x n).
    """

    part: int
    rows: Any
    lengths: Any
    times: Any


@dataclass(frozen=True)
class Found:
    """What the index of a file says.

    Attributes:
        documents: of the file.
        terms: of all its documents.
        holding: how many documents hold each piece.
        candidates: by row group.
    """

    documents: int
    terms: int
    holding: Any
    candidates: Sequence[Candidates] = field(default_factory=tuple)


def look_up(path: str, wanted: Sequence[Piece], documents: int) -> Found | None:
    """Ask the index at *path*, of so many *documents*, for those that have a term of each of the pieces *wanted*.

    Pieces are in lower case. None if so many documents may hold them that reading the file is as quick.

    Raises:
        DamagedFile: the index is not what was written; whoever asks reads the documents.
    """
    try:
        with open_parquet(path, sealed_footer(path), checksums=True) as file:
            return _look_up(file, wanted, documents)
    except (OSError, ValueError, LookupError, AttributeError, TypeError, pa.ArrowException) as error:
        message = f"cannot read the full-text index {path}: {type(error).__name__}; no document is affected; "
        raise DamagedFile(message + "`corpushub index` makes it anew once `--remove` has removed it") from error


def _look_up(file: Any, wanted: Sequence[Piece], documents: int) -> Found | None:
    terms = file.read(columns=["term"]).column(0).combine_chunks()
    groups = np.cumsum([file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)], dtype=np.int64)
    lengths, long, *matching = _places(terms, wanted)
    matching = [
        np.union1d(found, long) if _may_be_long(piece) else found for piece, found in zip(wanted, matching, strict=True)
    ]
    reader = _Reader(file, groups, lengths)
    if sum(map(len, matching)) > MOST_TERMS or reader.cost([lengths, *matching]) > MOST_POSTINGS:
        return None
    per_piece = [reader.by_part(places) for places in matching]
    per_part = reader.by_part(lengths)
    if sum(len(rows) for rows, _ in per_part.values()) != documents:
        raise ValueError("it is an index of other documents")
    candidates = [
        one
        for part, (_, terms) in per_part.items()
        if (one := _candidates(part, terms, [each.get(part) for each in per_piece])) is not None
    ]
    holding = np.array([sum(len(rows) for rows, _ in each.values()) for each in per_piece], np.int64)
    return Found(documents, sum(int(terms.sum()) for _, terms in per_part.values()), holding, candidates)


def _places(terms: Any, wanted: Sequence[Piece]) -> list[Any]:
    """Return the places of LENGTHS, of LONG, and of the *terms* that each of the pieces *wanted* may stand in."""
    whole = [LENGTHS, LONG, *(one.text for one in wanted if one.part is Part.WHOLE)]
    known = pc.index_in(terms, pa.array(whole))
    there = np.flatnonzero(_mask(known.is_valid()))
    numbers = known.take(pa.array(there)).to_numpy()
    found = {text: there[numbers == number] for number, text in enumerate(whole)}
    parts = (found[one.text] if one.part is Part.WHOLE else _parts(terms, one) for one in wanted)
    return [found[LENGTHS], found[LONG], *parts]


def _parts(terms: Any, piece: Piece) -> Any:
    """Return the places of the *terms* that *piece* is a part of."""
    compare = {Part.BEGINNING: pc.starts_with, Part.END: pc.ends_with, Part.INSIDE: pc.match_substring}[piece.part]
    return np.flatnonzero(_mask(compare(terms, piece.text)))


def _may_be_long(piece: Piece) -> bool:
    """Tell whether *piece* may stand in a run that is too long for a term."""
    return len(piece.text) > LONGEST or piece.part is not Part.WHOLE


def _mask(column: Any) -> Any:
    return column.to_numpy(zero_copy_only=False)


class _Reader:
    """Reads the postings of terms by their places in a file."""

    def __init__(self, file: Any, groups: Any, begins: Any) -> None:
        self._file, self._groups, self._begins = file, groups, begins
        self._read: dict[int, Any] = {}

    def cost(self, places: Iterable[Any]) -> int:
        """Return how many postings stand in the row groups of the terms at *places*."""
        asked = np.unique(np.concatenate([np.searchsorted(self._groups, one, "right") for one in places]))
        metadata = self._file.metadata
        return sum(metadata.row_group(int(group)).column(1).num_values for group in asked)

    def by_part(self, places: Any) -> dict[int, tuple[Any, Any]]:
        """Return for each part the rows that have any of the terms at *places*, ascending, and how often in all."""
        found: dict[int, list[tuple[Any, Any]]] = {}
        for place in places.astype(np.int64).tolist():
            part = int(np.searchsorted(self._begins, place, "right")) - 1
            found.setdefault(part, []).append(self._postings(place))
        return {part: _united(some) for part, some in found.items()}

    def _postings(self, place: int) -> tuple[Any, Any]:
        group = int(np.searchsorted(self._groups, place, "right"))
        if group not in self._read:
            table = self._file.read_row_group(group, columns=["rows", "times"])
            rows, times = (table[name].combine_chunks() for name in ("rows", "times"))
            offsets = rows.offsets.to_numpy()
            self._read[group] = (offsets, rows.values.to_numpy(), times.values.to_numpy())
        offsets, rows, times = self._read[group]
        at = place - (int(self._groups[group - 1]) if group else 0)
        some = slice(int(offsets[at]), int(offsets[at + 1]))
        return np.cumsum(rows[some], dtype=np.int64), times[some].astype(np.int64)


def _united(some: Sequence[tuple[Any, Any]]) -> tuple[Any, Any]:
    if len(some) == 1:
        return some[0]
    rows, places = np.unique(np.concatenate([rows for rows, _ in some]), return_inverse=True)
    return rows, np.bincount(places, np.concatenate([times for _, times in some])).astype(np.int64)


def _candidates(part: int, terms: Any, pieces: Sequence[tuple[Any, Any] | None]) -> Candidates | None:
    """Return the documents of a part in which all *pieces* stand; None if there are none."""
    held = [one for one in pieces if one is not None]
    if len(held) < len(pieces):
        return None
    rows = reduce(lambda some, one: np.intersect1d(some, one[0], assume_unique=True), held, held[0][0])
    if not len(rows):
        return None
    times = np.stack([times[np.searchsorted(places, rows)] for places, times in held])
    return Candidates(part, rows, terms[rows], times)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document stands: number of its file among those asked, row group, and place in that."""

    file: int
    part: int
    row: int


def ranked(found: Sequence[tuple[int, Found]]) -> Iterator[Place]:
    """Yield the candidates of files, each with its number, the most relevant first; equal ones as they stand."""
    documents = sum(one.documents for _, one in found)
    terms = sum(one.terms for _, one in found)
    some = [(number, one) for number, each in found for one in each.candidates]
    if not some:
        return
    holding = np.sum([one.holding for _, one in found], axis=0)
    idf = np.array([log(1 + (documents - held + 0.5) / (held + 0.5)) for held in holding.tolist()])
    average = terms / documents
    scores = np.concatenate([_scores(one, idf, average) for _, one in some])
    places = [(number, one.part, row) for number, one in some for row in one.rows.tolist()]
    for at in np.argsort(-scores, kind="stable").tolist():
        yield Place(*places[at])


def _scores(one: Candidates, idf: Any, average: float) -> Any:
    norm = K1 * (1 - B + B * one.lengths / max(average, 1.0))
    return (idf[:, None] * one.times * (K1 + 1) / (one.times + norm)).sum(axis=0)
