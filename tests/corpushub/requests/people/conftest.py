from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from corpushub.face.hub import Hub


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Hub]:
    """A hub without a dataset."""
    with Hub.locate(tmp_path / "hub") as hub:
        hub.home.create()
        yield hub
