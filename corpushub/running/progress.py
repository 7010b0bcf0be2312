"""Progress of a run on stderr: bars on a terminal, plain lines elsewhere, nothing when asked to be quiet."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.execution.journal import JournalReader
from pipelines.execution.stage import Report, Task

LINE_SECONDS = 15.0
"""Without a terminal, a line is printed at each change of stage and at most this often in between."""


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
    began: float = field(default_factory=time.monotonic)

    def take(self, event: Any) -> None:
        """Count one journal event."""
        if event["event"] == "end" and event["task"] in self.costs:
            self.finished.add(event["task"])
        self.read += event.get("read", event.get("rows", 0))
        self.kept += event.get("kept", 0)
        self.bytes += event.get("bytes", 0)

    @property
    def share(self) -> float:
        """Return the finished part of the stage's work, 0 to 1."""
        total = sum(self.costs.values())
        return sum(self.costs[name] for name in self.finished) / total if total else 0.0

    def words(self) -> str:
        """Say how far the stage is: shards, documents, speed, time left."""
        seconds = max(time.monotonic() - self.began, 1e-3)
        said = [f"{len(self.finished)}/{self.shards} shards"]
        if self.read:
            said.append(f"{self.read:,} read, {self.kept:,} kept, {self.read - self.kept:,} dropped")
            said.append(f"{self.bytes / 1e6 / seconds:.1f} MB/s")
        if 0.02 < self.share < 1:
            said.append(f"{seconds / self.share - seconds:.0f} s left")
        return " · ".join(said)


class Progress:
    """Follows a run's journal and shows it on stderr."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self.live = sys.stderr.isatty() and not quiet
        self._tally = Tally()
        self._lock = threading.Lock()
        self._journal: JournalReader | None = None

    def announce(self, stage: str, tasks: Sequence[Task[Report]]) -> None:
        """Begin a stage: finish the line of the one before."""
        with self._lock:
            self._drain()
            if self._tally.stage == stage:
                self._tally.costs |= {task.id: task.cost for task in tasks}
                self._tally.shards = len(self._tally.costs)
                return
            self._end_stage()
            self._tally = Tally(stage, len(tasks), {task.id: task.cost for task in tasks})

    def say(self, words: str) -> None:
        """Print a line."""
        if not self.quiet:
            print(words, file=sys.stderr, flush=True)

    @contextmanager
    def follow(self, journal: Path) -> Iterator[None]:
        """Show what is written to *journal* while the block lasts."""
        for old in journal.glob("*.jsonl"):
            old.unlink()
        self._journal = JournalReader(journal)
        stop = threading.Event()
        show = self._bars if self.live else self._lines
        thread = threading.Thread(target=show, args=(stop,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            with self._lock:
                self._drain()
                self._end_stage()

    def _drain(self) -> None:
        for event in self._journal.new_events() if self._journal else ():
            self._tally.take(event)

    def _end_stage(self) -> None:
        if self._tally.shards and not self.quiet:
            seconds = time.monotonic() - self._tally.began
            lead = "\r\x1b[K" if self.live else ""
            print(f"{lead}{self._tally.stage}: {self._tally.words()} · {seconds:.1f} s", file=sys.stderr, flush=True)

    def _lines(self, stop: threading.Event) -> None:
        while not stop.wait(LINE_SECONDS):
            with self._lock:
                self._drain()
                if not self.quiet:
                    print(f"{self._tally.stage}: {self._tally.words()}", file=sys.stderr, flush=True)

    def _bars(self, stop: threading.Event) -> None:
        from rich.console import Console
        from rich.live import Live
        from rich.progress_bar import ProgressBar
        from rich.table import Table

        def picture() -> Table:
            grid = Table.grid(padding=(0, 1))
            bar = ProgressBar(total=1.0, completed=self._tally.share, width=24)
            grid.add_row(f"{self._tally.stage:9}", bar, self._tally.words())
            return grid

        with Live(picture(), console=Console(stderr=True), refresh_per_second=8, transient=True) as live:
            while not stop.wait(0.12):
                with self._lock:
                    self._drain()
                live.update(picture())
