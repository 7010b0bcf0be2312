"""Single cells of a Parquet column, from the pages that hold them: a text is looked up without reading its row group.

Reads what this project writes: version 1 data pages of plain, flat, nullable strings, compressed with zstd (Apache
Parquet format, "Data Pages" and "Thrift compact protocol"). Of any other column nothing is returned, and whoever asks
reads the row group.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from lineage.errors import DamagedFile
from lineage.storage.files import open_bytes

_DATA_PAGE: Final = 0
_PLAIN, _RLE = 0, 3
_TYPE, _FULL, _STORED, _V1 = 1, 2, 3, 5  # fields of a PageHeader
_VALUES, _ENCODING, _DEFINITIONS = 1, 2, 3  # fields of a DataPageHeader
_MOST_HEADER: Final = 1 << 12  # bytes of a page header without statistics, by far


@dataclass(frozen=True, slots=True)
class _Page:
    """A page: its first row in the row group, its rows, and its bytes, stored and in full."""

    first: int
    rows: int
    stored: memoryview
    full: int


def cells(path: str, footer: Any, group: int, column: str, rows: Sequence[int]) -> list[str | None] | None:
    """Return what the cells of *column* hold at *rows* of a row group; None if its pages are not of the kind we read.

    Args:
        path: the file.
        footer: its FileMetaData.
        group: number of the row group.
        column: name of a column of strings.
        rows: positions in the row group, ascending.

    Raises:
        DamagedFile: a page is not what its header says.
    """
    chunk = _chunk(footer, group, column)
    if chunk is None or footer.schema.column(chunk[1]).max_definition_level != 1:
        return None
    start, length = chunk[0].data_page_offset, chunk[0].total_compressed_size
    with open_bytes(path) as file:
        file.seek(start)
        content = memoryview(file.read(length))
    found: dict[int, str | None] = {}
    try:
        pages = _pages(content, footer.row_group(group).num_rows, chunk[0].total_uncompressed_size)
        page = next(pages, None)
        for row in rows:
            while page is not None and row >= page.first + page.rows:
                page = next(pages, None)
            if page is None:
                return None
            if row not in found:
                wanted = [one for one in rows if page.first <= one < page.first + page.rows]
                found |= zip(wanted, _strings(page, [one - page.first for one in wanted]), strict=True)
    except (OSError, ValueError, LookupError, RecursionError, pa.ArrowException) as error:
        message = f"a page of {column} cannot be read in {path}; nothing was changed; run `corpushub verify`"
        raise DamagedFile(message) from error
    except _OtherPageError:
        return None
    return [found[row] for row in rows]


class _OtherPageError(Exception):
    """A page is of a kind that is not read here."""


def _chunk(footer: Any, group: int, column: str) -> tuple[Any, int] | None:
    """Return a column chunk that has plain pages alone, and the number of its column; None if there is none."""
    held = footer.row_group(group)
    for at in range(held.num_columns):
        chunk = held.column(at)
        if chunk.path_in_schema == column:
            plain = chunk.compression == "ZSTD" and chunk.dictionary_page_offset is None
            return (chunk, at) if plain and chunk.physical_type == "BYTE_ARRAY" else None
    return None


def _pages(content: memoryview, rows: int, most: int) -> Iterator[_Page]:
    """Yield the pages of a column chunk, *rows* in all, none of more than *most* bytes in full."""
    place = first = 0
    while first < rows:
        header, length = _struct(bytes(content[place : place + _MOST_HEADER]), 0)
        page = header.get(_V1)
        if header.get(_TYPE) != _DATA_PAGE or not isinstance(page, dict):
            raise _OtherPageError
        if (page.get(_ENCODING), page.get(_DEFINITIONS)) != (_PLAIN, _RLE):
            raise _OtherPageError
        body = content[place + length : place + length + header[_STORED]]
        if len(body) != header[_STORED] or page[_VALUES] <= 0 or not 0 <= header[_FULL] <= most:
            raise ValueError("a page is cut short")
        yield _Page(first, page[_VALUES], body, header[_FULL])
        place, first = place + length + header[_STORED], first + page[_VALUES]


def _strings(page: _Page, wanted: Sequence[int]) -> list[str | None]:
    """Return the strings at the rows *wanted* of *page*, ascending."""
    content = pa.decompress(page.stored, page.full, codec="zstd").to_pybytes()
    levels = int.from_bytes(content[:4], "little")
    present = _present(content[4 : 4 + levels], page.rows)
    place, row = 4 + levels, 0
    found: list[str | None] = []
    for one in wanted:
        for _ in range(int(np.count_nonzero(present[row:one]))):
            place += 4 + int.from_bytes(content[place : place + 4], "little")
        row = one
        size = int.from_bytes(content[place : place + 4], "little")
        if present[one] and place + 4 + size > len(content):
            raise ValueError("a string is cut short")
        found.append(content[place + 4 : place + 4 + size].decode() if present[one] else None)
    return found


def _present(levels: bytes, rows: int) -> Any:
    """Return which of *rows* hold a value: definition levels of one bit, run-length encoded or packed (bool n)."""
    parts, place, left = [], 0, rows
    while left > 0:
        run, place = _number(levels, place)
        if run & 1:
            size = run >> 1
            bits = np.unpackbits(np.frombuffer(levels, np.uint8, size, place), bitorder="little")
            parts.append(bits[:left].astype(bool))
            place += size
        else:
            parts.append(np.full(min(run >> 1, left), bool(levels[place])))
            place += 1
        left -= len(parts[-1])
        if not len(parts[-1]):
            raise ValueError("levels are cut short")
    return np.concatenate(parts) if parts else np.zeros(0, bool)


def _number(content: bytes, place: int) -> tuple[int, int]:
    """Return the varint at *place*, and the place behind it."""
    value = shift = 0
    while True:
        byte = content[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
        shift += 7
        if shift > 63:
            raise ValueError("a number is too long")


def _struct(content: bytes, place: int) -> tuple[dict[int, Any], int]:
    """Return the fields of the Thrift struct at *place* by number, and the place behind it."""
    found: dict[int, Any] = {}
    number = 0
    while content[place]:
        kind, delta = content[place] & 0x0F, content[place] >> 4
        place += 1
        if delta:
            number += delta
        else:
            raw, place = _number(content, place)
            number = _signed(raw)
        found[number], place = _value(content, place, kind)
    return found, place + 1


def _value(content: bytes, place: int, kind: int) -> tuple[Any, int]:
    if kind in (1, 2):  # true and false
        return kind == 1, place
    if kind in (4, 5, 6):  # integers
        raw, place = _number(content, place)
        return _signed(raw), place
    if kind == 8:  # binary
        size, place = _number(content, place)
        return content[place : place + size], place + size
    if kind == 12:  # struct
        return _struct(content, place)
    raise _OtherPageError


def _signed(raw: int) -> int:
    return (raw >> 1) ^ -(raw & 1)
