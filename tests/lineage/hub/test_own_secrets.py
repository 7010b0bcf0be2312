"""Secrets of a hub: made once, for its owner alone, whole or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lineage.hub.home import Home
from lineage.hub.own_secrets import BYTES, keep_secret, place_of, secret_of


@pytest.mark.parametrize("shared", ["", "group"])
def test_whoever_asks_first_makes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared: str) -> None:
    """Of many who ask at once all get the same; nobody else may read it, and nothing else is left there."""
    monkeypatch.setenv("CORPUSHUB_SHARED", shared)
    home = Home(tmp_path / "hub").create()
    with ThreadPoolExecutor(16) as many:
        found = set(many.map(lambda _: secret_of(home, "one"), range(64)))
    path = place_of(home, "one")

    assert len(found) == 1
    assert len(found.pop()) == BYTES
    assert secret_of(home, "another") != secret_of(home, "one")
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert {one.name for one in path.parent.iterdir()} == {"one.secret", "another.secret"}


def test_what_stands_there_stays(tmp_path: Path) -> None:
    """A secret is never replaced."""
    home = Home(tmp_path / "hub").create()
    first = secret_of(home, "one")
    keep_secret(place_of(home, "one"), b"other")

    assert secret_of(home, "one") == first


def test_a_home_that_is_not_ours_has_none(tmp_path: Path) -> None:
    """Each who asks draws its own then, and nothing is made."""
    home = Home(tmp_path / "nowhere")

    assert secret_of(home, "one") != secret_of(home, "one")
    assert not home.path.exists()
