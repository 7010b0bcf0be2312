"""Units of text are those of plain Python, and cutting some out leaves the others where they stood."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.kernels.units import Cut, cut_units, distinct_hashes, find_units
from policies.spans import EDITS

PIECES = [
    "ab",
    "c d",
    "  c  d ",
    "é\u00a0f",
    "\t",
    "",
    " ",
    "\u2003",
    "漢字。",
    "a line long enough for a word",
    "x\r",
    "A",
]
PIECES += ["a line  long enough for two blanks", "\x1fq", " edge ", "blank at eight: ", "’curly’ and plain"]
TEXTS = st.lists(
    st.one_of(
        st.text(st.characters(exclude_categories=["Cs"])),
        st.lists(st.sampled_from(PIECES), max_size=12).map("\n".join),
        st.lists(st.sampled_from([*PIECES, "\n", "\n\n"]), max_size=12).map("".join),
    ),
    min_size=1,
    max_size=4,
)


def blocks_of(text: str) -> list[list[str]]:
    """Return the paragraphs of *text*, each as its lines with single blanks."""
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return [block.split("\n") for block in re.split(r"\n\n+", "\n".join(lines).strip("\n")) if block]


def units_of(text: str, paragraphs: bool) -> list[str]:
    """Return the units of *text* as they are compared."""
    if paragraphs:
        return [" ".join(block) for block in blocks_of(text)]
    return [line for block in blocks_of(text) for line in block]


def apply(text: str, edits: list[dict[str, int]] | None) -> str:
    """Take the spans of *edits* out of *text*."""
    for edit in reversed(edits or []):
        assert edit["length"] == 0
        text = text[: edit["start"]] + text[edit["end"] :]
    return text


def cut_all(texts: list[str], paragraphs: bool, doomed: set[str]) -> Cut:
    """Cut out the units that are among *doomed*."""
    array = pa.array(texts)
    units = find_units(array, paragraphs, 1)
    names = [unit for text in texts for unit in units_of(text, paragraphs)]
    return cut_units(array, units, np.array([name in doomed for name in names], np.bool_))


@pytest.mark.parametrize("paragraphs", [False, True])
@given(TEXTS, st.integers(1, 6))
@settings(deadline=None)
def test_units_are_those_of_plain_python(paragraphs: bool, texts: list[str], min_chars: int) -> None:
    """Hashes are XXH64 of trimmed text with single blanks, 0 where that is short, and places lead back to the unit."""
    units = find_units(pa.array(texts), paragraphs, min_chars)
    for d, text in enumerate(texts):
        mine = slice(units.ends[d], units.ends[d + 1])
        expected = units_of(text, paragraphs)
        hashes = [xxhash.xxh64_intdigest(unit.encode()) * (len(unit) >= min_chars) for unit in expected]
        assert units.hashes[mine].tolist() == hashes
        raw = text.encode()
        found = [raw[start:stop].decode() for start, stop in zip(units.starts[mine], units.stops[mine], strict=True)]
        assert [" ".join(unit.split()) for unit in found] == expected


@pytest.mark.parametrize("paragraphs", [False, True])
@given(TEXTS, st.sets(st.sampled_from(["ab", "c d", "é f", "漢字。", "A", "x", "a line long enough for a word"])))
@settings(deadline=None)
def test_cutting_keeps_the_others_in_their_paragraphs(paragraphs: bool, texts: list[str], doomed: set[str]) -> None:
    """What is left is the text without the spans: the units not doomed, in order, in the paragraphs they were in."""
    cut = cut_all(texts, paragraphs, doomed)
    assert cut.edits.type == EDITS
    cut.texts.validate(full=True)
    for text, left, edits, removed in zip(
        texts, cut.texts.to_pylist(), cut.edits.to_pylist(), cut.removed.tolist(), strict=True
    ):
        assert apply(text, edits) == left
        assert removed == sum(unit in doomed for unit in units_of(text, paragraphs))
        assert (edits is None) == (removed == 0)
        if paragraphs:
            expected = [block for block in blocks_of(text) if " ".join(block) not in doomed]
        else:
            kept = [[line for line in block if line not in doomed] for block in blocks_of(text)]
            expected = [block for block in kept if block]
        assert blocks_of(left) == expected
        assert left == "" or expected or removed == 0


@pytest.mark.parametrize(
    ("text", "paragraphs", "expected"),
    [
        ("a\nX\nb\n", False, "a\nb\n"),
        ("a\n\nX\n\nb", False, "a\n\nb"),
        ("a\n  X \n\nb", False, "a\n\nb"),
        ("a\n\nX\nb", False, "a\n\nb"),
        ("\n X\n\na\n", False, "a\n"),
        ("a \n\nX\n \n", False, "a"),
        ("a\nX\nX", False, "a"),
        ("a\nX\n\nX\nb", False, "a\n\nb"),
        ("a\nX\n\nX\n", False, "a"),
        ("X\n\nX\n", False, ""),
        ("a\n\nX\n\n\nX\n\nb", True, "a\n\nb"),
        ("a\n\nX\n\n\nX", True, "a"),
        ("a\n\nX\ny\n\nb", True, "a\n\nX\ny\n\nb"),
    ],
)
def test_blank_lines_neither_pile_up_nor_vanish(text: str, paragraphs: bool, expected: str) -> None:
    """A unit takes its line break along, and the blank lines between two paragraphs stay one gap."""
    assert cut_all([text], paragraphs, {"X"}).texts.to_pylist() == [expected]


def test_a_document_counts_once() -> None:
    """Each text gives the hash of a unit once, and none for what is too short."""
    units = find_units(pa.array(["long line\nlong  line\nab\nother line", "long line", ""]), False, 3)
    long, other = (xxhash.xxh64_intdigest(unit) for unit in (b"long line", b"other line"))
    assert sorted(distinct_hashes(units).tolist()) == sorted([long, long, other])


@pytest.mark.parametrize(
    "texts", [pa.array([], pa.string()), pa.array(["", None, "x\ny"])[1:], pa.array(["a", "b\nc"])[1:]]
)
def test_slices_and_nulls_are_read_as_they_stand(texts: Any) -> None:
    """A slice has the units of its own texts, and a null none."""
    plain = pa.array([text or "" for text in texts.to_pylist()], pa.string())
    found, expected = (find_units(array, False, 1) for array in (texts, plain))
    assert found.ends.tolist() == expected.ends.tolist()
    assert found.hashes.tolist() == expected.hashes.tolist()
    cut = cut_units(texts, found, np.ones(len(found.hashes), np.bool_))
    assert cut.texts.to_pylist() == [""] * len(texts)
