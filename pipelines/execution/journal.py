"""Signs of life from tasks: one line of JSON per event in a file per process, read by whoever shows progress."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from lineage.hub.private import open_private

SPENT: Final = "spent"
"""The event that a stage has ended: what its tasks took, and what those had taken that were not done again."""

_folder: ContextVar[str | None] = ContextVar("journal folder", default=None)


@contextmanager
def keeping(folder: str | None) -> Iterator[None]:
    """Write what :func:`note` is told inside the block to a file in *folder*; None keeps no journal."""
    token = _folder.set(folder)
    try:
        yield
    finally:
        _folder.reset(token)


def note(event: str, **facts: float | str) -> None:
    """Append an event with its facts (numbers and ids, never document text) to this process's journal file."""
    _append([{"event": event, **facts}])


def note_ends(tasks: Iterable[str]) -> None:
    """Append the ends of *tasks* that were done before, at once, so that nobody who follows sees a part of them."""
    _append([{"event": "end", "task": task} for task in tasks])


def _append(events: Sequence[Mapping[str, float | str]]) -> None:
    folder = _folder.get()
    if folder is None or not events:
        return
    told = {"at": time.time(), "pid": os.getpid()}
    lines = b"".join(orjson.dumps({**told, **event}) + b"\n" for event in events)
    path = Path(folder) / f"{os.getpid()}.jsonl"
    descriptor = open_private(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        os.write(descriptor, lines)
    finally:
        os.close(descriptor)


def memory_of(folder: Path, workers: int) -> int:
    """Return how many bytes of memory the *workers* largest processes that have a journal in *folder* had at most."""
    most: dict[int, int] = {}
    for event in JournalReader(folder).new_events():
        most[event["pid"]] = max(most.get(event["pid"], 0), event.get("memory", 0))
    return sum(sorted(most.values())[-workers:])


@dataclass(slots=True)
class JournalReader:
    """Follows the journal files of a folder, all or those of a pattern, remembering how far it has read each."""

    folder: Path
    pattern: str = "*.jsonl"
    _seen: dict[Path, int] = field(default_factory=dict)

    def new_events(self) -> list[Mapping[str, Any]]:
        """Return the events written since the last call; a half-written last line waits for the next call."""
        events: list[Mapping[str, Any]] = []
        for path in sorted(self.folder.glob(self.pattern)):
            with path.open("rb") as file:
                file.seek(self._seen.get(path, 0))
                whole, newline, _ = file.read().rpartition(b"\n")
            self._seen[path] = self._seen.get(path, 0) + len(whole) + len(newline)
            events.extend(orjson.loads(line) for line in whole.splitlines())
        return events
