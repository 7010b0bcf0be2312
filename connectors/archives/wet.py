"""Read WET files: the plain text of web pages, as WARC conversion records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import pyarrow as pa

from connectors.archives import archive
from connectors.archives.http import media_type
from connectors.archives.options import check_choices, choice
from connectors.archives.records import Record
from connectors.archives.warc import OPTIONS, SYNTAX, broken, described, fields_of, kind_of, split, verified
from connectors.batches import Row
from connectors.capture import Extent, Limits, Slice
from connectors.streams.streams import require_known
from connectors.tables.fields import as_text

__all__ = ["OPTIONS", "capture", "read", "split"]


def read(part: Slice, options: Mapping[str, Any], limits: Limits, extent: Extent) -> Iterator[pa.RecordBatch]:
    """Yield the texts that begin in *part*, and fill *extent*. Raises MissingSource, UnreadableSource, BadOption."""
    require_known(options, OPTIONS)
    check_choices(options)
    take = partial(capture, integrity=choice(options, "integrity"))
    yield from archive.read(part, SYNTAX, limits, extent, take)


def capture(record: Record, integrity: str = "record") -> Row | None:
    """Return the row of a conversion record, or of a broken record; None for what is no document."""
    if kind_of(record.header) != "conversion":
        return broken(record)
    fields = fields_of(record.header)
    row = described(record, fields)
    if record.block is None:
        return row
    text, failure, detail = as_text(record.block)
    kind = media_type(fields.get("content-type", "")) or "text/plain"
    row = row._replace(text=text, failure=failure, detail=detail, media_type=None if failure else kind)
    return verified(row, record.block, fields, (record.block,), integrity)
