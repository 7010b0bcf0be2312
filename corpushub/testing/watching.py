"""Watchers of runs, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from pipelines.execution.stage import Report, Task


class SilentWatcher:
    """Shows nobody the progress of a run: a Watcher (corpushub.running.run) for tests that ask for the result alone."""

    def follow(self, journal: Path) -> AbstractContextManager[None]:
        """Follow nothing."""
        return nullcontext()

    def announce(self, stage: str, tasks: Sequence[Task[Report]]) -> None:
        """Say nothing."""

    def say(self, words: str) -> None:
        """Say nothing."""
