"""Where a document came from and what became of it; what a version was made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from lineage.control.runs import get_run, list_runs, run_inputs
from lineage.control.versions import Version, get_version, ledger_files_with, revision_of
from lineage.control.withdrawals import show_withdrawal
from lineage.errors import UnknownReference
from lineage.hub import Hub
from lineage.hub.connection import timestamp
from lineage.references import DocumentRef, VersionRef
from lineage.storage.ledger import Event, lookup
from lineage.storage.tables import FINAL_OUTCOMES

EVENT_KEYS = ("step", "outcome", "reason", "value", "detail", "run", "edits", "findings")
LOCATOR_KEYS = ("file", "offset", "length")

_COLUMNS = (
    *EVENT_KEYS,
    "seq",
    *LOCATOR_KEYS,
    "source",
    "uri",
    "captured_at",
    "license",
    "policy",
    "profile",
    "output",
    "duplicate_of",
    "similarity",
)


def trace_document(hub: Hub, ref: DocumentRef) -> dict[str, Any]:
    """Return the trace of the document *ref*, kept or not: its origin, its events in order, the versions that keep it.

    Keys: doc_id, source, locator {file, offset, length}, uri, captured_at, license, profile (of rights), policy (digest
    of the one that decided), output (data file that holds it), events [{step, outcome, reason, value, detail, run,
    edits, findings}], duplicate_of, similarity, versions [NAME@vN, oldest first]. Edits are [{start, end, length}], see
    EDITS, or null; findings are [{type, start, end, recognizer, score, hash}], see FINDINGS, or null.
    Raises UnknownReference if the version is unknown or no record of that id was read for it.
    """
    version = get_version(hub.db, ref.version)
    by_version = document_events(hub, version.dataset, ref.doc_id)
    events = by_version.get(version.number, [])
    if not events:
        raise _not_there(ref, version, by_version)
    ending = final_event(events)
    return {
        "doc_id": ref.doc_id,
        "source": ending["source"],
        "locator": {key: ending[key] for key in LOCATOR_KEYS},
        "uri": ending["uri"],
        "captured_at": as_text(ending["captured_at"]),
        "license": ending["license"],
        "profile": ending["profile"],
        "policy": ending["policy"],
        "output": ending["output"],
        "events": [{**{key: event.get(key) for key in EVENT_KEYS}, "run": f"run:{event['run']}"} for event in events],
        "duplicate_of": ending["duplicate_of"],
        "similarity": ending["similarity"],
        "versions": [f"{version.dataset}@v{number}" for number, found in sorted(by_version.items()) if is_kept(found)],
    }


def document_events(hub: Hub, dataset: str, doc_id: str) -> dict[int, list[Event]]:
    """Return the events of *doc_id* for each version number of *dataset* that has any, in order.

    Each ledger file is read once, however many versions hold it. Events of several runs come in the order of the
    runs' starts.
    """
    found: dict[int, list[Event]] = {}
    for path, numbers in ledger_files_with(hub.db, dataset, doc_id).items():
        rows = lookup(hub.home.resolve(path), doc_id, _COLUMNS)
        for number in numbers if rows else ():
            found.setdefault(number, []).extend(rows)
    ages = _run_ages(hub.db, dataset, found.values())
    for events in found.values():
        events.sort(key=lambda event: (ages.get(event["run"], 0), event["run"] or "", event["seq"]))
    return found


def _run_ages(db: Engine, dataset: str, found: Iterable[list[Event]]) -> Mapping[str, int]:
    """Return the rank of each run by its start; empty where one run has all events."""
    if len({event["run"] for events in found for event in events}) < 2:
        return {}
    return {run.id: -age for age, run in enumerate(list_runs(db, dataset))}


def is_kept(events: Iterable[Event]) -> bool:
    """Tell whether a document with these *events* is in the version."""
    return any(event["outcome"] == "kept" for event in events)


def final_event(events: Iterable[Event]) -> Event:
    """Return the event that settled the document: kept before dropped before failed, the latest of its kind.

    A record that was read twice is kept once and dropped once under one doc_id.
    """
    found = list(events)
    for outcome in FINAL_OUTCOMES:
        for event in reversed(found):
            if event["outcome"] == outcome:
                return event
    return found[-1]


def as_text(moment: datetime | None) -> str | None:
    """Return *moment* as RFC 3339 text in UTC, null for none."""
    return None if moment is None else timestamp(moment)


def _not_there(ref: DocumentRef, version: Version, found: Mapping[int, list[Event]]) -> UnknownReference:
    others = ", ".join(f"{version.dataset}@v{number}" for number in sorted(found))
    hint = f"it was read for {others}" if others else f"no version of {version.dataset} has read it"
    return UnknownReference(f"no document {ref.doc_id} in {version.name}; {hint}; look for it with `corpushub find`")


def trace_version(hub: Hub, ref: VersionRef) -> dict[str, Any]:
    """Return the graph of what *ref* was made of: versions, their runs, and the files these read.

    Keys: nodes [{id, kind, ...}] with kinds version, run and input; edges [{from, to, kind}] with kinds parent
    (version to version), wrote (run to version) and read (input to run). Edges point the way the data went. A run that
    took documents out has ``revisal``, see Withdrawal.show; null for others. ``revision`` of a version says how often
    erasures have changed it.
    """
    graph = _Graph()
    version: Version | None = get_version(hub.db, ref)
    while version is not None:
        _add_version(graph, hub.db, version)
        parent = version.parent
        version = None if parent is None else get_version(hub.db, VersionRef(ref.dataset, parent))
    return {"nodes": list(graph.nodes.values()), "edges": graph.edges}


class _Graph:
    """Nodes by id, in order of discovery, and edges."""

    def __init__(self) -> None:
        self.nodes: dict[str, dict[str, Any]] = {}
        self.edges: list[dict[str, str]] = []

    def node(self, name: str, kind: str, facts: Mapping[str, Any]) -> str:
        self.nodes.setdefault(name, {"id": name, "kind": kind, **facts})
        return name

    def edge(self, start: str, end: str, kind: str) -> None:
        self.edges.append({"from": start, "to": end, "kind": kind})


def _add_version(graph: _Graph, db: Engine, version: Version) -> None:
    facts = {"documents": version.documents, "created": version.created, "manifest_root": version.manifest_root}
    facts["revision"] = revision_of(db, version)
    node = graph.node(version.name, "version", facts)
    graph.edge(_add_run(graph, db, version.run), node, "wrote")
    if version.parent is not None:
        graph.edge(f"{version.dataset}@v{version.parent}", node, "parent")


def _add_run(graph: _Graph, db: Engine, run_id: str) -> str:
    run = get_run(db, run_id)
    names = ("state", "recipe_digest", "code_version", "started", "finished")
    told = {"revisal": show_withdrawal(db, run.id)}
    node = graph.node(f"run:{run.id}", "run", {name: getattr(run, name) for name in names} | told)
    for item in run_inputs(db, run_id):
        facts = {"source": item.source, "name": item.name, "size": item.size, "sha256": item.sha256}
        source = graph.node(f"input:{item.source}/{item.name}#{item.sha256[:16]}", "input", facts)
        graph.edge(source, node, "read")
    return node
