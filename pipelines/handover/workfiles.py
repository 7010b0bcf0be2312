"""Files at a stage boundary: written once under a temporary name, then renamed; local or any fsspec URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import IO, Any

import orjson
import pyarrow as pa

from lineage.hub.home import is_local
from lineage.storage import files
from lineage.storage.stores import file_system


def writing(path: str) -> AbstractContextManager[IO[bytes]]:
    """Open *path* for writing; it appears whole when the block ends, and not at all if the block raises.

    Two writers of the same path are harmless: names are derived from content, so both write the same bytes. Its name
    need not outlive a power cut: what is lost is computed again.
    """
    (_kept.get() or {}).pop(path, None)
    return files.writing(path, durable=False)


AT_ONCE = 4 << 20
"""Bytes of a file in a store that are asked for at once: a request takes as long as a few MB."""

KEPT = 64 << 20
"""Bytes of such files that a task keeps in memory, for it may read one section of a file after another."""

_kept: ContextVar[dict[str, pa.Buffer] | None] = ContextVar("small files of a store", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Keep what :func:`reading` has read whole while the block lasts, and not longer: it may be text."""
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


@contextmanager
def reading(path: str) -> Iterator[pa.NativeFile]:
    """Open *path* as an Arrow input.

    A local file is memory-mapped, so that readers touch only what they use; a small one in a store is read by one
    request, and of a larger one what they use.
    """
    if is_local(path):
        with pa.memory_map(path) as file:
            yield file
        return
    known = _kept.get()
    if known is not None and path in known:
        yield pa.BufferReader(known[path])
        return
    store, (name,) = file_system([path])
    with store.open_input_file(name) as file:
        if file.size() > AT_ONCE:
            yield file
            return
        content = file.read_buffer()
    if known is not None and sum(one.size for one in known.values()) + content.size <= KEPT:
        known[path] = content
    yield pa.BufferReader(content)


def write_json(path: str, value: Any) -> None:
    """Write *value* as JSON with sorted keys."""
    with writing(path) as file:
        file.write(orjson.dumps(value, option=orjson.OPT_SORT_KEYS))


def read_json(path: str) -> Any:
    """Read the JSON value at *path*."""
    with reading(path) as file:
        return orjson.loads(file.read())
