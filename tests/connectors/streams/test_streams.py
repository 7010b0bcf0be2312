from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import fsspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.capture import Failure, Slice
from connectors.errors import BadOption, UnreadableSource
from connectors.streams.files import SourceFile
from connectors.streams.streams import compression_of, cut, open_stream, plain_copy, require_known, require_whole, whole

Write = Callable[[str, bytes], str]


@given(size=st.integers(0, 10_000), target=st.integers(1, 3000))
def test_cuts_cover_the_file_once(size: int, target: int) -> None:
    """Slices meet, begin at multiples of the target, and the last is open."""
    parts = cut(SourceFile("p", "n", size), target)

    assert [part.start for part in parts] == [n * target for n in range(len(parts))]
    assert [part.end for part in parts] == [*(part.start for part in parts[1:]), None]
    assert parts[-1].start < max(size, 1)


def test_a_plain_stream_begins_where_asked_and_a_compressed_one_at_its_start(write: Write) -> None:
    """Offsets into compressed files mean nothing."""
    plain, packed = write("a", b"0123456789abcdef"), write("b", gzip.compress(b"0123456789abcdef"))

    with open_stream(plain, 5) as stream:
        assert (stream.compression, b"".join(stream), stream.damage) == (None, b"56789abcdef", None)
    with open_stream(packed) as stream:
        assert (stream.compression, b"".join(stream), stream.damage) == ("gzip", b"0123456789abcdef", None)
    assert (compression_of(plain), compression_of(packed)) == (None, "gzip")


def test_a_stream_corrupt_from_the_start_is_refused(write: Write) -> None:
    """If not one byte decodes the file is unreadable; a cut one is only truncated."""
    with open_stream(write("a", b"\x1f\x8b\x08\x00" + b"\xff" * 60)) as stream:
        assert b"".join(stream) == b""
        with pytest.raises(UnreadableSource, match="gzip"):
            stream.require_bytes("a")
    with open_stream(write("b", gzip.compress(b"text")[:12])) as stream:
        list(stream)
        stream.require_bytes("b")
        assert stream.damage is Failure.TRUNCATED


def test_a_plain_copy_is_the_file_itself_or_a_decoded_one(write: Write) -> None:
    """Readers that need a local plain file get one, and no copy is left behind."""
    plain, packed = write("a", b"text"), write("b", gzip.compress(b"text"))
    fsspec.filesystem("memory").pipe("/streams/a", b"text")

    with plain_copy(plain) as path:
        assert path == plain
    for source in (packed, "memory://streams/a"):
        with plain_copy(source) as path:
            assert Path(path).read_bytes() == b"text"
        assert not Path(path).exists()


def test_what_a_format_cannot_do_is_refused() -> None:
    """Slices of unsliceable formats and unknown options are named."""
    require_whole(whole(SourceFile("p", "n", 9), 3)[0])
    with pytest.raises(BadOption, match="byte 3"):
        require_whole(Slice("p", 3))
    require_known({"a": 1}, frozenset("ab"))
    with pytest.raises(BadOption, match="'c'; known are: a, b"):
        require_known({"c": 1}, frozenset("ab"))
