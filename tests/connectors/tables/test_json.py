from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import UnreadableSource
from connectors.tables.json import Elements

Read = Callable[..., list[dict[str, Any]]]
Write = Callable[[str, bytes], str]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    values=st.lists(VALUES, max_size=6),
    size=st.integers(1, 30),
    indent=st.none() | st.integers(0, 2),
    ascii=st.booleans(),
)
def test_elements_are_found_whatever_the_chunks(
    values: list[object], size: int, indent: int | None, ascii: bool
) -> None:
    """Each element is found whole, at its offset, and nothing else."""
    data = json.dumps(values, indent=indent, ensure_ascii=ascii).encode()
    elements = Elements((data[at : at + size] for at in range(0, len(data), size)), 10_000, "t")

    found = list(elements)

    assert [json.loads(element or b"") for _, element, _ in found] == values
    assert all(data[at : at + size] == element for at, element, size in found)
    assert (elements.open, elements.trailing, elements.position) == (False, None, len(data))


@given(values=st.lists(VALUES, max_size=6), limit=st.integers(0, 20), size=st.integers(1, 30))
def test_elements_above_the_limit_are_told_but_not_held(values: list[object], limit: int, size: int) -> None:
    """A large element comes as None, and the ones behind it are found."""
    data = json.dumps(values, separators=(",", ":")).encode()
    found = list(Elements((data[at : at + size] for at in range(0, len(data), size)), limit, "t"))

    for value, (_, element, length) in zip(values, found, strict=True):
        stored = json.dumps(value, separators=(",", ":")).encode()
        assert (element, length) == (stored if len(stored) <= limit else None, len(stored))


@pytest.mark.parametrize(
    ("data", "failures"),
    [
        (b'[{"text": "a"}, {"text": "b"', [None, "truncated"]),
        (b'[{"text": "a"}, ', [None, "truncated"]),
        (b'[{"text": "a"}, {"text" "b"}, {"text": "c"}]', [None, "broken_record", None]),
        (b'[{"text": "a"}, 5, {"text": "c"}]', [None, "broken_record", None]),
        (b'[{"text": "a"}, , {"text": "c"}]', [None, "broken_record", None]),
        (b'[{"text": "a"}] [{"text": "b"}]', [None, "broken_record"]),
        (b" [ ] \n", []),
    ],
)
def test_broken_elements_fail_alone(data: bytes, failures: list[str | None], write: Write, read: Read) -> None:
    """What does not parse is one row, and its neighbours are read."""
    assert [row["failure"] for row in read("json", write("t.json", data))] == failures


def test_another_document_is_refused(write: Write, read: Read) -> None:
    """A file that begins with an object is not an array, and the error says what to use."""
    with pytest.raises(UnreadableSource, match="jsonl"):
        read("json", write("t.json", b'{"text": "a"}\n'))
