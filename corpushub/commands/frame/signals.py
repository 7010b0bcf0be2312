"""What ends a command from outside: Ctrl-C (SIGINT) and SIGTERM."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

ENDING: Final = (signal.SIGINT, signal.SIGTERM)


class Terminated(BaseException):
    """SIGTERM has come."""


@contextmanager
def heeded(end: Callable[[int], None]) -> Iterator[list[int]]:
    """Raise KeyboardInterrupt or Terminated where the signals come inside the block; give the list of those that came.

    Whoever finds the list filled knows, even where what was raised was lost in somebody's clean-up. In the middle of an
    import nothing is raised, for a library that is half there may do anything: *end* is called with the signal, and
    ends the process. Another thread than the main one is told of no signal.
    """
    received: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield received
        return

    def heed(number: int, frame: FrameType | None) -> None:
        received.append(number)
        ignore()  # what is left takes a moment, and is not to be interrupted
        if _imports(frame):
            end(number)
        raise KeyboardInterrupt if number == signal.SIGINT else Terminated

    before = {number: signal.signal(number, heed) for number in ENDING if signal.getsignal(number) != signal.SIG_IGN}
    try:
        yield received
    finally:
        if "pytest" in sys.modules:  # where the process goes on
            for number, handler in before.items():
                signal.signal(number, handler)


def _imports(frame: FrameType | None) -> bool:
    """Tell whether a module is being imported in *frame*, or in what called it."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def ignore() -> None:
    """Ignore the signals from now on."""
    if threading.current_thread() is threading.main_thread() and "pytest" not in sys.modules:
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)
