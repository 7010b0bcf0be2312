"""Entities are decoded as HTML says, and every place in the result is known in the original."""

from __future__ import annotations

import html

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipelines.kernels.entities import decode, decode_all, origin

TEXTS = st.lists(
    st.sampled_from(
        ["&amp;", "&amp;amp;", "&quot", "&#39;", "&#x201C;", "&notit;", "&", "amp;", "lt;", "é", "a ", ";"]
    ),
    max_size=12,
).map("".join)


@given(TEXTS | st.text())
def test_decoding_is_that_of_html_twice(text: str) -> None:
    """What was escaped once or twice is plain afterwards, by the rules of the standard library."""
    assert decode(text) == html.unescape(html.unescape(text))


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(0, 2))
def test_escaping_is_undone_and_places_are_kept(text: str, times: int) -> None:
    """In a text escaped up to twice, each character's origin is where its escaped form begins."""
    text = text.replace("&", "+")
    pieces = list(text)
    for _ in range(times):
        pieces = [html.escape(piece) for piece in pieces]
    escaped = "".join(pieces)
    places = [sum(map(len, pieces[:at])) for at in range(len(pieces))]
    assert decode(escaped) == text
    assert [origin(escaped, at) for at in range(len(text))] == places


@given(st.lists(TEXTS, max_size=6), st.integers(0, 2))
def test_a_batch_is_decoded_row_by_row(texts: list[str], start: int) -> None:
    """All texts of an array, also of a slice, are decoded, and those that changed are named."""
    decoded, changed = decode_all(pa.array(texts, pa.string())[start:])
    assert decoded.to_pylist() == [decode(text) for text in texts[start:]]
    assert changed.tolist() == [decode(text) != text for text in texts[start:]]
