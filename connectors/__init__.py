"""Read web archives and tables: bytes in, batches of captures out. This package knows no other."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from connectors.errors import ConnectorError, UnreadableSource

if TYPE_CHECKING:
    import pyarrow as pa

    from connectors.capture import Extent, Limits, Slice
    from connectors.streams.files import SourceFile


_OF_THE_MACHINE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EROFS})
"""What stops the whole run: a full disk is no fault of a file."""


@dataclass(frozen=True, slots=True)
class Connector:
    """How one format is read; its module is imported on first use, so that naming connectors costs nothing.

    Attributes:
        read: yields the captures of a slice and fills the extent; takes the recipe's options.
        options: the names of the options it knows.
        split: cuts a file into slices of about so many stored bytes.
    """

    read: Callable[[Slice, Mapping[str, Any], Limits, Extent], Iterator[pa.RecordBatch]]
    options: frozenset[str]
    split: Callable[[SourceFile, int], list[Slice]]


def _read(
    module: str, function: str, part: Slice, options: Mapping[str, Any], limits: Limits, extent: Extent
) -> Iterator[pa.RecordBatch]:
    """Yield what the format's module does; what a library raises of a hostile file makes the file unreadable."""
    from connectors.damage import OF_DAMAGED_BYTES  # pyarrow is imported only where something is read

    try:
        yield from getattr(import_module(module), function)(part, options, limits, extent)
    except ConnectorError:
        raise
    except OF_DAMAGED_BYTES as error:
        if isinstance(error, OSError) and error.errno in _OF_THE_MACHINE:
            raise
        raise UnreadableSource(f"{part.path}: it cannot be read ({type(error).__name__})") from error


def _split(module: str, file: SourceFile, target: int) -> list[Slice]:
    found: list[Slice] = import_module(module).split(file, target)
    return found


def _connector(module: str, *options: str, function: str = "read") -> Connector:
    name = f"{__name__}.{module}"
    return Connector(partial(_read, name, function), frozenset(options), partial(_split, name))


CONNECTORS: dict[str, Connector] = {
    "arc": _connector("archives.arc", "truncated"),
    "csv": _connector("tables.csv", "fields", "delimiter"),
    "json": _connector("tables.json", "fields"),
    "jsonl": _connector("tables.jsonl", "fields"),
    "parquet": _connector("tables.parquet", "fields"),
    "sqlite": _connector("tables.sqlite", "fields", "table", "query"),
    "tsv": _connector("tables.csv", "fields", "delimiter", function="read_tabs"),
    "warc": _connector("archives.warc", "integrity", "truncated"),
    "wet": _connector("archives.wet", "integrity", "truncated"),
}
"""The connectors by the name that recipes use."""
