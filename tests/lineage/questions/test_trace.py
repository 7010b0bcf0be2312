from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from lineage.commit.release import Release
from lineage.control.runs import get_run, save_run
from lineage.control.versions import Version
from lineage.errors import UnknownReference
from lineage.hub import Hub
from lineage.questions.history import history, list_runs, show_run
from lineage.questions.show import show_version
from lineage.questions.trace import final_event, trace_document, trace_version
from lineage.references import DocumentRef, RunRef, VersionRef

TRACE_KEYS = [
    "doc_id",
    "source",
    "locator",
    "uri",
    "captured_at",
    "license",
    "profile",
    "policy",
    "output",
    "events",
    "duplicate_of",
    "similarity",
    "versions",
]


def test_kept_document_is_traced(hub: Hub, make_version: Callable[..., Version], make_id: Callable[[int], str]) -> None:
    """A kept document's trace has its origin, its events in order, and every version that keeps it."""
    make_version("r1", [1, 2])
    make_version("r2", [2, 4])
    make_version("r3", [1, 2])
    trace = trace_document(hub, DocumentRef(VersionRef("fruit", 1), make_id(1)))
    assert list(trace) == TRACE_KEYS
    assert trace["locator"] == {"file": "crawl/a.warc.gz", "offset": 100, "length": 100}
    assert trace["captured_at"] == "2024-05-01T12:00:00.000000Z"
    assert trace["uri"] == "https://orchard.example/1"
    assert trace["events"] == [
        {
            "step": "pii",
            "outcome": "changed",
            "reason": "pii_scrubbed",
            "value": 2.0,
            "detail": None,
            "run": "run:r1",
            "edits": None,
            "findings": None,
        },
        {
            "step": "release",
            "outcome": "kept",
            "reason": None,
            "value": None,
            "detail": None,
            "run": "run:r1",
            "edits": None,
            "findings": None,
        },
    ]
    assert trace["versions"] == ["fruit@v1", "fruit@v3"]


def test_dropped_document_names_reason_and_survivor(
    hub: Hub, make_version: Callable[..., Version], make_id: Callable[[int], str]
) -> None:
    """A dropped duplicate's trace names its survivor and their similarity; no version keeps it."""
    make_version("r1", [1], {2: 1, 3: None})
    trace = trace_document(hub, DocumentRef(VersionRef("fruit"), make_id(2)))
    assert (trace["duplicate_of"], trace["similarity"], trace["versions"]) == (make_id(1), 0.875, [])
    assert trace["events"][-1]["reason"] == "near_duplicate"
    other = trace_document(hub, DocumentRef(VersionRef("fruit"), make_id(3)))
    assert (other["duplicate_of"], other["events"][-1]["reason"]) == (None, "gopher_too_few_words")


def test_document_of_other_versions_is_pointed_to(
    hub: Hub, make_version: Callable[..., Version], make_id: Callable[[int], str]
) -> None:
    """Asking a version for a document it never met says which versions met it."""
    make_version("r1", [1])
    make_version("r2", [2])
    with pytest.raises(UnknownReference, match="read for fruit@v1;"):
        trace_document(hub, DocumentRef(VersionRef("fruit"), make_id(1)))
    with pytest.raises(UnknownReference, match="no version of fruit has read it"):
        trace_document(hub, DocumentRef(VersionRef("fruit"), make_id(9)))


def test_taken_over_document_is_in_both_versions(
    hub: Hub,
    make_version: Callable[..., Version],
    make_release: Callable[..., Release],
    make_id: Callable[[int], str],
) -> None:
    """A version that takes over an earlier one's files contains its documents, with their run."""
    earlier = make_release("r1", [1])
    make_version("r1", [1])
    make_version("r2", [2], keeping=earlier)
    trace = trace_document(hub, DocumentRef(VersionRef("fruit"), make_id(1)))
    assert trace["versions"] == ["fruit@v1", "fruit@v2"]
    assert {event["run"] for event in trace["events"]} == {"run:r1"}


def test_events_of_runs_come_in_the_order_of_their_starts(
    hub: Hub, make_version: Callable[..., Version], make_release: Callable[..., Release],
    make_id: Callable[[int], str],
) -> None:  # fmt: skip
    """Where two runs met a document, the earlier run's events come first, whatever their ids."""
    earlier = make_release("z-first", [1])
    make_version("z-first", [1])
    make_version("a-second", [], {1: None}, keeping=earlier)
    first = get_run(hub.db, "z-first")
    save_run(hub.db, replace(first, started="2001-01-01T00:00:00.000000Z"))
    trace = trace_document(hub, DocumentRef(VersionRef("fruit"), make_id(1)))
    assert [event["run"] for event in trace["events"]] == ["run:z-first", "run:z-first", "run:a-second"]


def test_final_event_prefers_kept() -> None:
    """A record that was read twice counts as kept; one without an ending shows its last event."""
    events = [{"outcome": "dropped"}, {"outcome": "kept"}, {"outcome": "changed"}]
    assert final_event(events) == {"outcome": "kept"}
    assert final_event([{"outcome": "changed", "n": 1}, {"outcome": "changed", "n": 2}])["n"] == 2


def test_version_is_traced_to_runs_and_inputs(hub: Hub, make_version: Callable[..., Version]) -> None:
    """The graph of a version has its ancestors, their runs, and each input file once."""
    make_version("r1", [1])
    make_version("r2", [2])
    make_version("r3", [3])
    graph = trace_version(hub, VersionRef("fruit", 2))
    nodes = {node["id"]: node["kind"] for node in graph["nodes"]}
    source = f"input:orchard/crawl/a.warc.gz#{'e' * 16}"
    assert nodes == {
        "fruit@v2": "version", "run:r2": "run", source: "input", "fruit@v1": "version", "run:r1": "run"
    }  # fmt: skip
    edges = {(edge["from"], edge["to"], edge["kind"]) for edge in graph["edges"]}
    assert edges == {
        ("run:r2", "fruit@v2", "wrote"),
        (source, "run:r2", "read"),
        ("fruit@v1", "fruit@v2", "parent"),
        ("run:r1", "fruit@v1", "wrote"),
        (source, "run:r1", "read"),
    }


def test_version_is_shown(hub: Hub, make_version: Callable[..., Version]) -> None:
    """A version's object has the keys that scripts rely on."""
    make_version("r1", [1])
    version = make_version("r2", [1, 2])
    shown = show_version(hub, VersionRef("fruit"))
    assert (shown["version"], shown["documents"], shown["parents"]) == ("fruit@v2", 2, ["fruit@v1"])
    assert (shown["run"], shown["created"], shown["bytes"]) == ("run:r2", version.created, version.bytes)
    assert (shown["licenses"], shown["languages"], shown["sources"]) == ({"MIT": 2}, {"en": 2}, {"orchard": 2})
    assert shown["recipe_digest"] == "c" * 64


def test_history_and_runs(hub: Hub, make_version: Callable[..., Version]) -> None:
    """History lists versions and runs newest first, each run with its inputs on request."""
    make_version("r1", [1], {2: 1})
    make_version("r2", [1, 2])
    assert [entry["version"] for entry in history(hub, "fruit")] == ["fruit@v2", "fruit@v1"]
    assert history(hub, "fruit")[1]["counts"]["dropped"] == 1
    assert {run["run"]: run["version"] for run in list_runs(hub)} == {"run:r1": "fruit@v1", "run:r2": "fruit@v2"}
    run = show_run(hub, RunRef("r1"))
    assert (run["state"], run["counts"]["read"], run["inputs"][0]["name"]) == ("committed", 2, "crawl/a.warc.gz")
    with pytest.raises(UnknownReference):
        history(hub, "nothing")
