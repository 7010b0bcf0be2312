"""What processes take of this machine, as the operating system counts it (proc(5), getrusage(2), Linux powercap)."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_PROC: Final = Path("/proc")
POWERCAP: Final = Path("/sys/class/powercap")
"""Where Linux shows the meters of processors (RAPL), if it has any and whoever asks may read them."""


def processor_seconds() -> float:
    """Return the processor seconds of this process, all its threads, and the processes that it has waited for."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


@dataclass(frozen=True, slots=True)
class TreeUsage:
    """What this process and all processes below it have taken, those that have ended and were waited for included.

    Attributes:
        driver: processor seconds of this process.
        workers: of those below it.
        read_bytes: by system calls, of all of them.
        written_bytes: likewise.
    """

    driver: float
    workers: float
    read_bytes: int
    written_bytes: int


def tree_usage() -> TreeUsage:
    """Return what this process and those below it have taken until now.

    A worker is a fork of a server, which waits for it: whatever becomes of it, the server's counts have it.
    """
    own = resource.getrusage(resource.RUSAGE_SELF)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    below = [pid for pid in _tree(os.getpid()) if pid != os.getpid()]
    moved = [_bytes_of(pid) for pid in (os.getpid(), *below)]
    return TreeUsage(
        driver=own.ru_utime + own.ru_stime,
        workers=ended.ru_utime + ended.ru_stime + sum(map(_seconds_of, below)),
        read_bytes=sum(read for read, _ in moved),
        written_bytes=sum(written for _, written in moved),
    )


def tree_memory() -> int:
    """Return the bytes of memory that this process and those below it use now; what forks share counts once."""
    return sum(map(_memory_of, _tree(os.getpid())))


def _tree(pid: int) -> Iterator[int]:
    """Yield *pid* and all processes below it."""
    yield pid
    for thread in _threads(pid):
        for child in _text(thread / "children").split():
            yield from _tree(int(child))


def _threads(pid: int) -> list[Path]:
    """Return the folders of the threads of *pid*; none where it has ended, or may not be looked at."""
    try:
        return [*(_PROC / str(pid) / "task").iterdir()]
    except OSError:
        return []


def _seconds_of(pid: int) -> float:
    """Return the processor seconds of *pid* and those it has waited for: fields 14 to 17 of its stat."""
    ticks = _text(_PROC / str(pid) / "stat").rpartition(")")[2].split()[11:15]
    return sum(map(int, ticks)) / _TICKS


def _bytes_of(pid: int) -> tuple[int, int]:
    """Return the bytes that *pid* and those it has waited for have read and written by system calls."""
    told = dict(line.split(": ") for line in _text(_PROC / str(pid) / "io").splitlines())
    return int(told.get("rchar", 0)), int(told.get("wchar", 0))


def _memory_of(pid: int) -> int:
    """Return the share of *pid* in the memory that it uses (Pss); all of it where that is not told."""
    for line in _text(_PROC / str(pid) / "smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) << 10
    resident = _text(_PROC / str(pid) / "statm").split()[1:2]
    return int(resident[0]) * _PAGE if resident else 0


def _text(path: Path) -> str:
    """Return what *path* holds; nothing where the process has ended, or may not be looked at."""
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError):
        return ""


class Meters:
    """The meters of this machine's processors: packages, and memory that is not in a package."""

    def __init__(self, folder: Path = POWERCAP) -> None:
        self._domains = [domain for domain in sorted(folder.glob("intel-rapl:*")) if _counts(domain)]
        self._last = [self._read(domain) for domain in self._domains]
        self._joules = 0.0

    def joules(self) -> float | None:
        """Return what they have counted since they were first read; None where there is none, or one is silent.

        Meters begin anew at their limit: they must be read more often than that happens, which takes minutes.
        """
        for at, domain in enumerate(self._domains):
            now, last = self._read(domain), self._last[at]
            if now is None or last is None:
                return None
            limit = _number(domain / "max_energy_range_uj") or 0
            self._joules += (now - last + (limit if now < last else 0)) / 1e6
            self._last[at] = now
        return self._joules if self._domains else None

    @staticmethod
    def _read(domain: Path) -> int | None:
        return _number(domain / "energy_uj")


def _counts(domain: Path) -> bool:
    """Tell whether a domain is a package, or memory: the others are parts of a package, or hold all of them."""
    name = _text(domain / "name").strip()
    return name.startswith("package") or name == "dram"


def _number(path: Path) -> int | None:
    text = _text(path).strip()
    return int(text) if text.isdigit() else None
