"""Source files are read for their digest once, and again where something tells that they changed, or nothing does."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import fsspec
import pytest

from connectors.streams import stamps
from connectors.streams.stamps import stamp_of
from corpushub.recipe.inputs import Stamped, digest_here, list_inputs
from corpushub.recipe.loading import load_recipe
from corpushub.recipe.model import Recipe
from corpushub.testing.recipes import recipe
from lineage.hub import Hub
from lineage.hub.database import Database
from lineage.hub.home import Home


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let files count as settled as soon as they are written."""
    monkeypatch.setattr(stamps, "SETTLED_NS", 0)


@pytest.fixture
def db(tmp_path: Path) -> Database:
    """Return an empty control database."""
    home = Home(tmp_path / "hub")
    home.create()
    return Hub(home).db


class Reader:
    """Digests files as the driver does, and notes their names."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def __call__(self, files: Sequence[Stamped]) -> list[str]:
        """Digest *files*."""
        self.read += [file.path.rsplit("/", 1)[-1] for file in files]
        return digest_here(files)


def recipe_over(folder: Path, paths: str) -> Recipe:
    """Return a recipe that reads *paths*."""
    (folder / "recipe.toml").write_text(recipe(paths=[paths]), encoding="utf-8")
    return load_recipe(folder / "recipe.toml")[0]


@pytest.mark.usefixtures("settled")
def test_local_files_are_read_again_when_they_change(tmp_path: Path, db: Database) -> None:
    """Size and time stand for the content; a file of another time or size is read, and its neighbour is not."""
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_text(name)
    reader, wanted = Reader(), recipe_over(tmp_path, "*.jsonl")
    first = list_inputs(wanted, tmp_path, db, reader)
    again = list_inputs(wanted, tmp_path, db, reader)
    assert again == first
    assert sorted(reader.read) == ["a.jsonl", "b.jsonl"]
    (tmp_path / "b.jsonl").write_text("c")
    os.utime(tmp_path / "b.jsonl", ns=(1, 1))
    changed = list_inputs(wanted, tmp_path, db, reader)

    assert reader.read[2:] == ["b.jsonl"]
    assert [item.sha256 for item in changed] == [hashlib.sha256(text).hexdigest() for text in (b"a", b"c")]


@pytest.mark.usefixtures("settled")
def test_a_time_that_was_set_back_hides_no_change(tmp_path: Path, db: Database) -> None:
    """A file of the same size and time of writing, as copying leaves it, is read again: in place, put there, linked."""
    names = ("a.jsonl", "b.jsonl", "other")
    for name in names:
        (tmp_path / name).write_text(name[0])
    (tmp_path / "link.jsonl").symlink_to("a.jsonl")
    wanted, reader = recipe_over(tmp_path, "*.jsonl"), Reader()
    times = {name: (tmp_path / name).stat().st_mtime_ns for name in names}
    list_inputs(wanted, tmp_path, db, reader)
    (tmp_path / "a.jsonl").write_text("x")
    os.utime(tmp_path / "a.jsonl", ns=(1, times["a.jsonl"]))
    os.utime(tmp_path / "other", ns=(1, times["b.jsonl"]))
    (tmp_path / "other").rename(tmp_path / "b.jsonl")
    (tmp_path / "link.jsonl").unlink()
    (tmp_path / "link.jsonl").symlink_to("b.jsonl")
    found = [item.sha256 for item in list_inputs(wanted, tmp_path, db, reader)]

    assert found == [hashlib.sha256(text).hexdigest() for text in (b"x", b"o", b"o")]


def test_a_file_that_was_written_just_now_is_read_again(
    tmp_path: Path, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk's clock may not tell it from what is written a moment later."""
    monkeypatch.setattr(stamps, "SETTLED_NS", 1 << 62)
    (tmp_path / "a.jsonl").write_text("a")
    reader, wanted = Reader(), recipe_over(tmp_path, "*.jsonl")
    for _ in range(2):
        list_inputs(wanted, tmp_path, db, reader)

    assert stamp_of(str(tmp_path / "a.jsonl")) is None
    assert reader.read == ["a.jsonl", "a.jsonl"]


@pytest.mark.usefixtures("settled")
def test_whoever_only_asks_leaves_nothing(tmp_path: Path, db: Database) -> None:
    """A plan uses what is known, and notes nothing."""
    (tmp_path / "a.jsonl").write_text("a")
    reader, wanted = Reader(), recipe_over(tmp_path, "*.jsonl")
    for _ in range(2):
        list_inputs(wanted, tmp_path, db, reader, keep=False)

    assert reader.read == ["a.jsonl", "a.jsonl"]


def test_a_file_that_nothing_tells_the_version_of_is_read_each_time(tmp_path: Path, db: Database) -> None:
    """Fsspec's memory store gives no tag; size alone never stands for content."""
    store = fsspec.filesystem("memory")
    store.pipe("/inputs/a.jsonl", b"a")
    reader, wanted = Reader(), recipe_over(tmp_path, "memory://inputs/*.jsonl")
    for content in (b"a", b"b"):
        store.pipe("/inputs/a.jsonl", content)
        (found,) = list_inputs(wanted, tmp_path, db, reader)
        assert found.sha256 == hashlib.sha256(content).hexdigest()

    assert stamp_of("memory://inputs/a.jsonl") is None
    assert reader.read == ["a.jsonl", "a.jsonl"]


@pytest.mark.parametrize(
    ("told", "stamp"),
    [
        ({"ETag": '"abc"'}, '"abc"'),
        ({"etag": "abc", "size": 3}, "abc"),
        ({"ETag": '"abc"', "VersionId": "7"}, "7"),
        ({"ETag": 'W/"abc"'}, None),
        ({"ETag": ""}, None),
        ({}, None),
    ],
)
def test_versions_and_tags_are_stamps(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, object], stamp: str | None
) -> None:
    """An object's version counts before its tag; a weak tag, which is not about bytes, counts for nothing."""
    store = fsspec.filesystem("memory")
    store.pipe("/stamped", b"a")
    monkeypatch.setattr(type(store), "info", lambda self, path, **_: {"name": path, "type": "file", **told})

    assert stamp_of("memory://stamped") == stamp
