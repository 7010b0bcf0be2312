"""Progress of a run on stderr: bars on a terminal, plain lines elsewhere, nothing when asked to be quiet."""

from __future__ import annotations

import sys
import threading

from corpushub.printable import printable
from corpushub.running.following import Follower

LINE_SECONDS = 15.0
"""Without a terminal, a line is printed at each change of stage and at most this often in between."""


class Progress(Follower):
    """Follows a run's journal and shows it on stderr."""

    def __init__(self, *, quiet: bool = False) -> None:
        super().__init__()
        self.quiet = quiet
        self.live = sys.stderr.isatty() and not quiet

    def say(self, words: str) -> None:
        """Print a line."""
        if not self.quiet:
            print(printable(words), file=sys.stderr, flush=True)

    def _begin(self) -> None:
        """Show nothing yet: the line of a stage is printed at its end."""

    def _end(self) -> None:
        if self._tally.shards and not self.quiet:
            lead = "\r\x1b[K" if self.live else ""
            told = f"{lead}{self._tally.stage}: {self._tally.words()} · {self._tally.seconds:.1f} s"
            print(told, file=sys.stderr, flush=True)

    def _watch(self, stop: threading.Event) -> None:
        (self._bars if self.live else self._lines)(stop)

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
