"""The old place of ``open_version``: use ``corpushub.open(home).version(ref)``. This module goes with the next release.

from lineage.reading import open_version

open_version("web-sample@v3").dataset()
"""

from __future__ import annotations

import warnings
from pathlib import Path

from lineage.hub import Hub
from lineage.questions.reading import VersionReader, read_version
from lineage.references import parse_version

__all__ = ["VersionReader", "open_version"]


def open_version(ref: str, hub: str | Path | None = None) -> VersionReader:
    """Return a reader of *ref* (NAME is the newest version, NAME@v3 a certain one) in the hub home *hub*.

    NAME@v3.1 is NAME@v3 while it is at that revision. Without *hub* the home is CORPUSHUB_HOME, else ``.corpushub``.
    Raises UnknownReference if there is no such version, HomeError if there is no hub.
    """
    message = "lineage.reading.open_version goes with the next release; use corpushub.open(hub).version(ref)"
    warnings.warn(message, DeprecationWarning, stacklevel=2)
    with Hub.locate(hub) as opened:
        return read_version(opened, parse_version(ref))
