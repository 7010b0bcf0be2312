"""Compiled kernels: numba functions that release the GIL and whose machine code outlives the process.

numba keeps machine code beside the source and drops it when *that* file changes, but the code also contains what was
inlined from other files: a change there would go unnoticed and give wrong results. So each state of our kernels has a
cache folder of its own, named by the digest of every module that defines one.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba import njit

config: Any = numba.config  # a module whose names are made at import


def kernel(function: Callable[..., Any]) -> Any:
    """Compile *function* on its first call, or load what an earlier process compiled."""
    before = config.CACHE_DIR
    config.CACHE_DIR = str(_folder())  # read by njit while it decorates, never later
    try:
        return njit(nogil=True, cache=True)(function)
    finally:
        config.CACHE_DIR = before


def inlined(function: Callable[..., Any]) -> Any:
    """Merge *function* into each kernel that calls it; arrays passed to it then cost no reference counting."""
    return njit(nogil=True, inline="always")(function)


@cache
def _folder() -> Path:
    name = f"kernels-{_digest()}"
    cache_home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    if config.CACHE_DIR:
        return Path(config.CACHE_DIR) / name
    for base in (Path(__file__).parent / "__pycache__", cache_home / "corpushub"):
        try:
            (base / name).mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(base / name, os.W_OK):
            return base / name
    return Path(tempfile.gettempdir()) / f"corpushub-{os.getuid()}" / name


def _digest() -> str:
    state = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        source = path.read_bytes()
        if b"@kernel" in source or b"@inlined" in source:
            state.update(path.name.encode() + b"\0" + source)
    return state.hexdigest()[:16]
