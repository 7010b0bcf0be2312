import re

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.kernels.codepoints import BULLET_MARKS, TERMINAL_MARKS
from pipelines.kernels.lines import find_repeats, shape_lines

TEXTS = st.lists(
    st.one_of(
        st.text(st.characters(exclude_categories=["Cs"])),
        st.lists(
            st.sampled_from(["- a", " b.", "b.", "c…", "d... ", "漢字。", "", "  ", "\u3000x\u3000", "・・", "..", "e"])
        ).map("\n".join),
    ),
    min_size=1,
    max_size=4,
)


def _lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _paragraphs_of(text: str) -> list[tuple[str, ...]]:
    marked = "\n".join(line.strip() for line in text.split("\n"))
    return [tuple(_lines_of(block)) for block in re.split(r"\n\n+", marked) if _lines_of(block)]


def _repeats_of(items: list[str] | list[tuple[str, ...]]) -> list[int]:
    return [i for i, item in enumerate(items) if item in items[:i]]


@given(TEXTS)
@settings(deadline=None)
def test_shapes_are_those_of_plain_python(texts: list[str]) -> None:
    """Every count of line shapes equals that of the definition read in plain Python."""
    shapes = shape_lines(pa.array(texts), short_chars=3)
    for d, text in enumerate(texts):
        lines = _lines_of(text)
        assert shapes.lines[d] == len(lines)
        assert shapes.newlines[d] == text.count("\n")
        assert shapes.bullets[d] == sum(line[0] in BULLET_MARKS for line in lines)
        assert shapes.ellipses[d] == sum(line.endswith(("…", "...")) for line in lines)
        assert shapes.terminal[d] == sum(line[-1] in TERMINAL_MARKS for line in lines)
        assert shapes.short[d] == sum(len(line) <= 3 for line in lines)


@given(TEXTS)
@settings(deadline=None)
def test_repeats_are_those_of_plain_python(texts: list[str]) -> None:
    """Every count of repeated lines and paragraphs equals that of the definition read in plain Python."""
    repeats = find_repeats(pa.array(texts))
    for d, text in enumerate(texts):
        lines, paragraphs = _lines_of(text), _paragraphs_of(text)
        again, blocks = _repeats_of(lines), _repeats_of(paragraphs)
        assert repeats.lines[d] == len(lines)
        assert repeats.chars[d] == sum(map(len, lines))
        assert repeats.repeated_lines[d] == len(again)
        assert repeats.repeated_line_chars[d] == sum(len(lines[i]) for i in again)
        assert repeats.paragraphs[d] == len(paragraphs)
        assert repeats.repeated_paragraphs[d] == len(blocks)
        assert repeats.repeated_paragraph_chars[d] == sum(len(line) for i in blocks for line in paragraphs[i])


def test_slices_are_counted_as_they_stand() -> None:
    """A slice of an array gives the counts of its own texts."""
    texts = pa.array(["x\ny", "a\na\nb", "", "- c"])
    assert list(find_repeats(texts[1:]).repeated_lines) == [1, 0, 0]
    assert list(shape_lines(texts[2:]).bullets) == [0, 1]
    assert len(shape_lines(texts[:0]).lines) == 0
