"""The example plugin: installed as anybody's, run by recipes, named by what it holds; and plugins that are broken."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from corpushub.testing.recipes import recipe, source

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "plugin"
COMMAND = Path(sys.executable).with_name("corpushub")
PII = '[pii]\nrecognizers = ["corpushub-example:badge"]\nentities = []\n'
RECIPE = recipe(
    source("boxes", "corpushub_example:cards", ["boxes/*.cards"]),
    '[[step]]\nuse = "corpushub_example:shouting"\nmax_share = 0.4\n',
    PII,
)
BROKEN = """
[project]
name = "broken-plugin"
version = "0.1"
[project.entry-points."corpushub.steps"]
lost = "broken_plugin:Nothing"
odd = "broken_plugin:odd"
bad = "broken_plugin:Bad"
[project.entry-points."corpushub.recognizers"]
deaf = "broken_plugin:deaf"
[tool.setuptools]
py-modules = ["broken_plugin"]
"""

BAD = """
from dataclasses import dataclass
from typing import ClassVar

@dataclass(frozen=True)
class Bad:
    signals: ClassVar = {}
    needs_language: ClassVar = False
    share: float = 1.0

    def __post_init__(self):
        if self.share < 0:
            raise ValueError("share: below 0")

    def __call__(self, batch):
        raise RuntimeError("what a document says")

def deaf():
    raise RuntimeError("no ears")
"""
"""A step that cannot compare its setting with a number, and cannot judge; a recognizer that cannot be made."""

Corpushub = Callable[..., Any]


def install(project: Path, target: Path) -> None:
    """Install the distribution in *project* into a folder, as pip does."""
    build = target.with_name(f"{target.name}-source")
    shutil.copytree(project, build, dirs_exist_ok=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", target, build], check=True, capture_output=True)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the example is installed."""
    target = tmp_path_factory.mktemp("plugin") / "site"
    install(EXAMPLE, target)
    return target


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A recipe that names all that the example offers, and its sources."""
    (tmp_path / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    for name in ("data", "boxes"):
        (tmp_path / name).mkdir()
    row = {"id": "row", "text": "A quiet row of a table, which nobody has to read aloud."}
    (tmp_path / "data" / "a.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    cards = "=== quiet\nThe staff badge B-123456 opens the harbour gate.\n=== loud\nGO AWAY FROM THE GATE\n"
    (tmp_path / "boxes" / "a.cards").write_text(cards, encoding="utf-8")
    return tmp_path


def call(site: Path | None, *arguments: str | Path, code: int = 0) -> Any:
    """Run the command with what is installed in *site*; return the object it prints."""
    environment = {**os.environ, "PYTHONPATH": str(site or "")}
    command = [COMMAND, *arguments, "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr[-3000:]
    return json.loads(done.stdout)


def run(site: Path | None, folder: Path, *more: str, code: int = 0) -> Any:
    """Run the recipe in *folder*."""
    return call(site, "run", folder / "recipe.toml", "--hub", folder / "hub", "--yes", *more, code=code)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_recipe_uses_a_step_a_connector_and_a_recognizer(installed: Path, folder: Path, workers: str) -> None:
    """Cards are read, shouting is dropped with its value, badges are replaced, in this process or in workers."""
    done = run(installed, folder, "--workers", workers)
    query = "select source_id, text from documents order by 1"
    rows = call(None, "sql", "d", query, "--hub", folder / "hub")["rows"]
    drops = "select source_id, step, reason, value from ledger where outcome = 'dropped'"

    assert done["counts"] == {"read": 3, "kept": 2, "changed": 1, "dropped": 1, "failed": 0}
    assert [list(row.values()) if isinstance(row, dict) else row for row in rows] == [
        ["quiet", "The staff badge <EXAMPLE_BADGE_1> opens the harbour gate."],
        ["row", "A quiet row of a table, which nobody has to read aloud."],
    ]
    (dropped,) = call(None, "sql", "d", drops, "--hub", folder / "hub")["rows"]
    told = list(dropped.values()) if isinstance(dropped, dict) else dropped
    assert told == ["loud", "corpushub_example:shouting", "example_shouting", 1.0]


def test_the_statement_names_the_distribution_and_what_it_holds(installed: Path, folder: Path, tmp_path: Path) -> None:
    """Name, version and digest of a plugin are signed with the version; another byte of it makes another version."""
    site = tmp_path / "site"
    shutil.copytree(installed, site)
    run(site, folder)
    again = run(site, folder)
    call(None, "attest", "d@v1", "--out", tmp_path / "bundle", "--hub", folder / "hub")
    bundle = json.loads((tmp_path / "bundle").read_text(encoding="utf-8"))
    statement = json.loads(base64.b64decode(bundle["statement"]["payload"]))
    named = statement["predicate"]["runDetails"]["builder"]["version"]["corpushub-example"]
    with (site / "corpushub_example" / "shouting.py").open("a", encoding="utf-8") as file:
        file.write("# another byte\n")
    changed = run(site, folder)

    assert again["unchanged"] == "d@v1"
    assert named.startswith("1.0.0 sha256:")
    assert changed["version"] == "d@v2"


def test_a_plugin_that_is_not_there_is_one_clear_error(folder: Path) -> None:
    """Nothing is read; the message names the plugin."""
    refused = run(None, folder, code=2)

    assert refused["error"] == "PluginError"
    assert "corpushub_example:cards" in refused["message"]


@pytest.mark.parametrize(
    ("step", "body", "why"),
    [
        ("lost", "", "AttributeError"),
        ("lost", "raise RuntimeError('no licence')", "RuntimeError: no licence"),
        ("lost", "raise SystemExit(0)", "SystemExit"),
        ("odd", "odd = 3", "offers no step"),
        ("none", "odd = 3", "did you mean 'broken-plugin:odd'"),
    ],
)
def test_a_broken_plugin_is_one_clear_error(folder: Path, tmp_path: Path, step: str, body: str, why: str) -> None:
    """Whatever somebody else's module does while it is imported, the message names it and says why."""
    broken(body, tmp_path)
    (folder / "recipe.toml").write_text(recipe(f'[[step]]\nuse = "broken-plugin:{step}"\n'), encoding="utf-8")

    refused = run(tmp_path / "site", folder, code=2)

    assert refused["error"] == "PluginError"
    assert f"broken-plugin:{step}" in refused["message"]
    assert why in refused["message"]


def broken(body: str, folder: Path) -> None:
    """Install a broken distribution, whose module holds *body*, in *folder*."""
    project = folder / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text(BROKEN, encoding="utf-8")
    (project / "broken_plugin.py").write_text(body + "\n", encoding="utf-8")
    install(project, folder / "site")


@pytest.mark.parametrize(
    ("section", "name", "why"),
    [
        ('[[step]]\nuse = "broken-plugin:bad"\n', "broken-plugin:bad", "RuntimeError"),
        ('[[step]]\nuse = "broken-plugin:bad"\nshare = "most"\n', "broken-plugin:bad", "TypeError"),
        ('[[step]]\nuse = "broken-plugin:bad"\nshare = -1\n', "share", "below 0"),
        ('[pii]\nrecognizers = ["broken-plugin:deaf"]\n', "broken-plugin:deaf", "RuntimeError"),
    ],
)
def test_a_plugin_that_raises_is_named(section: str, name: str, why: str, folder: Path, tmp_path: Path) -> None:
    """So is one that raises when it is made, or when it judges; nothing of a document is told."""
    broken(BAD, tmp_path)
    (folder / "recipe.toml").write_text(recipe(section), encoding="utf-8")

    for workers in ("1", "2"):
        refused = run(tmp_path / "site", folder, "--workers", workers, code=2)
        assert name in refused["message"]
        assert why in refused["message"]
        assert "what a document says" not in refused["message"]


def test_the_tests_of_the_example_pass(installed: Path) -> None:
    """What its author would run is run here."""
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(EXAMPLE / "tests")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=ROOT)

    assert done.returncode == 0, done.stdout[-3000:]
