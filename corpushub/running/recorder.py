"""Record how far a run is in the control database, once a second, for whoever asks meanwhile."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from corpushub.running.following import Follower
from lineage.control.costs.progress import RunProgress, forget_progress, record_progress
from lineage.errors import LineageError
from lineage.hub.connection import now
from lineage.hub.database import Database

SECONDS: Final = 1.0
"""How often it is recorded."""

_FAILURES: Final = (SQLAlchemyError, sqlite3.Error, OSError, LineageError)
"""What may keep it from being recorded: the run does not depend on that."""


class Recorder(Follower):
    """Follows a run's journal and records what it says; never in the way of the run, which it cannot fail."""

    def __init__(self, db: Database, run: str, memory: Callable[[], int]) -> None:
        super().__init__()
        self._db, self._run, self._memory = db, run, memory
        self._recorded = False

    def say(self, words: str) -> None:
        """Pass nothing on: a sentence is for those who watch."""

    def forget(self) -> None:
        """Forget what was recorded: the run has ended, and has results."""
        if self._recorded:
            with suppress(*_FAILURES):
                forget_progress(self._db, self._run)

    def _begin(self) -> None:
        """Nothing: a stage that lasts is recorded soon."""

    def _end(self) -> None:
        """Nothing: the next stage is recorded in its place."""

    def _watch(self, stop: threading.Event) -> None:
        while not stop.wait(SECONDS):
            with self._lock:
                self._drain()
                progress = self._progress()
            with suppress(*_FAILURES):
                record_progress(self._db, self._run, progress)
                self._recorded = True

    def _progress(self) -> RunProgress:
        tally = self._tally
        return RunProgress(
            at=now(),
            stage=tally.stage,
            tasks=tally.shards,
            finished=len(tally.finished),
            retried=tally.retried,
            share=round(tally.share, 4),
            read=tally.read,
            kept=tally.kept,
            bytes=tally.bytes,
            seconds=round(tally.seconds, 1),
            left=None if tally.left is None else round(tally.left, 1),
            memory=self._memory(),
        )
