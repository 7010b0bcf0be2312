"""Signatures are bit-identical to datasketch's, cached on disk as code, and identified by their parameters."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from datasketch import MinHash
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.kernels.minhash import EMPTY, MinHasher, permutations
from pipelines.kernels.tokens import TOKEN

MASK = (1 << 32) - 1
CHARACTERS = st.characters(exclude_categories=["Cs"]) | st.sampled_from("  abcé가漢Σ")
P1, P2, P3, P4, P5 = 0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F, 0x165667B1


def rotate(x: int, by: int) -> int:
    """Rotate 32 bits to the left."""
    return ((x << by) | (x >> (32 - by))) & MASK


def xxh32(data: bytes) -> int:
    """XXH32 with seed 0, written from its specification."""
    whole = len(data) // 16 * 16
    h = P5
    if whole:
        lanes = [(P1 + P2) & MASK, P2, 0, -P1 & MASK]
        for at in range(0, whole, 4):
            lane = (lanes[at // 4 % 4] + int.from_bytes(data[at : at + 4], "little") * P2) & MASK
            lanes[at // 4 % 4] = rotate(lane, 13) * P1 & MASK
        h = sum(rotate(lane, by) for lane, by in zip(lanes, (1, 7, 12, 18), strict=True)) & MASK
    h = (h + len(data)) & MASK
    rest = data[whole:]
    while len(rest) >= 4:
        h = rotate((h + int.from_bytes(rest[:4], "little") * P3) & MASK, 17) * P4 & MASK
        rest = rest[4:]
    for byte in rest:
        h = rotate((h + byte * P5) & MASK, 11) * P1 & MASK
    h = (h ^ (h >> 15)) * P2 & MASK
    h = (h ^ (h >> 13)) * P3 & MASK
    return h ^ (h >> 16)


def datasketch_signature(text: str, hasher: MinHasher) -> list[int]:
    """Sign with datasketch."""
    words = TOKEN.findall(text.lower())
    shingles = [words[i : i + hasher.shingle] for i in range(max(1, len(words) - hasher.shingle + 1))] if words else []
    sketch = MinHash(hasher.num_perm, hasher.seed, hashfunc=xxh32, scheme="affine32")
    for shingle in shingles:
        sketch.update(" ".join(shingle).encode())
    return [int(value) for value in sketch.hashvalues]


def test_reference_hash_agrees_with_the_published_value_and_library() -> None:
    """The plain XXH32 of this test gives the specification's value, and that of the xxhash package if it is there."""
    assert xxh32(b"") == 0x02CC5D05
    xxhash = pytest.importorskip("xxhash", reason="the xxhash package is not installed")
    assert all(xxh32(bytes(range(n))) == xxhash.xxh32(bytes(range(n))).intdigest() for n in range(100))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("  abcé가漢Σ"), max_size=120), max_size=4
    ),
    st.sampled_from([MinHasher(), MinHasher(16, 7, 3), MinHasher(37, 1, 1)]),
)
@example(
    ["", "!?", "one", "one two three four", "one two three four five", "a b c d e f g h i j k l m n o p"], MinHasher()
)
def test_signatures_are_those_of_datasketch(texts: list[str], hasher: MinHasher) -> None:
    """Every value equals what datasketch computes over the same shingles."""
    found = hasher.signatures(pa.array(texts, pa.string()))
    assert found.dtype == np.uint32
    assert found.tolist() == [datasketch_signature(text, hasher) for text in texts]


def test_signatures_over_all_of_unicode_are_those_of_datasketch() -> None:
    """Every code point, within a word and alone, in texts of 256: the values are those of datasketch's fast path."""
    xxhash = pytest.importorskip("xxhash", reason="the xxhash package is not installed")
    every = [chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000]
    texts = ["".join(f"a{char}b {char} " for char in every[at : at + 256]) for at in range(0, len(every), 256)]
    hasher = MinHasher(num_perm=16)
    empty = MinHash(hasher.num_perm, hasher.seed, hashfunc=xxhash.xxh32_intdigest, scheme="affine32")
    for text, signature in zip(texts, hasher.signatures(pa.array(texts)), strict=True):
        words = TOKEN.findall(text.lower())
        sketch = empty.copy()
        sketch.update_batch([" ".join(words[i : i + 5]).encode() for i in range(len(words) - 4)])
        assert signature.tolist() == sketch.hashvalues.tolist()


def test_a_text_without_tokens_keeps_the_empty_signature() -> None:
    """Empty, blank and null texts have no shingles."""
    assert (MinHasher().signatures(pa.array(["", " \n", None, "…"])) == EMPTY).all()


def test_checksum_tells_parameters_apart() -> None:
    """Each parameter changes the checksum, and equal parameters share it."""
    hashers = [MinHasher(), MinHasher(num_perm=64), MinHasher(seed=2), MinHasher(shingle=4)]
    assert len({hasher.checksum() for hasher in hashers}) == 4
    assert pickle.loads(pickle.dumps(MinHasher())).checksum() == MinHasher().checksum()


def test_a_second_process_does_not_compile(tmp_path: Path) -> None:
    """Machine code is kept: a second process adds nothing to the cache and loads what is there."""
    program = (
        "import numpy as np; from pipelines.dedup.near.lsh import matches as kernel;"
        "kernel(np.zeros(2, np.uint32), np.zeros(2, np.uint32));"
        "print(sum(kernel.stats.cache_hits.values()), sum(kernel.stats.cache_misses.values()))"
    )
    environment = {**os.environ, "CORPUSHUB_CACHE": str(tmp_path)}
    answers = [
        subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert answers == ["0 1\n", "1 0\n"]


def test_permutations_are_those_of_datasketch() -> None:
    """What is computed, and what is read back from the cache, are datasketch's own parameters."""
    for num_perm, seed in [(128, 1), (37, 5)]:
        permutations.cache_clear()
        first = permutations(num_perm, seed)
        permutations.cache_clear()
        again = permutations(num_perm, seed)
        expected = MinHash(num_perm, seed, scheme="affine32").permutations
        assert first.dtype == again.dtype == np.uint32
        assert first.tolist() == again.tolist() == np.asarray(expected).tolist()


def test_signatures_do_not_import_datasketch_twice() -> None:
    """Once the permutations are stored, annotating and signing need neither datasketch nor what it imports."""
    MinHasher().signatures(pa.array(["a"]))  # stores them
    program = (
        "import sys, pyarrow as pa, pipelines.annotate.stage; from pipelines.kernels.minhash import MinHasher;"
        "MinHasher().signatures(pa.array(['a']));"
        "print({'datasketch', 'scipy.integrate', 'scipy.special'} & {*sys.modules})"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout == "set()\n"
