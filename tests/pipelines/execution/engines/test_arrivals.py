"""What workers of an engine have finished is told while it still works, if it tells nothing itself."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipelines.execution.engines import arrivals
from pipelines.execution.engines.arrivals import as_they_come
from pipelines.execution.remote import Answer, Assignment
from pipelines.execution.stage import Report

PATIENCE = 900.0
"""Seconds after which a test counts as hung."""


@dataclass(frozen=True, slots=True)
class Noting:
    """A task whose report stands in a folder once it is done."""

    id: str
    folder: str
    code: str = "this"
    cost: int = 1

    @property
    def report_path(self) -> str:
        """Name the report by the task."""
        return f"{self.folder}/{self.id}.json"

    def kept_report(self) -> Report | None:
        """Leave nothing to an earlier attempt."""
        return None

    def run(self) -> Report:
        """Leave a report."""
        Path(self.report_path).write_text(json.dumps({"id": self.id}))
        return Report(self.id)

    def load(self, content: Mapping[str, Any]) -> Report:
        """Return the report that was kept as JSON."""
        return Report.load(content)


def sent(folder: Path, names: Iterable[str]) -> list[Assignment]:
    """Return an assignment for each of *names*."""
    return [Assignment(Noting(name, str(folder)), "this") for name in names]


def test_reports_are_told_before_the_engine_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first answer comes while the engine waits; those that it tells at its end come too."""
    monkeypatch.setattr(arrivals, "PAUSE", 0.01)
    told = threading.Event()
    work = sent(tmp_path, ["first", "last"])

    def engine() -> list[Answer]:
        work[0].task.run()
        assert told.wait(PATIENCE)
        return [{"id": "first"}, {"id": "last"}]

    coming = as_they_come(work, engine)
    assert next(coming) == {"id": "first"}
    told.set()
    assert [answer["id"] for answer in coming] == ["first", "last"]


def test_a_report_that_stood_before_is_not_taken_for_an_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A task that is sent though it has a report has to be done again: only what the engine says of it counts."""
    monkeypatch.setattr(arrivals, "PAUSE", 0.01)
    told = threading.Event()
    work = sent(tmp_path, ["outdated", "new"])
    work[0].task.run()

    def engine() -> list[Answer]:
        work[1].task.run()
        assert told.wait(PATIENCE)
        return []

    coming = as_they_come(work, engine)
    assert next(coming) == {"id": "new"}
    told.set()
    assert list(coming) == []


def test_what_the_engine_raises_is_raised(tmp_path: Path) -> None:
    """An engine that gives up does so in the thread that waits for it."""

    def engine() -> list[Answer]:
        raise RuntimeError("gone")

    with pytest.raises(RuntimeError, match="gone"):
        list(as_they_come(sent(tmp_path, ["one"]), engine))
