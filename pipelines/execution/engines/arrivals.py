"""Answers of an engine that tells nothing before its end: found as they come, by the reports that its workers leave."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import suppress
from itertools import islice
from typing import Final

from lineage.storage.files import list_files
from pipelines.execution.remote import Answer, Assignment
from pipelines.execution.stage import KeptTask
from pipelines.handover.workfiles import read_json

PAUSE: Final = 1.0
"""Seconds between two listings of a folder, at least."""

SHARE: Final = 0.1
"""How much of the time goes to looking at most: a large folder of a slow store is looked at less often."""

AT_ONCE: Final = 256
"""Reports that are read after a listing at most; the others are told of later, or by the engine at its end."""


def as_they_come(sent: Sequence[Assignment], run: Callable[[], Sequence[Answer]]) -> Iterator[Answer]:
    """Yield what *run* returns, which has *sent* carried out, and before that what is found of it; some come twice."""
    reports = _Reports(sent)
    outcome = _started(run)
    pause = PAUSE
    while not wait([outcome], pause).done:
        began = time.monotonic()
        yield from reports.new()
        pause = max(PAUSE, (time.monotonic() - began) / SHARE)
    yield from outcome.result()


def _started(run: Callable[[], Sequence[Answer]]) -> Future[Sequence[Answer]]:
    """Call *run* in a thread that does not outlive the process: engines cannot be interrupted."""
    outcome: Future[Sequence[Answer]] = Future()

    def work() -> None:
        try:
            outcome.set_result(run())
        except BaseException as error:
            outcome.set_exception(error)  # handed over to whoever waits, and raised there

    threading.Thread(target=work, daemon=True, name="engine").start()
    return outcome


class _Reports:
    """Finds reports that were not there before; one that was, and whose task is sent all the same, is outdated."""

    def __init__(self, sent: Sequence[Assignment]) -> None:
        self._awaited = {one.task.report_path for one in sent if isinstance(one.task, KeptTask)}
        self._folders = sorted({path.rpartition("/")[0] for path in self._awaited})
        self._awaited.difference_update(self._standing())

    def new(self) -> Iterator[Answer]:
        """Yield the reports that have come since the last call; none where the folder cannot be read just now."""
        with suppress(OSError):  # the engine tells all of them at its end
            for path in islice((path for path in self._standing() if path in self._awaited), AT_ONCE):
                self._awaited.discard(path)
                answer: Answer = read_json(path)
                yield answer

    def _standing(self) -> list[str]:
        return [path for folder in self._folders for path in list_files(folder)]
