"""A plan refuses what a run would refuse, and estimates it by the last one."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import MissingSource
from corpushub.errors import RecipeError, Suppressed, WrongDigest
from corpushub.face.hub import Hub
from corpushub.recipe.settings import settings
from corpushub.testing.recipes import recipe
from corpushub.testing.sources import write_jsonl
from lineage.errors import DatasetBusy, HomeError, LogDamaged
from lineage.hub.locks import lock_dataset
from policies.errors import PolicyError
from policies.pii.keys import VARIABLE

WORDS = "the harbour committee repaired the wooden footbridge with oak from the old mill near the north pier {}"
PII = '[pii]\ndefault = "keep"\nkey_file = "key"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a source, a key and a recipe that uses both."""
    write_jsonl(tmp_path / "data" / "a.jsonl", [{"id": str(n), "text": WORDS.format(n)} for n in range(20)])
    write_jsonl(tmp_path / "data" / "b.jsonl", [{"id": "x", "text": "write to someone@example.com about the pier"}])
    (tmp_path / "key").write_text("k" * 32, encoding="utf-8")
    write(tmp_path, PII)
    return tmp_path


def write(folder: Path, *tables: str, **keys: Any) -> Path:
    """Write the recipe with *tables*, the source having *keys*."""
    path = folder / "recipe.toml"
    path.write_text(recipe(*tables, **keys), encoding="utf-8")
    return path


def both(hub: Hub, path: Path) -> tuple[type[Exception] | None, ...]:
    """Return what a plan and then a run of the recipe raise."""
    raised: list[type[Exception] | None] = []
    for ask in (hub.plan, hub.run):
        try:
            ask(path)
        except Exception as error:
            raised.append(type(error))
        else:
            raised.append(None)
    return tuple(raised)


@pytest.mark.parametrize(
    ("table", "error"),
    [
        ("", None),
        ('[[step]]\nuse = "langage"', RecipeError),
        ('[policy]\nfile = "none.toml"', PolicyError),
        ('[pii]\nkey_file = "none"', PolicyError),
        ('[[decontaminate]]\nname = "q"\nfiles = ["none.jsonl"]\nfield = "q"', MissingSource),
    ],
)
def test_recipes_are_refused_alike(table: str, error: type[Exception] | None, folder: Path) -> None:
    """What is wrong with a recipe is told by its plan, in the same class."""
    planned, run = both(Hub.locate(folder / "hub"), write(folder, table))

    assert planned is run
    assert planned is None if error is None else planned is not None and issubclass(planned, error)


def test_a_dataset_that_is_held_is_refused_alike(folder: Path) -> None:
    """While another command changes the dataset neither goes on."""
    with Hub.locate(folder / "hub") as hub:
        hub.run(folder / "recipe.toml")
        with lock_dataset(hub.home, "d", "other"):
            assert both(hub, folder / "recipe.toml") == (DatasetBusy, DatasetBusy)


@pytest.mark.parametrize("table", ["", PII.replace('key"', 'other"'), PII + 'entities = ["IP_ADDRESS"]'])
def test_a_run_that_could_not_tell_is_refused_alike(table: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the erasure of a person, runs without the key or without the type of value are."""
    monkeypatch.delenv(VARIABLE, raising=False)
    (folder / "other").write_text("o" * 32, encoding="utf-8")
    with Hub.locate(folder / "hub") as hub:
        hub.run(folder / "recipe.toml")
        hub.erase(["email:someone@example.com"], reason="asked", key_file=folder / "key")
        assert both(hub, write(folder, table)) == (Suppressed, Suppressed)


def test_a_hub_that_was_tampered_with_is_refused_alike(folder: Path) -> None:
    """Where the log does not say what the hub holds, neither goes on."""
    with Hub.locate(folder / "hub") as hub:
        hub.run(folder / "recipe.toml")
        hub.erase(["email:someone@example.com"], reason="asked", key_file=folder / "key")
        with hub.db.begin() as connection:
            connection.exec_driver_sql("delete from suppressions")
        assert both(hub, folder / "recipe.toml") == (LogDamaged, LogDamaged)


@pytest.mark.skipif(os.geteuid() == 0, reason="who may write everywhere is refused nowhere")
def test_a_hub_that_cannot_be_written_is_refused_alike(folder: Path) -> None:
    """A folder without permission is told."""
    (folder / "shut").mkdir(mode=0o500)

    assert both(Hub.locate(folder / "shut" / "hub"), folder / "recipe.toml") == (HomeError, HomeError)


def test_a_file_of_another_digest_is_refused_alike(folder: Path) -> None:
    """A source that says what its files are is believed by neither."""
    path = write(folder, sha256={"data/a.jsonl": "0" * 64})

    assert both(Hub.locate(folder / "hub"), path) == (WrongDigest, WrongDigest)


def test_estimates_grow_with_what_is_read(folder: Path) -> None:
    """Of a first run nothing is known; of the next as much more is expected as there is more to read."""
    with Hub.locate(folder / "hub") as hub:
        assert hub.plan(folder / "recipe.toml").estimate is None
        first = hub.run(folder / "recipe.toml")
        assert hub.plan(folder / "recipe.toml").estimate is None, "nothing is to be done"
        stored = sum(path.stat().st_size for path in (folder / "data").iterdir())
        write_jsonl(folder / "data" / "c.jsonl", [{"id": str(n), "text": WORDS.format(n)} for n in range(400)])
        expected = hub.plan(write(folder, "[dedup]")).estimate

    assert expected is not None
    assert expected.like == first.run
    more = sum(path.stat().st_size for path in (folder / "data").iterdir()) / stored
    assert expected.seconds == pytest.approx(first.seconds * more, rel=0.02, abs=0.2)
    assert 0 < expected.disk_bytes < expected.free_bytes
    assert expected.memory_bytes > 1 << 20


@pytest.mark.parametrize(
    "values",
    [
        {"min_words": 50, "ratio": 0.1, "on": True, "names": ["a", "b"]},
        {"thresholds": {"US_SSN": 0.5, "odd key": 1}, "empty": {}, "list": []},
        {"text": 'quotes " and \\ and\nlines', "é": "é"},
    ],
)
def test_settings_are_toml(values: dict[str, Any]) -> None:
    """Whoever copies a setting from a plan into a recipe has the same; what is None is not written."""
    written = settings({**values, "none": None})

    assert tomllib.loads(f"found = {{ {written} }}")["found"] == values
    assert settings({"set": frozenset({"b", "a"})}) == 'set = ["a", "b"]'
