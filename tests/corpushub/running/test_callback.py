"""Progress by callback: each stage is told when it begins and when it ends, with all that was counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpushub.running.callback import CallbackWatcher
from corpushub.running.run import run
from corpushub.running.stage_progress import StageProgress
from corpushub.testing.recipes import recipe
from corpushub.testing.sources import write_jsonl
from lineage.hub import Hub
from lineage.hub.home import Home
from pipelines.execution.executor import Execution


@pytest.mark.usefixtures("warm")
def test_a_run_tells_each_stage(tmp_path: Path) -> None:
    """A function hears of every stage, of its tasks and records, and of what the run has to say."""
    write_jsonl(tmp_path / "data" / "a.jsonl", [{"id": str(at), "text": f"Text {at} of a few."} for at in range(5)])
    (tmp_path / "recipe.toml").write_text(recipe(), encoding="utf-8")
    heard: list[StageProgress] = []

    run(Hub(Home(tmp_path / "hub")), tmp_path / "recipe.toml", Execution(workers=1), CallbackWatcher(heard.append))

    stages = list(dict.fromkeys(one.stage for one in heard if one.message is None))
    last = {one.stage: one for one in heard}
    assert stages == ["annotate", "profiles", "dedup", "release", "index", "record", "statistics"]
    assert (last["annotate"].read, last["annotate"].kept, last["annotate"].share) == (5, 5, 1.0)
    assert all(last[stage].finished == last[stage].tasks > 0 for stage in stages)
