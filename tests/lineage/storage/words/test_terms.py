from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lineage.storage.words.terms import LENGTHS, LONG, LONGEST, Part, Piece, pieces, postings

LETTERS = st.sampled_from("ab1_ é.-\n東京カไทย가ß\U00020000\U0001f600\0") | st.characters(codec="utf-8")
TEXTS = st.text(LETTERS, max_size=30)


def told(texts: list[str]) -> list[Counter[str]]:
    """Return the terms of each text with how often they stand there, LENGTHS and LONG among them."""
    found = postings(pa.array(texts, pa.string()))
    terms = found.terms.to_pylist()
    counts: list[Counter[str]] = [Counter() for _ in texts]
    for term, row, times in zip(found.term.tolist(), found.row.tolist(), found.times.tolist(), strict=True):
        counts[row][terms[term]] += times
    return counts


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("a bb, a", {"a": 2, "bb": 1}),
        ("it's_x 3.5", {"it": 1, "s_x": 1, "3": 1, "5": 1}),
        ("東京都 は", {"東京": 1, "京都": 1, "は": 1}),
        ("iphone東京x", {"iphone": 1, "東京": 1, "x": 1}),
        ("สวย", {"สว": 1, "วย": 1}),
        ("서울 시", {"서울": 1, "시": 1}),
        ("\U00020000\U00020001", {"\U00020000\U00020001": 1}),
        (" \n.", {}),
        ("", {}),
    ],
)
def test_texts_are_cut_into_terms(text: str, terms: dict[str, int]) -> None:
    """Words are terms; of scripts without spaces, pairs of neighbours are."""
    assert told(["x", text, ""])[1] == Counter({**terms, LENGTHS: sum(terms.values())})


def test_runs_beyond_all_words_are_marked() -> None:
    """They are no terms, and take no room, but the document that has one is known."""
    longest, longer = "x" * LONGEST, "x" * (LONGEST + 1)

    assert told([longest, longer]) == [Counter({longest: 1, LENGTHS: 1}), Counter({LONG: 1, LENGTHS: 0})]


def matches(term: str, piece: Piece) -> bool:
    """Tell whether a text with *term* may hold *piece*."""
    if len(piece.text) > LONGEST:
        return term == LONG
    compared = {
        Part.WHOLE: term == piece.text,
        Part.BEGINNING: term.startswith(piece.text),
        Part.END: term.endswith(piece.text),
        Part.INSIDE: piece.text in term,
    }
    return compared[piece.part] or (term == LONG and piece.part is not Part.WHOLE)


@settings(max_examples=300, deadline=None)
@given(before=TEXTS, asked=TEXTS, after=TEXTS)
@example("東", "京", "都")
@example("a", "b 東", "京 c")
@example("x" * 64, "y", "")
@example("a", "a" * 65, "a")
def test_whoever_contains_a_text_has_a_term_of_each_of_its_pieces(before: str, asked: str, after: str) -> None:
    """So a look-up misses nothing, wherever the text begins and ends, in whatever script."""
    (terms,) = told([before + asked + after])

    assert all(any(matches(term, piece) for term in terms) for piece in pieces(asked))


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXTS, max_size=6))
def test_a_text_has_the_terms_it_has_alone(texts: list[str]) -> None:
    """Its neighbours change nothing: no term goes across two texts."""
    assert told(texts) == [told([text])[0] for text in texts]
