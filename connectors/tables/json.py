"""Read a file that holds one JSON array of objects, element by element."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa

from connectors.batches import Row, batches, failed
from connectors.capture import Extent, Failure, Limits, Slice
from connectors.errors import UnreadableSource
from connectors.streams.streams import Stream, note_whole, open_stream, require_known, require_whole, whole
from connectors.tables.fields import Fields, above
from connectors.tables.jsonl import parse_row

OPTIONS = frozenset({"fields"})
split = whole

_OPENING = re.compile(rb"(?:\xef\xbb\xbf)?\s*(\[)?")
_MARK = re.compile(rb'["\[\]{},]')
_STRING_REST = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_SPACE = b" \t\r\n"


def read(part: Slice, options: Mapping[str, Any], limits: Limits, extent: Extent) -> Iterator[pa.RecordBatch]:
    """Yield the captures of the array's elements; offsets count decoded bytes.

    An element that does not parse is a row with a failure. Raises MissingSource, BadOption, and UnreadableSource if
    the file does not begin with an array.
    """
    require_known(options, OPTIONS)
    require_whole(part)
    fields = Fields.of(options)
    with open_stream(part.path, limits=limits) as stream:
        elements = Elements(stream, limits.record_bytes, part.path)
        yield from batches(_rows(elements, stream, fields, limits), limits)
        stream.require_bytes(part.path)
        note_whole(extent, elements.position)


def _rows(elements: Elements, stream: Stream, fields: Fields, limits: Limits) -> Iterator[Row]:
    for offset, element, size in elements:
        if element is None:
            yield failed(Failure.TOO_LARGE, offset, size, above(limits.record_bytes))
        else:
            yield parse_row(element, offset, size, fields, limits)
    if elements.open:
        size = elements.position - elements.begin
        yield failed(stream.damage or Failure.TRUNCATED, elements.begin, size, "the array does not end")
    elif stream.damage or elements.trailing is not None:
        yield failed(stream.damage or Failure.BROKEN_RECORD, elements.trailing, None, "something follows the array")


class Elements:
    """The elements of the array in *chunks*: (offset, bytes or None if above *limit*, size); iterate once.

    Strings are skipped by one regular expression, so that only structure is looked at; nothing is held but the
    element being read.

    Attributes:
        position: bytes seen.
        begin: where the unfinished element begins.
        open: whether the array has begun and not ended.
        trailing: where something else than white space follows the array, or None.
    """

    def __init__(self, chunks: Iterable[bytes], limit: int, path: str) -> None:
        self._chunks = chunks
        self._limit = limit
        self._path = path
        self._depth = 0
        self._in_string = False
        self._held: list[bytes] = []
        self._size = 0
        self._done = False
        self.position = 0
        self.begin = 0
        self.open = False
        self.trailing: int | None = None

    def __iter__(self) -> Iterator[tuple[int, bytes | None, int]]:
        """Yield the elements in order. Raises UnreadableSource if the first byte opens no array."""
        carried = b""
        for piece in self._chunks:
            chunk = carried + piece
            at = 0 if self.open or self._done else self._begin(chunk)
            while at < len(chunk) and self.open:
                start = at
                at, ended = self._scan(chunk, at)
                self._hold(chunk[start : at - ended])
                if ended:
                    yield from self._close(self.position + at)
                elif at < len(chunk):
                    break
            carried = chunk[at:] if self.open else b""  # a backslash: what it escapes comes with the next chunk
            self._note_trailing(chunk, at)
            self.position += len(chunk) - len(carried)

    def _note_trailing(self, chunk: bytes, at: int) -> None:
        if not self.open and self.trailing is None and chunk[at:].strip(_SPACE):
            self.trailing = self.position + at

    def _begin(self, chunk: bytes) -> int:
        match = _OPENING.match(chunk)
        if match is None or match[1] is None:
            raise UnreadableSource(f"{self._path}: this is not a JSON array; for one object per line use jsonl")
        self._depth = 1
        self.open = True
        self.begin = self.position + match.end()
        return match.end()

    def _scan(self, chunk: bytes, at: int) -> tuple[int, bool]:
        """Return where the element ends (behind its comma or bracket) or the chunk does, and which of the two."""
        while True:
            if self._in_string:
                at = _end_of_string(chunk, at)
                if at >= len(chunk) or chunk[at] != 0x22:
                    return at, False
                at += 1
                self._in_string = False
            mark = _MARK.search(chunk, at)
            if mark is None:
                return len(chunk), False
            at = mark.end()
            if self._take(mark[0]):
                return at, True

    def _take(self, mark: bytes) -> bool:
        if mark == b'"':
            self._in_string = True
        elif mark in b"[{":
            self._depth += 1
        elif mark in b"]}":
            self._depth -= 1
            self.open = self._depth > 0
            self._done = not self.open
            return self._done
        return mark == b"," and self._depth == 1

    def _hold(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size <= self._limit:
            self._held.append(piece)
        else:
            self._held.clear()

    def _close(self, end: int) -> Iterator[tuple[int, bytes | None, int]]:
        begin, size, held = self.begin, self._size, b"".join(self._held)
        self.begin, self._size, self._held = end, 0, []
        if size > self._limit:
            yield begin, None, size
            return
        bare = held.strip(_SPACE)
        if bare or self.open:
            yield begin + size - len(held.lstrip(_SPACE)), bare, len(bare)


def _end_of_string(chunk: bytes, at: int) -> int:
    match = _STRING_REST.match(chunk, at)
    return at if match is None else match.end()
