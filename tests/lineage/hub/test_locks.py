from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lineage.errors import DatasetBusy, HomeError
from lineage.hub.home import Home
from lineage.hub.locks import _unlocked, holder_of, lock_dataset, wait_for

HOLD = """
import sys
from lineage.hub.home import Home
from lineage.hub.locks import lock_dataset
with lock_dataset(Home(sys.argv[1]), "web", "elsewhere"):
    print("held", flush=True)
    sys.stdin.read()
"""


def hold_elsewhere(path: Path) -> subprocess.Popen[str]:
    """Start a process that holds the dataset until it is killed; return it once it does."""
    command = [sys.executable, "-c", HOLD, str(path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_second_process_is_refused_and_told_by_whom(home: Home) -> None:
    """Another process's run is named, and its death, however sudden, frees the dataset."""
    with hold_elsewhere(home.path) as process:
        try:
            with (
                pytest.raises(DatasetBusy, match=f"run elsewhere \\(pid {process.pid} on "),
                lock_dataset(home, "web", "r"),
            ):
                pass
            holder = holder_of(home, "web")
            assert holder is not None
            assert (holder.pid, holder.run) == (process.pid, "elsewhere")
        finally:
            os.kill(process.pid, signal.SIGKILL)
    assert holder_of(home, "web") is None
    with lock_dataset(home, "web", "r"):
        pass


def test_second_taker_in_the_same_process_is_refused(home: Home) -> None:
    """A lock is held against the holder's own process too, and is free after the block."""
    with lock_dataset(home, "web", "one") as me:
        with pytest.raises(DatasetBusy, match="run one"), lock_dataset(home, "web", "two"):
            pass
        assert holder_of(home, "web") == me
        with lock_dataset(home, "other", "two"):
            pass
    with lock_dataset(home, "web", "two"):
        pass
    assert holder_of(home, "web") is None


def test_lock_ends_with_an_error(home: Home) -> None:
    """An error in the block frees the dataset."""
    with pytest.raises(ZeroDivisionError), lock_dataset(home, "web", "one"):
        raise ZeroDivisionError
    assert holder_of(home, "web") is None


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.EPERM])
def test_a_home_that_may_only_be_read_is_called_that(number: int, tmp_path: Path) -> None:
    """No user has ever heard of the dataset whose lock it was."""
    told = str(_unlocked(tmp_path / ".erasure.lock", OSError(number, os.strerror(number))))
    assert "may only be read here" in told
    assert "nothing was changed" in told


def test_a_lock_that_cannot_be_made_is_an_error_of_the_hub(home: Home) -> None:
    """Whichever lock it is, and whatever stands in its way."""
    home.locks.rmdir() if home.locks.exists() else None
    home.locks.write_text("a file")
    with pytest.raises(HomeError, match="cannot lock the hub"), lock_dataset(home, "web", "r"):
        pass
    with pytest.raises(HomeError, match="cannot lock the hub"), wait_for(home.locks / ".control"):
        pass
