"""Compiled kernels: numba functions that release the GIL and whose machine code outlives the process.

numba keeps machine code beside the source and drops it when *that* file changes, but the code also contains what was
inlined from other files: a change there would go unnoticed and give wrong results. So each state of our kernels has a
cache folder of its own, named by the digest of every module that has a say in their code. Importing this module is
cheap: numba is imported by the first kernel.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

Function = TypeVar("Function", bound=Callable[..., Any])

_COMPILERS = ("llvmlite", "numba", "numpy")
_IMPORT = re.compile(rb"^(?:from|import) pipelines\b.*", re.MULTILINE)


def kernel(function: Function) -> Function:
    """Compile *function* on its first call, or load what an earlier process compiled."""
    import numba

    config: Any = numba.config  # a module whose names are made at import
    before = config.CACHE_DIR
    config.CACHE_DIR = str(cache_folder())  # read by njit while it decorates, never later
    try:
        return cast(Function, numba.njit(nogil=True, cache=True)(function))
    finally:
        config.CACHE_DIR = before


def inlined(function: Function) -> Function:
    """Merge *function* into each kernel that calls it; arrays passed to it then cost no reference counting."""
    import numba

    return cast(Function, numba.njit(nogil=True, inline="always")(function))


def remember(name: str, compute: Callable[[], npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """Return the array that an earlier process stored in the cache folder as *name*.npy, else compute and store it."""
    path = cache_folder() / f"{name}.npy"
    try:
        return np.asarray(np.load(path, allow_pickle=False))
    except (OSError, EOFError, ValueError):  # absent or damaged
        values = compute()
    store(path.name, lambda file: np.save(file, values, allow_pickle=False))
    return values


def store(name: str, write: Callable[[Any], None]) -> bool:
    """Let *write* fill the file *name* of the cache folder, which appears whole; tell whether the folder allowed it."""
    final = cache_folder() / name
    temporary = final.with_name(f"{name}.{os.getpid()}.tmp")
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            write(file)
        temporary.replace(final)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
        return False
    return True


@cache
def cache_folder() -> Path:
    """Return the folder for this state of the kernels: below NUMBA_CACHE_DIR if that is set, else where we may write.

    It need not exist yet. Who can write to it can run code as us, so a shared temporary folder is used only if it is
    our own.
    """
    name = f"kernels-{_digest()}"
    if chosen := os.environ.get("NUMBA_CACHE_DIR"):
        return Path(chosen).absolute() / name
    usable = (base / name for base in _bases() if _is_usable(base / name))
    return next(usable, None) or Path(tempfile.mkdtemp(prefix="corpushub-")) / name


def _bases() -> Iterator[Path]:
    yield Path(__file__).parent / "__pycache__"
    with suppress(RuntimeError):  # a user whom the system does not know has no home
        yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute() / "corpushub"
    shared = Path(tempfile.gettempdir()) / f"corpushub-{os.getuid()}"
    if _is_usable(shared) and shared.stat().st_uid == os.getuid():
        yield shared


def _is_usable(folder: Path) -> bool:
    """Make *folder* unless it is there, and tell whether we may write to it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def _digest() -> str:
    """Identify the sources of the kernels, where they stand, and what compiles them."""
    sources = {path.stem: path.read_bytes() for path in sorted(Path(__file__).parent.rglob("*.py"))}
    state = hashlib.sha256(f"{Path(__file__).parent}\0{sys.implementation.cache_tag}\0".encode())
    for package in _COMPILERS:
        state.update(f"{package}=={version(package)}\0".encode())
    for name in sorted(_behind_kernels(sources)):
        state.update(name.encode() + b"\0" + sources[name])
    return state.hexdigest()[:16]


def _behind_kernels(sources: Mapping[str, bytes]) -> set[str]:
    """Name the modules that define kernels and all that those import, whose constants are part of machine code."""
    found: set[str] = set()
    waiting = {name for name, source in sources.items() if re.search(rb"^@(?:kernel|inlined)$", source, re.MULTILINE)}
    while waiting:
        found |= waiting
        lines = b"\n".join(line for name in waiting for line in _IMPORT.findall(sources[name]))
        waiting = {word for word in re.findall(r"\w+", lines.decode()) if word in sources} - found
    return found
