"""Read JSON Lines: one object per line, plain (in slices) or compressed (as a whole)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

import orjson
import pyarrow as pa

from connectors.batches import Row, Run, batches, failed
from connectors.capture import Extent, Failure, Limits, Slice
from connectors.errors import UnreadableSource
from connectors.streams.files import SourceFile
from connectors.streams.streams import Stream, compression_of, cut, open_stream, require_known, require_whole, whole
from connectors.tables.fields import Fields, above, no_utf8
from connectors.tables.lines import Line, split_lines

OPTIONS = frozenset({"fields"})
_PROBE = 100  # rows that must all fail before a file that does not begin with a brace is refused
_RUN_BYTES = 1 << 20  # of lines whose records are held at once; they may take many times as much
_NOT_JSON = (Failure.BROKEN_RECORD, Failure.BAD_ENCODING, Failure.TRUNCATED)

Why = tuple[Failure, str]
"""Why a record cannot be had: the failure, and what exactly was wrong."""

_BOM = b"\xef\xbb\xbf"


def split(file: SourceFile, target: int) -> list[Slice]:
    """Cut a plain file at multiples of *target* bytes; a compressed one stays whole."""
    return whole(file, target) if compression_of(file.path) else cut(file, target)


def read(part: Slice, options: Mapping[str, Any], limits: Limits, extent: Extent) -> Iterator[pa.RecordBatch]:
    """Yield the captures of the lines that begin in *part*, and fill *extent* when exhausted.

    A broken line is a row with a failure. Raises MissingSource, BadOption, and UnreadableSource if nothing in the
    file looks like JSON Lines.
    """
    require_known(options, OPTIONS)
    fields = Fields.of(options)
    with open_stream(part.path, max(part.start - 1, 0), limits) as stream:
        if stream.compression:
            require_whole(part)
        found = within(_lines_from(part, stream, limits), part.end, extent)
        first = list(islice(found, 1))
        parsed = found_in(chain(first, found), stream, fields, limits)
        if part.start == 0 and not any(_opens_object(line) for line in first):
            parsed = _refuse_other_formats(parsed, stream, part.path)
        yield from batches(parsed, limits)
        stream.require_bytes(part.path)


def _opens_object(line: Line) -> bool:
    bare = line[1].removeprefix(_BOM).strip()
    return bare.startswith(b"{") and bare != b"{"  # a brace alone begins an indented JSON document


def _lines_from(part: Slice, stream: Stream, limits: Limits) -> Iterator[Line]:
    if part.start == 0:
        return split_lines(stream, limits.record_bytes)
    lines = split_lines(stream, limits.record_bytes, base=part.start - 1)
    next(lines, None)  # the line that began before; empty if a newline stands right before the slice
    return lines


def within(lines: Iterable[Line], end: int | None, extent: Extent) -> Iterator[Line]:
    """Yield the *lines* that begin before *end* and note in *extent* where the first and the next one begin."""
    behind: int | None = None
    for line in lines:
        if end is not None and line[0] >= end:
            extent.ends = line[0]
            return
        if extent.begins is None:
            extent.begins = line[0]
        behind = line[0] + line[2] + line[3]
        yield line
    extent.ends = behind


def found_in(lines: Iterable[Line], stream: Stream, fields: Fields, limits: Limits) -> Iterator[Row | Run]:
    """Yield a row for each of *lines* that is not blank, and one more if the stream ends in damage.

    Plain lines, objects of JSON to the letter, are gathered in runs, whose rows are made column by column; any other is
    a row of its own. The order is that of the lines.
    """
    plain = _Plain(fields, limits)
    last: Row | None = None
    at = 0
    for line in lines:
        at = line[0] + line[2] + line[3]
        if plain.take(line):
            last = None
            if plain.size >= _RUN_BYTES or len(plain.records) >= limits.batch_rows:
                yield plain.run()
            continue
        last = row_of(line, stream, fields, limits)
        if last is not None:
            if plain.records:
                yield plain.run()
            yield last
    if plain.records:
        yield plain.run()
    if stream.damage and (last is None or last.failure != stream.damage):
        yield failed(stream.damage, at, None)


class _Plain:
    """Records of consecutive plain lines, some of which may be blank between."""

    def __init__(self, fields: Fields, limits: Limits) -> None:
        self._fields, self._limits = fields, limits
        self._clear()

    def _clear(self) -> None:
        self.records: list[Mapping[str, Any]] = []
        self._offsets: list[int] = []
        self._lengths: list[int] = []
        self.size = 0

    def take(self, line: Line) -> bool:
        """Take *line* if it is plain: ended, and read by orjson as the json module would, as far as fields go."""
        offset, data, length, ended = line
        try:
            record = orjson.loads(data)
        except orjson.JSONDecodeError:
            return False
        if not ended or type(record) is not dict or type(self._fields.id(record)) is float:
            return False
        self.records.append(record)
        self._offsets.append(offset)
        self._lengths.append(length)
        self.size += length
        return True

    def run(self) -> Run:
        """Return what was taken, and begin anew."""
        done = self._fields.run(self.records, self._offsets, self._lengths, self._limits)
        self._clear()
        return done


def row_of(line: Line, stream: Stream, fields: Fields, limits: Limits) -> Row | None:
    """Return the row of any *line*, None if it is blank; of the last one the *stream* knows whether it is damaged."""
    offset, data, size, ended = line
    if not ended and stream.damage:
        return _torn(data, offset, size, stream.damage, fields, limits)
    row = _row(data, offset, size, fields, limits)
    if row and not ended and row.failure == Failure.BROKEN_RECORD:
        return failed(Failure.TRUNCATED, offset, size, row.detail)
    return row


def _torn(line: bytes, offset: int, size: int, damage: Failure, fields: Fields, limits: Limits) -> Row | None:
    row = _row(line, offset, size, fields, limits)
    return row if row is not None and row.failure is None else failed(damage, offset, size)


def _row(line: bytes, offset: int, size: int, fields: Fields, limits: Limits) -> Row | None:
    if size > limits.record_bytes:
        return failed(Failure.TOO_LARGE, offset, size, above(limits.record_bytes))
    if offset == 0 and line.startswith(_BOM):
        line = line[len(_BOM) :]
    if not line or line.isspace():
        return None
    return parse_row(line, offset, size, fields, limits)


def parse_row(data: bytes, offset: int, size: int, fields: Fields, limits: Limits) -> Row:
    """Return the row of the JSON object in *data*, which stands at *offset*."""
    why: Why = (Failure.BROKEN_RECORD, "it is no object")
    try:
        record = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        record, why = _lenient(data, f"{error}")
    if isinstance(record, dict):
        if type(fields.id(record)) is float:  # orjson rounds integers beyond 64 bits
            record = json.loads(data)
        return fields.row(record, offset, size, limits)
    return failed(why[0], offset, size, why[1])


def _lenient(data: bytes, problem: str) -> tuple[Any, Why]:
    """Parse what the json module accepts beyond the standard (NaN, Infinity); return why it cannot be had, too."""
    try:
        record = json.loads(data.decode())
        orjson.dumps(record, option=orjson.OPT_NON_STR_KEYS, default=str)
    except UnicodeDecodeError as error:
        return None, (Failure.BAD_ENCODING, no_utf8(error))
    except (ValueError, RecursionError):
        return None, (Failure.BROKEN_RECORD, problem)
    except TypeError:
        return None, (Failure.BAD_ENCODING, "half a surrogate pair")
    return record, (Failure.BROKEN_RECORD, "it is no object")


def _refuse_other_formats(found: Iterator[Row | Run], stream: Stream, path: str) -> Iterator[Row | Run]:
    held: list[Row | Run] = []
    for one in found:
        held.append(one)
        if len(held) == _PROBE or not _is_no_json(one):
            break
    stream.require_bytes(path)
    if held and all(map(_is_no_json, held)):
        raise UnreadableSource(f"{path}: this is not JSON Lines, one object per line; nothing was read")
    return chain(held, found)


def _is_no_json(one: Row | Run) -> bool:
    return isinstance(one, Row) and one.failure in _NOT_JSON
