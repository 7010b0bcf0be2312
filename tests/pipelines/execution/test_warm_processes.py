"""Forks of the warm server: the environment they work with, what they have imported, and their end."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

import pytest

from pipelines.execution import warm_processes
from pipelines.execution.stage import Report, Stages
from pipelines.startup.warmup import warm_up

ROOT = Path(__file__).resolve().parents[3]
NAME = "AWS_ENDPOINT_URL_OF_A_TEST"


@dataclass(frozen=True, slots=True)
class Told(Report):
    """What a variable is, empty where it is not set."""

    value: str


@dataclass(frozen=True)
class Tell:
    """A task that tells a variable of its process."""

    id: str
    code: str = "1"
    cost: int = 1

    def run(self) -> Told:
        """Tell it."""
        return Told(self.id, os.environ.get(NAME, ""))

    def load(self, content: Mapping[str, Any]) -> Told:
        """Return what was told."""
        return Told(**content)


def test_forks_have_the_environment_of_the_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store or a key that was set, changed or taken away since the server began is so for the next tasks."""
    told = []
    for value in ("http://one", "http://two", None):
        if value is None:
            monkeypatch.delenv(NAME)
        else:
            monkeypatch.setenv(NAME, value)
        told += [one.value for one in warm_processes.run_tasks([Tell("a")], None, 1)]
    warm_processes.close()

    assert told == ["http://one", "http://two", ""]


def _die_idle() -> None:
    for fork in multiprocessing.active_children():
        fork.kill()
        fork.join()
    (pool,) = vars(warm_processes)["_pools"].values()
    while not vars(pool)["_broken"]:  # it notices when it is scheduled, which may be before the next stage or after
        time.sleep(0.01)


def _lose_server() -> None:
    server = vars(forkserver)["_forkserver"]
    os.kill(server._forkserver_pid, signal.SIGKILL)
    warm_processes.close()  # or the forks that are there do what comes


def _lose_both() -> None:
    _die_idle()
    os.kill(vars(forkserver)["_forkserver"]._forkserver_pid, signal.SIGKILL)


@pytest.mark.parametrize("lose", [_die_idle, _lose_server, _lose_both])
def test_forks_that_died_idle_are_replaced(lose: Callable[[], None]) -> None:
    """Whoever kills a fork that waits for work, or their server, as a system out of memory does, ends no run."""
    stage = Stages(lambda tasks: warm_processes.run_tasks(tasks, None, 1))
    stage("first", [Tell("a")])
    lose()
    (told,) = stage("second", [Tell("b")])
    warm_processes.close()

    assert told.id == "b"


FORKS = """
import os, sys
from pipelines.execution import warm_processes

class Look:
    id, code, cost = "a", "1", 1

    def run(self):
        self.told = [name for name in ("apache_beam", "numba") if name in sys.modules]
        return self

if __name__ == "__main__":
    warm_processes.start(large=sys.argv[1] == "large")
    print(*warm_processes.run_tasks([Look()], None, 2)[0].told)
"""


@pytest.mark.parametrize(("work", "imported"), [("small", ["numba"]), ("large", ["apache_beam", "numba"])])
def test_forks_have_beam_only_where_there_is_much_to_do(work: str, imported: list[str], tmp_path: Path) -> None:
    """Kernels are ready in every fork; Beam, which takes longer to import than small stages take, in its workers."""
    warm_up(("texts", "signatures"))
    program = tmp_path / "forks.py"
    program.write_text(FORKS, encoding="utf-8")
    answer = subprocess.run([sys.executable, program, work], capture_output=True, text=True, check=True)

    assert answer.stdout.split() == imported


@pytest.mark.parametrize("end", ["leave", "abandon"])
def test_a_driver_leaves_nothing_behind(end: str, tmp_path: Path) -> None:
    """Who leaves has ended its forks, given their semaphores back, of which nobody warns, and removed its folder."""
    program = f"""
import multiprocessing, os
from pipelines.execution import warm_processes
from tests.pipelines.execution.test_warm_processes import Tell

warm_processes.run_tasks([Tell("a"), Tell("b")], None, 2)
forks = multiprocessing.active_children()
warm_processes.{end}()
print(len(forks) > 0, *{{fork.join() or fork.is_alive() for fork in forks}}, flush=True)
os._exit(0)
"""
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )

    assert answer.stdout.split() == ["True", "False"]
    assert [*tmp_path.iterdir()] == []
    assert answer.stderr == ""
