"""What travels to workers elsewhere and what comes back, on an engine of processes that share nothing but files."""

from __future__ import annotations

import multiprocessing
import socket
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import StageStalled, TaskFailed
from pipelines.execution.journal import JournalReader
from pipelines.execution.remote import Answer, Assignment, Engine, assignments, carry_out, on_engine
from pipelines.execution.stage import Report, Stages


@dataclass(frozen=True, slots=True)
class Doubled(Report):
    """What came of a task, and of how many records."""

    number: int

    @property
    def progress(self) -> Mapping[str, int]:
        """Count the records."""
        return {"read": self.number, "kept": self.number}


@dataclass(frozen=True, slots=True)
class Doubling:
    """A task that doubles a number, unless it is broken."""

    number: int
    full: bool = False
    code: str = "this"

    @property
    def id(self) -> str:
        """Name the task by its number."""
        return f"doubling-{self.number}"

    @property
    def cost(self) -> int:
        """Let larger numbers be dearer."""
        return self.number

    def run(self) -> Doubled:
        """Double it."""
        if self.full:
            raise OSError(28, "No space left on device")
        return Doubled(self.id, self.number * 2)

    def load(self, content: Mapping[str, Any]) -> Doubled:
        """Return the report that crossed processes as JSON."""
        return Doubled.load(content)


def in_processes(sent: Sequence[Assignment]) -> Iterable[Answer]:
    """Be an engine of two processes."""
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(carry_out, sent)


def failing(times: int, engine: Engine) -> Engine:
    """Be *engine*, once it has given up *times* in the midst of its work."""
    left = [None] * times

    def run(sent: Sequence[Assignment]) -> Iterable[Answer]:
        yield from engine(sent[:1] if left else sent)
        if left:
            left.pop()
            raise ConnectionResetError("the head node is gone")

    return run


TASKS = [Doubling(1), Doubling(3), Doubling(2)]


def test_assignments_travel_largest_first() -> None:
    """Each has the code version that its task is named by."""
    assert [(one.task.id, one.code) for one in assignments(TASKS)] == [
        (f"doubling-{number}", "this") for number in (3, 2, 1)
    ]


def test_reports_come_back_and_are_noted(tmp_path: Path) -> None:
    """The journal of this machine tells of what others have done."""
    reports = on_engine(in_processes, str(tmp_path))(TASKS)

    assert sorted(report.number for report in reports) == [2, 4, 6]
    events = JournalReader(tmp_path).new_events()
    assert sorted(one["task"] for one in events if one["event"] == "end") == sorted(task.id for task in TASKS)
    assert sum(one["read"] for one in events if one["event"] == "batch") == 12


def test_what_is_done_twice_is_reported_once(tmp_path: Path) -> None:
    """An engine may carry an assignment out again, of which it does not know that it was done."""

    def twice(sent: Sequence[Assignment]) -> Iterable[Answer]:
        return [carry_out(one) for one in [*sent, *sent]]

    assert len(on_engine(twice, str(tmp_path))(TASKS)) == len(TASKS)


def test_a_worker_with_other_code_refuses() -> None:
    """It names its host and says what to do; the task is not run."""
    stranger = Assignment(replace(TASKS[0], full=True), "another")
    answer = carry_out(stranger)

    assert answer["id"] == stranger.task.id
    assert "another code version" in answer["error"]
    assert "install the same releases" in answer["error"]


def test_a_full_disk_is_an_answer(tmp_path: Path) -> None:
    """No engine tries again what would fail again; the run ends with one sentence."""
    stages = Stages(on_engine(in_processes, str(tmp_path)))
    with pytest.raises(TaskFailed, match=r"No space left on device; its temporary.*; nothing was committed"):
        stages("stage", [Doubling(1, full=True)])


def test_a_full_disk_elsewhere_is_told_with_its_machine(tmp_path: Path) -> None:
    """Of many machines it is said which, and where its temporary files stand; here all know."""
    full = Doubling(1, full=True)
    there = carry_out(Assignment(full, "this"))["error"]
    assert there.startswith(f"the worker {socket.gethostname()} says: ")
    assert "No space left on device" in there
    assert tempfile.gettempdir() in there
    assert "TMPDIR" in there
    assert carry_out(Assignment(full, "this"), str(tmp_path))["error"] == "[Errno 28] No space left on device"


@pytest.mark.parametrize(("times", "ends"), [(2, True), (3, False)])
def test_a_stage_whose_engine_gives_up_is_resumed(times: int, ends: bool, tmp_path: Path) -> None:
    """Two failures are passed over, as they are of local workers; the third ends the run."""
    stages = Stages(on_engine(failing(times, lambda sent: map(carry_out, sent)), str(tmp_path)))
    if ends:
        assert [report.number for report in stages("stage", TASKS)] == [2, 4, 6]
    else:
        with pytest.raises(StageStalled, match=r"the engine gave up \(ConnectionResetError\)"):
            stages("stage", TASKS)
