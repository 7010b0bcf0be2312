from __future__ import annotations

from collections.abc import Callable

from lineage.control.versions import Version
from lineage.hub import Hub
from lineage.questions.graph import trace_version, trace_with_events
from lineage.references import VersionRef
from lineage.storage.as_json import as_json


def test_version_is_traced_to_runs_and_inputs(hub: Hub, make_version: Callable[..., Version]) -> None:
    """The graph of a version has its ancestors, their runs, and each input file once."""
    make_version("r1", [1])
    make_version("r2", [2])
    make_version("r3", [3])
    graph = trace_version(hub, VersionRef("fruit", 2))
    nodes = {node.id: node.kind for node in graph.nodes}
    source = f"input:orchard/crawl/a.warc.gz#{'e' * 16}"
    assert nodes == {
        "fruit@v2": "version", "run:r2": "run", source: "input", "fruit@v1": "version", "run:r1": "run"
    }  # fmt: skip
    edges = {(edge.from_, edge.to, edge.kind) for edge in graph.edges}
    assert edges == {
        ("run:r2", "fruit@v2", "wrote"),
        (source, "run:r2", "read"),
        ("fruit@v1", "fruit@v2", "parent"),
        ("run:r1", "fruit@v1", "wrote"),
        (source, "run:r1", "read"),
    }


def test_each_kind_of_node_has_its_own_keys(hub: Hub, make_version: Callable[..., Version]) -> None:
    """Scripts tell nodes apart by their kind, and find the facts of that kind beside it."""
    make_version("r1", [1])
    told = as_json(trace_version(hub, VersionRef("fruit")))
    assert {node["kind"]: list(node)[2:] for node in told["nodes"]} == {
        "version": ["documents", "created", "manifest_root", "revision"],
        "run": ["state", "recipe_digest", "code_version", "started", "finished", "revisal"],
        "input": ["source", "name", "size", "sha256"],
    }
    assert all(list(node)[:2] == ["id", "kind"] for node in told["nodes"])
    assert [list(edge) for edge in told["edges"]] == [["from", "to", "kind"]] * 2


def test_events_stand_beside_the_graph(hub: Hub, make_version: Callable[..., Version]) -> None:
    """Whoever asks for OpenLineage has the graph too, and the events of its runs, oldest first."""
    make_version("r1", [1])
    make_version("r2", [2])
    plain, told = trace_version(hub, VersionRef("fruit")), trace_with_events(hub, VersionRef("fruit"))
    assert (told.nodes, told.edges) == (plain.nodes, plain.edges)
    assert [event["eventType"] for event in told.events] == ["START", "COMPLETE"] * 2
