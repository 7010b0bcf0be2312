from __future__ import annotations

import gzip
import io
import re

from hypothesis import given
from hypothesis import strategies as st

from connectors.archives.members import Members, search
from connectors.capture import Failure


def walk(data: bytes) -> list[tuple[int, bytes, Failure | None]]:
    """Return start, content and damage of every member of *data*."""
    members, found = Members(io.BytesIO(data)), []
    head = members.begin()
    while head is not None:
        content = head
        while more := members.more():
            content += more
        found.append((members.start, content, members.damage))
        head = None if members.damage else members.begin()
    return found


@given(st.lists(st.tuples(st.binary(max_size=9000), st.integers(0, 40_000)), max_size=5))
def test_members_are_found_where_they_begin(parts: list[tuple[bytes, int]]) -> None:
    """Each member has its start and content, whatever zeros stand between."""
    data, expected = b"", []
    for content, padding in parts:
        expected.append((len(data), content, None))
        data += gzip.compress(content) + bytes(padding)

    assert walk(data) == expected


def test_a_large_member_comes_in_steps() -> None:
    """A member that expands a thousandfold is given in bounded steps."""
    members = Members(io.BytesIO(gzip.compress(bytes(20 << 20))))
    sizes = [len(members.begin() or b"")]
    while more := members.more():
        sizes.append(len(more))

    assert sum(sizes) == 20 << 20
    assert max(sizes) <= 1 << 20


def test_damage_is_told() -> None:
    """What is no member, and a member that is cut, have damage."""
    assert [part[1:] for part in walk(b"no member")] == [(b"", Failure.BROKEN_RECORD)]
    assert walk(gzip.compress(b"cut")[:-3])[0][2] is Failure.TRUNCATED


def test_search_passes_false_magic_numbers() -> None:
    """Only a member whose content matches is found, also across the border of a window."""
    false = b"\x1f\x8b\x08\x00 not gzip " + gzip.compress(b"other")
    for padding in (0, 5, (256 << 10) - len(false) - 2):
        data = false + b"x" * padding + gzip.compress(b"WARC/1.0")

        assert search(io.BytesIO(data), 0, re.compile(b"WARC/")) == len(false) + padding
        assert search(io.BytesIO(data), len(false) + padding + 1, re.compile(b"WARC/")) is None
