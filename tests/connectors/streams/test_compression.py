from __future__ import annotations

import bz2
import gzip
import lzma
import random
import tracemalloc
from collections.abc import Callable, Iterator

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.capture import Failure
from connectors.streams.compression import STEP, Expansion, detect

PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "zstd": zstandard.ZstdCompressor(write_checksum=True).compress,
    "xz": lzma.compress,
}


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    """Yield *data* in pieces of *size* bytes."""
    return (data[at : at + size] for at in range(0, len(data), size))


def words(count: int) -> bytes:
    """Return text of *count* words that compresses about threefold."""
    source = random.Random(5)
    return b" ".join(b"%x" % source.getrandbits(20) for _ in range(count))


@pytest.mark.parametrize("name", PACK)
def test_a_format_is_told_by_its_first_bytes(name: str) -> None:
    """Empty or not, a compressed file is recognised; text that begins alike is not."""
    assert detect(PACK[name](b"x")[:10]) == name
    assert detect(PACK[name](b"")[:10]) == name
    assert detect(b"BZh is how this text begins") is None
    assert detect(b"") is None


@pytest.mark.parametrize("name", PACK)
@settings(max_examples=25, deadline=None)
@given(
    parts=st.lists(st.binary(max_size=300), min_size=1, max_size=4), size=st.integers(1, 50), step=st.integers(1, 99)
)
def test_frames_decode_one_after_the_other(name: str, parts: list[bytes], size: int, step: int) -> None:
    """Whatever the pieces it arrives in, a stream of frames decodes to what was packed."""
    stored = b"".join(map(PACK[name], parts))
    expansion = Expansion(pieces(stored, size), name, step)

    assert b"".join(expansion) == b"".join(parts)
    assert expansion.damage is None


@pytest.mark.parametrize("name", PACK)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_cut_stream_gives_a_prefix_and_says_so(name: str, data: st.DataObject) -> None:
    """A stream that ends early gives what was decodable, and is TRUNCATED."""
    text = words(500)
    stored = PACK[name](text) + PACK[name](text)
    cut = data.draw(st.integers(1, len(stored) - 1).filter(lambda at: at != len(stored) // 2))
    expansion = Expansion([stored[:cut]], name)

    assert (text + text).startswith(b"".join(expansion))
    assert expansion.damage is Failure.TRUNCATED


@pytest.mark.parametrize("name", ["gzip", "xz", "zstd"])
def test_a_corrupt_stream_gives_what_stands_before_the_damage(name: str) -> None:
    """Damage in the second half leaves the first half, but for a block."""
    text = words(80_000)
    stored = bytearray(PACK[name](text))
    at = len(stored) * 3 // 4
    stored[at : at + 40] = bytes(byte ^ 0x55 for byte in stored[at : at + 40])
    expansion = Expansion(pieces(bytes(stored), 1 << 16), name)

    decoded = b"".join(expansion)

    assert len(decoded) > len(text) // 2
    assert expansion.damage is Failure.BROKEN_RECORD
    assert decoded[: len(text) // 2] == text[: len(text) // 2]


@pytest.mark.parametrize("name", PACK)
def test_garbage_behind_a_frame_is_damage_and_padding_is_not(name: str) -> None:
    """Zero bytes may pad a stream; other bytes may not."""
    padded, dirty = (
        Expansion([PACK[name](b"a"), bytes(512)], name),
        Expansion([PACK[name](b"a") + b"garbage" * 9], name),
    )

    assert (b"".join(padded), padded.damage) == (b"a", None)
    assert (b"".join(dirty), dirty.damage) == (b"a", Failure.BROKEN_RECORD)


@pytest.mark.parametrize("name", PACK)
def test_a_bomb_is_decoded_in_small_chunks(name: str) -> None:
    """A few stored bytes that expand to 24 MB never take more memory than a few steps."""
    stored = PACK[name](bytes(24 << 20))
    tracemalloc.start()
    size = sum(len(chunk) for chunk in Expansion([stored], name))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert size == 24 << 20
    assert peak < 8 * STEP + (8 << 20)  # xz keeps a dictionary of 8 MiB
