"""A graph carries where tasks stand: a worker reads its own, and runs nothing that the driver has not written."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import UnfitWorker
from pipelines.execution.engines.parcels import carry_out_parcel, pack, size_of
from pipelines.execution.remote import Assignment
from pipelines.execution.stage import Report


@dataclass(frozen=True)
class Word:
    """A task that says a word."""

    id: str
    code: str = "1"
    cost: int = 1

    def run(self) -> Report:
        """Say it."""
        return Report(self.id)

    def load(self, content: Mapping[str, Any]) -> Report:
        """Return what was said."""
        return Report(**content)


def test_each_worker_reads_its_own(tmp_path: Path) -> None:
    """Tasks of any size come out as they went in, in any order, and are small in the graph."""
    words = ["a", "b" * 100_000, "c"]
    parcels = pack([Assignment(Word(word), "1") for word in words], str(tmp_path / "sent"))

    assert [carry_out_parcel(one) for one in parcels[::-1]] == [{"id": word, "cpu": 0.0} for word in words[::-1]]
    assert max(len(pickle.dumps(one)) for one in parcels) < 400
    assert pack([], str(tmp_path / "none")) == []
    assert size_of([]) == 0
    assert 2_000 * 100 < size_of([Assignment(Word("a" * 100), "1")] * 2_000) < 2_000 * 400


@pytest.mark.parametrize("at", [0, 40])
def test_what_was_changed_is_not_run(tmp_path: Path, at: int) -> None:
    """A file that another hand has written to is refused before it is unpickled."""
    (parcel,) = pack([Assignment(Word("a"), "1")], str(tmp_path / "sent"))
    content = bytearray((tmp_path / "sent").read_bytes())
    content[at] ^= 1
    (tmp_path / "sent").write_bytes(content)

    with pytest.raises(UnfitWorker, match="nothing was run"):
        carry_out_parcel(parcel)
