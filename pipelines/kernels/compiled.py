"""Compiled kernels: numba functions that release the GIL and whose machine code outlives the process.

Importing kernels is cheap: numba is imported by the first one that is called.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache, update_wrapper
from importlib import import_module
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

from lineage.storage.files import writing
from pipelines.code import imports
from pipelines.code.late import Late
from policies.cache import chosen_folder, processor

Function = TypeVar("Function", bound=Callable[..., Any])

_FOLDER = "kernels"
_CHECKSUM = hashlib.sha256().digest_size
_OURS = frozenset({__name__.partition(".")[0]})
"""The package of all kernels; they use no constant of another one of ours."""

_DEFINES = re.compile(rb"^@(?:kernel|inlined)$", re.MULTILINE)


def kernel(function: Function) -> Function:
    """Compile *function* on its first call, or load what an earlier process compiled."""

    def make() -> Any:
        import numba

        from pipelines.code.machine_code import MachineCode

        made: Any = numba.njit(nogil=True)(function)
        made._cache = MachineCode(function, cache_folder(), store)
        return made

    return _late(function, make)


def inlined(function: Function) -> Function:
    """Merge *function* into each kernel that calls it; arrays passed to it then cost no reference counting."""

    def make() -> Any:
        import numba

        return numba.njit(nogil=True, inline="always")(function)

    return _late(function, make)


def intrinsic(function: Callable[..., Any]) -> Any:
    """Make *function* an intrinsic: from the typing context and the types of arguments, a signature and its code."""

    def make() -> Any:
        from numba import extending

        return extending.intrinsic(function)

    return _late(function, make)


def load_compiler() -> None:
    """Load what compiles kernels and keeps their machine code, for which the first kernel would take a second."""
    from numba.core.registry import cpu_target

    import_module("pipelines.code.machine_code")
    cpu_target.typing_context.refresh()
    cpu_target.target_context.refresh()


def _late(function: Function, make: Callable[[], Any]) -> Function:
    return cast(Function, update_wrapper(Late(make), function))


def remember(name: str, compute: Callable[[], npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """Return the array that an earlier process stored in the cache folder as *name*.npy, else compute and store it.

    The SHA-256 of the file stands behind the array: tables decide what documents are.
    """
    path = cache_folder() / f"{name}.npy"
    with suppress(OSError):
        stored = path.read_bytes()
        content = stored[:-_CHECKSUM]
        if hashlib.sha256(content).digest() == stored[-_CHECKSUM:]:
            return np.asarray(np.load(BytesIO(content), allow_pickle=False))
    values = compute()
    written = BytesIO()
    np.save(written, values, allow_pickle=False)
    content = written.getvalue()
    store(path.name, lambda file: file.write(content + hashlib.sha256(content).digest()))
    return values


def store(name: str, write: Callable[[Any], None]) -> bool:
    """Let *write* fill the file *name* of the cache folder, which appears whole; tell whether the folder allowed it."""
    try:
        with writing(str(cache_folder() / name), durable=False, mode=0o644) as file:
            write(file)
    except OSError:
        return False
    return True


@cache
def cache_folder() -> Path:
    """Return the folder for what outlives processes: below the one that the environment names, else where we may write.

    It need not exist yet. Who can write to it can run code as us, so a shared temporary folder is used only if it is
    our own, and none that everybody can write to.
    """
    chosen = chosen_folder() or os.environ.get("NUMBA_CACHE_DIR")
    if chosen and not _is_everybodys(folder := Path(chosen).absolute() / _FOLDER):
        return folder
    usable = (base / _FOLDER for base in _bases() if _is_usable(base / _FOLDER))
    return next(usable, None) or Path(tempfile.mkdtemp(prefix="corpushub-")) / _FOLDER


def kernels_digest() -> str:
    """Identify the state of all kernels, of what compiles them and of what they are compiled for: 16 hex digits.

    It is told from the sources of modules, without numba, and so changes more often than any machine code does.
    """
    paths = imports.sources(_OURS, imports.ROOT)
    defining = frozenset(name for name, path in paths.items() if _DEFINES.search(Path(path).read_bytes()))
    makers = [f"{name}=={version(name)}" for name in ("llvmlite", "numba", "numpy")]
    state = hashlib.sha256(f"{sys.implementation.cache_tag} {makers} {processor()}".encode())
    for path, content in imports.closure(defining, _OURS, imports.ROOT).files.items():
        state.update(path.encode() + b"\0" + content)
    return state.hexdigest()[:16]


def _bases() -> Iterator[Path]:
    with suppress(RuntimeError):  # a user whom the system does not know has no home
        yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute() / "corpushub"
    yield Path(__file__).parent / "__pycache__"
    shared = Path(tempfile.gettempdir()) / f"corpushub-{os.getuid()}"
    if _is_usable(shared) and shared.stat().st_uid == os.getuid():
        yield shared


def _is_usable(folder: Path) -> bool:
    """Make *folder* unless it is there, and tell whether we may write to it."""
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK) and not _is_everybodys(folder)


def _is_everybodys(folder: Path) -> bool:
    """Tell whether every user of the machine can write to *folder*."""
    try:
        return bool(folder.stat().st_mode & stat.S_IWOTH)
    except OSError:  # it is not there yet, or not ours to look at
        return False
