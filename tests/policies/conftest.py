"""What the tests of policies share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def shared_data() -> Path:
    """Return the folder of real data beside the checkout; skip where there is none."""
    folder = Path(__file__).parents[3] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data beside the checkout are absent")
    return folder
