from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = ROOT / "examples" / "quickstart"
COMMAND = Path(sys.executable).with_name("corpushub")

Corpushub = Callable[..., Any]


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The quickstart corpus with its recipe and policy, in a folder of its own."""
    folder = tmp_path_factory.mktemp("quickstart")
    subprocess.run([sys.executable, EXAMPLE / "make_corpus.py", folder / "corpus"], check=True, capture_output=True)
    for name in ("recipe.toml", "policy.toml"):
        (folder / name).write_bytes((EXAMPLE / name).read_bytes())
    return folder


def call(*arguments: str | Path, code: int | None = 0) -> Any:
    """Run the console script with --json as a user would; return the object it prints.

    A run that does not say with how many workers has one: starting more costs as much as all else in a small one.
    """
    workers = ("--workers", "1") if arguments[0] == "run" and "--workers" not in arguments else ()
    done = subprocess.run([COMMAND, *arguments, *workers, "--json"], capture_output=True, text=True, check=False)
    assert code is None or done.returncode == code, (
        f"exit {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="session")
def corpushub() -> Corpushub:
    """The command line, as a function from arguments to the printed object."""
    return call


@pytest.fixture(scope="session")
def made(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A hub in which the quickstart recipe has run once, with two workers, and what that run answered."""
    home = tmp_path_factory.mktemp("hub") / "home"
    return home, call("run", corpus / "recipe.toml", "--hub", home, "--yes", "--workers", "2")


@pytest.fixture(scope="session")
def hub(made: tuple[Path, dict[str, Any]]) -> Path:
    """The hub in which the quickstart recipe has run once."""
    return made[0]
