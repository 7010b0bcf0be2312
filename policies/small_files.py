"""Files that people name and that are read whole: recipes, policies, lists, keys, requests."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO, Final

TEXT: Final = 4 << 20
"""Most bytes of a file that somebody wrote."""

LIST: Final = 256 << 20
"""Most bytes of a file that may have been made by a program: a list of hosts, or of requests."""


def read_small(path: str | Path, most: int = TEXT) -> bytes:
    """Return what is in the regular file at *path*, or where a link there leads.

    Nobody waits for the other end of a pipe, and no device is read.

    Raises:
        OSError: it is not there, is no regular file, may not be read, or has more than *most* bytes; ``strerror`` says
            which.
    """
    with _opened(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it has more than {most:,} bytes", str(path))
    return content


def read_small_text(path: str | Path, most: int = TEXT, encoding: str = "utf-8") -> str:
    """Return the text that read_small reads, its lines ended by a line feed; UnicodeDecodeError if it is none."""
    return read_small(path, most).decode(encoding).replace("\r\n", "\n").replace("\r", "\n")


def _opened(path: str | Path) -> BinaryIO:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except ValueError as error:
        raise OSError(errno.EINVAL, "no file has a null character in its name", str(path)) from error
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    raise OSError(errno.EINVAL, "it is no regular file", str(path))
