"""MinHash signatures, bit-identical to datasketch 2.x (scheme "affine32") over the same shingles.

``MinHasher(num_perm, seed, shingle).signatures(text)[i]`` equals the hash values of ``datasketch.MinHash(num_perm,
seed, hashfunc=h, scheme="affine32")`` updated with each shingle of text i, where h is XXH32 with seed 0 and a shingle
is its UTF-8 tokens (see :mod:`pipelines.kernels.tokens`) joined by single spaces. A text with fewer tokens than a
shingle has one shingle of all of them; a text without tokens has none, keeps the empty signature (every value 2**32 -
1), and is never a near-duplicate.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.kernels.compiled import kernel, remember
from pipelines.kernels.shingles import ShingleSets, hash_room, hash_shingles
from pipelines.kernels.tokens import longest, scratch, tables_digest, text_buffers, text_tables, tokenize

EMPTY = np.uint32(0xFFFFFFFF)
"""Every value of the signature of a text without shingles."""

Signatures = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class MinHasher:
    """Signatures under fixed parameters.

    Attributes:
        num_perm: values per signature; the standard error of an estimated similarity s is sqrt(s(1-s)/num_perm).
        seed: datasketch's seed of the permutations.
        shingle: tokens per shingle.
    """

    num_perm: int = 128
    seed: int = 1
    shingle: int = 5

    def signatures(self, text: pa.StringArray) -> Signatures:
        """Return uint32 (n, num_perm): the signature of each text; null counts as empty."""
        return self._hashed(text)[0]

    def sketch(self, text: pa.StringArray) -> tuple[Signatures, ShingleSets]:
        """Return the signature of each text and the set of hashes that it was made of."""
        signatures, lists = self._hashed(text)
        return signatures, ShingleSets.of(*lists)

    def _hashed(self, text: pa.StringArray) -> tuple[Signatures, tuple[Any, Any]]:
        data, offsets = text_buffers(text)
        out = np.full((len(text), self.num_perm), EMPTY, np.uint32)
        parameters = (permutations(self.num_perm, self.seed), self.shingle)
        return out, _sketch(data, offsets, text_tables(), parameters, out)

    def checksum(self) -> str:
        """Identify what signatures depend on: parameters, permutations, token tables; SHA-256, hex."""
        state = hashlib.sha256(b"corpushub signature 1 xxh32 affine32\0")
        state.update(f"{self.num_perm} {self.seed} {self.shingle} {tables_digest()}\0".encode())
        state.update(permutations(self.num_perm, self.seed).tobytes())
        return state.hexdigest()


@cache
def permutations(num_perm: int, seed: int) -> Signatures:
    """Return datasketch's own affine32 parameters, uint32 (2, num_perm): multipliers, then addends.

    datasketch is imported, which takes most of a second, only where no earlier process stored what it says.
    """

    def ask() -> Signatures:
        from datasketch import MinHash

        return np.ascontiguousarray(MinHash(num_perm, seed, scheme="affine32").permutations, np.uint32)

    return remember(f"datasketch-{version('datasketch')}-{num_perm}-{seed}", ask)


@kernel
def _lower_all(signature: Any, hashes: Any, count: int, a: Any, b: Any) -> None:
    """Lower each value k of *signature* to the least a[k] * h + b[k] mod 2**32; eight hashes per pass over memory."""
    done = count & ~7
    for i in range(0, done, 8):
        h0, h1, h2, h3 = hashes[i], hashes[i + 1], hashes[i + 2], hashes[i + 3]
        h4, h5, h6, h7 = hashes[i + 4], hashes[i + 5], hashes[i + 6], hashes[i + 7]
        for k in range(len(signature)):
            x, y = a[k], b[k]
            low = min(np.uint32(x * h0 + y), np.uint32(x * h1 + y))
            low = min(low, min(np.uint32(x * h2 + y), np.uint32(x * h3 + y)))
            low = min(low, min(np.uint32(x * h4 + y), np.uint32(x * h5 + y)))
            low = min(low, min(np.uint32(x * h6 + y), np.uint32(x * h7 + y)))
            signature[k] = min(signature[k], low)
    for i in range(done, count):
        h0 = hashes[i]
        for k in range(len(signature)):
            signature[k] = min(signature[k], np.uint32(a[k] * h0 + b[k]))


@kernel
def _sketch(data: Any, offsets: Any, tables: Any, parameters: tuple[Any, int], out: Any) -> tuple[Any, Any]:
    """Lower the signatures *out*; return the hashes they were made of as a list for each text (see ShingleSets.of)."""
    permutation, size = parameters
    room = scratch(longest(offsets))
    ends = np.zeros(len(offsets), np.int64)
    hashes = hash_room(offsets)
    for row in range(len(out)):
        tokens = tokenize(data, offsets[row], offsets[row + 1], tables, room)
        mine = hashes[ends[row] :]
        count = hash_shingles(room, tokens, size, mine)
        _lower_all(out[row], mine, count, permutation[0], permutation[1])
        ends[row + 1] = ends[row] + count
    return ends, hashes[: ends[-1]].copy()
