"""A log of what a command tells on stderr, for whoever was not there to read it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, Any

from corpushub.errors import BadFileName

_OF_TERMINALS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@contextmanager
def kept_in(path: str | None) -> Iterator[None]:
    """Append each line that is written to stderr inside the block to the file at *path* too, after its time (UTC).

    The file is for its owner alone. Bars on a terminal, which no line end follows, are not lines.

    Raises:
        BadFileName: the file cannot be written.
    """
    if path is None:
        yield
        return
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        message = f"cannot write the log {path}: {error.strerror}; nothing was done; name another file"
        raise BadFileName(message) from error
    terminal = sys.stderr
    log = _Log(terminal, file)
    log.note(f"corpushub {' '.join(sys.argv[1:2])}".rstrip())
    sys.stderr = log
    try:
        yield
    finally:
        sys.stderr = terminal
        log.note("end")
        os.close(file)


class _Log:
    """A terminal whose lines are kept in a file."""

    def __init__(self, terminal: IO[str], file: int) -> None:
        self._terminal, self._file, self._line = terminal, file, ""

    def write(self, text: str) -> int:
        """Write *text*, and the lines that it ends."""
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            self.note(line)
        return self._terminal.write(text)

    def note(self, line: str) -> None:
        """Append *line* after the time, as it stands on a terminal in the end."""
        words = _OF_TERMINALS.sub("", line).rpartition("\r")[2].strip()
        if words:
            moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            os.write(self._file, f"{moment} {words}\n".encode(errors="backslashreplace"))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._terminal, name)
