"""Stamps: what a disk or a store says of a file, so that it need not be read again to know that it is the same."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

from connectors.errors import MissingSource
from connectors.streams.files import is_url
from connectors.streams.urls import open_store

_NAMES: Final = ("VersionId", "version_id", "versionId", "ETag", "etag", "e_tag", "md5", "content_md5")
"""What stores call the version of an object, or the tag of what it holds; the first that is there counts."""

SETTLED_NS: Final = 2_000_000_000
"""How long ago a local file must have changed for its times to tell it from a later one: the coarsest clock of a disk
(FAT) ticks every two seconds, and a file may change twice within a tick."""


def stamp_of(path: str) -> str | None:
    """Return what changes when the file at *path*, local or an fsspec URL, does; None where nothing tells.

    Of a local file these are the times when it was written and when its entry changed: the former may be set by anyone,
    as copying does, the latter by nobody. One that changed just now has no stamp yet. Of an object it is its version or
    its entity tag (RFC 9110, 8.8.3); a weak tag tells nothing of bytes.

    Raises:
        MissingSource: the store has no such file.
    """
    if not is_url(path):
        return _of_local(path)
    system, name = open_store(path)
    try:
        told = _told(system, name)
    except FileNotFoundError as error:
        raise MissingSource(f"cannot open a file of the recipe: {type(error).__name__}") from error
    found = next((str(told[known]) for known in _NAMES if told.get(known)), None)
    return None if found is None or found.startswith("W/") else found


def _of_local(path: str) -> str | None:
    local = Path(path)
    if not local.is_file():
        return None
    told = local.stat()
    if time.time_ns() - told.st_ctime_ns < SETTLED_NS:
        return None
    return f"{told.st_mtime_ns}-{told.st_ctime_ns}-{told.st_ino}"


def _told(system: Any, name: str) -> dict[str, Any]:
    """Return what the store says of an object; pyarrow's stores say it of an open one."""
    arrow: Any = getattr(system, "fs", None)
    if hasattr(arrow, "open_input_stream"):
        with arrow.open_input_stream(name) as stream:
            return {key.decode(): value.decode() for key, value in (stream.metadata() or {}).items()}
    return dict(system.info(name))
