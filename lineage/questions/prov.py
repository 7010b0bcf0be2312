"""PROV-JSON (W3C member submission of 24 April 2013) of what a version was made of.

Versions, inputs and recipes are entities, runs are activities, a recipe is the plan that a run followed, and the code
that carried it out is the agent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lineage.questions.graph import InputNode, RunNode, VersionNode, VersionTrace
from lineage.storage.as_json import as_json

Record = dict[str, Any]

PREFIXES = {"hub": "urn:corpushub:", "xsd": "http://www.w3.org/2001/XMLSchema#", "prov": "http://www.w3.org/ns/prov#"}


def as_prov(graph: VersionTrace) -> Record:
    """Return the PROV-JSON document of *graph*."""
    document = _Document()
    known = {node.id for node in graph.nodes}
    for node in graph.nodes:
        if isinstance(node, RunNode):
            document.run(node)
        else:
            document.entity(node)
    relations: dict[str, Callable[[str, str], None]] = {
        "wrote": lambda start, end: document.relate("wasGeneratedBy", entity=end, activity=start),
        "read": lambda start, end: document.relate("used", activity=end, entity=start),
        "parent": lambda start, end: document.relate("wasDerivedFrom", generatedEntity=end, usedEntity=start),
    }
    for edge in graph.edges:
        if edge.from_ in known and edge.to in known:
            relations[edge.kind](edge.from_, edge.to)
    return {"prefix": PREFIXES, **{name: document.records[name] for name in sorted(document.records)}}


class _Document:
    """Records by kind, then by identifier."""

    def __init__(self) -> None:
        self.records: dict[str, dict[str, Record]] = {}

    def add(self, kind: str, name: str, facts: Record) -> None:
        self.records.setdefault(kind, {})[name] = facts

    def entity(self, node: VersionNode | InputNode) -> None:
        """Add a version or an input, its facts as attributes of ours."""
        told = as_json(node).items()
        facts = {f"hub:{key}": _typed(value) for key, value in told if key != "id" and value is not None}
        self.add("entity", _name(node.id), {"prov:label": node.id, **facts})

    def run(self, node: RunNode) -> None:
        """Add a run with the recipe it followed and the code that did it."""
        plan, agent = f"hub:recipe-{node.recipe_digest}", f"hub:code-{_safe(node.code_version)}"
        told = {"prov:startTime": node.started, "prov:endTime": node.finished}
        times = {name: time for name, time in told.items() if time}
        self.add("activity", _name(node.id), {"prov:label": node.id, "hub:state": str(node.state), **times})
        self.add("entity", plan, {"prov:type": {"$": "prov:Plan", "type": "xsd:QName"}})
        self.add("agent", agent, {"prov:type": {"$": "prov:SoftwareAgent", "type": "xsd:QName"}})
        self.relate("wasAssociatedWith", activity=node.id, agent=agent, plan=plan)

    def relate(self, kind: str, **ends: str) -> None:
        """Add a relation between *ends*, by their ids or names."""
        count = len(self.records.get(kind, {})) + 1
        named = {f"prov:{key}": end if end.startswith("hub:") else _name(end) for key, end in ends.items()}
        self.add(kind, f"_:{kind}{count}", named)


def _name(identifier: str) -> str:
    return f"hub:{_safe(identifier)}"


def _safe(text: str) -> str:
    """Return *text* with what a qualified name cannot hold percent-encoded (PROV-N, section 3.7.1)."""
    return "".join(char if char.isascii() and (char.isalnum() or char in "-_.@/") else _percent(char) for char in text)


def _percent(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode())


def _typed(value: Any) -> Any:
    return {"$": str(value), "type": "xsd:long"} if isinstance(value, int) else str(value)
