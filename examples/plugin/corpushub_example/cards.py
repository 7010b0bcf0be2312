"""Read card files: documents one after another, each behind a line ``=== ID``, in UTF-8."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from connectors import Connector
from connectors.batches import Row, batches, failed
from connectors.capture import Extent, Failure, Limits, Slice
from connectors.errors import UnreadableSource
from connectors.streams.streams import open_stream, require_known, require_whole, whole
from connectors.tables.lines import split_lines

OPTIONS: frozenset[str] = frozenset()
_HEAD = re.compile(rb"=== (\S+)\s*$")
_LONGEST_HEAD = 1024


def read(part: Slice, options: Mapping[str, Any], limits: Limits, extent: Extent) -> Iterator[pa.RecordBatch]:
    """Yield the cards of a file, which is read as a whole, and fill *extent* when exhausted.

    Raises:
        MissingSource, BadOption: the file cannot be opened, or there is an option.
        UnreadableSource: it does not begin with a card.
    """
    require_known(options, OPTIONS)
    require_whole(part)
    with open_stream(part.path, 0) as stream:
        yield from batches(_cards(part.path, stream, limits, extent), limits)


def _cards(path: str, stream: Any, limits: Limits, extent: Extent) -> Iterator[Row]:
    name, start, end = None, 0, 0
    lines: list[bytes] = []
    size = 0
    for line in split_lines(stream, max(limits.record_bytes, _LONGEST_HEAD)):
        head = _HEAD.match(line[1])
        if head is None and name is None:
            raise UnreadableSource(f"{path} does not begin with a line `=== ID`: it holds no cards")
        if head is not None:
            if name is not None:
                yield _row(name, lines, size, (start, end), limits)
            name, start, lines, size = head[1].decode("utf-8", "replace"), line[0], [], 0
            extent.begins = line[0] if extent.begins is None else extent.begins
        else:
            size += line[2]
            if size <= limits.record_bytes:  # what is too large is counted, not held
                lines.append(line[1])
        end = line[0] + line[2] + line[3]
    if name is not None:
        yield _row(name, lines, size, (start, end), limits)
        extent.ends = end


def _row(name: str, lines: list[bytes], size: int, place: tuple[int, int], limits: Limits) -> Row:
    start, end = place
    if size > limits.record_bytes:
        return failed(Failure.TOO_LARGE, start, end - start)
    try:
        text = b"\n".join(lines).decode()
    except UnicodeDecodeError:
        return failed(Failure.BAD_ENCODING, start, end - start)
    return Row(source_id=name, text=text, offset=start, length=end - start)


CONNECTOR = Connector(read, OPTIONS, whole)
