from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from lineage.commit.release import Release
from lineage.control.runs import get_run, save_run
from lineage.control.versions import Version
from lineage.errors import UnknownReference
from lineage.hub import Hub
from lineage.questions.trace import Event, Locator, final_event, trace_document
from lineage.references import DocumentRef, VersionRef
from lineage.storage.as_json import as_json

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
    assert list(as_json(trace)) == TRACE_KEYS
    assert trace.locator == Locator("crawl/a.warc.gz", 100, 100)
    assert trace.captured_at == "2024-05-01T12:00:00.000000Z"
    assert trace.uri == "https://orchard.example/1"
    assert trace.events == (
        Event("pii", "changed", "pii_scrubbed", 2.0, None, "run:r1", None, None),
        Event("release", "kept", None, None, None, "run:r1", None, None),
    )
    assert trace.versions == ("fruit@v1", "fruit@v3")


def test_dropped_document_names_reason_and_survivor(
    hub: Hub, make_version: Callable[..., Version], make_id: Callable[[int], str]
) -> None:
    """A dropped duplicate's trace names its survivor and their similarity; no version keeps it."""
    make_version("r1", [1], {2: 1, 3: None})
    trace = trace_document(hub, DocumentRef(VersionRef("fruit"), make_id(2)))
    assert (trace.duplicate_of, trace.similarity, trace.versions) == (make_id(1), 0.875, ())
    assert trace.events[-1].reason == "near_duplicate"
    other = trace_document(hub, DocumentRef(VersionRef("fruit"), make_id(3)))
    assert (other.duplicate_of, other.events[-1].reason) == (None, "gopher_too_few_words")


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
    assert trace.versions == ("fruit@v1", "fruit@v2")
    assert {event.run for event in trace.events} == {"run:r1"}


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
    assert [event.run for event in trace.events] == ["run:z-first", "run:z-first", "run:a-second"]


def test_final_event_prefers_kept() -> None:
    """A record that was read twice counts as kept; one without an ending shows its last event."""
    events = [{"outcome": "dropped"}, {"outcome": "kept"}, {"outcome": "changed"}]
    assert final_event(events) == {"outcome": "kept"}
    assert final_event([{"outcome": "changed", "n": 1}, {"outcome": "changed", "n": 2}])["n"] == 2
