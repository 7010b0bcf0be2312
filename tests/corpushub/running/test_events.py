from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from corpushub.running.events import deliver_events
from lineage.control.runs import Run, RunState
from lineage.events import outbox
from lineage.hub import Hub
from lineage.hub.home import Home


def test_run_leaves_its_events(hub: Path, corpushub: Any) -> None:
    """A run writes START, RUNNING and COMPLETE to the file of events, with the counts that it prints."""
    (path,) = (hub / "openlineage").iterdir()
    events = [json.loads(line) for line in path.read_text().splitlines()][:3]
    assert [event["eventType"] for event in events] == ["START", "RUNNING", "COMPLETE"]
    shown = corpushub("show", "quickstart@v1", "--hub", hub)
    facets = events[2]["outputs"][0]["facets"]
    assert facets["corpushub_licenses"]["licenses"] == shown["licenses"]
    assert facets["corpushub_personalData"]["spans"]
    decisions = [event["run"]["facets"].get("corpushub_decisions") for event in events]
    assert decisions[0] is None
    assert decisions[1] == decisions[2]
    assert decisions[2]["counts"]["kept"] == shown["documents"]


def test_trouble_is_said_and_not_raised(tmp_path: Path) -> None:
    """Where events cannot be written the command goes on: its version stands already."""
    home = Home(tmp_path / "hub").create()
    db = Hub(home).db
    said: list[str] = []
    (home.path / "openlineage").write_text("in the way")
    deliver_events(Hub(home), said.append)
    assert said == []
    run = Run("r1", "fruit", "", "c", "d", "1", RunState.RUNNING)
    outbox.put(db, run, {"eventType": "START", "eventTime": run.started})
    deliver_events(Hub(home), said.append)
    assert len(said) == 1
    assert "next run" in said[0]
