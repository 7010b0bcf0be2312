import re
import unicodedata

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.kernels.codepoints import LOWER_LIMIT, MARK_LIMIT, SPACELESS_RANGES
from pipelines.kernels.languages.stopwords import STOP_WORDS
from pipelines.kernels.words import WordCounts, count_words

LANGUAGES = list(STOP_WORDS)
TEXTS = st.lists(
    st.one_of(
        st.text(st.characters(exclude_categories=["Cs"])),
        st.text(st.sampled_from(".# …\n\u3000aÉ漢ไé́'")),
        st.lists(st.sampled_from(["The", "(and", "OF,", "have", "x", "...", "....", "#1", "\n\n", "και"])).map(
            " ".join
        ),
    ),
    min_size=1,
    max_size=4,
)


def _is_word_character(char: str) -> bool:
    return char.isalnum() or (unicodedata.category(char)[0] == "M" and ord(char) < MARK_LIMIT)


def _trimmed(word: str) -> str:
    inside = [i for i, char in enumerate(word) if _is_word_character(char)]
    core = word[inside[0] : inside[-1] + 1] if inside else ""
    return "".join(char.lower()[0] if ord(char) < LOWER_LIMIT else char for char in core)


def _is_spaceless(char: str) -> bool:
    return char.isalpha() and any(first <= ord(char) <= last for first, last in SPACELESS_RANGES)


def _reference(text: str, language: str | None) -> tuple[int, ...]:
    words = text.split()
    stops = set(STOP_WORDS[language]) if language else set()
    return (
        len(words),
        sum(map(len, words)),
        text.count("#"),
        len(re.findall(r"\.\.\.|…", text)),
        sum(any(map(str.isalpha, word)) for word in words),
        sum(map(str.isalpha, text)),
        sum(map(_is_spaceless, text)),
        len(stops & set(map(_trimmed, words))),
    )


def _rows(counts: WordCounts) -> list[tuple[int, ...]]:
    columns = (
        counts.words,
        counts.chars,
        counts.hashes,
        counts.ellipses,
        counts.alphabetic,
        counts.letters,
        counts.spaceless,
        counts.stop_words,
    )
    return [tuple(map(int, row)) for row in zip(*columns, strict=True)]


@given(TEXTS, st.sampled_from([None, "en", "el"]))
@settings(deadline=None)
def test_counts_are_those_of_plain_python(texts: list[str], language: str | None) -> None:
    """Every count equals that of a reading of the definition in plain Python, for any Unicode."""
    lists = np.full(len(texts), LANGUAGES.index(language) if language else -1, np.int16)
    assert _rows(count_words(pa.array(texts), lists)) == [_reference(text, language) for text in texts]


def test_slices_are_counted_as_they_stand() -> None:
    """A slice of an array gives the counts of its own texts."""
    texts = pa.array(["one", "two words", "", "and three more", "x"])
    assert list(count_words(texts[1:4]).words) == [2, 0, 3]
    assert len(count_words(texts[:0]).words) == 0


def test_stop_words_are_found_in_every_list() -> None:
    """Each list's words are found in a text made of them, all of them and in capitals."""
    for place, (code, words) in enumerate(STOP_WORDS.items()):
        lists = np.full(1, place, np.int16)
        found = count_words(pa.array([" ".join(words)]), lists).stop_words[0]
        assert found == len({_trimmed(word) for word in words}), code
        assert 2 <= found <= 64


def test_english_stop_words_are_those_of_the_paper() -> None:
    """The English list is the eight words of Rae et al. 2021."""
    assert sorted(STOP_WORDS["en"]) == ["and", "be", "have", "of", "that", "the", "to", "with"]
