"""One writer per dataset: an operating-system lock that ends with its process, however that ends."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from lineage.errors import DatasetBusy, HomeError
from lineage.hub.home import Home, is_local
from lineage.hub.private import make_folder, open_private

_UNWRITABLE: Final = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock: process id, host name, run id, and since when (RFC 3339, UTC)."""

    pid: int
    host: str
    run: str
    since: str


_held: dict[Path, Holder] = {}  # record locks do not exclude other takers of the same process: this does
_guard = threading.Lock()


@contextmanager
def lock_dataset(home: Home, dataset: str, run: str) -> Iterator[Holder]:
    """Hold *dataset* for *run* while the block lasts; DatasetBusy, naming the holder, if another run has it.

    A POSIX record lock: unlike flock it is not inherited by forked workers, so workers that outlive a killed driver
    do not keep the dataset locked. Works between processes of one host, and between hosts where they share a
    PostgreSQL control database.
    """
    with _hold_among_hosts(home, dataset), _hold_here(home, dataset, run) as me:
        yield me


@contextmanager
def _hold_among_hosts(home: Home, dataset: str) -> Iterator[None]:
    if not home.has_server:
        yield
        return
    from lineage.hub.shared_locks import try_hold  # SQLAlchemy, which files do without

    with try_hold(home.catalog, dataset) as taken:
        if not taken:
            raise _busy(dataset, holder_of(home, dataset))
        yield


@contextmanager
def _hold_here(home: Home, dataset: str, run: str) -> Iterator[Holder]:
    path = home.locks / f"{dataset}.lock"
    me = Holder(os.getpid(), socket.gethostname(), run, datetime.now(UTC).isoformat(timespec="seconds"))
    with _guard:
        if path in _held:
            raise _busy(dataset, _held[path])
        descriptor = _take(path, dataset)
        _held[path] = me
    try:
        _sign(descriptor, me)
        yield me
    finally:
        with _guard:
            del _held[path]
            os.ftruncate(descriptor, 0)
            os.close(descriptor)


def holder_of(home: Home, dataset: str) -> Holder | None:
    """Return who holds *dataset* now, None if nobody does; another host's holder is not known by name."""
    if home.has_server:
        from lineage.hub.shared_locks import try_hold  # SQLAlchemy, which files do without

        with try_hold(home.catalog, dataset) as free:
            return None if free else _holder_here(home, dataset) or Holder(0, "another host", "unknown", "unknown")
    return _holder_here(home, dataset)


def _holder_here(home: Home, dataset: str) -> Holder | None:
    path = home.locks / f"{dataset}.lock"
    with _guard:
        if path in _held or not path.exists():
            return _held.get(path)
        descriptor = os.open(path, os.O_RDONLY)  # who may only read may ask, too
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return _read(descriptor)
        finally:
            os.close(descriptor)
    return None


@contextmanager
def wait_for(path: Path) -> Iterator[None]:
    """Hold the lock file *path* while the block lasts, waiting for others; for short work such as making tables."""
    try:
        make_folder(path.parent)
        descriptor = open_private(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    except OSError as error:
        raise _unlocked(path, error) from error
    with os.fdopen(descriptor, "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def wait_among_homes(home: Home, name: str) -> Iterator[None]:
    """As wait_for, for short work that the other homes of the hub must not do at the same time."""
    place = Path(home.common) if is_local(home.common) else home.path
    with wait_for(place / "locks" / f".{name}"):
        if not home.has_server:
            yield
            return
        from lineage.hub.shared_locks import hold  # SQLAlchemy, which files do without

        with hold(home.catalog, name):
            yield


def _unlocked(path: Path, error: OSError) -> HomeError:
    """Return what it means that the lock file *path* cannot be made."""
    if error.errno in _UNWRITABLE:
        message = f"this hub may only be read here ({path}: {error.strerror}); nothing was changed; "
        return HomeError(message + "give the command where its home may be written")
    message = f"cannot lock the hub: {error.strerror} ({path}); nothing was changed; "
    return HomeError(message + "`corpushub doctor` examines it")


def _take(path: Path, dataset: str) -> int:
    """Return a descriptor of *path* that holds its lock."""
    try:
        make_folder(path.parent)
        descriptor = open_private(path, os.O_RDWR | os.O_CREAT)
    except OSError as error:
        raise _unlocked(path, error) from error
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = _read(descriptor)
        os.close(descriptor)
        raise _busy(dataset, holder) from error
    return descriptor


def _sign(descriptor: int, holder: Holder) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(asdict(holder)).encode(), 0)


def _read(descriptor: int) -> Holder | None:
    """Return what the holder wrote; None if it has not written it yet."""
    text = os.pread(descriptor, 4096, 0).decode(errors="replace")
    try:
        return Holder(**json.loads(text))
    except (ValueError, TypeError):
        return None


def _busy(dataset: str, holder: Holder | None) -> DatasetBusy:
    who = f"run {holder.run} (pid {holder.pid} on {holder.host}, since {holder.since})" if holder else "another run"
    message = f"dataset {dataset} is held by {who}; nothing was changed; wait for it to end, or stop it and run again"
    return DatasetBusy(message)
