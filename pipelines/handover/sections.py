"""Files of named arrays: 16 bytes (magic, length of the header), a JSON header, then sections aligned to 64 bytes.

Any range of a section is read by itself, and mapped where the file is local: a reader pays for what it uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from types import TracebackType
from typing import IO, Any, Self

import numpy as np
import numpy.typing as npt
import orjson

from pipelines.errors import SidecarMismatch
from pipelines.handover.workfiles import reading, writing

MAGIC = b"CHDEDUP2"

_ALIGN = 64
Array = npt.NDArray[Any]


def write_sections(path: str, sections: Mapping[str, Array], settings: Mapping[str, Any] | None = None) -> None:
    """Write *sections* and *settings* (JSON) as one file; the same content gives the same bytes."""
    with writing(path) as file:
        pack_sections(file, sections, settings)


def pack_sections(
    file: IO[bytes],
    sections: Mapping[str, Array],
    settings: Mapping[str, Any] | None = None,
    orders: Mapping[str, npt.NDArray[np.int64]] | None = None,
) -> None:
    """Write to an open file what :func:`write_sections` writes to a path.

    The rows of sections that are in *orders* are written in that order, one section in memory after the other.
    """
    table, at = {}, 0
    for name, section in sections.items():
        table[name] = [at, section.dtype.str, list(section.shape)]
        at += -(-section.nbytes // _ALIGN) * _ALIGN
    header = orjson.dumps({**(settings or {}), "sections": table})
    header += b" " * (-(len(header) + 16) % _ALIGN)
    file.write(MAGIC + len(header).to_bytes(8, "little") + header)
    for name, section in sections.items():
        order = (orders or {}).get(name)
        file.write(np.ascontiguousarray(section if order is None else section[order]).data)
        file.write(bytes(-section.nbytes % _ALIGN))


class Sections:
    """An open file of sections."""

    def __init__(self, path: str) -> None:
        self._context = reading(path)
        self._file = self._context.__enter__()
        head = self._file.read(16)
        if head[:8] != MAGIC:
            self.close()
            raise SidecarMismatch(f"{path} is not a sidecar of this version: remove the work folder and run again")
        length = int.from_bytes(head[8:], "little")
        self.header: dict[str, Any] = orjson.loads(self._file.read(length))
        self._base = 16 + length

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; arrays read before stay valid."""
        self._context.__exit__(None, None, None)

    def read(self, name: str, start: int = 0, stop: int | None = None) -> Array:
        """Return entries [start, stop) of a section; all of it by default."""
        at, dtype, shape = self.header["sections"][name]
        stop = shape[0] if stop is None else stop
        stride = np.dtype(dtype).itemsize * prod(shape[1:])
        if stride == 0 or stop == start:
            return np.empty((stop - start, *shape[1:]), dtype)
        self._file.seek(self._base + at + start * stride)
        buffer = self._file.read_buffer((stop - start) * stride)
        return np.frombuffer(buffer, dtype).reshape(stop - start, *shape[1:])

    def take(self, name: str, rows: npt.NDArray[np.int64]) -> Array:
        """Return a copy of the given rows of a column; what lies outside their range is not read."""
        if len(rows) == 0:
            return self.read(name, 0, 0)
        first = int(rows.min())
        return np.asarray(self.read(name, first, int(rows.max()) + 1)[rows - first])
