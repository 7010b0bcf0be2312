"""Tasks in one process: one at a time, whatever gives them to it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from connectors.errors import StoreFailed, UnreadableSource
from pipelines.errors import StageStalled, StoreSilent
from pipelines.execution import in_process
from pipelines.execution.in_process import run_task, run_tasks
from pipelines.execution.journal import JournalReader
from pipelines.execution.remote import Assignment, carry_out, reports
from pipelines.execution.stage import Report, Stages


@dataclass(frozen=True, slots=True)
class Meeting:
    """A task that waits a moment for another one to run beside it, and says whether one did."""

    id: str
    code: str = ""
    cost: int = 1
    met: ClassVar[threading.Barrier] = threading.Barrier(2)

    def run(self) -> Report:
        """Wait for the other one."""
        try:
            self.met.wait(0.2)
        except threading.BrokenBarrierError:
            return Report("alone")
        return Report("beside another")

    def load(self, content: Mapping[str, Any]) -> Report:
        """Return the report."""
        return Report(**content)


def test_threads_of_an_engine_wait_for_one_another() -> None:
    """Of two tasks that an engine gives to two threads of one process neither meets the other."""
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(run_task, [Meeting("a"), Meeting("b")]))

    assert [report.id for report in reports] == ["alone", "alone"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A task whose store breaks off a few times before it answers."""

    failures: list[Exception]
    id: str = "waiting"
    code: str = ""
    cost: int = 1

    def run(self) -> Report:
        """Raise what is left to be raised."""
        if self.failures:
            raise self.failures.pop()
        return Report(self.id)

    def load(self, content: Mapping[str, Any]) -> Report:
        """Return the report."""
        return Report(**content)


BUSY = OSError(
    "When reading 'a' in bucket 'b': AWS Error SLOW_DOWN during GetObject operation: Please reduce your rate"
)
BROKEN_OFF = [
    BUSY,
    OSError("AWS Error NETWORK_CONNECTION during PutObject operation: curlCode: 52, Empty reply from server"),
    OSError("AWS Error UNKNOWN (HTTP status 503) during HeadObject operation: No response body."),
    ConnectionResetError(104, "Connection reset by peer"),
    TimeoutError("timed out"),
    StoreFailed("the store of s3://b/a broke off"),
]
ANSWERS = [
    OSError(28, "No space left on device"),
    PermissionError(13, "Permission denied"),
    FileNotFoundError(2, "No such file or directory"),
    OSError("AWS Error ACCESS_DENIED during GetObject operation: no"),
    OSError("AWS Error UNKNOWN (HTTP status 400) during HeadObject operation: No response body."),
    OSError("AWS Error NO_SUCH_BUCKET during ListObjectsV2 operation: none"),
    UnreadableSource("a: these are no records"),
    ValueError("a mistake of ours"),
]


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait."""
    monkeypatch.setattr(in_process, "PAUSES", (0.0, 0.0, 0.0))


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("error", BROKEN_OFF, ids=lambda error: f"{type(error).__name__}: {error}"[:60])
def test_a_store_that_breaks_off_is_asked_again(error: Exception, tmp_path: Path) -> None:
    """Twice in place, which the journal counts; then the stage is resumed, and the run goes on."""
    assert run_task(Waiting([error] * 2), str(tmp_path)).id == "waiting"
    retries = [event for event in JournalReader(tmp_path).new_events() if event["event"] == "retry"]
    assert [(event["task"], event["attempt"]) for event in retries] == [("waiting", 1), ("waiting", 2)]
    with pytest.raises(StoreSilent, match="a store broke off 3 times"):
        run_task(Waiting([error] * 3))

    assert [report.id for report in Stages(run_tasks)("stage", [Waiting([error] * 8)])] == ["waiting"]
    with pytest.raises(StoreSilent):
        Stages(run_tasks)("stage", [Waiting([error] * 9)])


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("error", ANSWERS, ids=lambda error: f"{type(error).__name__}: {error}"[:60])
def test_what_would_fail_again_is_not_tried_again(error: Exception) -> None:
    """A full disk, a missing permission, a broken input or a mistake ends the run at once."""
    task = Waiting([error] * 2)
    with pytest.raises(type(error)):
        run_task(task)
    assert task.failures == [error]


@pytest.mark.usefixtures("hurried")
def test_engines_are_told_what_they_may_try_again(tmp_path: Path) -> None:
    """A store that breaks off is raised, so that another worker may try; on forks of Beam's the stage is resumed."""
    sent = Assignment(Waiting([BUSY] * 3), "")
    with pytest.raises(StoreSilent, match="SLOW_DOWN"):
        carry_out(sent)
    answer = carry_out(Assignment(Waiting([BUSY] * 3), ""), str(tmp_path))
    with pytest.raises(StageStalled, match="SLOW_DOWN"):
        list(reports([sent.task], [answer]))
