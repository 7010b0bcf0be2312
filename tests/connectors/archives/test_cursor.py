from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from connectors.archives.cursor import Cursor
from connectors.capture import Failure

DATA = bytes(range(65, 91)) * 3000
MARK = re.compile(rb"(?<=Z)ABC")


def cursor(size: int = 1000, direct: bool = False) -> Cursor:
    """Return a cursor over DATA in chunks of *size* bytes."""

    def chunks(start: int) -> list[bytes]:
        return [DATA[at : at + size] for at in range(start, len(DATA), size)]

    return Cursor(chunks(0), 0, reopen=chunks, direct=direct)


@given(
    st.lists(st.tuples(st.sampled_from(["peek", "skip", "seek", "jump", "rewind"]), st.integers(1, 30_000))),
    st.booleans(),
)
def test_every_move_is_that_of_a_slice(moves: list[tuple[str, int]], direct: bool) -> None:
    """Looking, skipping, searching and going back agree with the same on the whole bytes."""
    walker, at = cursor(direct=direct), 0
    for move, count in moves:
        if move == "peek":
            assert walker.peek(count // 2, count) == DATA[at + count // 2 : at + count]
        elif move == "skip":
            assert walker.skip(count) == min(count, len(DATA) - at)
            at = min(at + count, len(DATA))
        elif move == "seek":
            match = MARK.search(DATA, min(at + count, len(DATA)))
            assert walker.seek(MARK, count) == (match is not None)
            at = match.start() if match else len(DATA)
        elif move == "jump" and at + count <= len(DATA):
            assert walker.jump(count)
            at += count
        elif move == "rewind" and walker.rewind(at // 2):
            at //= 2
        assert walker.position == at


def test_a_jump_beyond_the_end_says_so() -> None:
    """The stream ends before, whether it can be sought in or not."""
    for direct in (False, True):
        assert cursor(direct=direct).jump(len(DATA))
        assert not cursor(direct=direct).jump(len(DATA) + 1)
        assert not cursor(direct=direct).jump(10**15)


def test_a_stream_is_decoded_again_only_so_often() -> None:
    """Records that lie about their size cannot make the reader go back for ever."""
    walker = cursor()

    assert sum(walker.rewind(0) for _ in range(100)) == 16
    assert not Cursor([b"a"]).rewind(0)
    assert Cursor([]).ending() is Failure.TRUNCATED


def test_line_breaks_are_skipped_across_chunks() -> None:
    """Only CR and LF are stepped over."""
    walker = Cursor([b"\r\n", b"\n\r", b"\n x"])

    assert walker.skip_line_breaks()
    assert walker.peek(0, 5) == b" x"
    assert not Cursor([b"\r\n", b"\n"]).skip_line_breaks()
