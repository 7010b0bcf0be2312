"""Files at a stage boundary: written once under a temporary name, then renamed; local or any fsspec URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import IO, Any

import orjson
import pyarrow as pa

from lineage.hub.home import is_local
from lineage.storage import files
from lineage.storage.files import open_bytes


def writing(path: str) -> AbstractContextManager[IO[bytes]]:
    """Open *path* for writing; it appears whole when the block ends, and not at all if the block raises.

    Two writers of the same path are harmless: names are derived from content, so both write the same bytes. Its name
    need not outlive a power cut: what is lost is computed again.
    """
    return files.writing(path, durable=False)


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
