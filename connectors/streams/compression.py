"""Decode compressed streams in bounded memory, and keep what was decodable of damaged ones.

A stream is a run of frames (gzip members, zstd frames, bz2 and xz streams). Formats are told apart by their first
bytes, never by the file's name.
"""

from __future__ import annotations

import bz2
import lzma
import re
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from zlib_ng import zlib_ng

from connectors.capture import Failure
from connectors.errors import DamagedError
from connectors.streams.zstd import Zstd

zlib: Any = zlib_ng  # the standard library's interface, half as fast again; its type information is incomplete

STEP = 256 << 10
"""Decoded bytes of one chunk, about: what a stream holds in memory whatever it expands to."""

_SALVAGE = 4096  # bz2 and xz lose at most this much decoded data before a damaged place
_MAGIC_BYTES = {"gzip": 3, "bz2": 10, "zstd": 4, "xz": 6}
_MAGIC = {
    "gzip": re.compile(rb"\x1f\x8b\x08"),
    "bz2": re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"),
    "zstd": re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"),
    "xz": re.compile(rb"\xfd7zXZ\x00"),
}


def detect(head: bytes) -> str | None:
    """Name the compression of a file that begins with *head* (10 bytes suffice); None if it is not compressed."""
    return next((name for name, magic in _MAGIC.items() if magic.match(head)), None)


class Frame(Protocol):
    """Decodes one frame, step by step."""

    eof: bool
    hungry: bool

    def step(self, data: bytes, limit: int) -> bytes:
        """Take *data* in and return about *limit* decoded bytes or fewer; raises DamagedError.

        While ``hungry`` is False there is more to come: step again with ``b""``. After ``eof`` nothing comes.
        """

    def unused(self) -> bytes:
        """Return the bytes taken in that lie behind the frame's end."""


class Inflate:
    """A zlib frame: gzip (wbits 31), zlib (15) or raw deflate (-15); RFC 1950 to 1952.

    Without *salvage* a damaged step, but the first, loses what it had decoded, and good steps cost less.
    """

    def __init__(self, wbits: int = 31, salvage: bool = True) -> None:
        self._wbits = wbits
        self._salvage = salvage
        self._begun = False
        self._zlib = zlib.decompressobj(wbits)
        self._tail = b""
        self.eof = False
        self.hungry = True

    def step(self, data: bytes, limit: int) -> bytes:
        """Take *data* in and return at most *limit* decoded bytes; raises DamagedError."""
        given = self._tail + data if self._tail else data
        before = self._zlib.copy() if self._salvage and self._begun else None
        try:
            out: bytes = self._zlib.decompress(given, limit)
        except zlib.error:
            if not self._begun:
                before = zlib.decompressobj(self._wbits)
            raise DamagedError(_byte_by_byte(before, given, limit) if before else b"") from None
        self._begun = True
        self._tail = self._zlib.unconsumed_tail
        self.eof = self._zlib.eof
        self.hungry = not self._tail and len(out) < limit
        return out

    def unused(self) -> bytes:
        """Return the bytes taken in that lie behind the frame's end."""
        left: bytes = self._zlib.unused_data
        return left


def _byte_by_byte(decoder: Any, data: bytes, limit: int) -> bytes:
    out = bytearray()
    try:
        for index in range(len(data)):
            out += decoder.decompress(data[index : index + 1], limit)
            if len(out) >= limit:
                break
    except zlib.error:
        pass  # the damaged byte: all before it is decoded
    return bytes(out[:limit])


class Native:
    """A bz2 or xz frame, decoded by the standard library."""

    def __init__(self, decoder: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> None:
        self._decoder = decoder
        self.eof = False
        self.hungry = True

    def step(self, data: bytes, limit: int) -> bytes:
        """Take *data* in and return about *limit* decoded bytes; raises DamagedError."""
        out = bytearray()
        try:
            out += self._decoder.decompress(data, _SALVAGE)
            while len(out) < limit and not self._decoder.eof and not self._decoder.needs_input:
                out += self._decoder.decompress(b"", _SALVAGE)
        except (OSError, ValueError, EOFError, lzma.LZMAError):
            raise DamagedError(bytes(out)) from None
        self.eof = self._decoder.eof
        self.hungry = self._decoder.needs_input
        return bytes(out)

    def unused(self) -> bytes:
        """Return the bytes taken in that lie behind the frame's end."""
        return self._decoder.unused_data


class Brotli:
    """A brotli stream (RFC 7932); it has no magic bytes and no frames."""

    def __init__(self) -> None:
        import brotli

        self._decoder = brotli.Decompressor()
        self._errors = brotli.error
        self.eof = False
        self.hungry = True

    def step(self, data: bytes, limit: int) -> bytes:
        """Take *data* in and return about *limit* decoded bytes; raises DamagedError."""
        out = bytearray()
        try:
            while True:
                part = self._decoder.process(data, output_buffer_limit=_SALVAGE)
                data = b""
                out += part
                self.eof = self._decoder.is_finished()
                self.hungry = not part and self._decoder.can_accept_more_data()
                if self.eof or self.hungry or len(out) >= limit:
                    return bytes(out)
        except self._errors:
            raise DamagedError(bytes(out)) from None

    def unused(self) -> bytes:
        """Return nothing: bytes behind a brotli stream are damage."""
        return b""


def new_frame(name: str) -> Frame:
    """Return a decoder for one frame of format *name*: gzip, zlib, deflate, bz2, xz, zstd or brotli."""
    if name in _WINDOW_BITS:
        return Inflate(_WINDOW_BITS[name])
    if name == "zstd":
        return Zstd()
    if name == "brotli":
        return Brotli()
    return Native(bz2.BZ2Decompressor() if name == "bz2" else lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=256 << 20))


_WINDOW_BITS = {"gzip": 31, "zlib": 15, "deflate": -15}


class Expansion:
    """The decoded chunks of a stream of frames; iterate once.

    Attributes:
        damage: after the iteration, why it ended early (TRUNCATED, BROKEN_RECORD), or None.
        decoded: bytes delivered so far.
    """

    def __init__(self, stored: Iterable[bytes], name: str, step: int = STEP) -> None:
        self._stored = stored
        self._name = name
        self._step = step
        self.damage: Failure | None = None
        self.decoded = 0

    def __iter__(self) -> Iterator[bytes]:
        """Yield decoded chunks of about the step's size; a damaged stream just ends early."""
        try:
            for chunk in self._chunks():
                if chunk:
                    self.decoded += len(chunk)
                    yield chunk
        except DamagedError as error:
            self.damage = Failure.BROKEN_RECORD
            self.decoded += len(error.prefix)
            if error.prefix:
                yield error.prefix

    def _chunks(self) -> Iterator[bytes]:
        frame: Frame | None = None
        first = True
        carried = b""
        for stored in self._stored:
            data = carried + stored if carried else stored
            carried = b""
            while data:
                if frame is None:
                    data = data.lstrip(b"\0") if not first else data  # frames may be padded with zeros
                    if not first and 0 < len(data) < _MAGIC_BYTES.get(self._name, 0):
                        carried = data  # too few to tell the next frame from garbage
                        break
                    frame = self._next_frame(data, first) if data else None
                    first = False
                    if frame is None:
                        break
                yield from _drain(frame, data, self._step)
                data = frame.unused() if frame.eof else b""
                frame = None if frame.eof else frame
        if frame is not None or carried:
            self.damage = Failure.TRUNCATED

    def _next_frame(self, data: bytes, first: bool) -> Frame:
        if not first and self._name in _MAGIC and detect(data) != self._name:
            raise DamagedError(b"")
        return new_frame(self._name)


def _drain(frame: Frame, data: bytes, step: int) -> Iterator[bytes]:
    yield frame.step(data, step)
    while not frame.eof and not frame.hungry:
        yield frame.step(b"", step)
