"""Read comma- and tab-separated tables whose first record names the columns (RFC 4180, as the csv module reads it)."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import pyarrow as pa

from connectors.batches import Row, batches, failed
from connectors.capture import Extent, Failure, Limits, Slice
from connectors.errors import BadOption, UnreadableSource
from connectors.streams.streams import Stream, note_whole, open_stream, require_known, require_whole, whole
from connectors.tables.fields import Fields, above, columns_of, require_distinct
from connectors.tables.lines import Line, split_lines

OPTIONS = frozenset({"fields", "delimiter"})
split = whole

_BOM = "\ufeff"


def read(part: Slice, options: Mapping[str, Any], limits: Limits, extent: Extent) -> Iterator[pa.RecordBatch]:
    """Yield the captures of a table's records; option ``delimiter`` is one character, "," unless given.

    Offsets count decoded bytes. An empty cell is a null, except in the text column. Raises MissingSource, BadOption,
    and UnreadableSource if the first record cannot be a header.
    """
    require_known(options, OPTIONS)
    require_whole(part)
    fields = Fields.of(options)
    delimiter = _delimiter(options)
    csv.field_size_limit(max(csv.field_size_limit(), 2 * limits.record_bytes))  # its default refuses 128 KiB of text
    with open_stream(part.path, limits=limits) as stream:
        records = Records(stream, delimiter, limits.record_bytes)
        check = partial(_checked, path=part.path, options=options)
        yield from batches(_rows(records, stream, fields, limits, check), limits)
        stream.require_bytes(part.path)
        note_whole(extent, records.position)


def read_tabs(part: Slice, options: Mapping[str, Any], limits: Limits, extent: Extent) -> Iterator[pa.RecordBatch]:
    """Yield the captures of a tab-separated table; see read."""
    return read(part, {"delimiter": "\t", **options}, limits, extent)


def _delimiter(options: Mapping[str, Any]) -> str:
    delimiter = options.get("delimiter", ",")
    if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n':
        raise BadOption(f'option \'delimiter\' must be one character, such as "," or "\\t", not {delimiter!r}')
    return delimiter


def _rows(
    records: Records, stream: Stream, fields: Fields, limits: Limits, check: Callable[[list[str] | Failure], list[str]]
) -> Iterator[Row]:
    header: list[str] | None = None
    row: Row | None = None
    for offset, size, cells in records:
        if header is None:
            header = check(cells)
            continue
        row = failed(cells, offset, size, records.problem) if isinstance(cells, Failure) else None
        if isinstance(cells, list):
            row = _row(header, cells, offset, size, fields, limits)
        if records.open_quote or (records.cut and stream.damage):
            row = failed(stream.damage or Failure.TRUNCATED, offset, size, _cut(records))
        if row is not None:
            yield row
    if stream.damage and (row is None or row.failure != stream.damage):
        yield failed(stream.damage, records.position, None)


def _checked(cells: list[str] | Failure, path: str, options: Mapping[str, Any]) -> list[str]:
    """Return a table's header. Raises UnreadableSource if it is none, or two columns have one mapped name."""
    if isinstance(cells, Failure) or any("\0" in cell for cell in cells):
        raise UnreadableSource(f"{path}: the first record is no header of a UTF-8 table; nothing was read")
    names = [cell.strip() for cell in cells]
    require_distinct(path, names, columns_of(options, names))
    return names


def _row(header: list[str], cells: list[str], offset: int, size: int, fields: Fields, limits: Limits) -> Row | None:
    if not cells:
        return None  # a blank line
    if any(cells[len(header) :]):
        return failed(Failure.BROKEN_RECORD, offset, size, f"{len(cells)} cells, and the header has {len(header)}")
    return fields.row(dict(zip(header, cells, strict=False)), offset, size, limits)


def _cut(records: Records) -> str:
    return "a quoted cell does not end" if records.open_quote else "the file ends within the record"


class Records:
    """The records of the table in *stream*: (offset, size, its cells or a Failure); iterate once.

    A record above *limit* bytes is reduced to its quotes, delimiters and line breaks while it is read: the reader
    finds its end, and nothing is held.

    Attributes:
        position: bytes read.
        cut: whether the record last yielded was ended by the end of the file and not by a line break.
        open_quote: whether the file ended inside a quoted cell.
        problem: what is wrong with the record last yielded, if it is a Failure.
    """

    def __init__(self, stream: Stream, delimiter: str, limit: int) -> None:
        self._lines = _universal(split_lines(stream, limit, shrink=partial(_shrink, re.escape(delimiter).encode())))
        self._delimiter = delimiter
        self._limit = limit
        self._size = 0
        self._wrong = False
        self.position = 0
        self.cut = False
        self.open_quote = False
        self.problem = ""

    def __iter__(self) -> Iterator[tuple[int, int, list[str] | Failure]]:
        """Yield the records in order, the header first."""
        reader = csv.reader(self._texts(), delimiter=self._delimiter)
        while True:
            offset, self._size, self._wrong = self.position, 0, False
            cells: list[str] | Failure
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                cells, self.problem = Failure.BROKEN_RECORD, str(error)
            if self._size > self._limit:
                cells, self.problem = Failure.TOO_LARGE, above(self._limit)
            elif self._wrong:
                cells, self.problem = Failure.BAD_ENCODING, "it is not UTF-8"
            yield offset, self._size, cells

    def _texts(self) -> Iterator[str]:
        for offset, line, size, ended in self._lines:
            if self._size and self._size + size > self._limit:
                line = _shrink(re.escape(self._delimiter).encode(), line)
            self._size += size
            self.position = offset + size
            self.cut = not ended
            yield self._decode(line, offset)
        self.open_quote = self._size > 0  # the reader asked for the rest of a record

    def _decode(self, line: bytes, offset: int) -> str:
        try:
            text = line.decode()
        except UnicodeDecodeError:
            self._wrong = True
            text = line.decode("utf-8", "replace")
        return text.removeprefix(_BOM) if offset == 0 else text


def _universal(lines: Iterator[Line]) -> Iterator[Line]:
    """Split *lines* at lone carriage returns too, and give each its line break back."""
    for offset, line, size, ended in lines:
        whole_line = line + b"\n" if ended else line
        if b"\r" not in line[:-1] or size != len(line):
            yield offset, whole_line, size + ended, ended
            continue
        for piece in whole_line.splitlines(keepends=True):
            yield offset, piece, len(piece), piece.endswith((b"\r", b"\n"))
            offset += len(piece)


def _shrink(delimiter: bytes, piece: bytes) -> bytes:
    return re.sub(rb'[^"\n' + delimiter + rb"]+", b"x", piece)
