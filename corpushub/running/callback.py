"""Progress of a run, told to a function."""

from __future__ import annotations

import threading
from collections.abc import Callable

from corpushub.running.following import Follower
from corpushub.running.stage_progress import StageProgress

SECONDS = 0.5
"""How often the function is called at most while a stage goes on; it is always called when one begins and ends."""


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
