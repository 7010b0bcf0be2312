"""Processes for questions in SQL, some started before they are asked for, so that many can be asked of one server."""

from __future__ import annotations

import threading
from collections import deque

from lineage.errors import QueryError
from lineage.questions.sandbox.process import Answer, Job, Process


class Pool:
    """Answers questions, each in a process of its own that is used once. Safe to share between threads.

    Attributes:
        most: questions that are answered at once; others wait for as long as their seconds.
        warm: processes that are kept waiting.
    """

    def __init__(self, most: int = 4, warm: int = 0) -> None:
        """Start the processes that shall wait, one at least; close the pool, or use it as a context."""
        self.most, self.warm = most, warm
        self._room = threading.BoundedSemaphore(most)
        self._lock = threading.Lock()
        self._waiting: deque[Process] = deque()
        self._busy: set[Process] = set()
        self._closed = False
        self._fill(max(1, warm))

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def answer(self, job: Job) -> Answer:
        """Return the answer to *job*, as Process.answer does.

        Raises:
            QueryError: also if no process was free within the seconds of the job, or the pool is closed.
        """
        if not self._room.acquire(timeout=_wait(job.bounds.seconds)):
            raise QueryError("too many questions are asked at once; nothing was changed; ask again")
        try:
            process = self._take()
            try:
                return process.answer(job)
            finally:
                with self._lock:
                    self._busy.discard(process)
                process.close()
        finally:
            self._room.release()
            self._fill(self.warm)

    @property
    def busy(self) -> int:
        """How many questions are being answered."""
        return len(self._busy)

    def close(self) -> None:
        """Kill all processes, those at work too."""
        with self._lock:
            self._closed = True
            waiting, busy = list(self._waiting), list(self._busy)
            self._waiting.clear()
        for process in waiting:
            process.close()
        for process in busy:  # closed by whoever asked
            process.kill()

    def _take(self) -> Process:
        with self._lock:
            if self._closed:
                raise QueryError("the hub is being closed; nothing was changed")
            while self._waiting:
                process = self._waiting.popleft()
                if process.waits:
                    break
                process.close()
            else:
                process = Process()
            self._busy.add(process)
            return process

    def _fill(self, count: int) -> None:
        with self._lock:
            while not self._closed and len(self._waiting) < count:
                self._waiting.append(Process())


def _wait(seconds: float | None) -> float:
    return min(seconds, threading.TIMEOUT_MAX) if seconds is not None else threading.TIMEOUT_MAX
