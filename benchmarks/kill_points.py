"""Run a function in a child process and kill it with SIGKILL right before its n-th operation on files or databases.

Operations are counted in the child: what Python opens for writing, renames, removes and makes (audit events, PEP 578),
every commit of a database, and every file that Iceberg writes.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pyiceberg.io.pyarrow import PyArrowFile
from sqlalchemy import Engine, event

CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "shutil.rmtree"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Counter:
    """Counts operations, and kills its process before the one with number *last*; 0 kills never."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.done = 0
        self.armed = True

    def step(self) -> None:
        """Count one operation."""
        if not self.armed:
            return
        self.done += 1
        if self.done == self.last:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """Count from now on, for as long as the process lives."""
        sys.addaudithook(self._audit)
        event.listen(Engine, "commit", lambda connection: self.step())
        create = PyArrowFile.create

        def counted(file: PyArrowFile, overwrite: bool = False) -> Any:
            self.step()
            return create(file, overwrite)

        setattr(PyArrowFile, "create", counted)  # noqa: B010 - mypy refuses a plain assignment

    def _audit(self, name: str, arguments: tuple[Any, ...]) -> None:
        writes = name == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES
        if name in CHANGES or writes:
            self.step()


def in_child(work: Callable[[], Any], answer: Path) -> Any:
    """Call *work* in a forked child and return what it returns, as JSON through the file *answer*; None if it died."""
    answer.unlink(missing_ok=True)
    child = os.fork()
    if child == 0:
        try:
            answer.write_text(json.dumps(work()), encoding="utf-8")
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return None
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit("a child ended with an error, see above")
    return json.loads(answer.read_text(encoding="utf-8"))


def killed_before(last: int, work: Callable[[Counter], Any], answer: Path) -> int | None:
    """Run *work* in a child that dies before operation *last*; return how many there were if it came to its end."""

    def counting() -> int:
        counter = Counter(last)
        counter.watch()
        work(counter)
        counter.armed = False
        return counter.done

    return in_child(counting, answer)  # type: ignore[no-any-return]
