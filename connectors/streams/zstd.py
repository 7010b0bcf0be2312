"""Decode zstd frames block by block, so that a few stored bytes never expand to more than one block at a time."""

from __future__ import annotations

import zstandard

from connectors.errors import DamagedError

_FRAME_MAGIC = b"\x28\xb5\x2f\xfd"
_CONTENT_SIZE_BYTES = (0, 2, 4, 8)  # RFC 8878 section 3.1.1.1.1: by the descriptor's upper two bits
_DICTIONARY_BYTES = (0, 1, 2, 4)  # by its lower two bits
_RLE, _RESERVED = 1, 3  # block types, RFC 8878 section 3.1.1.2.2


class Zstd:
    """One zstd frame, or one skippable frame (RFC 8878 section 3.1).

    The format's own block headers say where each block (at most 128 KiB decoded) ends; feeding one block at a time
    bounds memory and shows whether the stream was cut.
    """

    def __init__(self) -> None:
        self._decoder = zstandard.ZstdDecompressor().decompressobj()
        self._stored = bytearray()
        self._at = 0
        self._in_blocks = False
        self._checksum = 0
        self.eof = False
        self.hungry = True

    def step(self, data: bytes, limit: int) -> bytes:
        """Take *data* in and return at least *limit* decoded bytes, at most a block more; raises DamagedError."""
        del self._stored[: self._at]
        self._at = 0
        self._stored += data
        out = bytearray()
        self.hungry = False
        while len(out) < limit and not self.eof and not self.hungry:
            try:
                out += self._advance()
            except zstandard.ZstdError:
                raise DamagedError(bytes(out)) from None
        return bytes(out)

    def unused(self) -> bytes:
        """Return the bytes taken in that lie behind the frame's end."""
        return bytes(self._stored[self._at :])

    def _advance(self) -> bytes:
        size = self._block_size() if self._in_blocks else self._header_size()
        if size is None or len(self._stored) - self._at < size:
            self.hungry = True
            return b""
        piece = bytes(self._stored[self._at : self._at + size])
        self._at += size
        if self._in_blocks:
            self.eof = bool(piece[0] & 1)
        elif piece[:4] != _FRAME_MAGIC:
            self.eof = True
            return b""  # a skippable frame
        self._in_blocks = True
        return self._decoder.decompress(piece)

    def _header_size(self) -> int | None:
        head = self._stored[self._at : self._at + 8]
        if len(head) < 8:
            return None
        if head[:4] != _FRAME_MAGIC:
            if head[1:4] != b"\x2a\x4d\x18" or head[0] >> 4 != 5:
                raise zstandard.ZstdError("not a frame")
            return 8 + int.from_bytes(head[4:8], "little")
        single_segment = head[4] >> 5 & 1
        self._checksum = 4 * (head[4] >> 2 & 1)
        content_size = _CONTENT_SIZE_BYTES[head[4] >> 6] or single_segment
        return 5 + (1 - single_segment) + _DICTIONARY_BYTES[head[4] & 3] + content_size

    def _block_size(self) -> int | None:
        head = self._stored[self._at : self._at + 3]
        if len(head) < 3:
            return None
        number = int.from_bytes(head, "little")
        kind = number >> 1 & 3
        if kind == _RESERVED:
            raise zstandard.ZstdError("a reserved block type")
        last = number & 1
        return 3 + (1 if kind == _RLE else number >> 3) + last * self._checksum
