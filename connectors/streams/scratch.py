"""Temporary files: without a name, so that nothing is left of them whatever ends their process, in a folder of choice.

A task keeps them beside its outputs, in the home of its hub; what has no hub in the folder for temporary files of the
system. Where something must have a name, a folder for its owner alone holds it; if its process was killed, the next one
to need such a folder removes it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import IO, Final

PREFIX: Final = "corpushub-scratch-"
"""What the names of such folders begin with."""

_OPEN: Final = "/proc/self/fd"
_folder: ContextVar[str | None] = ContextVar("folder of temporary files", default=None)


@contextmanager
def scratch_in(folder: str | None) -> Iterator[None]:
    """Keep temporary files in *folder* while the block lasts, None for that of the system."""
    token = _folder.set(folder)
    try:
        yield
    finally:
        _folder.reset(token)


@contextmanager
def nameless() -> Iterator[IO[bytes]]:
    """Open an empty file that has no name and is gone when it is closed, or its process ends."""
    folder = _folder.get()
    with tempfile.TemporaryFile(dir=folder if folder and Path(folder).is_dir() else None) as file:
        yield file


def path_of(file: IO[bytes]) -> str | None:
    """Return a path by which this process can open *file*, which has no name; None where the system has none."""
    path = f"{_OPEN}/{file.fileno()}"
    return path if Path(path).exists() else None


@contextmanager
def named(path: str) -> Iterator[str]:
    """Yield a name for the file that path_of gave *path* for, to open it by; any other path as it is."""
    if not path.startswith(_OPEN):
        yield path
        return
    with scratch_folder() as folder:
        name = f"{folder}/copy"
        try:
            os.link(path, name, follow_symlinks=True)
        except OSError:  # this file system gives no name to what has none
            shutil.copyfile(path, name)
        yield name


@contextmanager
def scratch_folder(within: str | None = None) -> Iterator[str]:
    """Make a folder for this user alone, and remove it at the end; remove those that killed processes have left.

    Args:
        within: where; by default where temporary files are kept.
    """
    place = within or _folder.get()
    place = place if place and os.access(place, os.W_OK) else tempfile.gettempdir()
    remove_abandoned(place)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)  # ends with the process, and its forks
        yield str(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def abandoned(place: str | None = None) -> list[Path]:
    """Return the folders in *place*, by default that of the system, that this user's killed processes have left."""
    found = Path(place or tempfile.gettempdir()).glob(f"{PREFIX}*")
    return sorted(folder for folder in found if _is_abandoned(folder))


def remove_abandoned(place: str | None = None) -> None:
    """Remove the folders in *place* that abandoned() names."""
    for folder in abandoned(place):
        shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            if os.fstat(descriptor).st_uid == os.getuid():
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
        finally:
            os.close(descriptor)
    return False
