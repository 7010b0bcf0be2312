"""What files hold once they are decoded: columns of text, and blocks of bytes, by what a file begins with."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Final

import pyarrow as pa

from lineage.erasure.search import overlapping
from lineage.storage.files import open_bytes, open_parquet

PARQUET: Final = b"PAR1"
ARROW: Final = b"ARROW1"
AVRO: Final = b"Obj\x01"
COMPRESSED: Final = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bz2", b"\x04\x22\x4d\x18": "lz4"}
CLOSED: Final = (b"PK\x03\x04", b"\xfd7zXZ\0", b"7z\xbc\xaf", b"Rar!", b"\x1f\x9d", b"\xff\x06\0\0sNaPpY")
"""What begins files that are compressed in ways that nothing of a hub is: what they hold cannot be told."""

_STEP: Final = 1 << 20


def beginning(path: str) -> bytes:
    """Return the first bytes of the file at *path*, which tell its format."""
    with open_bytes(path) as file:
        return file.read(16)


def decoded_columns(path: str, begins: bytes) -> Iterator[tuple[str, pa.Array]]:
    """Yield the texts (string n) in each column of a Parquet or Arrow file, those in lists and structures included.

    Each comes with the name of the column, what the file says of itself with none; for other files nothing comes.
    """
    if begins.startswith(PARQUET):
        with open_parquet(path) as file:
            said = file.metadata.metadata or {}
        yield "", pa.array([one.decode("utf-8", "replace") for pair in said.items() for one in pair], pa.string())
    for table in _tables(path, begins):
        for name, column in zip(table.column_names, table.columns, strict=True):
            for chunk in column.chunks:
                yield from ((name, texts) for texts in _texts(chunk))


def is_columnar(begins: bytes) -> bool:
    """Tell whether a file is read by column: its bytes are compressed pages, of which no part is a text by itself."""
    return begins.startswith((PARQUET, ARROW))


def decoded_blocks(path: str, begins: bytes, overlap: int) -> Iterator[bytes]:
    """Yield what is compressed in the file at *path*, decompressed; see search.overlapping. Else nothing.

    Raises ValueError, or OSError, if it cannot be decompressed.
    """
    kind = next((kind for magic, kind in COMPRESSED.items() if begins.startswith(magic)), None)
    if kind is None and not begins.startswith(AVRO):
        return
    with open_bytes(path) as file:
        if kind is None:
            yield from overlapping(_avro_blocks(file), overlap)
            return
        with pa.CompressedInputStream(file, kind) as stream:
            yield from overlapping(iter(lambda: stream.read(_STEP), b""), overlap)


def _tables(path: str, begins: bytes) -> Iterator[pa.Table]:
    if begins.startswith(PARQUET):
        with open_parquet(path) as file:
            for group in range(file.num_row_groups):
                yield file.read_row_group(group)
    elif begins.startswith(ARROW):
        with _opened(path) as source, pa.ipc.open_file(source) as reader:
            for number in range(reader.num_record_batches):
                yield pa.Table.from_batches([reader.get_batch(number)])


@contextmanager
def _opened(path: str) -> Iterator[Any]:
    with open_bytes(path) as file:
        yield pa.PythonFile(file, "r") if isinstance(file, io.IOBase) else file


def _texts(values: pa.Array) -> Iterator[pa.Array]:
    """Yield the arrays of strings in *values*."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        yield from _texts(values.dictionary)
    elif pa.types.is_string(kind):
        yield values
    elif pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        yield values.cast(pa.string())
    elif pa.types.is_map(kind):
        yield from (one for part in (values.keys, values.items) for one in _texts(part))
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        yield from _texts(values.flatten())
    elif pa.types.is_struct(kind):
        yield from (one for part in values.flatten() for one in _texts(part))


def _avro_blocks(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the blocks of an Avro object container file (Apache Avro 1.11, "Object Container Files"), decompressed."""
    file.read(len(AVRO))
    metadata: dict[bytes, bytes] = {}
    while count := _avro_long(file):
        if count < 0:
            _avro_long(file)
        for _ in range(abs(count)):
            key = file.read(_avro_long(file))
            metadata[key] = file.read(_avro_long(file))
    yield from metadata.values()
    codec = metadata.get(b"avro.codec", b"null")
    if codec not in {b"null", b"deflate"}:
        raise ValueError("the codec of an Avro file is not known")
    sync = file.read(16)
    while byte := file.read(1):
        _avro_long(file, byte)
        data = file.read(_avro_long(file))
        yield _inflated(data) if codec == b"deflate" else data
        if file.read(16) != sync:
            raise ValueError("an Avro file is damaged")


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompress(data, -15)
    except zlib.error as error:
        raise ValueError("a block of an Avro file is damaged") from error


def _avro_long(file: IO[bytes], byte: bytes = b"") -> int:
    """Read a zig-zag integer of variable length, whose first *byte* may have been read."""
    value = shift = 0
    while True:
        byte = byte or file.read(1)
        if not byte or shift > 63:
            raise ValueError("an Avro file is cut short")
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return (value >> 1) ^ -(value & 1)
        shift, byte = shift + 7, b""
