"""A hub in which persons are, to be changed, and one without a dataset."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import corpushub
from corpushub.face.hub import Hub


@pytest.fixture
def hub(persons_hub: Path, findings_key: None, tmp_path: Path) -> Iterator[Hub]:
    """A copy of the hub."""
    shutil.copytree(persons_hub, tmp_path / "hub")
    with corpushub.open(tmp_path / "hub") as opened:
        yield opened


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Hub]:
    """A hub without a dataset."""
    with Hub.locate(tmp_path / "hub") as hub:
        hub.home.create()
        yield hub
