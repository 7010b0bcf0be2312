"""What scrubs is checked before workers start, and once for each of its settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.execution.prepare import prepare_scrubber
from policies.errors import InvalidScrub
from policies.pii.scrubber import Scrubber


def test_patterns_are_compiled_once_for_each_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first run waits and says so, the next does not, nor one that acts otherwise; one that looks for more does."""
    for module in ("execution.prepare", "kernels.compiled"):
        monkeypatch.setattr(f"pipelines.{module}.cache_folder", lambda: tmp_path)
    said: list[str] = []
    scrubber = Scrubber(entities=("EMAIL_ADDRESS",))
    masking = Scrubber(entities=("EMAIL_ADDRESS",), actions={"EMAIL_ADDRESS": "mask"})
    asked = (None, scrubber, scrubber, masking, Scrubber(entities=("IP_ADDRESS",)))

    assert [prepare_scrubber(one, said.append) for one in asked] == [False, True, False, False, True]
    assert len(said) == len(list(tmp_path.iterdir())) == 2
    with pytest.raises(InvalidScrub, match="SHOE_SIZE"):
        prepare_scrubber(Scrubber(entities=("SHOE_SIZE",)), said.append)
