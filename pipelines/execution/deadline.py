"""Deadlines in processor time: what nobody foresaw would take for ever ends with its record, not with its run.

Counts bound every cost that is known (docs/extraction.md, limits); this is the last resort against the others, far
beyond honest records, since time is not deterministic. A batch that passes its bound is done again record by record,
and a record that passes its own is set aside. There are two bounds:

- the soft one is a timer of the process (ITIMER_PROF) whose signal raises Overdue in the main thread. It ends what
  Python runs; the task goes on.
- the hard one, twice as far, is a limit of the process (RLIMIT_CPU). It ends calls into C that never return: with the
  process. The handler of its signal (SIGXCPU) needs no lock of Python; it writes a traceback, which names functions and
  no values, behind the place of the batch in the task's *beacon*, a file beside its outputs. No other death leaves that
  sign. Who tries the task again finds it, and does not touch what it names: :func:`settle`.

Where a task runs in another thread than the main one (Beam) there is the hard bound alone, and time of other threads
counts; where its outputs are elsewhere than on this machine there is none but the soft one.
"""

from __future__ import annotations

import faulthandler
import math
import os
import resource
import signal
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

import pyarrow as pa

from lineage.hub.home import is_local
from lineage.hub.private import make_folder, open_private
from lineage.storage.files import exists
from pipelines.execution.journal import note
from pipelines.handover.workfiles import read_json, write_json
from pipelines.kernels.compiled import load_compiler

T = TypeVar("T")

BEYOND: Final = "beyond the deadline"
"""What the ledger says of a record that was set aside."""

MORE: Final = 8 << 20
"""Bytes for which a record, or a batch, has as much time again."""

HARD: Final = 2
"""How many times the soft bound the hard one is."""

_PLACE: Final = struct.Struct("<qq")  # of a batch: how many records of the task come before it, and how many it has

_TICKS: Final = ~0 << 3  # the clock of ITIMER_PROF of the calling process, as Linux numbers the clocks of processes

_beacons: Final = threading.Lock()  # limits belong to the process: one task at a time may have it killed


class Overdue(BaseException):
    """A batch has passed its soft bound. No Exception: code that survives whatever it calls must not survive this."""


class Deadlines:
    """Bounds the batches of one task, which come in the same order whenever it is tried."""

    def __init__(self, path: str, seconds: float, beacon: int | None) -> None:
        self._path = path
        self._seconds = seconds
        self._aside = set(_aside(path))
        self._beacon = beacon
        self._seen = 0
        self._armed = False

    def treat(
        self, batch: pa.RecordBatch, work: Callable[[pa.RecordBatch], T]
    ) -> Iterator[tuple[pa.RecordBatch, T | None]]:
        """Yield *batch* with what *work* makes of it; if that takes too long, each row with what it makes of that.

        None stands for what is made of a row that took too long. *work* may have been begun and given up before, so it
        changes nothing but what it returns.
        """
        first, self._seen = self._seen, self._seen + batch.num_rows
        done = self._attempt(first, batch, work)
        if done is not None or batch.num_rows == 1:
            yield batch, done
            return
        for row in range(batch.num_rows):
            one = batch.take(pa.array([row]))
            done = self._attempt(first + row, one, work)
            note("record", number=first + row)  # a sign of life: each may take as long as it may
            yield one, done

    def interrupt(self, *_: object) -> None:
        """Raise Overdue if a batch is under way: the handler of the timer's signal."""
        if self._armed:
            raise Overdue

    def _attempt(self, first: int, batch: pa.RecordBatch, work: Callable[[pa.RecordBatch], T]) -> T | None:
        place = (first, batch.num_rows)
        if place in self._aside:
            return None
        try:
            try:
                self._arm(place, self._seconds * (1 + batch.nbytes / MORE))
                return work(batch)
            finally:
                self._disarm()
        except Overdue:
            self._disarm()  # the signal may have come while that was done
            _set_aside(self._path, place)
            return None

    def _arm(self, place: tuple[int, int], seconds: float) -> None:
        if self._beacon is not None:
            os.pwrite(self._beacon, _PLACE.pack(*place), 0)
            _limit(math.ceil(_spent() + HARD * seconds))
        self._armed = threading.current_thread() is threading.main_thread()
        if self._armed:
            signal.setitimer(signal.ITIMER_PROF, seconds)

    def _disarm(self) -> None:
        if self._armed:
            self._armed = False
            signal.setitimer(signal.ITIMER_PROF, 0)
        if self._beacon is not None:
            _limit(resource.RLIM_INFINITY)


@contextmanager
def deadlines(path: str, seconds: float) -> Iterator[Deadlines]:
    """Bound the batches of the task with outputs at *path*: *seconds* for a record, and more for a large one."""
    settle(path)
    load_compiler()  # or the first record would have to do so within its deadline
    with _beacon(path) as beacon:
        bounds = Deadlines(path, seconds, beacon)
        with _interrupting(bounds.interrupt):
            yield bounds


def settle(path: str) -> bool:
    """Set aside what a deadline killed the task with outputs at *path* for; tell whether there is anything new."""
    if not is_local(path):
        return False
    beacon = Path(f"{path}.beacon")
    try:
        content = beacon.read_bytes()
    except FileNotFoundError:
        return False
    if len(content) <= _PLACE.size:
        return False
    first, rows = _PLACE.unpack_from(content)
    fresh = _set_aside(path, (first, rows))
    beacon.unlink(missing_ok=True)
    return fresh


def settle_all(tasks: Iterable[object]) -> bool:
    """Settle all of *tasks* that have outputs; tell whether anything new was set aside."""
    paths = [str(path) for task in tasks if (path := getattr(task, "path", None)) is not None]
    return sum(map(settle, paths)) > 0  # all of them, not as many as one that is new


def _aside(path: str) -> list[tuple[int, int]]:
    """Return the places of batches and records of the task that are not touched again."""
    kept = f"{path}.aside"
    return [(first, rows) for first, rows in read_json(kept)] if exists(kept) else []


def _set_aside(path: str, place: tuple[int, int]) -> bool:
    """Add *place* to those that are not touched again, by whoever tries the task; tell whether it is new."""
    known = _aside(path)
    write_json(f"{path}.aside", sorted({*known, place}))
    return place not in known


def _spent() -> float:
    """Return the processor time of this process by the clock of the timer and of the limit.

    Linux counts the ticks in which a process runs for both. That is not the time that other clocks tell, and in long
    processes it is seconds off: a limit that was made of another clock might be passed before work begins.
    """
    return time.clock_gettime(_TICKS) if sys.platform == "linux" else time.process_time()


def _limit(seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))


@contextmanager
def _interrupting(interrupt: Callable[..., None]) -> Iterator[None]:
    """Have the timer's signal call *interrupt*, which can be in the main thread alone."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGPROF, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGPROF, before)


@contextmanager
def _beacon(path: str) -> Iterator[int | None]:
    """Open the beacon of a task; None where the process may not be killed for it.

    That is where another task of the process has its own, where somebody has limited the process before, and where
    outputs are not on this machine. No core is dumped meanwhile: it would hold text.
    """
    free = resource.getrlimit(resource.RLIMIT_CPU)[0] == resource.RLIM_INFINITY
    if not is_local(path) or not free or not _beacons.acquire(blocking=False):
        yield None
        return
    cores = resource.getrlimit(resource.RLIMIT_CORE)
    try:
        make_folder(Path(path).parent)
        descriptor = open_private(f"{path}.beacon", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        os.lseek(descriptor, _PLACE.size, os.SEEK_SET)
        resource.setrlimit(resource.RLIMIT_CORE, (0, cores[1]))
        faulthandler.register(signal.SIGXCPU, descriptor, all_threads=False, chain=True)
        try:
            yield descriptor
        finally:
            faulthandler.unregister(signal.SIGXCPU)
            resource.setrlimit(resource.RLIMIT_CORE, cores)
            Path(f"{path}.beacon").unlink(missing_ok=True)
            os.close(descriptor)
    finally:
        _beacons.release()
