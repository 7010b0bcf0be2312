"""Deadlines in this process: what passes its bound is given up, row by row, and nothing else is."""

from __future__ import annotations

import math
import os
import resource
import signal
import threading
from collections import deque
from itertools import repeat
from pathlib import Path

import pyarrow as pa
import pytest

from pipelines.errors import StageStalled
from pipelines.execution.deadline import _limit, _spent, deadlines, settle
from pipelines.execution.journal import JournalReader, keeping
from pipelines.execution.stage import ATTEMPTS, Report, Stages

BATCH = pa.record_batch({"word": ["one", "spin", "two", "spin", "three"]})
Answers = list[tuple[list[str], list[str] | None]]


def work(batch: pa.RecordBatch) -> list[str]:
    """Return the words of *batch* in capitals; never, if one of them is "spin"."""
    words: list[str] = batch["word"].to_pylist()
    while "spin" in words:
        pass
    return [word.upper() for word in words]


def answers(path: Path, *batches: pa.RecordBatch) -> Answers:
    """Return the words of what was treated together, with what came of them."""
    with deadlines(str(path), 0.1) as bounds:
        return [(some["word"].to_pylist(), done) for batch in batches for some, done in bounds.treat(batch, work)]


def test_only_rows_that_never_end_are_given_up(tmp_path: Path) -> None:
    """A batch without such a row is treated whole, and of one with two all others have their answers, in order."""
    sound = BATCH.slice(0, 1)

    assert answers(tmp_path / "task", sound, BATCH, sound) == [
        (["one"], ["ONE"]),
        (["one"], ["ONE"]),
        (["spin"], None),
        (["two"], ["TWO"]),
        (["spin"], None),
        (["three"], ["THREE"]),
        (["one"], ["ONE"]),
    ]


def test_what_was_given_up_is_not_tried_again(tmp_path: Path) -> None:
    """A task that is tried again does not begin with the batch nor with the rows that took too long."""
    answers(tmp_path / "task", BATCH)
    begun: list[str] = []

    def begin(batch: pa.RecordBatch) -> int:
        begun.extend(batch["word"].to_pylist())
        return int(batch.num_rows)

    with deadlines(str(tmp_path / "task"), 10.0) as bounds:
        assert [done for _, done in bounds.treat(BATCH, begin)] == [1, None, 1, None, 1]
    assert begun == ["one", "two", "three"]


def test_each_record_alone_is_a_sign_of_life(tmp_path: Path) -> None:
    """Workers with many such records in one batch are not taken for hung."""
    with keeping(str(tmp_path)):
        answers(tmp_path / "task", BATCH)

    assert [event["number"] for event in JournalReader(tmp_path).new_events()] == [0, 1, 2, 3, 4]


def test_a_long_life_brings_no_deadline_nearer() -> None:
    """The limit is set by the clock that it is measured by, however far that is from others: it is never passed."""
    least = _spent()
    _limit(math.ceil(least + 1000))
    try:
        assert resource.getrlimit(resource.RLIMIT_CPU)[0] >= _spent() + 900
        timer = signal.setitimer(signal.ITIMER_PROF, 1000)
        assert timer == (0.0, 0.0)
        before = _spent()
        while (left := signal.getitimer(signal.ITIMER_PROF)[0]) > 999:
            pass
        assert _spent() - before == pytest.approx(1000 - left, abs=0.1)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        _limit(resource.RLIM_INFINITY)


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    """Limits, timer and handlers are what they were, and no beacon stands, whether the work ends well or not."""
    before = state()
    answers(tmp_path / "task", BATCH)
    with pytest.raises(KeyError), deadlines(str(tmp_path / "task"), 10.0) as bounds:
        list(bounds.treat(BATCH, lambda batch: batch["no such column"]))

    assert state() == before
    assert [path.name for path in tmp_path.iterdir()] == ["task.aside"]


def state() -> tuple[object, ...]:
    """Return what a deadline changes of the process."""
    handlers = (signal.getsignal(signal.SIGPROF), signal.getsignal(signal.SIGXCPU))
    limits = (resource.getrlimit(resource.RLIMIT_CPU), resource.getrlimit(resource.RLIMIT_CORE))
    return (*handlers, *limits, signal.getitimer(signal.ITIMER_PROF))


def test_no_except_clause_survives_it(tmp_path: Path) -> None:
    """Work that catches every Exception is given up all the same."""

    def stubborn(batch: pa.RecordBatch) -> list[str]:
        while True:
            try:
                return work(batch)
            except Exception:
                continue

    with deadlines(str(tmp_path / "task"), 0.1) as bounds:
        ((_, done),) = bounds.treat(BATCH.slice(1, 1), stubborn)

    assert done is None


def endless(batch: pa.RecordBatch) -> None:
    """Never return, nor look for signals, if there is "hang" in *batch*; say the numbers 1 and 2 otherwise."""
    if "hang" in batch["word"].to_pylist():
        deque(repeat(None), maxlen=0)


def child(path: Path, words: list[str], how: str = "main") -> int:
    """Treat a batch of *words* in a fork, in its main thread or another; return the signal that ended it, or 0."""
    pid = os.fork()
    if pid == 0:

        def treat() -> None:
            with deadlines(str(path), 0.1) as bounds:
                rows = [some.num_rows for some, _ in bounds.treat(pa.record_batch({"word": words}), endless)]
                (path.parent / "treated").write_text(str(rows))

        if how == "thread":
            thread = threading.Thread(target=treat)
            thread.start()
            thread.join()
        else:
            treat()
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


@pytest.mark.parametrize("how", ["main", "thread"])
def test_a_call_that_never_returns_ends_its_process_and_is_not_made_again(how: str, tmp_path: Path) -> None:
    """It is ended once with its batch, once alone, and then passed over; its neighbours have their answers."""
    words, path = ["one", "hang", "secret"], tmp_path / "task"

    assert child(path, words, how) == signal.SIGXCPU
    dump = path.with_suffix(".beacon").read_bytes()
    assert b"endless" in dump
    assert b"secret" not in dump
    assert settle(str(path))
    assert not settle(str(path))
    assert child(path, words, how) == signal.SIGXCPU
    assert child(path, words, how) == 0
    assert (tmp_path / "treated").read_text() == "[1, 1, 1]"
    assert path.with_suffix(".aside").read_text() == "[[0,3],[1,1]]"


def test_another_death_sets_nothing_aside(tmp_path: Path) -> None:
    """A process that is killed leaves a beacon without a traceback, which says nothing."""
    path = tmp_path / "task"
    pid = os.fork()
    if pid == 0:
        with deadlines(str(path), 100.0) as bounds:
            list(bounds.treat(BATCH, lambda _: os.kill(os.getpid(), signal.SIGKILL)))
    os.waitpid(pid, 0)

    assert path.with_suffix(".beacon").exists()
    assert not settle(str(path))
    assert not path.with_suffix(".aside").exists()


class Dying:
    """A task whose process a deadline kills a few times, in fork after fork."""

    id, code, cost = "dying", "", 1

    def __init__(self, path: Path, words: list[str]) -> None:
        self.path = str(path)
        self.words = words

    def run(self) -> Report:
        """Run in a fork."""
        if child(Path(self.path), self.words):
            raise StageStalled("a worker process died")
        return Report(self.id)

    def load(self, content: object) -> Report:
        """Return the report."""
        return Report(self.id)


def test_deaths_by_deadlines_use_up_no_attempt(tmp_path: Path) -> None:
    """A stage with more such records than it has attempts ends well."""
    task = Dying(tmp_path / "task", ["hang"] * (ATTEMPTS + 1))
    (report,) = Stages(lambda tasks: [one.run() for one in tasks])("stage", [task])

    assert report.id == "dying"
