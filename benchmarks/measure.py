"""Run a command to its end and measure it: wall seconds, memory of its whole process tree; print results."""

from __future__ import annotations

import json
import os
import platform
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

WORK = Path(__file__).parent / ".work"
"""Git-ignored folder for what benchmarks keep: environments of peers, exact answers, results. Never document text."""

PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")


class CommandError(Exception):
    """A measured command ended with another exit code than 0."""


@dataclass(slots=True)
class Memory:
    """Peaks over the samples of a process tree, in bytes.

    Attributes:
        resident: largest sum of resident sets; pages that processes share are counted once for each of them.
        private: largest sum of resident pages that no file or other process backs (resident minus shared of statm).
        processes: largest number of processes at once.
        taken: seconds of processors that each process had taken when it was last seen.
    """

    resident: int = 0
    private: int = 0
    processes: int = 0
    taken: dict[int, float] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """Return the seconds of processors that all have taken; what one took after it was last seen is missing."""
        return sum(self.taken.values())

    def sample(self, session: int) -> None:
        """Add one sample of all processes of *session*."""
        there = session_processes(session)
        sizes = [size for pid in there if (size := memory_of(pid)) is not None]
        self.taken |= {pid: taken for pid in there if (taken := seconds_of(pid)) is not None}
        self.resident = max(self.resident, sum(resident for resident, _ in sizes))
        self.private = max(self.private, sum(private for _, private in sizes))
        self.processes = max(self.processes, len(sizes))


@dataclass(frozen=True, slots=True)
class Measured:
    """One command that was run to its end.

    Attributes:
        command: what was run.
        seconds: wall time from its start to its end.
        memory: peaks of its process tree.
        stdout: what it printed there.
    """

    command: Sequence[str]
    seconds: float
    stdout: str
    memory: Memory = field(default_factory=Memory)


def session_processes(session: int) -> list[int]:
    """Return the ids of all live processes of *session* and of their descendants in other sessions."""
    table = process_table()
    found = {pid for pid, (_, member_of) in table.items() if member_of == session}
    while grown := {pid for pid, (parent, _) in table.items() if parent in found} - found:
        found |= grown
    return sorted(found)


def process_table() -> dict[int, tuple[int, int]]:
    """Return the parent and the session of each process that is no zombie (proc(5), stat fields 3, 4 and 6)."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, parent, _, session = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
            except (OSError, UnicodeDecodeError):
                continue  # it has ended
            if state != "Z":
                found[int(entry.name)] = (int(parent), int(session))
    return found


def memory_of(pid: int) -> tuple[int, int] | None:
    """Return resident and private bytes of process *pid* (proc(5), statm), None if it has ended."""
    try:
        _, resident, shared = Path(f"/proc/{pid}/statm").read_text().split()[:3]
    except (OSError, ValueError):
        return None
    return int(resident) * PAGE, (int(resident) - int(shared)) * PAGE


def seconds_of(pid: int) -> float | None:
    """Return the seconds of processors that *pid* has taken (proc(5), stat fields 14 and 15), None if it has ended."""
    try:
        ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    except OSError:
        return None
    return sum(map(int, ticks)) / TICKS


def timed(call: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds by the clock and of processors that *call* takes, those it has waited for included."""
    clock, before = time.perf_counter(), _processor_seconds()
    call()
    return time.perf_counter() - clock, _processor_seconds() - before


def _processor_seconds() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def kill_session(session: int) -> int:
    """Kill every process of *session* with SIGKILL, until none is left; return how many there were at first."""
    first = session_processes(session)
    while left := session_processes(session):
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.01)
    return len(first)


def run(command: Sequence[str], env: Mapping[str, str] | None = None, log: Path | None = None) -> Measured:
    """Run *command* in a session of its own and measure it; standard error goes to *log* or nowhere.

    Raises:
        CommandError: its exit code is not 0; names the command and the log.
    """
    with (log or Path(os.devnull)).open("wb") as errors:
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
            text=True,
            env={**os.environ, **(env or {})},
        )
        memory, ended = Memory(), threading.Event()
        watcher = threading.Thread(target=watch, args=(process.pid, memory, ended), daemon=True)
        watcher.start()
        try:
            stdout, _ = process.communicate()
            seconds = time.perf_counter() - started
        finally:
            ended.set()
            watcher.join()
            kill_session(process.pid)
    if process.returncode:
        raise CommandError(f"{' '.join(command)} ended with exit code {process.returncode}; its messages: {log}")
    return Measured(command, seconds, stdout, memory)


def watch(session: int, memory: Memory, ended: threading.Event, interval: float = 0.05) -> None:
    """Sample *session* into *memory* every *interval* seconds until *ended*."""
    while not ended.wait(interval):
        memory.sample(session)


def machine() -> dict[str, Any]:
    """Describe the machine: processor, cores, memory, system, and how busy it is at the moment."""
    models = [line.partition(":")[2].strip() for line in lines("/proc/cpuinfo") if line.startswith("model name")]
    total = next((int(line.split()[1]) for line in lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    return {
        "processor": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(total / 2**20, 1),
        "system": f"{platform.system()} {platform.release()}",
        "load_at_start": round(os.getloadavg()[0], 2),
    }


def lines(path: str) -> list[str]:
    """Return the lines of *path*, none if it cannot be read."""
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def versions(names: Sequence[str]) -> dict[str, str]:
    """Return the versions of installed packages, and of Python."""
    found = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return *rows* as a markdown table; the columns are the keys of all rows, as they come."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    cells = [[cell(row.get(column)) for column in columns] for row in rows]
    ruled = [columns, ["---"] * len(columns), *cells]
    return "\n".join("| " + " | ".join(row) + " |" for row in ruled)


def cell(value: object) -> str:
    """Return *value* as a table shows it."""
    if value is None:
        return "-"
    return (
        f"{value:,.4g}"
        if isinstance(value, float) and abs(value) < 10
        else f"{value:,.0f}"
        if isinstance(value, float)
        else str(value)
    )


def report(name: str, tables: Mapping[str, Sequence[Mapping[str, Any]]], packages: Sequence[str] = ()) -> None:
    """Print the tables as markdown and everything as JSON; keep the JSON in the work folder too."""
    facts = {
        "benchmark": name,
        "command": " ".join([Path(sys.executable).name, *sys.argv]),
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M"),
        "machine": machine(),
        "versions": versions(["corpushub", *packages]),
    }
    print(f"\n`{facts['command']}` on {facts['date']}\n")
    for title, rows in tables.items():
        print(f"**{title}**\n\n{table(rows)}\n")
    answer = json.dumps({**facts, "tables": tables}, indent=1)
    print(f"```json\n{answer}\n```")
    (WORK / "results").mkdir(parents=True, exist_ok=True)
    (WORK / "results" / f"{name}.json").write_text(answer + "\n")


def say(message: str) -> None:
    """Print *message* as progress, apart from the answer."""
    print(message, file=sys.stderr, flush=True)
