"""Refusals: what the task needs is listed in a file, however much it is."""

from __future__ import annotations

import pickle
from pathlib import Path

from pipelines.dedup.refusals import RefusalTask


def test_the_task_names_a_list(tmp_path: Path) -> None:
    """It is no larger for 50,000 parts, is named by what the list holds, and not by where it stands."""
    events = [f"{tmp_path}/{at}.events" for at in range(1000)]
    verdicts = {f"part-{at}": f"{tmp_path}/part-{at}-0123456789abcdef.verdict.arrow" for at in range(50_000)}
    task = RefusalTask.of(events, verdicts, "a.parts", str(tmp_path / "one"), whole=False)
    again = RefusalTask.of(events[::-1], verdicts, "b/a.parts", str(tmp_path / "two"), whole=False)
    other = RefusalTask.of(events[1:], verdicts, "a.parts", str(tmp_path / "one"), whole=False)

    assert len(pickle.dumps(task)) < 1000
    assert task.id == again.id != other.id
