"""Servers of the tests end with the tests, however those end."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
WAITS = """
import json, os, time
from sqlalchemy import create_engine

def test_waits(postgres, store):
    with create_engine(f"{postgres}/postgres").connect() as connection:
        folder = connection.exec_driver_sql("show data_directory").scalar()
    with open(os.environ["TELL"], "w") as pipe:
        print(json.dumps({"folder": folder, "pid": os.getpid(), "store": store}), file=pipe)
    while True:
        time.sleep(1)
"""

HEEDING = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.executable, sys.argv[1:])"
"""Starts a command that heeds SIGINT, which whoever started the tests may ignore: a shell, for what runs behind it."""


@pytest.mark.usefixtures("postgres", "store")  # skips where these cannot be had
@pytest.mark.parametrize(("how", "workers"), [("SIGTERM", []), ("SIGINT", []), ("SIGKILL", ["-n", "1"])])
def test_an_ended_suite_leaves_no_server(how: str, workers: list[str], tmp_path: Path) -> None:
    """Whatever signal ends pytest, and whether or not workers run the tests, both servers end and leave no file."""
    with closing(begun(tmp_path, workers)) as suite:
        told = next(suite)
        data, port = Path(told["folder"]), int(told["store"].rpartition(":")[2])
        servers = [told["pid"], *mentioning(data.parent.name)]
        watched = [os.pidfd_open(pid) for pid in servers]
        os.kill(told["suite"], signal.Signals[how])
        while watched:
            for ended in select.select(watched, [], [])[0]:
                watched.remove(ended)
                os.close(ended)

    assert len(servers) > 2
    assert not data.parent.exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def begun(folder: Path, workers: list[str]) -> Generator[dict[str, Any], None, None]:
    """Start a suite of one test that uses both servers and waits for ever; yield what the test tells of them."""
    (folder / "test_waits.py").write_text(WAITS, encoding="utf-8")
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    options: list[str | Path] = ["-q", "-p", "tests.conftest", "--rootdir", folder, *workers, folder]
    suite = subprocess.Popen(
        [sys.executable, "-c", HEEDING, sys.executable, "-m", "pytest", *options],
        cwd=ROOT,
        env={**os.environ, "TELL": str(pipe)},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        with os.fdopen(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK), encoding="utf-8") as told:
            while not select.select([told], [], [], 1)[0]:
                assert suite.poll() is None, "the suite ended before its test began"
            os.set_blocking(told.fileno(), True)
            yield {**json.loads(told.readline()), "suite": suite.pid}
    finally:
        with suppress(ProcessLookupError):  # nothing is left, unless the test fails
            os.killpg(suite.pid, signal.SIGKILL)
        suite.wait()


def mentioning(word: str) -> list[int]:
    """Return the ids of the processes whose command line has *word*."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has ended
            if word.encode() in path.read_bytes():
                found.append(int(path.parent.name))
    return found
