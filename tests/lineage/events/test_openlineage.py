from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

from lineage.control.costs.attempts import Attempt, AttemptState, StageCost, record_attempt
from lineage.control.costs.energy import Rates
from lineage.control.runs import RunInput, RunState, get_run, start_run
from lineage.control.versions import Version
from lineage.events import openlineage
from lineage.events.openlineage import Event, ended, events_of, running, started
from lineage.hub import Hub
from lineage.hub.connection import now
from lineage.hub.database import Database

HERE = Path(__file__).parent
INPUTS = [RunInput("orchard", f"a{n}.gz", "/in", 5, "e" * 64) for n in (1, 2)]


@pytest.fixture(scope="module")
def check() -> Callable[[Event], None]:
    """Return a function that validates an event, all its facets included, with no network."""
    facets = json.loads((HERE.parents[2] / "lineage" / "events" / "facets.json").read_text())
    schema = json.loads((HERE / "openlineage_schema.json").read_text())
    registry: Any = Registry().with_resource("urn:corpushub:facets", Resource.from_contents(facets))
    validator = Draft202012Validator(schema, registry=registry, format_checker=FormatChecker())

    def validate(event: Event) -> None:
        validator.validate(event)

    return validate


def test_every_event_of_a_run_is_valid(
    hub: Hub, make_version: Callable[..., Version], check: Callable[[Event], None]
) -> None:
    """START, RUNNING, COMPLETE and FAIL meet the schemas; the last says what the version is."""
    make_version("r1", [1])
    make_version("r2", [1, 2], {3: 1})
    run = get_run(hub.db, "r2")
    failed = replace(run, id="r3", state=RunState.FAILED, error="ShardsFailed")
    start_run(hub.db, failed)
    stages = (StageCost("annotate", 2.0, driver=0.5, workers=3.5, gb_hours=0.1),)
    rates = Rates(watts_per_core=9.0, grid_g_per_kwh=400.0)
    record_attempt(hub.db, Attempt("r2", now(), AttemptState.COMMITTED, "local", stages, joules=36.0, rates=rates))
    record_attempt(hub.db, Attempt("r3", now(), AttemptState.KILLED, "ray", stages, missing=("its last moment",)))
    events = [started(run, INPUTS), running(run, INPUTS, now()), ended(hub, run), ended(hub, failed)]
    for event in events:
        check(event)
    assert [event["eventType"] for event in events] == ["START", "RUNNING", "COMPLETE", "FAIL"]
    assert len({event["run"]["runId"] for event in events[:3]}) == 1
    (output,) = events[2]["outputs"]
    facets = output["facets"]
    assert facets["version"]["datasetVersion"] == "v2"
    assert facets["corpushub_licenses"]["licenses"] == {"MIT": 2}
    assert facets["corpushub_personalData"]["spans"] == {"EMAIL": 4}
    assert events[2]["run"]["facets"]["corpushub_decisions"]["counts"]["dropped"] == 1
    energy = events[2]["run"]["facets"]["corpushub_energy"]
    assert (energy["cpuSeconds"], energy["modelled"], energy["measured"]) == (
        4.0,
        {"kwh": 1e-05, "grams": 0.004, "cost": None},
        {"kwh": 1e-05},
    )
    assert events[3]["run"]["facets"]["corpushub_energy"]["failedSeconds"] == 4.0
    assert output["outputFacets"]["outputStatistics"]["rowCount"] == 2
    assert [item["name"] for item in events[2]["inputs"]] == ["orchard", "fruit"]
    assert events[3]["run"]["facets"]["errorMessage"]["message"] == "ShardsFailed"
    assert not events[3]["outputs"]


def test_inputs_are_told_by_source(db: Database, make_version: Callable[..., Version]) -> None:
    """However many files a source has, it is one input, with their number, size and a common digest."""
    make_version("r1", [1])
    (source,) = started(get_run(db, "r1"), INPUTS)["inputs"]
    assert source["inputFacets"]["inputStatistics"]["fileCount"] == 2
    assert source["inputFacets"]["inputStatistics"]["size"] == 10
    (same,) = started(get_run(db, "r1"), INPUTS[::-1])["inputs"]
    assert same == source


def test_schemas_find_mistakes(
    db: Database, make_version: Callable[..., Version], check: Callable[[Event], None]
) -> None:
    """A facet with a wrong body, an unknown facet and a bad id are each refused: the check can fail."""
    from jsonschema import ValidationError

    make_version("r1", [1])
    good = started(get_run(db, "r1"), INPUTS)
    for path, value in (
        (("run", "runId"), "no uuid"),
        (("run", "facets", "corpushub_recipe"), {"run": "r1"}),
        (("run", "facets", "surprise"), {}),
        (("eventType",), "DONE"),
        (("job", "facets", "jobType", "_schemaURL"), "https://openlineage.io/"),
    ):
        bad = json.loads(json.dumps(good))
        place = bad
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value
        with pytest.raises(ValidationError):
            check(bad)


def test_events_of_runs(hub: Hub, make_version: Callable[..., Version], check: Callable[[Event], None]) -> None:
    """Runs become their events, oldest first, the same each time."""
    make_version("r1", [1])
    make_version("r2", [2])
    events = events_of(hub, ["r2", "r1"])
    for event in events:
        check(event)
    assert [event["eventType"] for event in events] == ["START", "COMPLETE"] * 2
    assert events == events_of(hub, ["r1", "r2"])
    assert events[0]["run"]["runId"] == openlineage.run_uuid("r1")


def test_events_hold_no_text(hub: Hub, make_version: Callable[..., Version]) -> None:
    """No text, URI or id of a document stands in an event."""
    make_version("r1", [1, 2])
    told = json.dumps(ended(hub, get_run(hub.db, "r1")))
    assert not any(word in told for word in ("quinces", "orchard.example", "Q-1"))
