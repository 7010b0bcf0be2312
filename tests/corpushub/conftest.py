from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from corpushub import make_example
from corpushub.cli import main
from corpushub.commands.output import INTERRUPTED
from corpushub.testing.recipes import recipe
from corpushub.testing.sources import write_jsonl
from pipelines.startup.warmup import warm_up
from policies.pii.keys import VARIABLE
from tests.corpushub.persons import PAGES

ROOT = Path(__file__).parent.parent.parent
COMMAND = Path(sys.executable).with_name("corpushub")
FINDINGS_KEY = "a key of more than sixteen bytes"

Corpushub = Callable[..., Any]


@pytest.fixture(scope="session")
def warm() -> None:
    """Have all kernels compiled, so that no run has a stage for that."""
    warm_up()


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The quickstart corpus with its recipe and policy, in a folder of its own."""
    folder = tmp_path_factory.mktemp("quickstart")
    make_example(folder)
    return folder


def call(*arguments: str | Path, code: int | None = 0) -> Any:
    """Give a command with --json, as a user would; return the object it prints.

    It is carried out in this process: starting another costs more than most commands. A run that does not say with how
    many workers has one, for the same reason. One that does is a process of its own, which is where its workers come
    from.
    """
    words = [str(argument) for argument in arguments]
    if words[0] == "run" and "--workers" not in words:
        words += ["--workers", "1"]
    elif words[0] == "run":
        done = subprocess.run([COMMAND, *words, "--json"], capture_output=True, text=True, check=False)
        return answer(done.returncode, done.stdout, done.stderr, code)
    result = CliRunner().invoke(main, [*words, "--json"])
    if result.exit_code == INTERRUPTED:
        raise KeyboardInterrupt  # it was the tests that somebody interrupted
    return answer(result.exit_code, result.stdout, result.stderr, code)


def answer(ended: int, printed: str, told: str, code: int | None) -> Any:
    """Return the object that a command printed; fail unless it ended with *code*, where that is given."""
    assert code is None or ended == code, f"exit {ended}: {printed[-2000:]}{told[-2000:]}"
    return json.loads(printed)


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


@pytest.fixture(scope="session")
def persons_hub(tmp_path_factory: pytest.TempPathFactory, warm: None) -> Path:
    """A hub in which persons are, never changed: the dataset scanned for their data with a key, and plain as it was."""
    folder = tmp_path_factory.mktemp("persons")
    rows = [{"id": name, "url": uri, "text": text} for name, (uri, text) in PAGES.items()]
    write_jsonl(folder / "data" / "all.jsonl", rows)
    pii = "[pii]\nentities = ['EMAIL_ADDRESS', 'PHONE_NUMBER']\n[dedup]\nthreshold = 0.8\n"
    (folder / "scanned.toml").write_text(recipe(pii, dataset="scanned", license="CC0-1.0"), encoding="utf-8")
    (folder / "plain.toml").write_text(recipe(dataset="plain", license="CC0-1.0"), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, FINDINGS_KEY)
        for name in ("scanned", "plain"):
            call("run", folder / f"{name}.toml", "--hub", folder / "hub")
    return folder / "hub"


@pytest.fixture
def findings_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key of the findings of that hub is at hand."""
    monkeypatch.setenv(VARIABLE, FINDINGS_KEY)
