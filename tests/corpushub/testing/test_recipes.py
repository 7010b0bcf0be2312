"""The kit that tests share: recipes that a run accepts, and sources that it reads."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from corpushub.recipe.loading import load_recipe
from corpushub.testing.recipes import recipe, source
from corpushub.testing.sources import write_jsonl


def test_recipes_say_what_was_asked_for() -> None:
    """Values of every kind are written as TOML reads them, in the source they were given for."""
    fields = {"id": "key", "text": 'the "body"'}
    text = recipe("[dedup]", source("w", "warc", ["é.warc"], extract="full"), paths=["a", "b"], fields=fields)

    assert tomllib.loads(text) == {
        "dataset": {"name": "d"},
        "source": [
            {"name": "s", "connector": "jsonl", "paths": ["a", "b"], "fields": fields},
            {"name": "w", "connector": "warc", "paths": ["é.warc"], "extract": "full"},
        ],
        "dedup": {},
    }
    assert tomllib.loads(source("s", "jsonl", [], number=1.5, truth=True))["source"][0]["truth"] is True


def test_the_plainest_recipe_can_be_run(tmp_path: Path) -> None:
    """A recipe of which nothing is said is valid, and names where sources are written."""
    path = tmp_path / "recipe.toml"
    path.write_text(recipe(), encoding="utf-8")
    rows = [{"id": "1", "text": "é"}]
    written = write_jsonl(tmp_path / "data" / "a.jsonl", rows)
    read, _ = load_recipe(path)

    assert [tmp_path / pattern for pattern in read.source[0].paths] == [tmp_path / "data" / "*.jsonl"]
    assert [json.loads(line) for line in written.read_text(encoding="utf-8").splitlines()] == rows
