"""A glance at a recipe guesses how much there is to read, and never fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpushub.recipe.glance import may_reach

RECIPE = """
[dataset]
name = "d"
[[source]]
name = "a"
connector = "jsonl"
paths = ["a/*.jsonl", "b.jsonl"]
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """Return a recipe whose sources have 30 bytes in three files."""
    (tmp_path / "a").mkdir()
    for name in ("a/1.jsonl", "a/2.jsonl", "b.jsonl", "a/other.txt"):
        (tmp_path / name).write_bytes(b"x" * 10)
    (tmp_path / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    return tmp_path / "recipe.toml"


def test_the_sizes_of_files_are_added_up(recipe: Path) -> None:
    """All files that patterns name count, and no others."""
    assert may_reach(30, recipe)
    assert not may_reach(31, recipe)


def test_what_is_elsewhere_may_be_large(recipe: Path) -> None:
    """Nobody is asked about a store."""
    recipe.write_text(RECIPE.replace("b.jsonl", "s3://bucket/b.jsonl"), encoding="utf-8")

    assert may_reach(1 << 40, recipe)


@pytest.mark.parametrize(
    "text", ["", "[", "source = 1", "source = [1]", "[[source]]\npaths = 7", "[[source]]\npaths = ['gone/*']", "\x00"]
)
def test_a_recipe_that_cannot_be_run_is_small(text: str, recipe: Path) -> None:
    """Whoever runs it says what is wrong with it."""
    recipe.write_text(text, encoding="utf-8")

    assert not may_reach(1, recipe)


def test_a_recipe_that_is_not_there_is_small(tmp_path: Path) -> None:
    """Nor does a missing one matter here."""
    assert not may_reach(1, tmp_path / "recipe.toml")
