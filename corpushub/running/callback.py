"""Progress of a run, told to a function."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from corpushub.running.following import Follower, Tally

SECONDS = 0.5
"""How often the function is called at most while a stage goes on; it is always called when one begins and ends."""


@dataclass(frozen=True, slots=True)
class StageProgress:
    """How far a stage of a run is.

    Attributes:
        stage: its name.
        tasks, finished: how many tasks it has, and how many of them are done.
        share: the part of its work that is done, 0 to 1.
        read, kept: records so far, where the stage counts any.
        bytes: bytes of them.
        seconds: since it began.
        message: a sentence that the run has to say; None where it only counts.
    """

    stage: str
    tasks: int
    finished: int
    share: float
    read: int
    kept: int
    bytes: int
    seconds: float
    message: str | None = None

    @classmethod
    def of(cls, tally: Tally, message: str | None = None) -> StageProgress:
        """Return what *tally* says."""
        counts = (tally.read, tally.kept, tally.bytes, tally.seconds)
        return cls(tally.stage, tally.shards, len(tally.finished), tally.share, *counts, message)


class CallbackWatcher(Follower):
    """Follows a run's journal and tells a function, which is called by one thread at a time and should be quick."""

    def __init__(self, tell: Callable[[StageProgress], None]) -> None:
        super().__init__()
        self._tell = tell

    def say(self, words: str) -> None:
        """Pass a sentence on."""
        with self._lock:
            self._tell(StageProgress.of(self._tally, words))

    def _begin(self) -> None:
        self._tell(StageProgress.of(self._tally))

    def _end(self) -> None:
        if self._tally.shards:
            self._tell(StageProgress.of(self._tally))

    def _watch(self, stop: threading.Event) -> None:
        while not stop.wait(SECONDS):
            with self._lock:
                if self._drain():
                    self._tell(StageProgress.of(self._tally))
