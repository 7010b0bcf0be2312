"""What persons ask and send, in a browser: told alike everywhere, and kept nowhere by value."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from corpushub.face.hub import Hub
from corpushub.requests.people.in_here import in_here
from lineage.storage.as_json import as_json
from tests.corpushub.requests.people.conftest import holds

OURS = {"Origin": "http://127.0.0.1:8420"}


def token_of(client: TestClient, place: str) -> str:
    """Return the token of the form at *place*."""
    found = re.search(r'name="token" value="([^"]+)"', client.get(place).text)
    assert found is not None
    return found[1]


def send(client: TestClient, place: str, **fields: str) -> Any:
    """Send the form at *place*, as its page would."""
    form = {"token": token_of(client, place.removesuffix(".json")), **fields}
    return client.post(place, data=form, headers=OURS)


def test_the_page_and_its_json_say_what_the_search_does(client: TestClient, hub: Hub) -> None:
    """Key by key; the page names every version that was searched and every document that was found."""
    asked = {"kind": "site", "value": "ferry-times.example"}
    page, twin = send(client, "/in-here", **asked), send(client, "/in-here.json", **asked)
    found = replace(in_here(hub, "site", "ferry-times.example"), asked=twin.json()["answer"]["asked"])

    assert twin.json()["schema"] == "corpushub.web.in_here/1"
    assert twin.json()["answer"] == as_json(found)
    assert [one.verdict for one in found.datasets] == ["absent", "found"]
    assert "Not in the 4 documents of" in re.sub("<[^>]+>", "", page.text)
    for one in found.datasets[1].documents:
        assert f"/d/quickstart/v1/doc/{one.doc_id}" in page.text


@pytest.mark.parametrize("kind", ["text", "page", "site", "email", "phone"])
def test_what_is_looked_for_is_kept_nowhere(
    client: TestClient, hub: Hub, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    """In no file of the hub, no log, no address, and, where nothing was found, in no answer."""
    caplog.set_level(logging.DEBUG)
    value = {
        "text": "zanzibarine sentence of nobody",
        "page": "https://zanzibarine.example/page",
        "site": "zanzibarine.example",
        "email": "zanzibarine@nobody.example",
        "phone": "+1 212 555 0100",
    }[kind]
    for place in ("/in-here", "/in-here.json"):
        answer = send(client, place, kind=kind, value=value)
        assert answer.status_code == 200
        assert value not in answer.text
    bad = send(client, "/in-here", kind="page", value="zanzibarine <b>")

    assert bad.status_code == 400
    assert "zanzibarine" not in bad.text + caplog.text
    assert not holds(hub.home.path, "zanzibarine")


def test_forms_that_are_not_as_asked_are_refused(client: TestClient) -> None:
    """Fields that nobody asked for, kinds that are not there, no token, and forms sent to pages without one."""
    assert send(client, "/in-here", kind="site", value="a.example", more="x").status_code == 400
    assert send(client, "/in-here", kind="colour", value="blue").status_code == 400
    assert send(client, "/in-here").status_code == 400
    assert client.post("/in-here", data={"kind": "site", "value": "a.example"}, headers=OURS).status_code == 403
    assert client.post("/runs", headers=OURS).status_code == 405
    assert client.get("/in-here?value=a.example").status_code == 400
