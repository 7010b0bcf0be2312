"""What is drawn of a lineage: one step each way, what is opened, and how many are not drawn."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from corpushub.face.hub import Hub
from corpushub.web.ways import MOST_FILES, ways_of
from lineage.questions.graph import Edge, InputNode, RunNode, VersionNode, VersionTrace
from tests.corpushub.conftest import call
from tests.corpushub.web.test_app import json_of


def chain(files: int) -> VersionTrace:
    """Return the graph of a@v2, which went on from a@v1; each run read so many files."""
    nodes: list[VersionNode | RunNode | InputNode] = []
    edges: list[Edge] = []
    for number in (2, 1):
        version, run = f"a@v{number}", f"run:r{number}"
        nodes += [VersionNode(version, 7, "", "", 0), RunNode(run, "committed", "", "", "", None, None)]
        edges.append(Edge(run, version, "wrote"))
        for file in range(files):
            name = f"input:web/{number}-{file}#0"
            nodes.append(InputNode(name, "web", f"{number}-{file}", 10, ""))
            edges.append(Edge(name, run, "read"))
    return VersionTrace(tuple(nodes), (*edges, Edge("a@v1", "a@v2", "parent")))


AFTER = {"a@v1": ("a@v2",), "a@v2": ("a@v3",), "a@v3": ("a@v4", "a@v5")}


def test_one_step_each_way_and_numbers_for_the_rest() -> None:
    """Of the version's neighbours; what a number stands for is opened by its node."""
    drawn = ways_of("a@v2", chain(3), AFTER, [])
    named = {box.id: (box.name, box.note, box.opens) for box in drawn.boxes}

    assert {name for name in named if not name.startswith("more:")} == {"a@v2", "a@v1", "run:r2", "a@v3"}
    assert named["more:before:run:r2"] == ("+3", "files", "run:r2")
    assert named["more:before:a@v1"] == ("+1", "runs", "a@v1")
    assert named["more:after:a@v3"] == ("+2", "versions", "a@v3")
    assert set(drawn.lines) == {
        ("a@v1", "a@v2"),
        ("run:r2", "a@v2"),
        ("a@v2", "a@v3"),
        ("more:before:run:r2", "run:r2"),
        ("more:before:a@v1", "a@v1"),
        ("a@v3", "more:after:a@v3"),
    }


def test_opened_nodes_show_their_neighbours() -> None:
    """Also those of nodes that an opened one shows; those that are not there are passed over."""
    drawn = ways_of("a@v2", chain(MOST_FILES + 5), AFTER, ["run:r1", "a@v1", "nobody", "a@v3"])
    boxes = {box.id: box for box in drawn.boxes}

    assert set(drawn.opened) == {"run:r1", "a@v1", "a@v3"}
    assert {"a@v4", "a@v5", "run:r1"} <= set(boxes)
    assert len([one for one in boxes if one.startswith("input:web/1-")]) == MOST_FILES
    assert (boxes["more:before:run:r1"].name, boxes["more:before:run:r1"].opens) == ("+5", None)


def test_only_sources_are_shown_with_all_their_files() -> None:
    """No step stands between them and the version."""
    drawn = ways_of("a@v2", chain(3), AFTER, ["run:r1"], only=True)

    assert [(box.kind, box.name, box.note) for box in drawn.boxes] == [
        ("source", "web", "6 files, 60 bytes"),
        ("version", "a@v2", "7 documents"),
    ]
    assert drawn.lines == (("source:web", "a@v2"),)


@pytest.mark.parametrize("query", ["", "?open=RUN", "?only=sources"])
def test_every_box_of_the_page_leads_somewhere(client: TestClient, query: str) -> None:
    """And its names are all in the drawing; a box of a file leads to the documents that were read from it."""
    run = json_of(client, "/d/quickstart/v1")["summary"]["run"]
    place = "/lineage/quickstart@v1" + query.replace("RUN", run)
    drawn, page = json_of(client, place)["drawn"], client.get(place).text
    links = [unescape(one) for one in re.findall(r'<a href="([^"]+)" class="(?:version|run|input|source|more)', page)]

    assert len(links) == len(drawn["boxes"])
    for link in links:
        assert client.get(link.partition("#")[0]).status_code == 200, link
    if "RUN" in query:
        files = [link for link in links if "file=" in link]
        assert files
        assert all(json_of(client, link)["listing"]["found"] for link in files)


def test_the_graph_can_be_taken_along(client: TestClient, hub: Hub, tmp_path: Path) -> None:
    """As PROV-JSON it is what the command exports."""
    call("export", "quickstart@v1", "--out", tmp_path / "prov", "--as", "prov", "--hub", hub.home.path)
    (written,) = [path for path in (tmp_path / "prov").iterdir() if path.suffix == ".json"]
    answer = client.get("/lineage/quickstart@v1/prov.json")

    assert answer.headers["content-type"] == "application/json"
    assert answer.text.strip() == written.read_text(encoding="utf-8").strip()


def test_what_cannot_be_drawn_is_refused(client: TestClient) -> None:
    """A word that is none is named."""
    assert client.get("/lineage/quickstart@v1?only=runs").status_code == 400
    assert client.get("/lineage/quickstart@v1?close=x").status_code == 400
