"""What the tests of policies share."""

from __future__ import annotations

import sys
from pathlib import Path
from time import process_time

import pytest

from policies.pii.search.scan import scan_texts


@pytest.fixture
def shared_data() -> Path:
    """Return the folder of real data beside the checkout; skip where there is none."""
    folder = Path(__file__).parents[3] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data beside the checkout are absent")
    return folder


@pytest.fixture
def processor_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what a search may cost count in time of the processor: what else the machine does must not end it."""
    monkeypatch.setattr(sys.modules[scan_texts.__module__], "perf_counter", process_time)
