"""What every command shares: where options may stand, help, hints, the log, signals, and errors in one sentence."""

from __future__ import annotations

import errno
import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from sqlalchemy.exc import OperationalError

from corpushub.cli import main
from corpushub.commands.frame.menu import DESTRUCTIVE
from corpushub.commands.frame.reasons import told

COMMAND = Path(sys.executable).with_name("corpushub")

HEEDING = "import os, signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
"""What a shell that runs tests behind it may have told its children not to heed."""


def said(*arguments: object) -> tuple[int, str, str]:
    """Return what a command ended with, printed and told."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


def every_command() -> list[tuple[str, click.Command]]:
    """Return every command by name."""
    context = click.Context(main)
    found = ((name, main.get_command(context, name)) for name in main.list_commands(context))
    return [(name, command) for name, command in found if command is not None]


@pytest.mark.parametrize("place", ["before", "behind", "both"])
def test_shared_options_stand_before_and_behind(place: str, hub: Path, tmp_path: Path) -> None:
    """--hub, --json, --log and --debug mean the same in both places; the nearer one counts."""
    options = ["--hub", hub, "--json", "--log", tmp_path / "log"]
    words = {
        "before": [*options, "history", "quickstart"],
        "behind": ["history", "quickstart", *options],
        "both": ["--hub", tmp_path / "nowhere", *options[2:], "history", "quickstart", "--hub", hub],
    }
    code, printed, _ = said(*words[place])

    assert (code, json.loads(printed)["versions"][0]["version"]) == (0, "quickstart@v1")
    assert (tmp_path / "log").exists()


def test_subcommands_have_them_too(tmp_path: Path) -> None:
    """What stands before a group of commands reaches its commands."""
    code, printed, _ = said("--json", "policy", "test", tmp_path / "none.toml")

    assert (code, json.loads(printed)["schema"]) == (2, "corpushub.error/1")


def test_help_lists_each_command_once_and_whole() -> None:
    """The commands stand in parts, none is left out, and no sentence is cut."""
    text = CliRunner().invoke(main, ["--help"]).stdout
    context = click.Context(main)
    listed = [name.rpartition(".")[2] for _, commands in main.parts for name in commands]
    known = {name: main.get_command(context, name) for name in listed}

    assert sorted(listed) == main.list_commands(context)
    assert all(command is not None and command.name == name for name, command in known.items())
    assert "..." not in text.partition(f"{main.parts[0][0]}:")[2]
    for title, commands in main.parts:
        assert f"{title}:" in text
        for name in (one.rpartition(".")[2] for one in commands):
            command = known[name]
            assert command is not None
            assert command.hidden or f"\n  {name} " in text
    assert [line.split()[1] for line in text.splitlines() if line.strip().startswith("corpushub ")] == [
        "example",
        "run",
        "find",
    ]


def test_no_slip_leads_to_a_command_that_destroys() -> None:
    """Of each name with a letter too few, too many or exchanged the hint is harmless, or none is given."""
    known = {name for name, _ in every_command()}
    assert known >= DESTRUCTIVE
    for name in known:
        slips = {name[:at] + put + name[at + 1 :] for at in range(len(name)) for put in ("", "x", name[at] * 2)}
        for slip in slips - known:
            code, _, words = said(slip)
            assert code == 2
            assert not any(f"'{command}'" in words for command in DESTRUCTIVE), words
    assert "did you mean 'trace'?" in said("tarce", "x")[2]


def test_log_keeps_what_was_told(tmp_path: Path) -> None:
    """Each line on stderr stands in the log after its time, and the log is its owner's alone."""
    log = tmp_path / "log"
    for _ in range(2):
        code, _, words = said("show", "nothing", "--hub", tmp_path / "none", "--log", log)
    lines = log.read_text(encoding="utf-8").splitlines()

    assert code == 2
    assert len(lines) == 6
    assert lines[0].endswith("Z corpushub show") or " corpushub" in lines[0]
    assert lines[1].partition("Z ")[2] == words.strip()
    assert stat.S_IMODE(log.stat().st_mode) & 0o077 == 0


def test_log_that_cannot_be_written_is_told_first(tmp_path: Path) -> None:
    """Nothing is done without the log that was asked for."""
    code, _, words = said("key", "--hub", tmp_path / "hub", "--log", tmp_path / "none" / "log")

    assert (code, "cannot write the log" in words, (tmp_path / "hub").exists()) == (2, True, False)


@contextmanager
def running(corpus: Path, home: Path, workers: int, temporary: Path | None = None) -> Iterator[subprocess.Popen[str]]:
    """Run the quickstart in a process group of its own, as a shell does, up to the first stage."""
    heeding = HEEDING + "os.execv(sys.argv[1], sys.argv[1:])"
    words = [COMMAND, "run", corpus / "recipe.toml", "--hub", home, "--yes", "--workers", str(workers)]
    process = subprocess.Popen(
        [sys.executable, "-c", heeding, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=None if temporary is None else {**os.environ, "TMPDIR": str(temporary)},
    )
    try:
        while process.poll() is None and not [*home.glob("runs/*/*.jsonl")]:
            time.sleep(0.02)
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    ("number", "code", "word"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
@pytest.mark.parametrize("workers", [1, 2])
def test_signals_end_in_one_line(
    number: signal.Signals, code: int, word: str, workers: int, corpus: Path, tmp_path: Path
) -> None:
    """Ctrl-C, which a terminal sends to workers too, and SIGTERM end a run in one line; no worker is left."""
    with running(corpus, tmp_path / "hub", workers) as process:
        os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
        _, told_then = process.communicate(timeout=60)

    lines = [line for line in told_then.splitlines() if " shards " not in line and "compiling" not in line]
    assert process.returncode == code, told_then
    assert [line.split(";")[0] for line in lines] == [word]
    assert not left_of(process.pid)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("words", [["run", "{corpus}/recipe.toml", "--yes", "--workers", "2"], ["verify"], ["doctor"]])
def test_signals_at_any_moment_have_their_exit_code(
    words: list[str], number: signal.Signals, corpus: Path, hub: Path, tmp_path: Path
) -> None:
    """Once a command has begun, a signal is told in one line with its code, or came after the end; nothing is left."""
    home = tmp_path / "hub" if words[0] == "run" else hub
    given = [str(COMMAND), *(word.format(corpus=corpus) for word in words), "--hub", str(home)]
    program = f"import sys, runpy; sys.argv = {given!r}; print('.', flush=True); from corpushub.cli import main; main()"
    for wait in (0.6, 1.1, 1.9, 2.9):
        process = subprocess.Popen(
            [sys.executable, "-c", HEEDING + program],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        time.sleep(wait)
        process.send_signal(number)
        _, told_then = process.communicate(timeout=60)
        begun = (
            process.returncode not in {-number, 1} or "Traceback" not in told_then
        )  # else Python itself was starting
        assert process.returncode in {0, 1, 128 + number, -number}, told_then
        assert not begun or "Traceback" not in told_then, told_then
        assert not left_of(process.pid)


def test_a_killed_driver_leaves_neither_workers_nor_texts(corpus: Path, tmp_path: Path) -> None:
    """After SIGKILL, which nobody can heed, all workers end by themselves, and no file stays outside the hub."""
    (tmp_path / "tmp").mkdir()
    with running(corpus, tmp_path / "hub", 2, tmp_path / "tmp") as process:
        process.kill()
        process.communicate(timeout=60)

    assert not left_of(process.pid)
    assert [path for path in (tmp_path / "tmp").rglob("*") if path.is_file()] == []


def left_of(group: int) -> list[str]:
    """Return what still runs in the process group after a moment: what has ended is waited for by somebody else."""
    for _ in range(100):
        left = [path for path in Path("/proc").glob("[0-9]*/stat") if of_group(path, group)]
        if not left:
            return []
        time.sleep(0.05)
    return [str(path) for path in left]


def of_group(path: Path, group: int) -> bool:
    """Tell whether a process, which is not dead, is in the group."""
    try:
        state, _, number = path.read_text(encoding="utf-8").rpartition(")")[2].split()[:3]
    except OSError:
        return False
    return int(number) == group and state not in "ZX"


def of_sqlite(name: str) -> Exception:
    """Return what SQLAlchemy raises for an error of SQLite."""
    raised = sqlite3.OperationalError("words of the library")
    raised.sqlite_errorname = name
    return OperationalError("insert into t values ('secret')", {}, raised)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "full", "/hub/file"), ["/hub/file", "No space left", "make room"]),
        (PermissionError(errno.EACCES, "no", "/hub/file"), ["/hub/file", "Permission denied", "permission"]),
        (OSError(errno.EROFS, "no", "/hub/file"), ["/hub/file", "Read-only", "--hub"]),
        (OSError(errno.EMFILE, "no", "/hub/file"), ["Too many open files", "ulimit"]),
        (OSError(errno.EIO, "no"), ["Input/output error", "drive"]),
        (OSError("of a store: secret"), ["OSError", "doctor"]),
        (of_sqlite("SQLITE_FULL"), ["control database", "No space left", "make room"]),
        (of_sqlite("SQLITE_READONLY_DIRECTORY"), ["control database", "Read-only"]),
        (of_sqlite("SQLITE_CANTOPEN"), ["control database", "Permission denied"]),
        (of_sqlite("SQLITE_CORRUPT"), ["control database", "doctor"]),
        (ModuleNotFoundError("No module named 'numba.core'", name="numba.core"), ["numba", "install"]),
        (MemoryError(), ["not enough memory", "--workers"]),
        (ZeroDivisionError("secret"), ["ZeroDivisionError", "--debug"]),
    ],
)
def test_errors_are_one_sentence_with_a_remedy(error: Exception, words: list[str]) -> None:
    """What happened, where, and what to do; never the words of a library, which may quote a document."""
    message = str(told(error))

    assert all(word in message for word in words), message
    assert "secret" not in message
    assert "unexpected" not in message.lower()
    assert "\n" not in message


@pytest.mark.parametrize("blocks", [40, 120, 300])
@pytest.mark.parametrize("workers", [1, 2])
def test_files_that_cannot_grow_are_told(workers: int, blocks: int, corpus: Path, tmp_path: Path) -> None:
    """Wherever a run meets the end of what it may write, it ends with one sentence and the next one goes on."""
    words = [COMMAND, "run", corpus / "recipe.toml", "--hub", tmp_path / "hub", "--quiet", "--workers", str(workers)]
    limited = ["bash", "-c", f'ulimit -f {blocks}; exec "$@"', "limited", *map(str, words)]
    failed = subprocess.run(limited, capture_output=True, text=True, check=False)

    assert failed.returncode == 2
    assert failed.stderr.startswith("error: ")
    assert failed.stderr.count("\n") == 1
    assert "unexpected" not in failed.stderr
    assert said(*words[1:-2], "--workers", 1)[0] == 0


@pytest.mark.parametrize(
    "words",
    [
        ["example", "{out}"],
        ["export", "quickstart", "--as", "jsonl", "--out", "{out}"],
        ["export", "quickstart", "--as", "parquet", "--out", "{out}"],
        ["attest", "quickstart", "--out", "{out}", "--files", "{out}.d"],
    ],
    ids=lambda words: " ".join(words[:4]),
)
def test_commands_that_write_tell_what_they_could_not(words: list[str], hub: Path, tmp_path: Path) -> None:
    """Path and remedy are named, and nothing is left half written."""
    given = [word.format(out=tmp_path / "out") for word in words]
    limited = ["bash", "-c", 'ulimit -f 40; exec "$@"', "limited", str(COMMAND), "--hub", str(hub), *given]
    failed = subprocess.run(limited, capture_output=True, text=True, check=False)

    assert failed.returncode == 2, failed.stderr
    assert str(tmp_path) in failed.stderr
    assert ";" in failed.stderr
    assert failed.stderr.count("\n") == 1


def test_no_message_is_of_the_unexpected() -> None:
    """No sentence of ours says that something was unexpected: that helps nobody."""
    root = Path(__file__).parents[3]
    packages = ("connectors", "policies", "lineage", "pipelines", "corpushub")
    texts = {path: path.read_text(encoding="utf-8") for name in packages for path in (root / name).rglob("*.py")}

    assert [str(path) for path, text in texts.items() if "unexpected" in text.lower()] == []
