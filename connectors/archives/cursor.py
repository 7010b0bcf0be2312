"""A place in a stream of chunks: look ahead, take, skip, search; memory is bounded by what is looked at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from connectors.capture import Failure

_OVERLAP = 16 << 10  # a record start split between two chunks is still found: longer than any URL line of an ARC
_REWINDS = 16  # times a compressed stream is decoded again from its start, for records that lie about their size
_LINE_BREAKS = re.compile(rb"[\r\n]*")


class Cursor:
    """A cursor over *chunks*, the first of which begins at byte *origin*.

    Attributes:
        ending: asks why a record that the stream's end cuts is incomplete.
        reopen: returns the chunks from a position on, if the stream can be read again.
        direct: whether reopening costs no more than a seek.
    """

    def __init__(
        self,
        chunks: Iterable[bytes],
        origin: int = 0,
        ending: Callable[[], Failure] = lambda: Failure.TRUNCATED,
        reopen: Callable[[int], Iterable[bytes]] | None = None,
        direct: bool = False,
    ) -> None:
        self._chunks: Iterator[bytes] = iter(chunks)
        self._buffer = b""
        self._at = 0
        self._base = origin
        self._reopen = reopen
        self._direct = direct
        self._rewinds = _REWINDS
        self.ending = ending

    @property
    def position(self) -> int:
        """Where the cursor stands, in bytes from the start of the stream."""
        return self._base + self._at

    def available(self, wanted: int) -> int:
        """Read on until *wanted* bytes lie ahead; return how many do, fewer only at the stream's end."""
        have = len(self._buffer) - self._at
        if have >= wanted:
            return wanted
        parts = [self._buffer[self._at :]]
        for chunk in self._chunks:
            parts.append(chunk)
            have += len(chunk)
            if have >= wanted:
                break
        self._base += self._at
        self._at = 0
        self._buffer = b"".join(parts)
        return min(have, wanted)

    def peek(self, start: int, stop: int) -> bytes:
        """Return the bytes from *start* to *stop* ahead of the cursor, fewer at the stream's end."""
        self.available(stop)
        return self._buffer[self._at + start : self._at + stop]

    def skip(self, count: int) -> int:
        """Move *count* bytes on without holding them; return how many there were."""
        left = count
        while left > 0 and self.available(1):
            step = min(left, len(self._buffer) - self._at)
            self._at += step
            left -= step
        return count - left

    def skip_line_breaks(self) -> bool:
        """Move behind CR and LF bytes; return whether anything follows them."""
        while self.available(1):
            match = _LINE_BREAKS.match(self._buffer, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._buffer):
                return True
        return False

    def find(self, pattern: re.Pattern[bytes], start: int, stop: int) -> int | None:
        """Return where *pattern* first matches between *start* and *stop* ahead of the cursor, or None."""
        self.available(stop)
        match = pattern.search(self._buffer, self._at + start, self._at + stop)
        return None if match is None else match.start() - self._at

    def jump(self, count: int) -> bool:
        """Move *count* (1 or more) bytes on, by a seek where that is cheap; return False if the stream ends before.

        After False only ``rewind`` is of use.
        """
        if self._direct and count > len(self._buffer) - self._at:
            self._restart(self.position + count - 1)
            count = 1
        return self.skip(count) == count

    def rewind(self, position: int) -> bool:
        """Go back to *position*; return False, and stay, where the stream cannot be read again (often enough)."""
        if self._reopen is None or not (self._direct or self._rewinds):
            return False
        self._rewinds -= 1
        self._restart(position)
        return True

    def _restart(self, position: int) -> None:
        if self._reopen is not None:
            self._chunks, self._buffer, self._at, self._base = iter(self._reopen(position)), b"", 0, position

    def seek(self, pattern: re.Pattern[bytes], start: int) -> bool:
        """Move to the first match of *pattern* at least *start* (1 or more) bytes ahead; False if there is none."""
        self.skip(start - 1)  # one byte stays for the pattern to look behind
        while True:
            match = pattern.search(self._buffer, self._at + 1)
            if match is not None:
                self._at = match.start()
                return True
            self._at = max(self._at, len(self._buffer) - _OVERLAP)
            have = len(self._buffer) - self._at
            if self.available(have + 1) == have:
                self._at = len(self._buffer)
                return False
