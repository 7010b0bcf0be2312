"""Read a web archive file, WARC or ARC, as records: plain, compressed record by record, or compressed as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from functools import partial
from typing import BinaryIO, NamedTuple

import pyarrow as pa

from connectors.archives.cursor import Cursor
from connectors.archives.members import Members, search
from connectors.archives.records import Record, Syntax, alone, read_head, walk
from connectors.batches import Row, batches
from connectors.capture import Extent, Failure, Limits, Slice
from connectors.errors import UnreadableSource
from connectors.streams.compression import detect
from connectors.streams.files import SourceFile, blocks, open_file
from connectors.streams.streams import Stream, cut, require_allowed, require_whole, whole

_NEAR = 64 << 10  # bytes behind a slice in which a record start that straddles its end is completed


class Layout(Enum):
    """How the records lie in a file."""

    PLAIN = "not compressed"
    MEMBERS = "one gzip member per record"
    STREAM = "compressed as a whole"


def split(file: SourceFile, target: int, syntax: Syntax) -> list[Slice]:
    """Cut *file* at multiples of *target* bytes if its records are addressable, else leave it whole."""
    with open_file(file.path) as stored:
        try:
            found = layout(Opened(stored, file.path), syntax)
        except UnreadableSource:  # its first record expands without end: whoever reads it says so
            found = Layout.STREAM
    return whole(file, target) if found is Layout.STREAM else cut(file, target)


class Opened(NamedTuple):
    """An open file, what messages call it, and the limits that hold for what it decompresses to."""

    file: BinaryIO
    path: str
    limits: Limits = Limits()

    def stream(self) -> Stream:
        """Return its decoded bytes, from the first on."""
        self.file.seek(0)
        return Stream(self.file, 0, self.path, self.limits)

    def members(self, start: int = 0) -> Members:
        """Return its gzip members from stored byte *start* on."""
        return Members(
            self.file, start, lambda stored, decoded: require_allowed(self.path, stored, decoded, self.limits)
        )


def layout(opened: Opened, syntax: Syntax) -> Layout:
    """Tell how records lie in a file, by its first record; leaves the file anywhere. Raises UnreadableSource."""
    file = opened.file
    file.seek(0)
    compression = detect(file.read(10))
    if compression != "gzip":
        return Layout.STREAM if compression else Layout.PLAIN
    members = opened.members()
    cursor = Cursor(_chunks(members, members.begin() or b""))
    head = read_head(cursor, syntax)
    complete = head is not None and cursor.jump(head.size + head.length)
    if complete and cursor.skip_line_breaks() and syntax.start.match(cursor.peek(0, _NEAR)):
        return Layout.STREAM  # the first member holds another record
    if complete and not cursor.available(1) and members.damage is None:
        return Layout.MEMBERS
    return Layout.STREAM if search(file, 1, syntax.start) is None else Layout.MEMBERS  # the first record is broken


def read(
    part: Slice, syntax: Syntax, limits: Limits, extent: Extent, capture: Callable[[Record], Row | None]
) -> Iterator[pa.RecordBatch]:
    """Yield what *capture* makes of the records that begin in *part*, and fill *extent* when exhausted.

    Raises MissingSource, and UnreadableSource if the whole file holds no record.
    """
    with open_file(part.path) as file:
        opened = Opened(file, part.path, limits)
        kind = Layout.MEMBERS if part.start and _is_gzip(file) else layout(opened, syntax)
        read_records = _from_members if kind is Layout.MEMBERS else _from_stream
        records = read_records(opened, part, syntax, extent)
        if part.start == 0:
            records = _refuse_other_formats(records, syntax, part.path)
        yield from batches((row for record in records if (row := capture(record)) is not None), limits)


def _is_gzip(file: BinaryIO) -> bool:
    return detect(file.read(10)) == "gzip"


def _size(file: BinaryIO) -> int:
    return file.seek(0, 2)


def _refuse_other_formats(records: Iterator[Record], syntax: Syntax, path: str) -> Iterator[Record]:
    held: list[Record] = []
    for record in records:
        if record.begun:
            yield from held
            yield record
            yield from records
            return
        held.append(record)
    if any(record.failure is not Failure.TRUNCATED for record in held):
        raise UnreadableSource(f"{path}: no {syntax.name} record was found in the whole file")
    yield from held


def _from_stream(opened: Opened, part: Slice, syntax: Syntax, extent: Extent) -> Iterator[Record]:
    file, stream = opened.file, opened.stream()
    plain = stream.compression is None
    if part.start and not plain:
        require_whole(part)
    start = _next_start(file, part, syntax, extent) if part.start else 0
    if start is None:
        return
    chunks = _again(opened, start) if plain else stream
    cursor = Cursor(chunks, start, lambda: stream.damage or Failure.TRUNCATED, partial(_again, opened), plain)
    last: Record | None = None
    for last in walk(cursor, syntax, opened.limits.record_bytes, part.end if plain else None):
        if last.begun and extent.begins is None:
            extent.begins = last.offset
        yield last
    if stream.damage and (last is None or last.failure is None):
        yield Record(cursor.position, None, failure=stream.damage, begun=last is not None)
    extent.ends = cursor.position if plain else _size(file)


def _again(opened: Opened, position: int) -> Iterator[bytes]:
    """Yield the decoded chunks of a file from *position* on."""
    file = opened.file
    file.seek(0)
    if detect(file.read(10)) is None:
        file.seek(min(position, _size(file)))
        yield from blocks(file)
        return
    cursor = Cursor(opened.stream())
    cursor.skip(position)
    while ahead := cursor.available(1 << 20):
        yield cursor.peek(0, ahead)
        cursor.skip(ahead)


def _next_start(file: BinaryIO, part: Slice, syntax: Syntax, extent: Extent) -> int | None:
    """Return where the first record in *part* of a plain file begins, or None."""
    file.seek(part.start - 1)
    end = _size_kept(file) if part.end is None else part.end
    cursor = Cursor(_limited(blocks(file), end - part.start + 1 + _NEAR), part.start - 1)
    if not cursor.seek(syntax.after_break, 1):
        return None
    if cursor.position < end:
        return cursor.position
    extent.ends = cursor.position
    return None


def _size_kept(file: BinaryIO) -> int:
    at = file.tell()
    size = _size(file)
    file.seek(at)
    return size


def _limited(chunks: Iterable[bytes], count: int) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk[:count]
        count -= len(chunk)
        if count <= 0:
            return


def _chunks(members: Members, head: bytes) -> Iterator[bytes]:
    while head:
        yield head
        head = members.more()


class Unit:
    """One record's gzip member, and the members behind it that begin no record; iterate once for decoded chunks.

    Attributes:
        damage: why it ended early, or None.
        end: stored offset behind it.
        next_head: the first bytes of the member behind it (behind damage: of the next that begins a record); b"" if
            that cannot be decoded, None at the file's end.
    """

    def __init__(self, file: BinaryIO, members: Members, head: bytes, syntax: Syntax) -> None:
        self._file = file
        self._members = members
        self._head = head
        self._syntax = syntax
        self.damage: Failure | None = None
        self.end = members.start
        self.next_head: bytes | None = None
        self._later: bytes | None = None  # the second member, if it was begun to see whether it continues this one

    def single(self, at: int, limit: int) -> Record | None:
        """Return the unit's record if it is the common case: one whole well-formed record in one member; else None."""
        if self._members.unfinished or self._members.damage or len(self._head) > limit:
            return None
        end = self._members.position
        record = alone(self._head, self._syntax, at, end - at)
        if record is None:
            return None
        following = self._members.begin()
        if following and not self._members.damage and not self._syntax.start.match(following):
            self._later = following
            return None
        self.end, self.next_head = end, following
        return record

    def __iter__(self) -> Iterator[bytes]:
        """Yield decoded chunks up to where the next record's member begins."""
        head = self._head
        if self._later is not None:
            yield head
            head = self._later
        while True:
            yield from _chunks(self._members, head)
            self.end = self._members.position
            self.damage = self._members.damage
            if self.damage:
                self.next_head = _resume(self._file, self._members, self._syntax)
                self.end = self._members.start
                return
            following = self._members.begin()
            if not following or self._members.damage or self._syntax.start.match(following):
                self.next_head = following
                return
            head = following

    def ending(self) -> Failure:
        """Return why a record that this unit's end cuts is incomplete."""
        return self.damage or Failure.WRONG_LENGTH


def _from_members(opened: Opened, part: Slice, syntax: Syntax, extent: Extent) -> Iterator[Record]:
    file = opened.file
    start = search(file, part.start, syntax.start) if part.start else 0
    if start is None:
        return
    members = opened.members(start)
    head = members.begin()
    while head is not None:
        at = members.start
        if not syntax.start.match(head):
            damage = _drained(members)
            head = _resume(file, members, syntax)
            yield Record(at, members.start - at, failure=damage, begun=False)
            continue
        if part.end is not None and at >= part.end:
            extent.ends = at
            return
        extent.begins = at if extent.begins is None else extent.begins
        unit = Unit(file, members, head, syntax)
        yield from _unit_records(unit, at, syntax, opened.limits.record_bytes)
        head = unit.next_head
    extent.ends = _size(file)


def _drained(members: Members) -> Failure:
    while members.more():
        pass
    return members.damage or Failure.BROKEN_RECORD


def _resume(file: BinaryIO, members: Members, syntax: Syntax) -> bytes | None:
    """Begin the first member behind the damaged one that holds a record; None, at the file's end, if there is none."""
    found = search(file, members.start + 1, syntax.start)
    members.restart(_size(file) if found is None else found)
    return members.begin()


def _unit_records(unit: Unit, at: int, syntax: Syntax, limit: int) -> Iterator[Record]:
    """Yield a unit's records, of which there should be one; a further one gets an offset one higher each time."""
    only = unit.single(at, limit)
    if only is not None:
        yield only
        return
    held: Record | None = None
    for number, record in enumerate(walk(Cursor(unit, 0, unit.ending), syntax, limit)):
        if held is not None:
            if held.failure and unit.damage:
                continue  # a start found in the rest of a damaged member lies within the record
            yield held
        held = record._replace(offset=at + number, length=None)
    if held is not None:
        failure = unit.damage or held.failure
        length = unit.end - at if held.offset == at else None
        yield held._replace(length=length, failure=failure, block=None if failure else held.block)
