"""The footer of an index, sealed: pages have checksums, footers have none, and Parquet readers trust what they say.

A bit that is another there can end the process that reads it. The seal is a value of the footer's own metadata: the
SHA-256 of the footer in which zeros stand in its place.
"""

from __future__ import annotations

import hashlib
from os import SEEK_END
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from lineage.storage.files import open_bytes

KEY: Final = "corpushub.sealed"
OPEN: Final = "0" * 64
"""The value of KEY until the footer is sealed."""

_MAGIC: Final = b"PAR1"
_TAIL: Final = 8  # the footer's length, and the magic number


def seal(content: bytes) -> bytes:
    """Return the Parquet file *content*, in whose metadata KEY is OPEN, with its footer sealed."""
    start = len(content) - _TAIL - int.from_bytes(content[-_TAIL:-4], "little")
    footer = content[start:]
    return content[:start] + footer.replace(OPEN.encode(), hashlib.sha256(footer).hexdigest().encode(), 1)


def sealed_footer(path: str) -> Any:
    """Return the FileMetaData of the Parquet file at *path*.

    Raises:
        ValueError: its footer is not what was sealed.
    """
    with open_bytes(path) as file:
        size = file.seek(0, SEEK_END)
        file.seek(max(size - _TAIL, 0))
        tail = file.read(_TAIL)
        start = size - _TAIL - int.from_bytes(tail[:4], "little")
        if start < len(_MAGIC) or tail[4:] != _MAGIC:
            raise ValueError("it is no Parquet file, or was cut short")
        file.seek(start)
        footer = file.read(size - start)
    before, key, behind = footer.partition(KEY.encode())
    at = len(before) + len(key) + behind.find(b"\x18\x40") + 2  # a Thrift string of 64 bytes
    told = footer[at : at + len(OPEN)]
    if hashlib.sha256(footer[:at] + OPEN.encode() + footer[at + len(OPEN) :]).hexdigest().encode() != told:
        raise ValueError("its footer is not what was written")
    return pq.read_metadata(pa.BufferReader(_MAGIC + footer))
