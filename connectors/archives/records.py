"""Walk the records of a web archive, WARC or ARC, and recover where one is broken.

FastWARC 2.0.1 and warcio 1.8.1 were measured first. FastWARC reads good files fast, but a wrong Content-Length ends
its iteration in an error or swallows the neighbours, and it reports no place within single-member files; warcio
cannot decode brotli. Neither bounds what a record may expand to. So the container is parsed here; both formats share
the walk and differ only in their Syntax.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from connectors.archives.cursor import Cursor
from connectors.capture import Failure

_HEAD_BYTES = (16 << 10, 1 << 20)  # tried in turn
_AHEAD = 32 << 10  # bytes behind a record that are looked at to see whether the next one follows


class Head(NamedTuple):
    """A record's header: its lines, their size with what ends them, and the declared size of the block behind."""

    header: bytes
    size: int
    length: int


@dataclass(frozen=True, slots=True)
class Syntax:
    """How a format's records look.

    Attributes:
        name: of the format, for messages.
        start: matches where a record begins.
        after_break: the same, right behind a line break only; used to find the next record after a broken one.
        unfinished: matches, as a whole, what the end of the file leaves of a first line.
        head: reads the header that bytes begin with, None if it is broken or does not end in them.
        separator: what ends a well-formed record beyond doubt; empty if the format has no such thing.
    """

    name: str
    start: re.Pattern[bytes]
    after_break: re.Pattern[bytes]
    unfinished: re.Pattern[bytes]
    head: Callable[[bytes], Head | None]
    separator: bytes


class Record(NamedTuple):
    """One record: where it is, its header, and its block, None if it has a failure."""

    offset: int
    length: int | None
    header: bytes = b""
    block: bytes | None = None
    failure: Failure | None = None
    begun: bool = True  # False for bytes that are no record at all
    detail: str | None = None  # of the failure


def walk(cursor: Cursor, syntax: Syntax, limit: int, stop: int | None = None) -> Iterator[Record]:
    """Yield the records from *cursor* on, broken ones with a failure; blocks above *limit* bytes are skipped.

    Ends, with the cursor on it, before the first record that begins at *stop* or later.
    """
    while cursor.skip_line_breaks():
        if stop is not None and cursor.position >= stop and syntax.start.match(cursor.peek(0, _AHEAD)):
            return
        head = read_head(cursor, syntax)
        if head is None:
            yield _no_head(cursor, syntax)
        elif head.length > limit:
            yield _too_large(cursor, syntax, head)
        else:
            yield _whole(cursor, syntax, head)


def read_head(cursor: Cursor, syntax: Syntax) -> Head | None:
    """Read the header at *cursor*, None if it is broken or above 1 MiB."""
    for size in _HEAD_BYTES:
        head = syntax.head(cursor.peek(0, size))
        if head is not None or cursor.available(size) < size:
            return head
    return None


def alone(data: bytes, syntax: Syntax, at: int, stored: int) -> Record | None:
    """Return the one well-formed record that *data* consists of, None if it is anything else.

    The record stands in *stored* bytes at *at*.
    """
    head = syntax.head(data)
    if head is None:
        return None
    end = head.size + head.length
    if len(data) < end or len(data) > end + 8 or data[end:].strip(b"\r\n"):
        return None
    return Record(at, stored, head.header, data[head.size : end])


def _no_head(cursor: Cursor, syntax: Syntax) -> Record:
    at = cursor.position
    ahead = cursor.peek(0, _AHEAD)
    begun = syntax.start.match(ahead) is not None
    unfinished = begun or (len(ahead) < _AHEAD and syntax.unfinished.fullmatch(ahead) is not None)
    found = cursor.seek(syntax.after_break, 1)
    failure = Failure.BROKEN_RECORD if found or not unfinished else cursor.ending()
    why = "its header is broken or does not end" if begun else "no record begins here"
    return Record(at, cursor.position - at, failure=failure, begun=begun, detail=why)


def _whole(cursor: Cursor, syntax: Syntax, head: Head) -> Record:
    at, size = cursor.position, head.size + head.length
    have = cursor.available(size)
    if have == size and _followed(cursor, syntax, size):
        block = cursor.peek(head.size, size)
        cursor.skip(size)
        return Record(at, size, head.header, block)
    return _resume(cursor, syntax, head, complete=have == size)


def _followed(cursor: Cursor, syntax: Syntax, size: int) -> bool:
    """Tell whether what stands *size* bytes ahead may stand behind a record: the next one, a separator, the end."""
    near = cursor.peek(size, size + 8)
    rest = near.lstrip(b"\r\n")
    if syntax.separator and near.startswith(syntax.separator):
        return True
    if not rest and len(near) < 8:
        return True
    behind = cursor.peek(size, size + _AHEAD).lstrip(b"\r\n")
    return not behind or (syntax.start.match(behind) or syntax.unfinished.fullmatch(behind)) is not None


def _resume(cursor: Cursor, syntax: Syntax, head: Head, complete: bool) -> Record:
    """Step over a record whose declared length is wrong, to the first record that begins behind its header."""
    at = cursor.position
    wrong = cursor.seek(syntax.after_break, head.size) or complete
    failure = Failure.WRONG_LENGTH if wrong else cursor.ending()
    return Record(at, cursor.position - at, head.header, failure=failure, detail=_declared(head))


def _too_large(cursor: Cursor, syntax: Syntax, head: Head) -> Record:
    at, size = cursor.position, head.size + head.length
    complete = cursor.jump(size)
    if complete and _followed(cursor, syntax, 0):
        return Record(at, size, head.header, failure=Failure.TOO_LARGE, detail=_declared(head))
    if cursor.rewind(at):
        return _resume(cursor, syntax, head, complete)
    found = complete and cursor.seek(syntax.after_break, 1)
    failure = Failure.WRONG_LENGTH if found or complete else cursor.ending()
    return Record(at, cursor.position - at, head.header, failure=failure, detail=_declared(head))


def _declared(head: Head) -> str:
    return f"its header declares a block of {head.length:,} bytes"
