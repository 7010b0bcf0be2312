"""Read a gzip file member by member, knowing where each begins: the form in which web archives are addressable."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from connectors.capture import Failure
from connectors.errors import DamagedError
from connectors.streams.compression import Inflate

_STEP = 1 << 20  # decoded bytes at a time
_PIECE = 32 << 10  # stored bytes at a time: what is left over behind a member is copied once per member
_HEAD = 4 << 10  # decoded bytes that tell what a member holds
_WINDOW = 256 << 10  # stored bytes searched at a time
_MAGIC = re.compile(rb"\x1f\x8b\x08[\x00-\x1f]")


class Members:
    """Decodes the members of the gzip *file* one after the other, from stored byte *start* on.

    Attributes:
        start: stored offset of the member last begun.
        position: stored offset of the byte behind what was decoded; once a member is read, where the next one begins.
        damage: why the last member ended early, or None.
    """

    def __init__(
        self, file: BinaryIO, start: int = 0, watch: Callable[[int, int], None] = lambda stored, decoded: None
    ) -> None:
        """Decode *file*; *watch* is told of the stored and the decoded bytes so far, and may raise."""
        self._file = file
        self._watch = watch
        self._decoded = 0
        self.restart(start)

    def restart(self, start: int) -> None:
        """Go on at stored byte *start*, behind which the next member begins."""
        self._file.seek(start)
        self._ahead = b""
        self._frame: Inflate | None = None
        self.position = self.start = start
        self.damage: Failure | None = None

    def begin(self) -> bytes | None:
        """Begin the member at the position; return its first decoded bytes (at least 4 KiB if it has them).

        None at the end of the file. Bytes that are no member give b"" and damage.
        """
        self.damage = None
        if not self._skip_padding():
            return None
        self.start = self.position
        self._frame = Inflate(salvage=False)
        head = self.more()
        while 0 < len(head) < _HEAD and self._frame is not None:
            head += self.more()
        return head

    @property
    def unfinished(self) -> bool:
        """Whether the member last begun has more to give."""
        return self._frame is not None

    def _skip_padding(self) -> bool:
        while True:
            self._ahead = self._ahead or self._file.read(_PIECE)
            rest = self._ahead.lstrip(b"\0")
            self.position += len(self._ahead) - len(rest)
            if rest or not self._ahead:
                self._ahead = rest
                return bool(rest)
            self._ahead = b""

    def more(self) -> bytes:
        """Return the member's next decoded bytes; b"" at its end."""
        out = b""
        while not out and self._frame is not None:
            out = self._advance(self._frame)
        return out

    def _advance(self, frame: Inflate) -> bytes:
        if frame.hungry and not self._ahead:
            self._ahead = self._file.read(_PIECE)
            if not self._ahead:
                return self._end(Failure.TRUNCATED)
        data = b""
        if frame.hungry:
            data, self._ahead = self._ahead, b""
            self.position += len(data)
        try:
            out = frame.step(data, _STEP)
        except DamagedError as error:
            self._end(Failure.BROKEN_RECORD)
            return error.prefix
        if frame.eof:
            self._ahead = frame.unused()
            self.position -= len(self._ahead)
            self._end(None)
        self._decoded += len(out)
        self._watch(self.position, self._decoded)
        return out

    def _end(self, damage: Failure | None) -> bytes:
        self._frame = None
        self.damage = damage
        return b""


def search(file: BinaryIO, start: int, wanted: re.Pattern[bytes]) -> int | None:
    """Return the first stored offset from *start* on where a member begins whose content matches *wanted*, or None."""
    for offset in _candidates(file, start):
        file.seek(offset)
        if wanted.match(_content(file.read(_WINDOW))):
            return offset
    return None


def _candidates(file: BinaryIO, start: int) -> Iterator[int]:
    while True:
        file.seek(start)
        window = file.read(_WINDOW)
        for match in _MAGIC.finditer(window):
            yield start + match.start()
        if len(window) < _WINDOW:
            return
        start += len(window) - 3  # a magic number may lie across the border


def _content(stored: bytes) -> bytes:
    try:
        return Inflate().step(stored, _HEAD)
    except DamagedError as error:
        return error.prefix
