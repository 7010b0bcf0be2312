"""Open a file as a stream of decoded chunks, whatever it is compressed with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

from connectors.capture import Extent, Failure, Limits, Slice
from connectors.errors import BadOption, UnreadableSource
from connectors.streams.compression import Expansion, detect
from connectors.streams.files import SourceFile, blocks, is_url, open_file, spooled


class Stream:
    """The decoded bytes of one open file, which messages call *path*, in chunks; iterate once.

    Attributes:
        compression: the format's name, None for a plain file.
    """

    def __init__(self, file: BinaryIO, start: int = 0, path: str = "the file", limits: Limits | None = None) -> None:
        self.compression = detect(file.read(10))
        self._file = file
        self._path = path
        self._limits = limits or Limits()
        file.seek(start)
        self._expansion = Expansion(blocks(file, 64 << 10), self.compression) if self.compression else None

    def __iter__(self) -> Iterator[bytes]:
        """Yield chunks of at most 1 MiB. Raises UnreadableSource where they become more than the limits allow."""
        return blocks(self._file) if self._expansion is None else self._expanded(self._expansion)

    def _expanded(self, expansion: Expansion) -> Iterator[bytes]:
        for chunk in expansion:
            require_allowed(self._path, self._file.tell(), expansion.decoded, self._limits)
            yield chunk

    @property
    def damage(self) -> Failure | None:
        """Why the stream ended early, once iterated; None if it did not."""
        return None if self._expansion is None else self._expansion.damage

    def require_bytes(self, path: str) -> None:
        """Raise UnreadableSource if, once iterated, the compressed data were corrupt before the first decoded byte."""
        broken = self.damage is Failure.BROKEN_RECORD
        if broken and self._expansion is not None and not self._expansion.decoded:
            raise UnreadableSource(f"{path}: the {self.compression} data are corrupt from the first byte on")


def require_allowed(path: str, stored: int, decoded: int, limits: Limits) -> None:
    """Raise UnreadableSource unless *limits* allow the first *stored* bytes of a file to become *decoded* ones."""
    if not limits.allow(stored, decoded):
        raise UnreadableSource(
            f"{path}: its first {stored:,} bytes decompress to more than {decoded >> 20:,} MiB, which the limits do "
            f"not allow ({limits.expansion} bytes for each, {limits.file_bytes >> 20:,} MiB in all); "
            "if that is meant, raise `expansion` or `file_bytes` of [limits]"
        )


@contextmanager
def open_stream(path: str, start: int = 0, limits: Limits | None = None) -> Iterator[Stream]:
    """Open the decoded bytes of *path* from stored byte *start* on (0 if it is compressed).

    Raises MissingSource, and later UnreadableSource if it decompresses to more than *limits*, the default ones unless
    given, allow.
    """
    with open_file(path) as file:
        yield Stream(file, start, path, limits)


@contextmanager
def plain_copy(path: str, limits: Limits | None = None) -> Iterator[str]:
    """Yield a local path with the decoded bytes of *path*: itself where possible, else a temporary copy."""
    with open_stream(path, limits=limits) as stream:
        if stream.compression is None and not is_url(path):
            yield path
            return
        with spooled(iter(stream)) as copy:
            stream.require_bytes(path)
            yield copy


def compression_of(path: str) -> str | None:
    """Name the compression of the file at *path*, None if it is plain. Raises MissingSource."""
    with open_file(path) as file:
        return detect(file.read(10))


def whole(file: SourceFile, target: int) -> list[Slice]:
    """Return *file* as one slice: its format cannot be read from the middle."""
    return [Slice(file.path)]


def cut(file: SourceFile, target: int) -> list[Slice]:
    """Return *file* cut at multiples of *target* bytes; the last slice is open-ended."""
    starts = range(0, max(file.size, 1), max(target, 1))
    ends = [*starts[1:], None]
    return [Slice(file.path, start, end) for start, end in zip(starts, ends, strict=True)]


def require_whole(part: Slice) -> None:
    """Raise BadOption unless *part* is the whole file."""
    if part.start != 0 or part.end is not None:
        raise BadOption(f"{part.path}: this format is read as a whole, not from byte {part.start} to {part.end}")


def require_known(options: Mapping[str, Any], known: frozenset[str]) -> None:
    """Raise BadOption for an option that is not among *known*."""
    for name in options:
        if name not in known:
            raise BadOption(f"unknown option {name!r}; known are: {', '.join(sorted(known)) or 'none'}")


def note_whole(extent: Extent, size: int) -> None:
    """Fill *extent* for a file of *size* bytes that was read as a whole."""
    extent.begins, extent.ends = (0, size) if size else (None, size)
