"""What is drawn of a lineage: a version, what is one step from it, and what somebody opened besides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lineage.questions.graph import InputNode, Node, VersionTrace

MOST_FILES: Final = 12
"""Files of a run that are drawn; the others stand on its page."""

MORE: Final = "more:"
"""What the id of a box begins with that stands for others."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A box.

    Attributes:
        id: of the node, or MORE and what it leads to or comes from.
        kind: version, run, input, source (all of its files) or more (nodes that are not drawn).
        name: what is written in it.
        note: what is written below that.
        opens: of kind more, the node whose neighbours it stands for; null where the page of a run has them.
    """

    id: str
    kind: str
    name: str
    note: str
    opens: str | None = None


@dataclass(frozen=True, slots=True)
class Ways:
    """A drawing of a lineage, before anybody knows where its boxes stand.

    Attributes:
        only_sources: whether it shows only which sources went into the version, and none of the steps between.
        opened: the nodes whose neighbours it shows, besides the version's own.
        boxes: what it shows.
        lines: ways that data went, from id to id.
    """

    only_sources: bool
    opened: tuple[str, ...]
    boxes: tuple[Drawn, ...]
    lines: tuple[tuple[str, str], ...]


def ways_of(
    version: str,
    trace: VersionTrace,
    after: Mapping[str, tuple[str, ...]],
    opened: Iterable[str],
    *,
    only: bool = False,
) -> Ways:
    """Return what is drawn of *version*.

    Args:
        version: NAME@vN.
        trace: what it was made of.
        after: the versions that were made of each version.
        opened: ids of nodes; those that are not drawn are passed over.
        only: only sources.
    """
    nodes = {node.id: node for node in trace.nodes}
    if only:
        return _sources(version, nodes)
    before: dict[str, list[str]] = {}
    for edge in trace.edges:
        before.setdefault(edge.to, []).append(edge.from_)
    shown, wanted = {version: None}, [version]
    asked = dict.fromkeys(opened)
    done: list[str] = []
    while wanted:  # each that is opened may show another that is
        one = wanted.pop()
        done.append(one)
        for other in (*before.get(one, ())[: _most(one)], *after.get(one, ())):
            shown.setdefault(other)
        wanted += [other for other in asked if other in shown and other not in done and other not in wanted]
    boxes = [_box(one, nodes) for one in shown]
    lines = [(start, one) for one in shown for start in before.get(one, ()) if start in shown]
    lines += [(one, end) for one in shown for end in after.get(one, ()) if end in shown and (one, end) not in lines]
    for one in shown:
        for side, others in (("before", before.get(one, ())), ("after", after.get(one, ()))):
            hidden = [other for other in others if other not in shown]
            if hidden:
                more = f"{MORE}{side}:{one}"
                boxes.append(Drawn(more, "more", f"+{len(hidden)}", _kinds(hidden), None if one in done else one))
                lines.append((more, one) if side == "before" else (one, more))
    return Ways(False, tuple(one for one in done if one != version), tuple(boxes), tuple(lines))


def _most(node: str) -> int | None:
    return MOST_FILES if node.startswith("run:") else None


def _kinds(hidden: list[str]) -> str:
    """Say what *hidden* nodes are."""
    kinds = {one.partition(":")[0] if ":" in one else "version" for one in hidden}
    words = {"run": "runs", "input": "files", "version": "versions"}
    return " and ".join(words[kind] for kind in sorted(kinds, reverse=True))


def _box(node_id: str, nodes: Mapping[str, Node]) -> Drawn:
    node = nodes.get(node_id)
    if node is None:
        return Drawn(node_id, "version", node_id, "made of it")
    if node.kind == "version":
        return Drawn(node_id, "version", node_id, f"{node.documents:,} documents")
    if node.kind == "run":
        return Drawn(node_id, "run", node_id, node.state)
    return Drawn(node_id, "input", node.name, f"{node.source}, {node.size:,} bytes")


def _sources(version: str, nodes: Mapping[str, Node]) -> Ways:
    found: dict[str, list[InputNode]] = {}
    for node in nodes.values():
        if node.kind == "input":
            found.setdefault(node.source, []).append(node)
    boxes = [
        Drawn(f"source:{name}", "source", name, f"{len(files):,} files, {sum(one.size for one in files):,} bytes")
        for name, files in found.items()
    ]
    lines = tuple((box.id, version) for box in boxes)
    return Ways(True, (), (*boxes, _box(version, nodes)), lines)
