"""Files at a stage boundary: written once under a temporary name, then renamed; local or any fsspec URL."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any
from uuid import uuid4

import orjson
import pyarrow as pa

from lineage.storage import stores
from lineage.storage.files import open_bytes


def is_local(path: str) -> bool:
    """Tell whether *path* is a plain path of this machine."""
    return "://" not in path


def exists(path: str) -> bool:
    """Tell whether a finished file stands at *path*."""
    if is_local(path):
        return Path(path).exists()
    return stores.exists(path)


@contextmanager
def writing(path: str) -> Iterator[IO[bytes]]:
    """Open *path* for writing; it appears whole when the block ends, and not at all if the block raises.

    Two writers of the same path are harmless: names are derived from content, so both write the same bytes.
    """
    if not is_local(path):
        with TemporaryFile() as spool:  # closing a store's file would make a half-written key visible
            yield spool
            spool.seek(0)
            store, (name,) = stores.file_system([path])
            with store.open_output_stream(name) as file:
                shutil.copyfileobj(spool, file, 1 << 20)
        return
    final = Path(path)
    final.parent.mkdir(parents=True, exist_ok=True)
    temporary = final.with_name(f"{final.name}.{uuid4().hex}.tmp")
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(final)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def reading(path: str) -> Iterator[pa.NativeFile]:
    """Open *path* as an Arrow input; a local file is memory-mapped, so that readers touch only what they use."""
    if is_local(path):
        with pa.memory_map(path) as file:
            yield file
    else:
        with open_bytes(path) as file:
            yield file


def write_json(path: str, value: Any) -> None:
    """Write *value* as JSON with sorted keys."""
    with writing(path) as file:
        file.write(orjson.dumps(value, option=orjson.OPT_SORT_KEYS))


def read_json(path: str) -> Any:
    """Read the JSON value at *path*."""
    with reading(path) as file:
        return orjson.loads(file.read())
