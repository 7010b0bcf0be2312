from __future__ import annotations

import random

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import DamagedError
from connectors.streams.zstd import Zstd


def decode(stored: bytes) -> tuple[bytes, Zstd]:
    """Decode the first frame of *stored*."""
    frame = Zstd()
    out = frame.step(stored, 1 << 16)
    while not frame.eof and not frame.hungry:
        out += frame.step(b"", 1 << 16)
    return out, frame


@settings(max_examples=60, deadline=None)
@given(
    size=st.integers(0, 400_000),
    bits=st.integers(0, 8),
    level=st.integers(1, 6),
    checksum=st.booleans(),
    sized=st.booleans(),
)
def test_every_kind_of_frame_decodes(size: int, bits: int, level: int, checksum: bool, sized: bool) -> None:
    """Raw, run-length and compressed blocks, with and without checksum and content size."""
    source = random.Random(size)
    data = bytes(source.getrandbits(bits) if bits else 7 for _ in range(min(size, 3000))) * (size // 3000 + 1)
    packer = zstandard.ZstdCompressor(level=level, write_checksum=checksum, write_content_size=sized)
    stored = packer.compress(data)

    out, frame = decode(stored + b"next")

    assert out == data
    assert frame.eof
    assert frame.unused() == b"next"


def test_a_skippable_frame_decodes_to_nothing() -> None:
    """Applications may put their own data between frames (RFC 8878, section 3.1.2)."""
    out, frame = decode(b"\x53\x2a\x4d\x18\x03\x00\x00\x00abcrest")

    assert (out, frame.eof, frame.unused()) == (b"", True, b"rest")


def test_a_flipped_checksum_is_damage() -> None:
    """A frame whose checksum does not fit is not delivered as sound."""
    stored = bytearray(zstandard.ZstdCompressor(write_checksum=True).compress(b"sound" * 99))
    stored[-1] ^= 1

    with pytest.raises(DamagedError):
        decode(bytes(stored))
