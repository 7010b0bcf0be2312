"""What a version was made of: a graph of versions, the runs that wrote them, and the files that these read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from lineage.control.runs import get_run, run_inputs
from lineage.control.versions import Version, get_version, revision_of
from lineage.control.withdrawals import WithdrawalSummary, show_withdrawal
from lineage.hub import Hub
from lineage.hub.database import Database
from lineage.references import VersionRef


@dataclass(frozen=True, slots=True)
class VersionNode:
    """A version in a graph.

    Attributes:
        id: NAME@vN.
        kind: what the node is.
        documents: how many it keeps.
        created: when, RFC 3339 in UTC.
        manifest_root: the digest of its files.
        revision: how often erasures have changed it.
    """

    id: str
    kind: Literal["version"] = field(default="version", init=False)
    documents: int
    created: str
    manifest_root: str
    revision: int


@dataclass(frozen=True, slots=True)
class RunNode:
    """A run in a graph; see lineage.control.runs.Run.

    Attributes:
        id: run:ID.
        kind: what the node is.
        state: how it ended.
        recipe_digest: of its recipe.
        code_version: of the code that did it.
        started: when it began, RFC 3339 in UTC.
        finished: when it ended.
        revisal: the withdrawal that it carried out, null for others.
    """

    id: str
    kind: Literal["run"] = field(default="run", init=False)
    state: str
    recipe_digest: str
    code_version: str
    started: str
    finished: str | None
    revisal: WithdrawalSummary | None


@dataclass(frozen=True, slots=True)
class InputNode:
    """A file that a run read, in a graph.

    Attributes:
        id: input:SOURCE/NAME#DIGEST.
        kind: what the node is.
        source: its source in the recipe.
        name: its name there.
        size: its bytes.
        sha256: their SHA-256, hex.
    """

    id: str
    kind: Literal["input"] = field(default="input", init=False)
    source: str
    name: str
    size: int
    sha256: str


Node = VersionNode | RunNode | InputNode


@dataclass(frozen=True, slots=True)
class Edge:
    """A way that data went.

    Attributes:
        from_: id of a node.
        to: id of another.
        kind: parent (version to version), wrote (run to version) or read (input to run).
    """

    from_: str
    to: str
    kind: Literal["parent", "wrote", "read"]


@dataclass(frozen=True, slots=True)
class VersionTrace:
    """The graph of what a version was made of.

    Attributes:
        nodes: versions, runs and inputs, each once, in order of discovery.
        edges: ways between them that data went.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class VersionTraceWithEvents(VersionTrace):
    """The graph of what a version was made of, and the events of its runs.

    Attributes:
        events: OpenLineage run events, START and COMPLETE of each run, oldest run first.
    """

    events: tuple[Mapping[str, Any], ...]


def trace_version(hub: Hub, ref: VersionRef) -> VersionTrace:
    """Return the graph of what *ref* was made of: versions, their runs, and the files these read."""
    graph = _Graph()
    version: Version | None = get_version(hub.db, ref)
    while version is not None:
        _add_version(graph, hub.db, version)
        parent = version.parent
        version = None if parent is None else get_version(hub.db, VersionRef(ref.dataset, parent))
    return VersionTrace(tuple(graph.nodes.values()), tuple(graph.edges))


def trace_with_events(hub: Hub, ref: VersionRef) -> VersionTraceWithEvents:
    """Return what trace_version does, with the events of the runs."""
    from lineage.events.openlineage import events_of  # reads data files, and imports what is needed for it

    graph = trace_version(hub, ref)
    runs = [node.id.removeprefix("run:") for node in graph.nodes if node.kind == "run"]
    return VersionTraceWithEvents(graph.nodes, graph.edges, tuple(events_of(hub, runs)))


class _Graph:
    """Nodes by id, in order of discovery, and edges."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.edges: list[Edge] = []

    def node(self, node: Node) -> str:
        self.nodes.setdefault(node.id, node)
        return node.id


def _add_version(graph: _Graph, db: Database, version: Version) -> None:
    revision = revision_of(db, version)
    made = VersionNode(version.name, version.documents, version.created, version.manifest_root, revision)
    node = graph.node(made)
    graph.edges.append(Edge(_add_run(graph, db, version.run), node, "wrote"))
    if version.parent is not None:
        graph.edges.append(Edge(f"{version.dataset}@v{version.parent}", node, "parent"))


def _add_run(graph: _Graph, db: Database, run_id: str) -> str:
    run = get_run(db, run_id)
    node = graph.node(
        RunNode(
            id=f"run:{run.id}",
            state=run.state,
            recipe_digest=run.recipe_digest,
            code_version=run.code_version,
            started=run.started,
            finished=run.finished,
            revisal=show_withdrawal(db, run.id),
        )
    )
    for item in run_inputs(db, run_id):
        name = f"input:{item.source}/{item.name}#{item.sha256[:16]}"
        source = graph.node(InputNode(name, item.source, item.name, item.size, item.sha256))
        graph.edges.append(Edge(source, node, "read"))
    return node
