"""Split a stream of chunks into lines without ever holding much more than one line or the limit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

Line = tuple[int, bytes, int, bool]
"""Where the line begins, its bytes without the newline, their number, and whether a newline ended it."""


def _nothing(_: bytes) -> bytes:
    return b""


def split_lines(
    chunks: Iterable[bytes], limit: int, base: int = 0, shrink: Callable[[bytes], bytes] = _nothing
) -> Iterator[Line]:
    """Yield the lines of *chunks*, the first of which begins at byte *base*; only a line feed ends a line.

    Of a line above *limit* bytes only ``shrink`` of its pieces is kept (by default nothing); its size tells.
    """
    at = base
    held: list[bytes] = []
    size = 0
    for chunk in chunks:
        *full, rest = chunk.split(b"\n")
        for part in full:
            if size:
                held, size = _hold(held, size, part, limit, shrink)
                line = b"".join(held)
                held = []
            else:
                size = len(part)
                line = part if size <= limit else shrink(part)
            yield at, line, size, True
            at += size + 1
            size = 0
        if rest:
            held, size = _hold(held, size, rest, limit, shrink)
    if size:
        yield at, b"".join(held), size, False


def _hold(
    held: list[bytes], size: int, part: bytes, limit: int, shrink: Callable[[bytes], bytes]
) -> tuple[list[bytes], int]:
    total = size + len(part)
    if total <= limit:
        held.append(part)
        return held, total
    kept = b"".join(held) if size > limit else shrink(b"".join(held))
    return [piece for piece in (kept, shrink(part)) if piece], total
