"""A server that forks worker processes with their imports done; knows Beam by a module's name only.

A worker needs one to three seconds of imports. The server does them once, while the driver still reads the recipe;
its forks start in milliseconds and share its memory. It runs one thread and opens no connection before forking.
"""

from __future__ import annotations

import multiprocessing
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext

_PRELOADED = ["pipelines.preload"]


def start() -> None:
    """Start the server, if it does not run yet, and return while it imports."""
    forkserver.set_forkserver_preload(_PRELOADED)
    forkserver.ensure_running()


def context() -> ForkServerContext:
    """Return the context whose processes are forks of the server."""
    start()
    return multiprocessing.get_context("forkserver")
