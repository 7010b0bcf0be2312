"""A server that forks worker processes with their imports done and their kernels loaded.

A worker needs seconds of imports and of loading machine code. The server does that once, while the driver still reads
the recipe; its forks start in milliseconds and share its memory. It runs one thread and opens no connection before
forking. This module imports nothing heavy: it names what the server imports.
"""

from __future__ import annotations

import gc
import multiprocessing
import multiprocessing.util
import os
import signal
import threading
import time
from concurrent import futures
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import forkserver
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pipelines.errors import StageStalled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.execution.stage import R, Task


PATIENCE = 900.0
"""Seconds without a line in any journal after which workers count as hung."""

SMALL = 64 << 20
"""Bytes of work below which a stage is done by a few forked processes: some seconds of work, to which importing Beam
and starting its local runner would add a third, and its even split of tasks over workers some more."""

_PRELOADED: Final = ("pipelines.startup.preload",)
_PRELOADED_FOR_BEAM: Final = (*_PRELOADED, "pipelines.startup.preload_beam")


def start(*, large: bool = False) -> None:
    """Start the server, if it does not run yet, and return while it imports.

    Where there is *large* work, forks will be workers of Beam, which the server then has imported for all of them.
    """
    forkserver.set_forkserver_preload(list(_PRELOADED_FOR_BEAM if large else _PRELOADED))
    before = signal.getsignal(signal.SIGINT) if threading.current_thread() is threading.main_thread() else None
    if before is not None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server inherits it: Ctrl-C is the driver's
    try:
        forkserver.ensure_running()
    finally:
        if before is not None:
            signal.signal(signal.SIGINT, before)


def start_forking(workers: int, *, large: bool = False) -> None:
    """Start the server and have it fork the first of *workers* as soon as it can, while this process goes on."""
    start(large=large)
    threading.Thread(target=_fork_one, args=(_pool(workers),), daemon=True, name="first fork").start()


def _fork_one(pool: ProcessPoolExecutor) -> None:
    with suppress(BrokenProcessPool, RuntimeError, EOFError, OSError):  # whoever needs the pool meets it, too
        pool.submit(_nothing)


def _nothing() -> None:
    pass


def context() -> ForkServerContext:
    """Return the context whose processes are forks of the server."""
    start()
    return multiprocessing.get_context("forkserver")


def run_tasks(tasks: Sequence[Task[R]], folder: str | None, workers: int, patience: float = PATIENCE) -> list[R]:
    """Run *tasks*, largest first, on a few forks that stay for further calls: for stages too small to start Beam for.

    Raises:
        StageStalled: a process died, or the journal in *folder* was silent for *patience* seconds, whereupon all are
            killed; finished outputs are kept.
    """
    started = time.time()
    waiting = _submitted(tasks, folder, workers)
    reports: list[R] = []
    try:
        while waiting:
            done, waiting = futures.wait(waiting, timeout=1.0, return_when=futures.FIRST_COMPLETED)
            reports += [future.result() for future in done]
            if waiting:
                watch(folder, started, patience)
    except BrokenProcessPool as error:
        raise _died() from error
    return reports


def _submitted(tasks: Sequence[Task[R]], folder: str | None, workers: int) -> set[Future[R]]:
    """Hand *tasks* to the forks, largest first; the first fork may have died before it was needed, or their server."""
    from pipelines.execution import in_process

    ordered = sorted(tasks, key=lambda task: (-task.cost, task.id))
    try:
        pool = _pool(workers)
        return {pool.submit(in_process.run_task, task, folder) for task in ordered}
    except (BrokenProcessPool, EOFError, ConnectionError) as error:
        raise _died() from error


def _died() -> StageStalled:
    _pools.clear()  # the next attempt has forks of its own
    return StageStalled("a worker process died")


def watch(folder: str | None, started: float, patience: float) -> None:
    """Kill this process's workers if the journal in *folder* has been silent for *patience* seconds since *started*.

    Raises:
        StageStalled: it has been; finished outputs are kept.
    """
    if folder is None:
        return
    signs = (path.stat().st_mtime for path in Path(folder).glob("*.jsonl"))
    if time.time() - max([started, *signs]) <= patience:
        return
    kill()
    raise StageStalled(f"no worker gave a sign of life for {patience:.0f} s")


_pools: dict[int, ProcessPoolExecutor] = {}  # by their number of workers; kept from stage to stage
_given: dict[str, str] = {}  # the environment that their forks have


def _pool(workers: int) -> ProcessPoolExecutor:
    if _given != os.environ:
        close()
        _given.clear()
        _given.update(os.environ)
    if workers not in _pools:
        first = (dict(_given),)
        _pools[workers] = ProcessPoolExecutor(workers, mp_context=context(), initializer=_begin, initargs=first)
    return _pools[workers]


def _begin(environment: Mapping[str, str]) -> None:
    """Be a fork: with the environment that the driver has now, not the one that the server was started with."""
    take_environment(environment)
    end_with_driver()


def take_environment(environment: Mapping[str, str]) -> None:
    """Make *environment* that of this process: where its stores are, and which keys it has."""
    os.environ.clear()
    os.environ.update(environment)


def close() -> None:
    """End the forks of :func:`run_tasks` and give their semaphores back, for a driver that leaves without clean-up."""
    if not _pools:
        return
    for pool in _pools.values():
        pool.shutdown(wait=True, cancel_futures=True)
    _pools.clear()
    gc.collect()


def leave() -> None:
    """End the forks, which have nothing to do, and undo what this process shares with them: it ends without clean-up.

    They would need longer for their own end than a small stage takes, and nobody waits for anything that they hold.
    """
    _silence()
    for process in multiprocessing.active_children():
        process.kill()
    _finalize()


def _silence() -> None:
    """Have no thread tell what it meets from now on: those who looked after forks find them, and their pipes, gone."""
    threading.excepthook = lambda _: None


def _finalize() -> None:
    """Remove what this process shares with others, as multiprocessing does at the end of an interpreter."""
    vars(multiprocessing.util)["_run_finalizers"]()


def kill() -> None:
    """End all workers of this process at once, whatever they do: their tasks are done again by the next run."""
    for process in multiprocessing.active_children():
        process.kill()
    close()


def abandon() -> None:
    """End all workers likewise, and their server, for a driver that ends: nothing is left that holds its output."""
    _silence()
    server = getattr(vars(forkserver)["_forkserver"], "_forkserver_pid", None)
    if server is not None:
        with suppress(ProcessLookupError):
            os.kill(server, signal.SIGKILL)  # it may still import, and whoever waits for its first fork would wait on
    kill()
    _finalize()


def end_with_driver() -> None:
    """End this process when the driver ends, however it ends: kill -9 leaves no other sign. Ctrl-C is the driver's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    driver = multiprocessing.parent_process()
    if driver is not None:
        threading.Thread(target=_watch, args=(driver.sentinel,), daemon=True, name="driver guard").start()


def _watch(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
