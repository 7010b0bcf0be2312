from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.kernels.repetition import DUPLICATE_SIZES, TOP_SIZES, repeat_ngrams

WORDS = st.lists(st.sampled_from(["a", "bb", "ccc", "漢字", "é"]), max_size=60).map(" ".join)
TEXTS = st.lists(st.one_of(WORDS, st.text(st.characters(exclude_categories=["Cs"]))), min_size=1, max_size=4)


def _grams_of(words: list[str], n: int) -> list[tuple[str, ...]]:
    return [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]


def _covered(words: list[str], starts: list[int], n: int) -> float:
    inside = {k for i in starts for k in range(i, i + n)}
    return sum(len(words[k]) for k in inside) / sum(map(len, words))


def _top_share(words: list[str], n: int) -> float:
    grams = _grams_of(words, n)
    counts = Counter(grams)
    if not grams or max(counts.values()) < 2:
        return 0.0
    best = max(counts, key=lambda gram: (counts[gram], sum(map(len, gram)), -grams.index(gram)))
    return _covered(words, [i for i, gram in enumerate(grams) if gram == best], n)


def _duplicate_share(words: list[str], n: int) -> float:
    grams, seen, again = _grams_of(words, n), set(), []
    for i, gram in enumerate(grams):
        if gram in seen:
            again.append(i)
        seen.add(gram)
    return _covered(words, again, n) if again else 0.0


@given(TEXTS)
@settings(deadline=None)
def test_shares_are_those_of_plain_python(texts: list[str]) -> None:
    """Every share equals that of the definition read in plain Python."""
    for text, found in zip(texts, repeat_ngrams(pa.array(texts)), strict=True):
        words = text.split()
        expected = [_top_share(words, n) for n in TOP_SIZES] + [_duplicate_share(words, n) for n in DUPLICATE_SIZES]
        assert list(found) == pytest.approx(expected)


def test_a_text_of_one_phrase_is_all_repetition() -> None:
    """A phrase said again and again is its own top n-gram and duplicates all but its first saying."""
    found = repeat_ngrams(pa.array(["buy it now " * 20]))[0]
    assert found[1] == 1.0
    assert found[3] == pytest.approx(57 / 60)


def test_texts_without_repeats_have_none() -> None:
    """Distinct words, single words and no words have no repetition, also in a slice."""
    texts = pa.array(["a a a a", " ".join(map(str, range(500))), "alone", ""])
    assert not np.any(repeat_ngrams(texts[1:]))


def test_long_texts_take_linear_time() -> None:
    """A million equal words are counted without the square of them."""
    assert repeat_ngrams(pa.array(["spam " * 1_000_000]))[0, -1] == pytest.approx(1.0, abs=1e-5)
