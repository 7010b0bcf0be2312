"""The process of one question, seen from outside: started, told its job, listened to, and ended on time."""

from __future__ import annotations

import contextlib
import json
import math
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from lineage.errors import DamagedFile, QueryError
from lineage.storage.bounds import Bounds

_CHILD: Final = "lineage.questions.sandbox.child"
READY: Final = b"ready\n"
_CHUNK: Final = 1 << 20
_START: Final = 60.0  # seconds in which a process must be ready, beside those of its question
_ROOT: Final = str(Path(__file__).parents[3])
_OVER_CPU: Final = (-signal.SIGXCPU, -signal.SIGKILL)

View = tuple[str, Sequence[str]]
"""The query that makes a view, and the files it reads."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a process is told.

    Attributes:
        views: by name.
        question: in SQL.
        limit: most rows; one more is returned where there are more.
        bounds: memory, threads and seconds.
    """

    views: Mapping[str, View]
    question: str
    limit: int
    bounds: Bounds

    def line(self) -> bytes:
        """Return the job as the process reads it."""
        seconds, threads = self.bounds.seconds, self.bounds.threads
        told = {
            "views": self.views,
            "question": self.question,
            "limit": self.limit,
            "memory_mb": self.bounds.memory_mb,
            "threads": threads,
            "cpu": None if seconds is None or not seconds < 1e9 else math.ceil(seconds * (threads + 1)) + 1,
        }
        return json.dumps(told).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer.

    Attributes:
        name: as the question calls it.
        type: the Arrow type of its values, before they became those of JSON.
    """

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a process answers.

    Attributes:
        columns: of the rows.
        rows: lists of values of JSON, in the order of the columns.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]


class Process:
    """A process that waits for one job. Close it, or use it as a context: it is killed then, whatever it does."""

    def __init__(self) -> None:
        """Start it; it makes itself ready meanwhile."""
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", _CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={
                **os.environ,
                "MALLOC_ARENA_MAX": "2",
                "PYTHONPATH": os.pathsep.join([_ROOT, *filter(None, sys.path)]),
            },
            start_new_session=True,  # Ctrl-C reaches us, who end it
        )

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def waits(self) -> bool:
        """Whether it is alive."""
        return self._process.poll() is None

    def kill(self) -> None:
        """Kill it; whoever waits for its answer learns that there is none."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Kill it and forget it."""
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def answer(self, job: Job) -> Answer:
        """Return the answer to *job*: up to one row more than its limit. The process is of no use any more.

        Raises:
            QueryError: the question is wrong, reaches outside its views, or outgrows its bounds.
            DamagedFile: a data file cannot be read.
        """
        seconds = math.inf if job.bounds.seconds is None else job.bounds.seconds
        if self._heard(_START, until=READY) != READY:
            raise QueryError("the process that answers questions cannot be started; nothing was changed; try again")
        self._tell(job.line())
        told = self._heard(seconds)
        try:
            said = orjson.loads(told)
        except orjson.JSONDecodeError as error:
            raise self._died(job.bounds) from error
        if "error" in said:
            raise _error(said, job.bounds)
        return Answer([Column(*column) for column in said["columns"]], said["rows"])

    def _tell(self, line: bytes) -> None:
        pipe = self._process.stdin
        assert pipe is not None
        with contextlib.suppress(BrokenPipeError):  # it died; no answer says so
            pipe.write(line)
            pipe.flush()

    def _heard(self, seconds: float, until: bytes = b"") -> bytearray:
        """Return what the process says *until* it says that, or ends; QueryError if that takes more than *seconds*."""
        pipe = self._process.stdout
        assert pipe is not None
        poll = select.poll()
        poll.register(pipe, select.POLLIN | select.POLLHUP)
        ends, parts = time.monotonic() + seconds, bytearray()
        while not (until and parts.endswith(until)):
            left = ends - time.monotonic()
            if left <= 0:
                raise _too_long(seconds)
            if poll.poll(math.ceil(1000 * min(left, 3600.0))):
                part = os.read(pipe.fileno(), _CHUNK)
                if not part:
                    break
                parts += part
        return parts

    def _died(self, bounds: Bounds) -> QueryError:
        """Return what it means that the process ended without an answer."""
        code = self._process.wait()
        if code in _OVER_CPU and bounds.seconds is not None:
            return _too_long(bounds.seconds)
        if code < 0:
            return _too_large(bounds)
        return QueryError(f"the process that answers questions failed (exit code {code}); nothing was changed")


def _path() -> str:
    """Return where this process finds modules, but for the folder it happens to stand in."""
    return os.pathsep.join([_ROOT, *filter(None, sys.path)])


def _error(said: Mapping[str, str], bounds: Bounds) -> QueryError | DamagedFile:
    if said["kind"] == "memory":
        return _too_large(bounds)
    return DamagedFile(said["error"]) if said["kind"] == "damage" else QueryError(said["error"])


def _too_long(seconds: float) -> QueryError:
    message = f"the question was not answered within {seconds:g} s; nothing was changed; "
    return QueryError(message + "give it more with --seconds, or ask for less")


def _too_large(bounds: Bounds) -> QueryError:
    message = f"the question needs more than {bounds.memory_mb} MB; nothing was changed; "
    return QueryError(message + "give it more with --memory, or ask for less")
