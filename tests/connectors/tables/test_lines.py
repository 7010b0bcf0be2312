from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connectors.tables.lines import split_lines

TEXT = st.lists(st.integers(0, 60), max_size=9).map(lambda sizes: b"\n".join(b"x" * size for size in sizes))


@given(data=TEXT, size=st.integers(1, 40), base=st.integers(0, 9))
def test_lines_do_not_depend_on_the_chunks(data: bytes, size: int, base: int) -> None:
    """Lines joined with their line feeds are the data, and offsets are where they stand."""
    lines = list(split_lines((data[at : at + size] for at in range(0, len(data), size)), 1000, base))

    assert b"".join(line + b"\n" * ended for _, line, _, ended in lines) == data
    assert all(data[at - base :].startswith(line) and len(line) == size for at, line, size, _ in lines)


@given(data=TEXT, size=st.integers(1, 40), limit=st.integers(0, 30))
def test_lines_above_the_limit_are_told_but_not_held(data: bytes, size: int, limit: int) -> None:
    """A line above the limit comes empty, with its size."""
    lines = list(split_lines((data[at : at + size] for at in range(0, len(data), size)), limit))
    whole = list(split_lines([data], 1000))

    assert [(at, size, ended) for at, _, size, ended in lines] == [(at, size, ended) for at, _, size, ended in whole]
    assert all(
        line == (full if size <= limit else b"")
        for (_, line, size, _), (_, full, _, _) in zip(lines, whole, strict=True)
    )
