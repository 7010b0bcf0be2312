"""Numbers that are links: each opens as many documents as it says, on whichever page it stands."""

from __future__ import annotations

import random
import re
from html import unescape

import pytest
from starlette.testclient import TestClient

from corpushub.face.hub import Hub
from tests.corpushub.conftest import call
from tests.corpushub.web.test_app import Links, json_of, web

LINK = re.compile(r'<a href="(/d/[^"]+/docs[^"]*)">(?:<strong>)?([0-9][0-9,]*)(?:</strong>| documents</a>|</a>)')
CELL = re.compile(r'<a href="(/diff/[^"]+)">(?:<strong>)?([0-9][0-9,]*)<')
PAGES = {
    "/d/quickstart/v1": 4,
    "/dedup/quickstart@v1": 10,
    "/audit/quickstart@v1": 10,
    "/audit/quickstart@v1?policy=strict-commercial": 10,
    "/losses/quickstart@v1": 10,
    "/losses/quickstart@v1?by=source": 4,
    "/losses/quickstart@v1?by=reason": 10,
    "RUN": 10,
    "/dedup/hostile@v1": 0,
    "/audit/hostile@v1": 2,
}
"""Pages, and how many numbers there are links at least."""


@pytest.mark.parametrize("page", PAGES)
def test_numbers_open_as_many_documents(client: TestClient, page: str) -> None:
    """Each of them, or twelve at random where there are many; bars too, whose names are links."""
    least = PAGES[page]
    if page == "RUN":
        page = "/runs/" + json_of(client, "/d/quickstart/v1")["summary"]["run"].removeprefix("run:")
    told = client.get(page).text
    linked = {(unescape(place), int(number.replace(",", ""))) for place, number in LINK.findall(told)}
    found = sorted({one for one in linked if "signal=" not in one[0]} | {*Links(told).counted})

    assert len(found) >= least
    for place, number in random.Random(18).sample(found, min(len(found), 12)):
        listing = json_of(client, place)["listing"]
        assert (listing["found"], listing["complete"]) == (number, True), place


def test_numbers_of_a_diff_open_as_many_documents(client: TestClient) -> None:
    """Each cell of its tables, and the tiles above; one part of a list after the other."""
    page = client.get("/diff/quickstart@v1...hostile@v1").text
    found = sorted({(unescape(place), int(number.replace(",", ""))) for place, number in CELL.findall(page)})

    assert len(found) > 10
    for place, number in found:
        listed, asked, behind = 0, f"{place.partition('#')[0]}", ""
        while behind is not None:
            diff = json_of(client, f"{asked}&after={behind}" if behind else asked)["diff"]
            listed, behind = listed + len(diff["documents"]), diff["next"]

        assert listed == number, place


def test_duplicates_are_told_as_by_the_command(client: TestClient, hub: Hub) -> None:
    """Key by key; what was dropped for a document is reached from it."""
    said = call("dedup-report", "quickstart", "--pairs", "10", "--clusters", "50", "--hub", hub.home.path)
    said.pop("schema")
    (first, *_) = said["clusters"]["largest"]

    assert json_of(client, "/dedup/quickstart@v1") == web("dedup", said)
    members = json_of(client, f"/d/quickstart/v1/docs?outcome=dropped&duplicate_of={first['doc_id']}")["listing"]
    assert {one["reason"] for one in members["documents"]} == set(first["members"])
    assert f"duplicate_of={first['doc_id']}" in client.get(f"/d/quickstart/v1/doc/{first['doc_id']}").text


def test_a_dropped_copy_shows_the_text_that_stands_for_it(client: TestClient) -> None:
    """And says that its own is nowhere."""
    pair = json_of(client, "/dedup/quickstart@v1")["pairs"]["doubtful"][0]
    page = client.get(f"/d/quickstart/v1/doc/{pair['doc_id']}").text
    twin = json_of(client, f"/d/quickstart/v1/doc/{pair['doc_id']}")["twin"]

    assert "holds no text" in page
    assert (twin["doc_id"], twin["held_by"], twin["dropped"]) == (pair["duplicate_of"], None, None)
    assert twin["released"] == json_of(client, f"/d/quickstart/v1/doc/{pair['duplicate_of']}")["released"]


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("/d/quickstart/v1/docs?policy=nobody&verdict=deny", "strict-commercial"),
        ("/d/quickstart/v1/docs?policy=permissive&verdict=perhaps", "unknown"),
        ("/d/quickstart/v1/docs?policy=permissive&finding=99", "finding=99"),
        ("/d/quickstart/v1/docs?policy=permissive", "finding="),
        ("/d/quickstart/v1/docs?policy=permissive&finding=x", "finding"),
    ],
)
def test_what_no_policy_says_is_told(client: TestClient, place: str, said: str) -> None:
    """As any condition that does not fit."""
    answer = client.get(place)

    assert (answer.status_code, said in answer.text) == (400, True)
