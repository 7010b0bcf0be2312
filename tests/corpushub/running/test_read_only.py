"""A hub that may only be read is asked, exported and verified like any other; nothing is written beside it."""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from corpushub.testing.recipes import recipe
from corpushub.testing.sources import write_jsonl

WORDS = "quick brown fox jumps over the lazy dog near a quiet river bank where small birds sing all day"
COMMAND = str(Path(sys.executable).with_name("corpushub"))
_DROP, _OVERRIDES = 24, (1, 2, 3)  # PR_CAPBSET_DROP; CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER


def without_power() -> None:
    """Let what is started next obey permissions, also as root: its capabilities to pass them over are dropped."""
    libc = ctypes.CDLL(None, use_errno=True)
    for one in _OVERRIDES if os.geteuid() == 0 else ():
        if libc.prctl(_DROP, one, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory, corpushub: Callable[..., Any]) -> Path:
    """Return a copy of a hub with two versions, a receipt and a source, whose files and folders nobody may write."""
    folder = tmp_path_factory.mktemp("open")
    rows = [{"id": str(at), "url": f"https://h{at}.example/", "text": f"{WORDS} {at * 7919}"} for at in range(6)]
    write_jsonl(folder / "data" / "a.jsonl", rows)
    (folder / "recipe.toml").write_text(recipe("[dedup]\nthreshold = 0.9\n", license="CC0-1.0"), encoding="utf-8")
    corpushub("run", folder / "recipe.toml", "--hub", folder / "hub")
    corpushub("erase", "--subject", "host:h2.example", "--reason", "r", "--yes", "--hub", folder / "hub")
    hub = tmp_path_factory.mktemp("closed") / "hub"
    shutil.copytree(folder / "hub", hub)
    for path in (*hub.rglob("*"), hub):
        path.chmod(0o500 if path.is_dir() else 0o400)
    return hub


def state(hub: Path) -> dict[str, str]:
    """Return the names and contents of all that is in *hub*."""
    files = [path for path in hub.rglob("*") if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def ask(words: list[str], hub: Path, before: list[str] | None = None) -> subprocess.CompletedProcess[str]:
    """Give a command in a process that cannot pass over permissions."""
    place = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "PYTHONDONTWRITEBYTECODE": "1"}
    line = [*(before or []), COMMAND, *words, "--hub", str(hub), "--json"]
    return subprocess.run(line, env=place, preexec_fn=without_power, capture_output=True, text=True, check=False)


QUESTIONS = {
    "show": ["show", "d"],
    "runs": ["runs"],
    "history": ["history", "d"],
    "trace": ["trace", "https://h1.example/"],
    "evidence": ["trace", "https://h1.example/", "--evidence"],
    "find": ["find", "--text", "river"],
    "audit": ["audit", "d"],
    "diff": ["diff", "d@v1", "d"],
    "sql": ["sql", "d", "select count(*) from documents"],
    "dedup": ["dedup-report", "d"],
    "doctor": ["doctor"],
    "clean": ["clean"],
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_questions_need_no_permission_to_write(name: str, closed: Path) -> None:
    """They answer as in a hub of one's own, and nothing appears or changes beside the files."""
    before = state(closed)
    done = ask(QUESTIONS[name], closed)

    assert done.returncode in ({0, 1} if name in {"doctor", "clean"} else {0}), done.stdout + done.stderr
    assert "message" not in json.loads(done.stdout)
    assert state(closed) == before


def test_a_version_is_verified_and_exported(closed: Path, tmp_path: Path) -> None:
    """Verifying signs nothing, so that it needs only to read; an export goes elsewhere."""
    verified = ask(["verify", "d"], closed)
    exported = ask(["export", "d", "--as", "jsonl", "--out", str(tmp_path / "out")], closed)

    assert json.loads(verified.stdout)["ok"], verified.stdout + verified.stderr
    assert exported.returncode == 0, exported.stdout + exported.stderr
    assert list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    "words",
    [
        ["erase", "--subject", "host:h1.example", "--reason", "r", "--yes"],
        ["withdraw", "d", "--rule", "host:h1.example", "--reason", "r", "--yes"],
        ["pin", "d", "--reason", "r"],
        ["compact", "d"],
    ],
    ids=lambda words: words[0],
)
def test_what_would_change_a_hub_says_that_it_may_not(words: list[str], closed: Path) -> None:
    """One sentence that says so, exit code 2, and nothing changed."""
    before = state(closed)
    done = ask(words, closed)

    assert done.returncode == 2, done.stdout + done.stderr
    assert "nothing was changed" in json.loads(done.stdout)["message"]
    assert state(closed) == before


def crashed(hub: Path, copy: Path, *, shared: bool) -> Path:
    """Return a copy of *hub* as a process leaves it that is killed with a record in SQLite's log."""
    shutil.copytree(hub, copy)
    for path in (*copy.rglob("*"), copy):
        path.chmod(0o700 if path.is_dir() else 0o600)
    program = (
        "import os, sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.execute('PRAGMA wal_autocheckpoint = 0');"
        "db.execute(\"UPDATE runs SET error = 'of the log'\"); db.commit(); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", program, str(copy / "hub.sqlite")], check=True)
    if not shared:
        (copy / "hub.sqlite-shm").unlink()
    for path in (*copy.rglob("*"), copy):
        path.chmod(0o500 if path.is_dir() else 0o400)
    return copy


def test_a_database_that_was_not_closed(closed: Path, tmp_path: Path) -> None:
    """What stands in SQLite's log is read, or it is said that it cannot be: never the state before it."""
    read = ask(["runs"], crashed(closed, tmp_path / "one", shared=True))
    refused = ask(["runs"], crashed(closed, tmp_path / "two", shared=False))

    assert {one["error"] for one in json.loads(read.stdout)["runs"]} == {"of the log"}, read.stdout
    assert refused.returncode == 2
    assert "was not closed" in json.loads(refused.stdout)["message"]


def test_a_read_only_mount_is_asked(closed: Path, tmp_path: Path) -> None:
    """On media that nobody can write, root included, the same holds."""
    mount = tmp_path / "mount"
    mount.mkdir()
    script = 'mount --bind "$1" "$2" && mount -o remount,ro,bind "$2" && shift 2 && exec "$@"'
    inside = ["unshare", "--mount", "sh", "-c", script, "sh", str(closed), str(mount)]
    if subprocess.run([*inside, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this system does not let us mount")
    place = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    line = [*inside, COMMAND, "show", "d", "--hub", str(mount), "--json"]
    done = subprocess.run(line, env=place, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["version"] == "d@v1"
