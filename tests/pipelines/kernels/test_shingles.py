"""Tokens and shingle sets are exactly what the regular expression finds in the lower-cased text."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import xxhash
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.kernels.minhash import MinHasher
from pipelines.kernels.shingles import ShingleSets
from pipelines.kernels.tokens import TOKEN, scratch, text_buffers, text_tables, tokenize

MASK = (1 << 32) - 1
EVERY = [chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000]
TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(" .:'ΣςİIıẞaé가กエ漢\u0307\u00ad\u0345"))


def shingle_sets(text: pa.StringArray, size: int = 5) -> ShingleSets:
    """Return the shingle set of each text."""
    return MinHasher(1, shingle=size).sketch(text)[1]


def finalized(h: int) -> int:
    """Apply the finalizer of MurmurHash3 for 32 bits, written from its description."""
    h = (h ^ (h >> 16)) * 0x85EBCA6B & MASK
    h = (h ^ (h >> 13)) * 0xC2B2AE35 & MASK
    return h ^ (h >> 16)


def tokens(text: str) -> list[str]:
    """What the kernel finds in *text*."""
    data, offsets = text_buffers(pa.array([text]))
    joined, starts = room = scratch(int(offsets[1] - offsets[0]))
    count = tokenize(data, offsets[0], offsets[1], text_tables(), room)
    ends = np.flatnonzero(joined[: starts[count]] == ord(" ")) + 1
    assert np.array_equal(ends, starts[1 : count + 1])
    spelled: str = joined[: starts[count]].tobytes().decode()
    return spelled.split()


def expected_set(text: str, size: int = 5) -> list[int]:
    """Hash the shingles of the regular expression's tokens."""
    words = TOKEN.findall(text.lower())
    shingles = {" ".join(words[i : i + size]) for i in range(max(1, len(words) - size + 1))} if words else set()
    return sorted({finalized(xxhash.xxh32_intdigest(shingle.encode())) for shingle in shingles})


def test_every_code_point_is_lowered_and_classified_as_python_does() -> None:
    """Each of the 1,112,064 code points, between letters, gives the tokens of the regular expression."""
    text = "".join(f" a{char}Σ{char}b" for char in EVERY)
    assert tokens(text) == TOKEN.findall(text.lower())


def test_every_code_point_alone_is_lowered_as_python_does() -> None:
    """Each code point between spaces gives the tokens of the regular expression."""
    text = " ".join(EVERY)
    assert tokens(text) == TOKEN.findall(text.lower())


def test_every_code_point_as_a_whole_text_is_lowered_as_python_does() -> None:
    """Each code point that is all of a text gives the tokens of the regular expression, at the edges of the buffer."""
    expected = [
        sorted({finalized(xxhash.xxh32_intdigest(t.encode())) for t in TOKEN.findall(c.lower())}) for c in EVERY
    ]
    sets = shingle_sets(pa.array(EVERY), 1)
    assert sets.hashes.tolist() == [code for codes in expected for code in codes]
    assert np.diff(sets.offsets).tolist() == [len(codes) for codes in expected]


@settings(deadline=None)  # the first call may compile
@given(TEXTS)
@example("İSTANBUL İİ")
@example("ΑΣ ΑΣΑ Σ ΑΣ.Β 'ΑΣ' Α\u0345Σ\u00ad ΣΣ")
def test_tokens_are_those_of_the_regular_expression(text: str) -> None:
    """The kernel agrees with Python's re and str.lower on any text."""
    assert tokens(text) == re.findall(TOKEN, text.lower())


@settings(deadline=None)  # the first call may compile
@given(st.lists(TEXTS, max_size=5), st.integers(1, 7))
def test_sets_are_the_hashes_of_the_shingles(texts: list[str], size: int) -> None:
    """A set holds the finalized XXH32 of each distinct shingle, ascending."""
    sets = shingle_sets(pa.array(texts, pa.string()), size)
    found = [sets.hashes[sets.offsets[i] : sets.offsets[i + 1]].tolist() for i in range(len(sets))]
    assert found == [expected_set(text, size) for text in texts]


@settings(deadline=None)  # the first call may compile
@given(st.lists(st.sampled_from("abc"), max_size=30), st.lists(st.sampled_from("abc"), max_size=30))
def test_similarity_is_the_jaccard_index(left: list[str], right: list[str]) -> None:
    """Similarity is the size of the intersection over that of the union, 0 where a set is empty."""
    pair = [" ".join(left), " ".join(right)]
    a, b = (set(expected_set(text, 2)) for text in pair)
    exact = len(a & b) / len(a | b) if a and b else 0.0
    assert shingle_sets(pa.array(pair), 2).similarity(0, 1) == exact


def test_slices_nulls_and_large_strings_are_read_alike() -> None:
    """A slice of an array, a null and 64-bit offsets change nothing."""
    texts = ["x y", None, "one two three", "", "漢字 z"]
    plain = shingle_sets(pa.array([text or "" for text in texts[1:]]))
    for array in (pa.array(texts)[1:], pa.array(texts, pa.large_string())[1:]):
        sets = shingle_sets(array)
        assert np.array_equal(sets.offsets, plain.offsets)
        assert np.array_equal(sets.hashes, plain.hashes)


def test_no_texts_have_no_sets() -> None:
    """An empty array gives no sets."""
    assert len(shingle_sets(pa.array([], pa.string()))) == 0
