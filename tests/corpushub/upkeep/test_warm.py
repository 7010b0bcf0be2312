"""What is warmed is all that a run would compile."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import corpushub
from corpushub.upkeep.warm import SCRUBBERS
from pipelines.kernels.compiled import cache_folder
from pipelines.startup.warmup import warm_up
from policies.pii.scrubber import Scrubber

COMMAND = Path(sys.executable).with_name("corpushub")


def answer(cache: Path, *words: str | Path) -> Any:
    """Run a command in a process of its own that keeps what it compiles in *cache*; return its answer."""
    environment = {**os.environ, "CORPUSHUB_CACHE": str(cache)}
    done = subprocess.run([COMMAND, *words, "--json"], env=environment, capture_output=True, check=True)
    return json.loads(done.stdout)


def files(folder: Path) -> dict[Path, int]:
    """Return what is compiled below *folder*, and when each file was written; marks that it is there have no suffix."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*.*") if path.is_file()}


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Return a folder with this machine's code, which takes a minute to make, without the mark that it is all."""
    warm_up()
    folder = tmp_path / "cache"
    shutil.copytree(cache_folder(), folder / "kernels", ignore=shutil.ignore_patterns("warm-*", "scrubber-*"))
    return folder


def test_a_run_on_a_warm_machine_compiles_nothing(corpus: Path, cache: Path, tmp_path: Path) -> None:
    """After one process has warmed a folder, a run leaves nothing in it, and warming again finds all."""
    recipe = corpus / "recipe.toml"
    first = answer(cache, "warm", recipe)
    compiled = files(cache)
    answer(cache, "run", recipe, "--hub", tmp_path / "hub", "--yes")
    again = answer(cache, "warm", recipe)

    assert files(cache) == compiled
    assert first["compiled"] == again["found"] == ["kernels", "patterns of recipe.toml"]
    assert first["found"] == again["compiled"] == []
    folders = [Path(first["kernels"]), Path(first["patterns"])]
    assert all(one.is_relative_to(cache) and files(one) for one in folders)


def test_a_recipe_that_scrubs_nothing_needs_no_patterns(tmp_path: Path) -> None:
    """Its sources need not be there either: an image is built without them."""
    recipe = tmp_path / "plain.toml"
    recipe.write_text(
        '[dataset]\nname = "plain"\n\n[[source]]\nname = "a"\nconnector = "jsonl"\n'
        'paths = ["gone/*"]\nlicense = "CC0-1.0"\n'
    )
    said: list[str] = []

    assert corpushub.warm(recipe, say=said.append).compiled == ()
    assert said == []


@pytest.mark.parametrize("name", sorted(SCRUBBERS))
def test_usual_settings_are_warmed_without_a_recipe(name: str) -> None:
    """What is looked for by default, and all that can be looked for by country, is what scrubbers say it is."""
    usual = {"patterns of personal data": Scrubber(), "patterns of all countries": Scrubber(countries=("all",))}

    assert SCRUBBERS[name].search() == usual[name].search()
