"""The index of a documents file: a Parquet file of terms and postings, made of that file alone.

It is part of no version and proves nothing: it is named by the documents file, stands beside it, and goes with it, so
that an erasure, which writes documents files anew, leaves no term of what it erased. Equal files give equal indexes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lineage.hub.home import Home
from lineage.storage.files import exists, require_content, write_once
from lineage.storage.parquet import read_columns
from lineage.storage.words.footer import KEY, OPEN, seal
from lineage.storage.words.terms import LENGTHS, LONG, Postings, postings

FORMAT: Final = 1
"""Raised when terms are cut otherwise: files of another format are made anew, and those there are left over."""

SLICE_BYTES: Final = 4 << 20
"""Bytes of text that are cut into terms at once, unless one text is longer."""

GROUP_POSTINGS, GROUP_TERMS = 1 << 15, 1 << 13
"""Most postings and terms of a row group, unless one term has more: a look-up reads the row groups of its terms."""

SCHEMA: Final = pa.schema(
    [
        pa.field("term", pa.string()),  # see lineage.storage.words.terms; in byte order for each row group of documents
        pa.field("rows", pa.list_(pa.field("element", pa.int32()))),  # places in the row group, less the one before
        pa.field("times", pa.list_(pa.field("element", pa.int32()))),  # how often the term stands there
    ]
)


def words_folder(home: Home, dataset: str) -> str:
    """Return the folder of the indexes of *dataset*."""
    return f"{home.warehouse}/{dataset}/words/data"


def words_file(home: Home, dataset: str, sha256: str) -> str:
    """Return where the index of the documents file with that SHA-256 stands, if there is one."""
    return f"{words_folder(home, dataset)}/{sha256}-{FORMAT}.parquet"


def words_of(home: Home, dataset: str, path: str) -> str:
    """Return where the index of the documents file at *path* stands, if there is one: its name is its SHA-256."""
    return words_file(home, dataset, path.rpartition("/")[2].partition(".")[0])


@dataclass(frozen=True, slots=True)
class IndexWords:
    """Index one documents file; a lineage.rewrite.chores.Chore.

    Attributes:
        path: the documents file.
        size: its bytes.
        target: where its index goes.
    """

    path: str
    size: int
    target: str

    @property
    def name(self) -> list[str]:
        """Name the work by the documents file, whose name is its SHA-256."""
        return ["words", self.target.rpartition("/")[2]]

    @property
    def code(self) -> tuple[str, ...]:
        """Return the modules that do it."""
        return ("lineage.storage.words.build",)

    def run(self) -> int:
        """Index the file; return the bytes of its index.

        Raises:
            DamagedFile: the file is not what was committed.
        """
        require_content(self.path)
        content = index(column for column in _texts(self.path))
        write_once(self.target, content)
        return len(content)

    def stands(self, result: Any) -> bool:
        """Tell whether the index of an earlier attempt is there."""
        return exists(self.target)


def _texts(path: str) -> Iterator[Any]:
    for table in read_columns(path, ("text",)):
        yield table["text"].combine_chunks()


def index(parts: Iterable[Any]) -> bytes:
    """Return the bytes of the index of texts (string, nulls are empty), by row group of their file."""
    sink = pa.BufferOutputStream()
    writer = pq.ParquetWriter(
        sink,
        SCHEMA,
        version="2.6",
        compression="zstd",
        compression_level=3,
        use_dictionary=["times.list.element"],
        use_byte_stream_split=["rows.list.element"],
        write_statistics=False,  # footers would hold terms
        write_page_checksum=True,
        store_schema=False,
    )
    with writer:
        for texts in parts:
            for table in _groups(_sorted([*_slices(texts)])):
                writer.write_table(table, row_group_size=table.num_rows)
        writer.add_key_value_metadata({KEY: OPEN})
    return seal(sink.getvalue().to_pybytes())


def _slices(texts: Any) -> Iterator[tuple[int, Postings]]:
    """Yield the postings of some texts after the other, with the place of the first."""
    sizes = np.cumsum(pc.fill_null(pc.binary_length(texts), 0).to_numpy(zero_copy_only=False), dtype=np.int64)
    start = 0
    while start < len(texts):
        before = sizes[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(sizes, before + SLICE_BYTES, side="right")))
        yield start, postings(pc.utf8_lower(pc.fill_null(texts.slice(start, end - start), "")))
        start = end


def _sorted(slices: Sequence[tuple[int, Postings]]) -> tuple[Any, Any, Any, Any]:
    """Return terms in byte order, where the postings of each begin and end, and rows and times of all."""
    if not slices:
        return pa.array([], pa.string()), np.zeros(1, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64)
    encoded = pa.concat_arrays([one.terms for _, one in slices]).dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    of_slices = ranks[encoded.indices.to_numpy()]
    offsets = np.cumsum([0, *(len(one.terms) for _, one in slices)])
    term = np.concatenate([of_slices[one.term + at] for (_, one), at in zip(slices, offsets, strict=False)])
    row = np.concatenate([one.row + start for start, one in slices])
    times = np.concatenate([one.times for _, one in slices])
    by_term = np.lexsort((row, term))
    counts = np.bincount(term, minlength=len(order))
    kept = counts > 0
    bounds = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts[kept])])
    return encoded.dictionary.take(pa.array(order[kept])), bounds, row[by_term], times[by_term]


def _groups(found: tuple[Any, Any, Any, Any]) -> Iterator[pa.Table]:
    """Yield what was found in a row group of documents as row groups: as many terms as both bounds allow, or one."""
    terms, bounds, rows, times = found
    deltas = np.diff(rows, prepend=0)
    deltas[bounds[:-1]] = rows[bounds[:-1]]
    marks = int(pc.sum(pc.is_in(terms, pa.array([LENGTHS, LONG]))).as_py() or 0)  # they come first, and are always read
    start = 0
    while start < len(terms):
        end = (
            marks
            if start < marks
            else min(start + GROUP_TERMS, int(np.searchsorted(bounds, bounds[start] + GROUP_POSTINGS, "right")) - 1)
        )
        end = max(end, start + 1)
        offsets = pa.array((bounds[start : end + 1] - bounds[start]).astype(np.int32))
        some = slice(bounds[start], bounds[end])
        yield pa.table(
            [
                terms.slice(start, end - start),
                *(pa.ListArray.from_arrays(offsets, pa.array(one[some].astype(np.int32))) for one in (deltas, times)),
            ],
            schema=SCHEMA,
        )
        start = end
