"""Follow the journal of a run: what its stages have done so far, for whoever shows it."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from pipelines.execution.journal import JournalReader
from pipelines.execution.stage import Report, Task


class Watcher(Protocol):
    """Whoever is shown the progress."""

    def follow(self, journal: Path) -> Any:
        """Return a context manager inside which the journal in that folder is followed."""

    def announce(self, stage: str, tasks: Sequence[Task[Report]]) -> None:
        """Be told that a stage begins."""

    def say(self, words: str) -> None:
        """Pass a sentence on."""


@dataclass(slots=True)
class Tally:
    """What the journal says of the stage under way."""

    stage: str = "plan"
    shards: int = 0
    costs: dict[str, int] = field(default_factory=dict)
    finished: set[str] = field(default_factory=set)
    read: int = 0
    kept: int = 0
    bytes: int = 0
    retried: int = 0
    began: float = field(default_factory=time.monotonic)

    def take(self, event: Any) -> None:
        """Count one journal event."""
        if event["event"] == "end" and event["task"] in self.costs:
            self.finished.add(event["task"])
        self.retried += event["event"] == "retry"
        self.read += event.get("read", event.get("rows", 0))
        self.kept += event.get("kept", 0)
        self.bytes += event.get("bytes", 0)

    @property
    def share(self) -> float:
        """Return the finished part of the stage's work, 0 to 1."""
        total = sum(self.costs.values())
        return sum(self.costs[name] for name in self.finished) / total if total else 0.0

    @property
    def seconds(self) -> float:
        """Return how long the stage has been under way."""
        return time.monotonic() - self.began

    @property
    def left(self) -> float | None:
        """Return how many seconds the stage may still take; None as long as that cannot be told."""
        return self.seconds / self.share - self.seconds if 0.02 < self.share < 1 else None

    def words(self) -> str:
        """Say how far the stage is: shards, documents, speed, time left."""
        seconds = max(self.seconds, 1e-3)
        said = [f"{len(self.finished)}/{self.shards} shards"]
        if self.read:
            said.append(f"{self.read:,} read, {self.kept:,} kept, {self.read - self.kept:,} dropped")
            said.append(f"{self.bytes / 1e6 / seconds:.1f} MB/s")
        if self.left is not None:
            said.append(f"{self.left:.0f} s left")
        return " · ".join(said)


class Follower(ABC):
    """Follows a run's journal, stage by stage; those who show it say how."""

    def __init__(self) -> None:
        self._tally = Tally()
        self._lock = threading.Lock()
        self._journal: JournalReader | None = None

    @abstractmethod
    def say(self, words: str) -> None:
        """Pass a sentence on."""

    @abstractmethod
    def _begin(self) -> None:
        """Show that the stage of the tally begins; the lock is held."""

    @abstractmethod
    def _end(self) -> None:
        """Show that the stage of the tally has ended; the lock is held."""

    @abstractmethod
    def _watch(self, stop: threading.Event) -> None:
        """Show how stages go on until *stop* is set; runs in a thread of its own."""

    def announce(self, stage: str, tasks: Sequence[Task[Report]]) -> None:
        """Begin a stage, or go on with it where it is run in rounds."""
        with self._lock:
            self._drain()
            if self._tally.stage == stage:
                self._tally.costs |= {task.id: task.cost for task in tasks}
                self._tally.shards = len(self._tally.costs)
                return
            self._end()
            self._tally = Tally(stage, len(tasks), {task.id: task.cost for task in tasks})
            self._begin()

    @contextmanager
    def follow(self, journal: Path) -> Iterator[None]:
        """Show what is written to *journal* while the block lasts."""
        for old in journal.glob("*.jsonl"):
            old.unlink()
        self._journal = JournalReader(journal)
        stop = threading.Event()
        thread = threading.Thread(target=self._watch, args=(stop,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            with self._lock:
                self._drain()
                self._end()

    def _drain(self) -> int:
        """Count what is new in the journal; return how many events there were."""
        events = self._journal.new_events() if self._journal else []
        for event in events:
            self._tally.take(event)
        return len(events)
