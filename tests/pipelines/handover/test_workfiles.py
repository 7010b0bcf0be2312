"""Files at stage boundaries: whole or not there."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from lineage.hub.home import is_local
from lineage.storage.files import exists
from pipelines.handover.workfiles import read_json, reading, write_json, writing


@pytest.fixture(params=["local", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A folder that does not exist yet: of this machine, and of an fsspec store."""
    return str(tmp_path / "deep" / "er") if request.param == "local" else f"memory://{uuid4().hex}"


class Interrupted(Exception):
    """Raised by the tests below."""


def break_off(path: str) -> None:
    """Begin to write a file and fail."""
    with writing(path) as file:
        file.write(b"half")
        raise Interrupted


def test_what_is_written_is_read(folder: str) -> None:
    """A file holds what was written, and its folders are made on the way."""
    assert not exists(f"{folder}/a")
    with writing(f"{folder}/a") as file:
        file.write(b"first")
        file.write(b" second")
    with reading(f"{folder}/a") as read:
        assert read.read() == b"first second"
    assert exists(f"{folder}/a")


def test_writing_again_replaces(folder: str) -> None:
    """Two writers one after the other leave the file of the last."""
    for content in (b"longer content", b"short"):
        with writing(f"{folder}/a") as file:
            file.write(content)
    with reading(f"{folder}/a") as read:
        assert read.read() == b"short"


def test_json_is_canonical(folder: str) -> None:
    """Values come back, and the order of keys leaves no trace in the bytes."""
    value = {"b": [1, None, "\u00fc"], "a": {"y": 1.5, "x": True}}
    write_json(f"{folder}/a", value)
    write_json(f"{folder}/b", dict(reversed(value.items())))
    with reading(f"{folder}/a") as one, reading(f"{folder}/b") as other:
        assert one.read() == other.read()
    assert read_json(f"{folder}/a") == value


def test_failed_writer_leaves_nothing(tmp_path: Path) -> None:
    """A block that raises leaves neither the file nor a temporary one."""
    with pytest.raises(Interrupted):
        break_off(str(tmp_path / "a"))

    assert list(tmp_path.iterdir()) == []


def test_failed_writer_leaves_the_old_file(tmp_path: Path) -> None:
    """A finished file survives a later writer that fails."""
    write_json(str(tmp_path / "a"), "old")
    with pytest.raises(Interrupted):
        break_off(str(tmp_path / "a"))

    assert read_json(str(tmp_path / "a")) == "old"


def test_failed_writer_leaves_nothing_in_a_store() -> None:
    """A half-written object never becomes visible, or a repeat would take it for finished."""
    path = f"memory://{uuid4().hex}/a"
    with pytest.raises(Interrupted):
        break_off(path)

    assert not exists(path)


def test_file_appears_when_the_block_ends(tmp_path: Path) -> None:
    """Nobody sees a file that is still being written."""
    path = str(tmp_path / "a")
    with writing(path) as file:
        file.write(b"half")
        assert not exists(path)
    assert exists(path)


@pytest.mark.parametrize(("path", "local"), [("/a/b", True), ("a", True), ("s3://b/k", False), ("memory://x", False)])
def test_urls_are_not_local(path: str, local: bool) -> None:
    """A scheme tells a URL from a path."""
    assert is_local(path) is local
