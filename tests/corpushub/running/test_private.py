"""Private by default: whatever the umask, nobody but its owner can read what is made in a home."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from corpushub.testing.recipes import recipe
from corpushub.testing.sources import write_jsonl
from lineage.hub import Hub
from lineage.hub.home import Home
from lineage.hub.private import VARIABLE

WORDS = "quick brown fox jumps over the lazy dog near a quiet river bank where small birds sing all day"


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """A umask of the process, those that people have."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def others(folder: Path, bits: int) -> list[str]:
    """Return what below *folder* gives any of *bits*, as `find -perm /BITS` does, sockets included."""
    held = [folder, *folder.rglob("*")]
    return [f"{oct(path.lstat().st_mode)} {path}" for path in held if stat.S_IMODE(path.lstat().st_mode) & bits]


def make(folder: Path, name: str) -> Path:
    """Write a recipe with a source beside it."""
    rows = [{"id": str(at), "url": f"https://h{at}.example/", "text": f"{WORDS} {at * 7919}"} for at in range(6)]
    write_jsonl(folder / name / "data" / "a.jsonl", rows)
    path = folder / name / "recipe.toml"
    path.write_text(recipe("[dedup]\nthreshold = 0.9\n", license="CC0-1.0"), encoding="utf-8")
    return path


def test_nothing_in_a_home_is_for_others(tmp_path: Path, umask: int, corpushub: Callable[..., Any]) -> None:
    """After a run with workers, and all that rewrites files, no file or folder of the home gives others anything."""
    path, hub = make(tmp_path, "a"), tmp_path / "made" / "hub"
    at = ("--hub", hub)
    corpushub("run", path, *at, "--workers", "2")
    assert others(hub, 0o077) == []

    corpushub("withdraw", "d", "--rule", "host:h1.example", "--reason", "r", "--yes", *at)
    corpushub("compact", "d", *at)
    corpushub("erase", "--subject", "host:h2.example", "--reason", "r", "--yes", *at)
    corpushub("verify", "d", *at)
    corpushub("export", "d", "--as", "jsonl", "--out", tmp_path / "out", *at)
    assert others(tmp_path / "made", 0o077) == []
    assert len(list(hub.rglob("*"))) > 20
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o777 & ~umask


def test_a_group_may_be_let_in(tmp_path: Path, umask: int, monkeypatch: Any, corpushub: Callable[..., Any]) -> None:
    """With CORPUSHUB_SHARED=group folders are 0750 and files 0640, but for the key that signs."""
    monkeypatch.setenv(VARIABLE, "group")
    path, hub = make(tmp_path, "a"), tmp_path / "made" / "hub"
    corpushub("run", path, "--hub", hub)

    assert umask is not None
    assert others(hub, 0o027) == []
    closed = [one for one in hub.rglob("*") if not stat.S_IMODE(one.stat().st_mode) & 0o040]
    assert [one.name for one in closed] == ["signing.pem"]


def test_a_wrong_setting_is_refused(tmp_path: Path, monkeypatch: Any, corpushub: Callable[..., Any]) -> None:
    """Whoever mistypes the setting is told before anything is made."""
    monkeypatch.setenv(VARIABLE, "everybody")
    told = corpushub("run", make(tmp_path, "a"), "--hub", tmp_path / "hub", code=2)

    assert VARIABLE in told["message"]
    assert not (tmp_path / "hub").exists()


def test_doctor_names_what_others_can_read(tmp_path: Path, corpushub: Callable[..., Any]) -> None:
    """A hub of an earlier release, or one that was opened since, is named with the command that closes it."""
    hub = tmp_path / "hub"
    corpushub("run", make(tmp_path, "a"), "--hub", hub)
    told = corpushub("doctor", "--hub", hub, code=None)
    assert [one for one in told["findings"] if one["check"] == "permissions"] == []

    hub.chmod(0o755)
    (hub / "hub.sqlite").chmod(0o644)
    found = corpushub("doctor", "--hub", hub, code=1)["findings"]
    (open_to_others,) = [one for one in found if one["check"] == "permissions"]
    assert open_to_others["wrong"]
    assert f"chmod -R go-rwx {hub}" in open_to_others["message"]
    assert Hub(Home(hub)).exists
