"""Read the headers of a Parquet file's pages, to know what they decode to before anything is decoded.

The footer only claims how large a group is; a page's header says how many bytes its decoder must make, and a decoder
that makes others fails. Headers are Thrift structures in the compact protocol (parquet-format, PageHeader).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa

from connectors.capture import Limits

_DICTIONARY_PAGE = 2
_DELTA_BYTE_ARRAY = 7  # a value may repeat all bytes of those before it in its page
_WINDOW = 512
_DEPTH = 8
_BATCH_BYTES = (64 << 20, 256 << 20)  # what a batch may take where sizes are known, and where one may be anything
_CODECS = {"LZ4": "lz4_raw"}  # what pyarrow calls one codec in metadata and in Codec
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)

Fields = dict[int, Any]


class BadPage(ValueError):
    """A page's header is none."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page as its header describes it.

    Attributes:
        start: where it begins in the file, behind its header.
        stored: its bytes there.
        decoded: its bytes before compression.
        values: how many it holds, nulls included.
        dictionary: whether it holds the values that others refer to, each as often as they like.
        repeats: whether a value may repeat all of those before it.
    """

    start: int
    stored: int
    decoded: int
    values: int
    dictionary: bool = False
    repeats: bool = False


@dataclass(slots=True)
class Weight:
    """What the pages of some columns decode to.

    Attributes:
        stored, decoded: bytes of all.
        densest: bytes of a value, on the average of the page where they are most.
        repeated: bytes of the largest value that may come again and again, or more.
        fits: whether each page, and all together, keep within the limits.
    """

    stored: int = 0
    decoded: int = 0
    densest: int = 1
    repeated: int = 1
    fits: bool = True

    def add(self, pages: Iterable[Page], largest: Callable[[Page], int], limits: Limits) -> None:
        """Take *pages* in, asking *largest* for the largest value of a dictionary; stops at what does not fit."""
        for page in pages:
            self.stored += page.stored
            self.decoded += page.decoded
            own = limits.allow(page.stored, page.decoded, limits.record_bytes)
            self.fits = own and limits.allow(self.stored, self.decoded)
            if not self.fits:
                return
            if page.dictionary and page.decoded > _BATCH_BYTES[1] // limits.batch_rows:
                self.repeated = max(self.repeated, largest(page))
            elif page.dictionary or page.repeats:
                self.repeated = max(self.repeated, page.decoded)
            else:
                self.densest = max(self.densest, page.decoded // max(page.values, 1))

    def rows_at_once(self, rows: int, limits: Limits) -> int:
        """Return how many of *rows* rows to decode at once, so that a batch is about as large as it should be."""
        usual = limits.batch_bytes * rows // max(self.decoded, 1)
        known, unknown = _BATCH_BYTES
        return max(1, min(limits.batch_rows, usual, known // self.densest, unknown // self.repeated))


def pages(file: BinaryIO, start: int, end: int) -> Iterator[Page]:
    """Yield the pages that stand in *file* from byte *start* to *end*. Raises BadPage."""
    reader = _Reader(file)
    while start < end:
        reader.position = start
        header = _struct(reader)
        stored, decoded = header.get(3), header.get(2)
        if not isinstance(stored, int) or not isinstance(decoded, int) or stored < 0 or decoded < 0:
            raise BadPage
        yield Page(reader.position, stored, decoded, *_content(header))
        start = reader.position + stored


def largest_value(page: Page, file: BinaryIO, codec: str, physical: str) -> int:
    """Return the bytes of the largest value of a dictionary *page*, or of the page where that cannot be told."""
    if physical != "BYTE_ARRAY":
        return page.decoded // max(page.values, 1)
    file.seek(page.start)
    stored = file.read(page.stored)
    try:
        if codec != "UNCOMPRESSED":
            stored = pa.Codec(_CODECS.get(codec, codec.lower())).decompress(stored, page.decoded, asbytes=True)
        return _longest(stored, page.values)
    except (ValueError, OSError, pa.ArrowException, struct.error):  # another codec, or damage that the reader will meet
        return page.decoded


def _longest(data: bytes, values: int) -> int:
    """Return the longest of *values* byte arrays, each behind its length in 4 bytes."""
    at = longest = 0
    length = struct.Struct("<I").unpack_from
    for _ in range(values):
        (size,) = length(data, at)
        at += 4 + size
        longest = max(size, longest)
    return longest


def _content(header: Fields) -> tuple[int, bool, bool]:
    """Return how many values a page has, whether it is a dictionary, and whether they may repeat those before."""
    if header.get(1) == _DICTIONARY_PAGE:
        return _number(header.get(7), 1), True, False
    described = 5 if 5 in header else 8
    encoding = _number(header.get(described), 2 if described == 5 else 4)
    return _number(header.get(described), 1), False, encoding == _DELTA_BYTE_ARRAY


def _number(fields: Any, key: int) -> int:
    value = fields.get(key) if isinstance(fields, dict) else None
    return value if isinstance(value, int) else 0


class _Reader:
    """Bytes of a file from a position on, read in small windows."""

    def __init__(self, file: BinaryIO) -> None:
        self.position = 0
        self._file = file
        self._window = b""
        self._begin = 0

    def byte(self) -> int:
        """Take the next byte. Raises BadPage at the end."""
        at = self.position - self._begin
        if not 0 <= at < len(self._window):
            self._file.seek(self.position)
            self._window, self._begin, at = self._file.read(_WINDOW), self.position, 0
            if not self._window:
                raise BadPage
        self.position += 1
        return self._window[at]

    def varint(self) -> int:
        """Take an unsigned number of at most 64 bits."""
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 63:
                raise BadPage

    def zigzag(self) -> int:
        """Take a signed number."""
        value = self.varint()
        return value >> 1 ^ -(value & 1)


def _struct(reader: _Reader, depth: int = 0) -> Fields:
    """Take a structure; return its numbers and structures by field, other fields as None."""
    if depth > _DEPTH:
        raise BadPage
    found: Fields = {}
    field = 0
    while head := reader.byte():
        field = field + (head >> 4) if head >> 4 else reader.zigzag()
        found[field] = _value(reader, head & 15, depth)
    return found


def _value(reader: _Reader, kind: int, depth: int) -> Any:
    if kind in (_TRUE, _FALSE):
        return None
    if kind in (_I16, _I32, _I64):
        return reader.zigzag()
    if kind == _STRUCT:
        return _struct(reader, depth + 1)
    if kind == _BYTE:
        reader.position += 1
    elif kind == _DOUBLE:
        reader.position += 8
    elif kind == _BINARY:
        size = reader.varint()
        reader.position += size
    else:  # no page header has lists or maps
        raise BadPage
    return None
