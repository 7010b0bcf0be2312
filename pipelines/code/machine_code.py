"""Machine code of kernels on the disk: a file for each kernel and types of arguments, named by what it was made of.

numba would name it by the file that the kernel stands in, and when that was written: another installation would compile
all of it again, and a change in a function of another file, which was merged into it, would go unnoticed. Here the name
has the digest of the kernel's own code and of all functions and constants that it names, however far: nothing else has
a say in what it does. So all installations of a machine may share a folder, and a new release compiles what it changed.
"""

from __future__ import annotations

import hashlib
import pickle
import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any, Final, cast

import numpy as np
from numba.core import compiler, serialize, sigutils, types
from numba.core.caching import NullCache
from numba.core.dispatcher import Dispatcher
from numba.core.extending import _Intrinsic

from pipelines.code.late import made

Store = Callable[[str, Callable[[Any], None]], bool]
"""Has the file of a name filled, which appears whole; tells whether the folder allowed it."""

_OURS: Final = __name__.partition(".")[0]
"""The package of all kernels, whose functions may change; those of libraries are as their versions."""

_ALL_OURS: Final = {_OURS, "connectors", "policies", "lineage", "corpushub"}

_MAKERS: Final = ("llvmlite", "numba", "numpy")

_CHECKSUM: Final = hashlib.sha256().digest_size
"""Bytes that a file begins with: the SHA-256 of all others, for machine code of which a bit is another still runs."""


_Compiled: Any = compiler.CompileResult
_dumps: Any = serialize.dumps
_Tuple: Any = types.BaseTuple
_normalized: Any = sigutils.normalize_signature


class MachineCode(NullCache):
    """What is kept of a kernel.

    Args:
        kernel: the function that is compiled.
        folder: where its files stand.
        store: writes them.
    """

    def __init__(self, kernel: Callable[..., Any], folder: Path, store: Store) -> None:
        self._kernel, self._folder, self._store = cast(FunctionType, kernel), folder, store

    @property
    def cache_path(self) -> str:
        """Return the folder."""
        return str(self._folder)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return what *sig* was compiled to for this processor; None where it was not, or the file is damaged."""
        target_context.refresh()
        try:
            stored = (self._folder / self._name(sig, target_context.codegen())).read_bytes()
        except OSError:
            return None
        content = stored[_CHECKSUM:]
        if hashlib.sha256(content).digest() != stored[:_CHECKSUM]:
            return None
        return _Compiled._rebuild(target_context, *pickle.loads(content))

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what *sig* was compiled to.

        Raises:
            ValueError: it names what another process has elsewhere.
        """
        if data.library.has_dynamic_globals or data.lifted:
            raise ValueError(f"{self._kernel.__qualname__} has no machine code that another process could use")
        content = _dumps(data._reduce())
        checked = hashlib.sha256(content).digest() + content
        self._store(self._name(sig, data.codegen), lambda file: file.write(checked))

    def _name(self, sig: Any, codegen: Any) -> str:
        fields = [*map(_fields, _normalized(sig)[0])]
        key = hashlib.sha256(f"{self._digest} {sig} {fields} {codegen.magic_tuple()}".encode()).hexdigest()[:32]
        return f"{self._kernel.__module__.rpartition('.')[2]}.{self._kernel.__qualname__}-{key}.code"

    @cached_property
    def _digest(self) -> str:
        return digest_of(self._kernel)


def digest_of(kernel: FunctionType) -> str:
    """Identify what *kernel* is compiled from, and by what.

    Raises:
        TypeError: it names something of which it is not known whether it stays the same.
    """
    state = hashlib.sha256(f"{sys.implementation.cache_tag}{sys.abiflags} {[*map(version, _MAKERS)]}".encode())
    waiting, seen = [kernel], {kernel}
    while waiting:
        function = waiting.pop()
        state.update(f"\n{function.__module__}.{function.__qualname__}".encode())
        for value in map(made, _parts(function)):
            if (named := _function(value)) is not None:
                state.update(f"\n{getattr(value, 'targetoptions', '')}".encode())
                if named not in seen:
                    seen.add(named)
                    waiting.append(named)
            else:
                state.update(b"\n" + _described(value))
    return state.hexdigest()


def _parts(function: FunctionType) -> Iterator[Any]:
    """Yield all that says what *function* does: its code, and what it names."""
    waiting = [function.__code__]
    names: dict[str, None] = {}
    while waiting:
        code = waiting.pop()
        yield code.co_code
        yield (code.co_names, code.co_varnames, code.co_freevars)
        for value in code.co_consts:
            if isinstance(value, CodeType):
                waiting.append(value)
            elif value != function.__doc__:
                yield value
        names |= dict.fromkeys(code.co_names)
    yield function.__defaults__ or ()
    yield (*(function.__kwdefaults__ or {}).items(),)
    yield from (cell.cell_contents for cell in function.__closure__ or ())
    yield from (function.__globals__[name] for name in names if name in function.__globals__)


def _function(value: Any) -> FunctionType | None:
    """Return the function of ours that *value* is, or is made of."""
    function: Any = value.py_func if isinstance(value, Dispatcher) else value
    function = function._defn if isinstance(function, _Intrinsic) else function
    ours = isinstance(function, FunctionType) and function.__module__.partition(".")[0] == _OURS
    return function if ours or isinstance(value, Dispatcher) else None


def _fields(kind: Any) -> Any:
    """Return the names of the fields of the numba type *kind*, if it is a named tuple, and those of what it holds.

    The name of the type does not have them, and what a kernel reads by a name is compiled as a place.
    """
    return getattr(kind, "fields", ()), [*map(_fields, kind)] if isinstance(kind, _Tuple) else []


def _described(value: Any) -> bytes:
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        return f"{value.dtype!r} {value.shape} {hashlib.sha256(value.tobytes()).hexdigest()}".encode()
    if isinstance(value, tuple):
        names = f"{type(value).__qualname__} {getattr(value, '_fields', ())} ".encode()
        return names + b"(" + b",".join(map(_described, value)) + b")"
    if isinstance(value, bool | int | float | complex | str | bytes | np.number | np.bool_ | None):
        return f"{type(value).__name__} {value!r}".encode()
    if isinstance(value, ModuleType | type | BuiltinFunctionType | FunctionType | np.ufunc) and not _is_ours(value):
        return f"{getattr(value, '__module__', '')}.{value.__name__}".encode()
    raise TypeError(f"a kernel names a {type(value).__name__}, which may change without anybody's notice")


def _is_ours(value: Any) -> bool:
    """Tell whether *value* is a module of ours, or a class, whose content would have to be looked through."""
    name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None) or ""
    return name.partition(".")[0] in _ALL_OURS
