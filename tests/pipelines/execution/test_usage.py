from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from pipelines.execution import usage
from pipelines.execution.usage import Meters, processor_seconds, tree_memory, tree_usage


def burn(seconds: float) -> None:
    """Take so many processor seconds."""
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_own_work_is_the_drivers() -> None:
    """What this process does counts for it and for nobody below it."""
    before, spent = tree_usage(), processor_seconds()
    burn(0.2)
    after = tree_usage()

    assert 0.2 <= after.driver - before.driver < 0.4
    assert after.workers - before.workers < 0.05
    assert processor_seconds() - spent >= 0.2


@pytest.mark.parametrize("killed", [False, True])
def test_work_of_children_counts_while_they_live_and_after(killed: bool) -> None:
    """A child, and a child of it, count while they work and once they were waited for, however they ended."""
    before = tree_usage()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        grandchild = os.fork()
        if grandchild == 0:
            burn(0.2)
            os._exit(0)
        os.waitpid(grandchild, 0)
        burn(0.2)
        os.write(writing, b"x")
        signal.pause()
    os.read(reading, 1)
    working = tree_usage()
    os.kill(child, signal.SIGKILL if killed else signal.SIGTERM)
    os.waitpid(child, 0)
    after = tree_usage()

    assert 0.37 <= working.workers - before.workers < 0.8
    assert working.workers - 0.03 <= after.workers < working.workers + 0.1


def test_memory_and_bytes_are_those_of_the_tree(tmp_path: Path) -> None:
    """Memory grows by what is held, and bytes by what is written and read again."""
    before, memory = tree_usage(), tree_memory()
    held = bytearray(os.urandom(1 << 20) * 64)
    (tmp_path / "file").write_bytes(held)
    (tmp_path / "file").read_bytes()
    after = tree_usage()

    assert tree_memory() - memory >= 60 << 20
    assert after.written_bytes - before.written_bytes >= len(held)
    assert after.read_bytes - before.read_bytes >= len(held)


def domain(folder: Path, name: str, kind: str, counted: int) -> Path:
    """Write a domain of the powercap interface."""
    made = folder / name
    made.mkdir(exist_ok=True)
    for key, value in {"name": kind, "energy_uj": str(counted), "max_energy_range_uj": "1000000"}.items():
        (made / key).write_text(f"{value}\n")
    return made


def test_meters_are_packages_and_memory(tmp_path: Path) -> None:
    """Parts of packages, and what holds all of them, count nothing twice; a meter that begins anew goes on."""
    domain(tmp_path, "intel-rapl:0", "package-0", 900_000)
    domain(tmp_path, "intel-rapl:0:0", "core", 0)
    domain(tmp_path, "intel-rapl:0:1", "dram", 100_000)
    domain(tmp_path, "intel-rapl:1", "psys", 0)
    meters = Meters(tmp_path)
    domain(tmp_path, "intel-rapl:0", "package-0", 100_000)
    domain(tmp_path, "intel-rapl:0:0", "core", 500_000)
    domain(tmp_path, "intel-rapl:0:1", "dram", 150_000)
    domain(tmp_path, "intel-rapl:1", "psys", 700_000)

    assert meters.joules() == pytest.approx(0.25)
    assert meters.joules() == pytest.approx(0.25)


def test_a_machine_without_meters_measures_nothing(tmp_path: Path) -> None:
    """None, and not nought: nothing was measured; likewise where a meter cannot be read."""
    assert Meters(tmp_path).joules() is None
    (domain(tmp_path, "intel-rapl:0", "package-0", 1) / "energy_uj").unlink()
    assert Meters(tmp_path).joules() is None


def test_a_process_that_has_ended_is_no_error() -> None:
    """Processes end between two looks."""
    assert usage._seconds_of(1 << 30) == 0.0
    assert usage._memory_of(1 << 30) == 0
    assert usage._bytes_of(1 << 30) == (0, 0)
