"""Measure what an attempt at a run costs, stage by stage, by the counts of the operating system."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from corpushub.running.cost_notes import BEFORE_RUN, CostNotes, as_killed, attempts_in, noted_by
from corpushub.running.following import Watcher
from corpushub.running.recorder import Recorder
from lineage.control.costs.attempts import Attempt, AttemptState, StageCost, attempts_of, record_attempt
from lineage.control.costs.energy import Rates
from lineage.control.runs import get_run
from lineage.errors import UnknownReference
from lineage.hub import Hub
from lineage.hub.connection import now
from lineage.hub.database import Database
from lineage.hub.private import open_private
from pipelines.execution import usage
from pipelines.execution.executor import Execution
from pipelines.execution.stage import Report, Task

BEAT: Final = 0.5
"""Seconds between two looks at the processes: so much of a killed attempt is not counted at most."""

MEMORY_BEAT: Final = 5.0
"""Seconds between two looks at their memory, for which the system goes through all their pages."""

START, COMMIT = "start", "commit"
"""What is before the first stage, and after the last one."""


class Meter:
    """Measures one attempt, records how far it is, and passes on to a watcher what that is to be told.

    Its figures are those of the operating system: of this process and all below it, where the workers are. Of workers
    elsewhere it knows what their tasks report.
    """

    def __init__(self, hub: Hub, execution: Execution, watcher: Watcher) -> None:
        self._hub, self._watcher, self._runner = hub, watcher, execution.runner
        self._lock = threading.RLock()
        self._started, self._at = now(), time.time()
        self._meters = usage.Meters()
        self._usage = usage.TreeUsage(0.0, 0.0, 0, 0) if execution.own_process else usage.tree_usage()
        self._clock = self._seen = time.monotonic()
        self._memory = usage.tree_memory()
        self._stages = {START: StageCost(START)}
        self._stage = START
        self._moved = (0, 0)
        self._notes: CostNotes | None = None
        self._recorder: Recorder | None = None
        self._sign: Path | None = None
        self._missing: tuple[str, ...] = ()
        self._done = threading.Event()

    @contextmanager
    def follow(self, journal: Path) -> Iterator[None]:
        """Have the journal followed by the watcher, and by the recorder of the run that is measured."""
        with ExitStack() as followed:
            for one in (self._watcher, self._recorder):
                if one is not None:
                    followed.enter_context(one.follow(journal))
            yield

    def begin(self, sign: Path) -> None:
        """Leave the file *sign* until it is known for which run this measures.

        Where it is there already, an attempt has ended before that, and what it took is told as missing.
        """
        self._missing = (BEFORE_RUN,) if sign.exists() else ()
        os.close(open_private(sign, os.O_WRONLY | os.O_CREAT))
        self._sign = sign

    def _is_known(self) -> None:
        """Take the sign away: from now on it is known whose costs these are."""
        if self._sign is not None:
            self._sign.unlink(missing_ok=True)

    def say(self, words: str) -> None:
        """Pass a sentence on."""
        self._watcher.say(words)

    def announce(self, stage: str, tasks: Sequence[Task[Report]]) -> None:
        """Be told that a stage begins, and pass it on."""
        self._turn_to(stage)
        if self._recorder is not None:
            self._recorder.announce(stage, tasks)
        self._watcher.announce(stage, tasks)

    @contextmanager
    def measuring(self, run: str, folder: Path, rates: Rates, grew_from: str | None) -> Iterator[None]:
        """Measure an attempt at *run*, whose journal is kept in *folder*; it is recorded as failed if the block raises.

        Whoever makes a version of it calls :meth:`finish`.
        """
        attempt = Attempt(run, self._started, AttemptState.KILLED, self._runner, rates=rates, grew_from=grew_from)
        notes = CostNotes(folder)
        notes.begin(replace(attempt, missing=self._missing), self._at)
        self._is_known()
        with self._lock:
            self._notes = notes
            for stage in self._stages.values():
                notes.beat(stage, self._moved, None)
        self._recorder = Recorder(self._hub.db, run, lambda: self._memory)
        threading.Thread(target=self._beat, daemon=True, name="meter").start()
        try:
            yield
            self._turn_to(COMMIT)
        except BaseException:
            self.finish(AttemptState.FAILED)
            raise

    def finish(self, state: AttemptState) -> None:
        """Record the attempt, which ends in *state*."""
        if self._recorder is not None:
            self._recorder.forget()
        if self._notes is not None:
            self._done.set()
            self._note()
            for attempt in attempts_in(self._notes.folder):
                if attempt.started == self._started:
                    _record(self._hub.db, replace(attempt, state=state))

    def found_unchanged(self, run: str, rates: Rates) -> None:
        """Record that nothing is to be done: it cost something to find out that *run* made what there would be."""
        self._look()
        stages, (read, written) = tuple(self._stages.values()), self._moved
        attempt = Attempt(run, self._started, AttemptState.UNCHANGED, self._runner, stages, read, written)
        _record(self._hub.db, replace(attempt, joules=self._meters.joules(), rates=rates, missing=self._missing))
        self._is_known()

    def _beat(self) -> None:
        while not self._done.wait(BEAT):
            self._note()

    def _note(self) -> None:
        """Count what was taken until now, and write it down."""
        with self._lock:
            self._look()
            if self._notes is not None:
                self._notes.beat(self._stages[self._stage], self._moved, self._meters.joules())

    def _turn_to(self, stage: str) -> None:
        """Count what there was until now for the stage that ends, and what follows for *stage*."""
        with self._lock:
            self._note()
            self._stage = stage
            self._stages.setdefault(stage, StageCost(stage))

    def _look(self) -> None:
        """Count what was taken since the last look for the stage under way."""
        found, clock = usage.tree_usage(), time.monotonic()
        last, self._usage = self._usage, found
        seconds, self._clock = clock - self._clock, clock
        stage = self._stages[self._stage]
        self._stages[self._stage] = replace(
            stage,
            seconds=stage.seconds + seconds,
            driver=stage.driver + found.driver - last.driver,
            workers=stage.workers + max(found.workers - last.workers, 0.0),
            gb_hours=stage.gb_hours + self._memory * seconds / 3.6e12,
        )
        read, written = self._moved
        more = (found.read_bytes - last.read_bytes, found.written_bytes - last.written_bytes)
        self._moved = (read + max(more[0], 0), written + max(more[1], 0))
        if clock - self._seen >= MEMORY_BEAT:
            self._memory, self._seen = usage.tree_memory(), clock


def settle(hub: Hub, dataset: str) -> None:
    """Record the attempts at runs of *dataset* that were killed, as far as their last signs of life tell.

    Call it under the dataset's lock: nobody is at work on any of them then.
    """
    for run, folder in noted_by(hub.home.runs):
        with suppress(UnknownReference):
            if get_run(hub.db, run).dataset == dataset:
                known = {attempt.started for attempt in attempts_of(hub.db, run)}
                for attempt in attempts_in(folder):
                    if attempt.started not in known:
                        _record(hub.db, as_killed(attempt))


def _record(db: Database, attempt: Attempt) -> None:
    """Record *attempt*; not where that cannot be: what a run has made does not depend on it."""
    with suppress(SQLAlchemyError, sqlite3.Error, OSError):
        record_attempt(db, attempt)
