"""A text overlaps a benchmark exactly if a plain search for the item's runs of tokens finds one, wherever it begins."""

from __future__ import annotations

import html
import random
import re
import textwrap
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.decontaminate import folding
from pipelines.decontaminate.folding import Reading
from pipelines.decontaminate.overlaps import ITEMS, BenchmarkIndex, build_index, find_overlaps
from pipelines.kernels import entities

Item = tuple[str, str, str]

QUESTION = (
    'Which well-known naïve scientist, born in 1879, didn\'t "believe" that God plays dice & said so '
    "to Max Born's face? (A) Einstein; (B) Bohr; (C) Feynman — the last one's too young."
)
PROSE = "It was a bright cold day in April, and the clocks were striking thirteen; nobody minded. "
PIECES = ["a", "B", "c", "d-e", "f'g", "h-\ni", "½", "東京", "&amp;", "x\u00ady", "_"]
WORDS = st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join)


def index_of(items: Sequence[Item], tokens: int = 13, least: int = 8) -> BenchmarkIndex:
    """Index *items*."""
    rows = [dict(zip(ITEMS.names, item, strict=True)) for item in sorted(items)]
    return build_index(pa.RecordBatch.from_pylist(rows, schema=ITEMS), [(tokens, least)] * len(rows))[0]


def found_in(texts: Sequence[str], index: BenchmarkIndex) -> list[tuple[int, int, str]]:
    """Return row, offset and item of each overlap."""
    overlaps = find_overlaps(pa.array(texts, pa.string()), index)
    return list(zip(overlaps.rows.tolist(), overlaps.offsets.tolist(), overlaps.items, strict=True))


def runs_of(text: str, tokens: int, least: int) -> set[tuple[str, ...]]:
    """Return the runs of an item, in all readings."""
    runs = set()
    for reading in Reading:
        words = folding.tokens(entities.decode(text), reading)
        width = min(tokens, len(words))
        if words and width >= min(least, tokens):
            runs |= {tuple(words[at : at + width]) for at in range(len(words) - width + 1)}
    return runs


def first_overlap(text: str, items: Sequence[Item], tokens: int, least: int) -> tuple[int, str] | None:
    """Return token number and item of a text's first overlap, by comparing all runs at all places."""
    words = folding.tokens(entities.decode(text))
    for at in range(len(words)):
        for name, number, item in sorted(items):
            if any(tuple(words[at : at + len(run)]) == run for run in runs_of(item, tokens, least)):
                return at, f"{name}:{number}"
    return None


@settings(deadline=None)  # the first call may compile
@given(st.lists(WORDS, min_size=1, max_size=5), st.lists(WORDS, max_size=4), st.integers(2, 5), st.integers(2, 4))
def test_overlaps_are_those_of_a_plain_search(items: list[str], texts: list[str], tokens: int, least: int) -> None:
    """Which texts overlap, which item is named, and where the run begins is what comparing everything gives."""
    named = [("b" if number % 2 else "a", str(number), item) for number, item in enumerate(items)]
    found = found_in(texts, index_of(named, tokens, least))
    expected = [(row, first_overlap(text, named, tokens, least)) for row, text in enumerate(texts)]
    assert [(row, name) for row, _, name in found] == [(row, one[1]) for row, one in expected if one]
    for row, offset, _ in found:
        words = folding.tokens(entities.decode(texts[row]))
        behind = folding.tokens(entities.decode(texts[row][offset:]))
        one = dict(expected)[row]
        assert one is not None
        assert words[one[0] :] == behind[len(behind) - len(words) + one[0] :]
        assert len(words) - len(behind) in (one[0], one[0] - 1)  # ½ is two tokens that begin at one place


CHANGES: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "upper case": str.upper,
    "lower case": str.lower,
    "wrapped": lambda text: textwrap.fill(text, 24),
    "one word per line": lambda text: text.replace(" ", "\r\n"),
    "white space": lambda text: text.replace(" ", " \t\u00a0 \u2003"),
    "escaped": html.escape,
    "escaped twice": lambda text: html.escape(html.escape(text)),
    "numeric references": lambda text: "".join(f"&#{ord(one)};" for one in text),
    "hexadecimal references": lambda text: "".join(f"&#x{ord(one):X}" + ";" for one in text),
    "named spaces": lambda text: text.replace(" ", "&nbsp;"),
    "no punctuation": lambda text: re.sub(r"[^\w\s]", "", text),
    "spaces for punctuation": lambda text: re.sub(r"[^\w\s]", " ", text),
    "other punctuation": lambda text: re.sub(r"[^\w\s]", "…!", text),
    "no hyphens": lambda text: text.replace("-", ""),
    "typographic": lambda text: text.replace("'", "’").replace('"', "”").replace("-", "\u2011"),
    "emphasis": lambda text: re.sub(r"(\w+)", r"_\1_", text).replace("_'_", "'"),
    "full width": lambda text: "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text),
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "no accents": lambda text: text.replace("ï", "i"),
    "hyphenated at line ends": lambda text: re.sub(r"([a-z]{3})([a-z]{3})", "\\1-\n  \\2", text),
    "soft hyphens": lambda text: re.sub(r"([a-z]{2})([a-z]{2})", "\\1\u00ad\\2", text),
    "zero-width spaces": lambda text: re.sub(r"([a-z]{2})([a-z]{2})", "\\1\u200b\\2", text),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_copies_are_found(change: Callable[[str], str]) -> None:
    """A copy in another shape is found, and so is where it begins, to a token that changed its bounds."""
    copy = change(QUESTION)
    ((row, offset, item),) = found_in([PROSE, PROSE + copy + PROSE], index_of([("quiz", "7", QUESTION)]))
    assert (row, item) == (1, "quiz:7")
    assert len(PROSE) <= offset <= len(PROSE) + len(copy) // 3


@pytest.mark.parametrize("change", ["as it is", "upper case", "wrapped", "escaped", "full width", "decomposed"])
def test_the_offset_is_where_the_copy_begins(change: str) -> None:
    """The offset counts code points of the text as it stands, entities and all."""
    before = "Zażółć &lt;gęślą&gt; jaźń 東京 "
    ((_, offset, _),) = found_in([before + CHANGES[change](QUESTION)], index_of([("quiz", "7", QUESTION)]))
    assert offset == len(before)


def test_unrelated_texts_and_shorter_overlaps_are_not_found() -> None:
    """Random texts of the same words share no run, nor does one that has all but one token of each."""
    draw = random.Random(1)
    words = ["".join(draw.choices("abcdefgh", k=4)) for _ in range(300)]
    items = [("b", str(number), " ".join(draw.choices(words, k=40))) for number in range(300)]
    texts = [" ".join(draw.choices(words, k=400)) for _ in range(300)]
    broken = [
        " ".join(f"{word} zzz" if at % 12 == 11 else word for at, word in enumerate(item[2].split())) for item in items
    ]
    index = index_of(items)
    assert found_in(texts + broken, index) == []
    assert len(found_in([item[2] for item in items], index)) == 300


def test_short_items_are_matched_whole_or_not_used() -> None:
    """An item of fewer tokens must be there as a whole; one below the least number is not looked for."""
    eight, seven = "one two three four five six seven eight", "uno dos tres cuatro cinco seis siete"
    items = [("b", "8", eight), ("b", "7", seven)]
    texts = [f"zero {eight} nine", eight.replace("eight", "ate"), f"{seven} ocho nueve"]
    assert found_in(texts, index_of(items)) == [(0, 5, "b:8")]
    rows = pa.RecordBatch.from_pylist(
        [dict(zip(ITEMS.names, item, strict=True)) for item in sorted(items)], schema=ITEMS
    )
    assert build_index(rows, [(13, 8)] * 2)[1].tolist() == [False, True]


def test_of_several_items_the_first_in_the_text_is_named() -> None:
    """The item whose run begins first is named; of items that share a run the first by benchmark and id."""
    one, two = "a b c d e f g h i j k l m", "n o p q r s t u v w x y z"
    items = [("z", "1", one), ("y", "2", two), ("y", "1", two), ("x", "9", f"{one[2:]} n")]
    index = index_of(items)
    assert found_in([f"{two} {one}", f"{one} {two}", f"{one[2:]} n"], index) == [
        (0, 0, "y:1"),
        (1, 0, "z:1"),
        (2, 0, "x:9"),
    ]


@pytest.mark.parametrize("before", [0, 1, 4050, 4060, 4064, 4070, 4090, 8200])
def test_runs_across_blocks_are_found(before: int) -> None:
    """In a long text a run is found wherever it stands, also where the kernel moves on to the next block."""
    item = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda my ny"
    text = "so " * before + item + " on" * 5000
    assert found_in([text], index_of([("b", "1", item), ("b", "2", "no " * 700)], tokens=600)) == [
        (0, 3 * before, "b:1")
    ]


def test_a_collision_drops_nothing_and_hides_nothing() -> None:
    """What the hash finds is compared: with another text behind a run, the search goes on to the next true one."""
    one, two = "a b c d e f g h i j k l m", "n o p q r s t u v w x y z"
    index = index_of([("b", "1", one), ("b", "2", two)])
    texts = pa.array(["another text that has tokens enough to be read as one run of them", two])
    forged = replace(index, items=index.items.set_column(2, "text", texts))
    assert found_in([one, f"{one} é {two}"], forged) == [(1, len(one) + 3, "b:2")]


def test_an_index_is_read_as_it_was_written(tmp_path: object) -> None:
    """An index from files finds what the one that was built finds; one without runs finds nothing."""
    for items, found in (([("b", "1", QUESTION)], 1), ([("b", "1", "too short")], 0)):
        index_of(items).write(f"{tmp_path}/index")
        assert len(found_in([QUESTION, "", "x"], BenchmarkIndex.read(f"{tmp_path}/index"))) == found


def test_slices_and_empty_arrays_are_read_alike() -> None:
    """Rows are counted from the beginning of a slice; no text has no overlap."""
    index = index_of([("b", "1", QUESTION)])
    overlaps = find_overlaps(pa.array(["x", html.escape(QUESTION), "y", QUESTION])[1:], index)
    assert overlaps.rows.tolist() == [0, 2]
    assert found_in([], index) == []
