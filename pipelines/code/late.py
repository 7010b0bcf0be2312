"""What is made once it is needed: numba, which takes a quarter of a second to import, is not loaded before."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any


class Late:
    """Stands for what *make* returns, to whoever calls it, asks for its attributes, or compiles what names it."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    @cached_property
    def made(self) -> Any:
        """Return what it stands for."""
        return self._make()

    @property
    def _numba_type_(self) -> Any:
        """Return what numba takes it for when it compiles a function that names it."""
        from numba.core.registry import cpu_target

        context = cpu_target.typing_context
        context.refresh()
        return context.resolve_value_type(self.made)

    def __call__(self, *arguments: Any) -> Any:
        """Call what it stands for."""
        return self.made(*arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.made, name)

    def __deepcopy__(self, memo: Any) -> Late:
        return self


def made(value: Any) -> Any:
    """Return what *value* stands for."""
    return value.made if isinstance(value, Late) else value
