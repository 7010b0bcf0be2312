"""Private by default: what a hub makes is for its owner alone, whatever the umask of the process.

Folders are 0700 and files 0600; with ``CORPUSHUB_SHARED=group`` 0750 and 0640, so that a group may ask. Keys and notes
of erasures are always for the owner alone. What people ask to be written elsewhere, exports and reports, is theirs.
"""

from __future__ import annotations

import os
import secrets
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from lineage.errors import HomeError

VARIABLE: Final = "CORPUSHUB_SHARED"

_GROUP: Final = "group"
_OWN: Final = 0o077  # bits that are not given
_SHARED: Final = 0o027

_masking = threading.RLock()  # the umask belongs to the process
_masks: list[int] = []  # the umask of the process, once for each thread that is in such a block


def withheld() -> int:
    """Return the permission bits that a hub gives to nobody, as a umask.

    Raises HomeError if CORPUSHUB_SHARED is neither empty nor "group".
    """
    wanted = os.environ.get(VARIABLE, "")
    if wanted not in {"", _GROUP}:
        message = f"{VARIABLE} is neither empty nor {_GROUP!r}; nothing was done; "
        raise HomeError(message + "set it to 'group' for a hub that a group may read, or unset it")
    return _SHARED if wanted else _OWN


def make_folder(path: str | Path) -> Path:
    """Make the folder *path* and what is missing above it, each private; one that is there stays as it is."""
    folder = Path(path)
    if folder.is_dir():
        return folder
    make_folder(folder.parent)
    mode = 0o777 & ~withheld()
    try:
        folder.mkdir(mode=mode)
        folder.chmod(mode)
    except FileExistsError:
        if not folder.is_dir():  # else somebody else made it just now
            raise
    return folder


def make_closed(path: str | Path) -> None:
    """Make the folder *path* for its owner alone, whoever else may read the hub."""
    make_folder(path)
    Path(path).chmod(0o700)


def open_private(path: str | Path, flags: int) -> int:
    """Open the file *path* with *flags* (of ``os.open``) and return its descriptor; if this makes it, it is private."""
    mode = 0o666 & ~withheld()
    known = Path(path).exists()
    descriptor = os.open(path, flags, mode)
    if flags & os.O_CREAT and not known:
        os.fchmod(descriptor, mode)
    return descriptor


def make_file(path: Path) -> None:
    """Make an empty private file at *path* unless one is there; SQLite gives its journals the same permissions."""
    if not path.exists():
        os.close(open_private(path, os.O_RDWR | os.O_CREAT))


@contextmanager
def private_files() -> Iterator[None]:
    """Let libraries that open files by themselves make them private while the block lasts, and their folders.

    Files that other threads make meanwhile are private too. Threads may be in such blocks at once: the last to leave
    gives the process its umask back.
    """
    with _masking:
        if not _masks:
            _masks.append(os.umask(withheld()))
        else:
            _masks.append(_masks[0])
    try:
        yield
    finally:
        with _masking:
            before = _masks.pop()
            if not _masks:
                os.umask(before)


def open_to_others(folder: Path) -> list[Path]:
    """Return *folder* and what is in it as far as it has permissions that a hub would not give it.

    What is behind a closed folder is closed, whatever its own permissions are.
    """
    if not folder.is_dir() or not _is_open(folder):
        return []
    return [path for path in (folder, *sorted(folder.rglob("*"))) if _is_open(path)]


def closing() -> str:
    """Return how people take away the permissions that a hub would not give."""
    return "chmod -R go-rwx" if withheld() == _OWN else "chmod -R g-w,o-rwx"


def _is_open(path: Path) -> bool:
    state = path.lstat()
    return not stat.S_ISLNK(state.st_mode) and bool(stat.S_IMODE(state.st_mode) & withheld())


def write_new(path: Path, content: bytes) -> None:
    """Write *content* durably at *path*, whole, for the owner alone, unless something stands there already."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            return
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in *folder* durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
