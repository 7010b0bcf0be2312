"""Beam's local runner: workers that hang are noticed, killed, and cost a repeat of the stage and nothing else."""

from __future__ import annotations

import os
import re
import select
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelines.errors import UnfitWorker, UnknownRunner
from pipelines.execution.remote import Assignment
from pipelines.execution.stage import Report

HANGS = 900.0
"""Seconds after which a program counts as hung: far more than the slowest machine needs."""

PROGRAM = """
import os, signal, sys, threading
from dataclasses import dataclass
from pathlib import Path

from pipelines.execution.engines.beam import BeamExecutor
from pipelines.errors import StageStalled
from pipelines.execution.stage import Report, Stages

HANG = {"stopped": lambda: os.kill(os.getpid(), signal.SIGSTOP), "asleep": lambda: threading.Event().wait()}

@dataclass(frozen=True)
class Hanging:
    id: str
    out: str
    how: str | None = None
    code: str = ""
    cost: int = 1

    def run(self):
        tries = Path(self.out) / self.id
        with tries.open("a") as file:
            print("try", file=file)
        if self.how and tried_once(tries):
            HANG[self.how]()
        tries.with_suffix(".done").touch()
        return Report(self.id)

    def load(self, content):
        return Report.load(content)

def tried_once(tries):
    return tries.exists() and tries.stat().st_size == len("try\\n")

stalls = []

def watch(*arguments):
    # While there is work that only takes long on a slow machine, the start of a worker too, nobody looks at the clock.
    if not stalls and tried_once(Path(out) / "hung") and (Path(out) / "sound.done").exists():
        looked(*arguments)

def watched(execute):
    def run(tasks):
        try:
            return execute(tasks)
        except StageStalled as error:
            print("stalled:", error, flush=True)
            stalls.append(error)
            raise
    return run

if __name__ == "__main__":
    folder, how = sys.argv[1:]
    for name in ("journal", "out"):
        (Path(folder) / name).mkdir()
    beam = sys.modules[BeamExecutor.__module__]
    looked, beam.watch = beam.watch, watch
    out, journal = f"{folder}/out", f"{folder}/journal"
    Stages(BeamExecutor(journal), print)("first", [Hanging("warm", out)])  # the server of workers has started then
    stages = Stages(watched(BeamExecutor(journal, patience=1.0)), lambda stage, tasks: None)
    reports = stages("second", [Hanging("sound", out), Hanging("hung", out, how)])
    print("reports:", *sorted(report.id for report in reports), flush=True)
    os._exit(0)  # as the command line leaves: Beam's thread still waits for the workers that were killed
"""


@pytest.mark.parametrize("how", ["stopped", "asleep"])
def test_hung_worker_is_killed_and_its_stage_resumed(how: str, tmp_path: Path) -> None:
    """A worker that SIGSTOP halts, or that waits for ever, ends in StageStalled; the repeat gives every report."""
    program = tmp_path / "stage.py"
    program.write_text(PROGRAM, encoding="utf-8")
    command: list[str | Path] = [sys.executable, program, tmp_path, how]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        answer, _ = process.communicate(timeout=HANGS)

        assert process.returncode == 0
        assert answer.splitlines()[-2:] == ["stalled: no worker gave a sign of life for 1 s", "reports: hung sound"]
        assert (tmp_path / "out" / "hung").read_text() == "try\n" * 2
        wait_for_end(process.pid)
    finally:
        with suppress(ProcessLookupError):  # nothing is left, unless the test fails
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for_end(session: int) -> None:
    """Wait until no process of *session* is left, a halted one included."""
    while left := members(session):
        with suppress(ProcessLookupError):  # it has ended meanwhile
            watched = os.pidfd_open(left[0])
            ended, _, _ = select.select([watched], [], [], HANGS)
            os.close(watched)
            assert ended, f"left behind: {left}"


def members(session: int) -> list[int]:
    """Return the ids of the processes of *session* that are no zombies (proc(5), stat fields 3 and 6)."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, member_of = stat.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue  # it has ended
        if int(member_of) == session and state != "Z":
            found.append(int(stat.parent.name))
    return found


def test_answers_that_are_not_there_name_the_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that see another disk end well and write to that: here one that moves away what it has written."""
    from pipelines.execution.engines import beam  # seconds, which the other tests leave to processes of their own

    collect = beam.collect

    def elsewhere(keyed: tuple[int, object], path: str) -> int:
        return collect(keyed, f"{path}.on-another-disk")

    monkeypatch.setattr(beam, "collect", elsewhere)
    engine = beam.BeamEngine(str(tmp_path), "FnApiRunner", ())
    with pytest.raises(UnfitWorker, match="set CORPUSHUB_WORK to a store, or to a folder that all workers have"):
        list(engine([Assignment(Resting(), "")]))


def test_collected_answers_do_not_stay(tmp_path: Path) -> None:
    """They are read once, wherever they stand; what a run that is refused leaves in a store would stand there on."""
    from pipelines.execution.engines import beam  # seconds, which the other tests leave to processes of their own

    engine = beam.BeamEngine(str(tmp_path), "FnApiRunner", ())
    assert [one["id"] for one in engine([Assignment(Resting(), "")])] == ["resting"]
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "needs the address of a job service: -- --job_endpoint=HOST:PORT; nothing was computed"),
        (("--job_endpoint=head",), "--job_endpoint must be like HOST:PORT, not 'head'"),
        (("--job_endpoint=PLACE",), "nothing answers at --job_endpoint PLACE"),
        (("--job_endpoint", "PLACE"), "nothing answers at --job_endpoint PLACE"),
    ],
)
def test_a_job_service_that_does_not_answer_is_not_waited_for(
    options: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    """Beam would, without end and without a word."""
    from pipelines.execution.engines import beam  # seconds, which the other tests leave to processes of their own

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and never listens
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        engine = beam.BeamEngine(str(tmp_path), "PortableRunner", tuple(one.replace("PLACE", place) for one in options))
        with pytest.raises(UnknownRunner, match=re.escape(said.replace("PLACE", place))):
            engine([Assignment(Resting(), "")])


@dataclass(frozen=True)
class Resting:
    """A task that does nothing."""

    id: str = "resting"
    code: str = ""
    cost: int = 1

    def run(self) -> Report:
        """Report."""
        return Report(self.id)

    def load(self, content: object) -> Report:
        """Report."""
        return Report(self.id)
