"""Who is let in where: every address, in both forms, for every role and every visibility."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from corpushub.face.hub import Hub
from corpushub.requests.people.visitors import Visitor
from corpushub.web.access.doors import DOORS, Door, admit
from corpushub.web.addresses import FORMS, PAGES
from corpushub.web.app import application
from lineage.control.people.roles import Role
from tests.corpushub.web.access.conftest import LEVELS, ROLES, asking, ids, shown

NEEDS = {
    "/": ("public", "/"),
    "/find": ("public", "/find?q=ferry"),
    "/login": ("public", "/login"),
    "/logout": ("public", "/logout"),
    "/d/{name}": ("reader", "/d/quickstart"),
    "/d/{name}/{number}": ("reader", "/d/quickstart/v1"),
    "/d/{name}/{number}/docs": ("reader", "/d/quickstart/v1/docs"),
    "/d/{name}/{number}/doc/{doc_id}": ("reader", "/d/quickstart/v1/doc/KEPT"),
    "/losses/{ref}": ("reader", "/losses/quickstart@v1"),
    "/lineage/{ref}": ("reader", "/lineage/quickstart@v1"),
    "/diff/{old}...{new}": ("auditor", "/diff/quickstart@v1...hostile@v1"),
    "/papers/{ref}": ("reader", "/papers/quickstart@v1"),
    "/audit/{ref}": ("auditor", "/audit/quickstart@v1?policy=strict-commercial"),
    "/runs": ("auditor", "/runs"),
    "/runs/{run}": ("auditor", "/runs/RUN"),
    "/dedup/{ref}": ("auditor", "/dedup/quickstart@v1"),
    "/lineage/{ref}/prov": ("reader", "/lineage/quickstart@v1/prov"),
    "/policies": ("auditor", "/policies"),
    "/policies/{name}": ("auditor", "/policies/research-eu"),
    "/in-here": ("public", "/in-here"),
    "/requests": ("public", "/requests"),
    "/requests/{receipt}": ("public", "/requests/REQUEST"),
    "/report": ("reader", "/report?of=quickstart@v1%23KEPT"),
    "/reports": ("public", "/reports"),
    "/reports/{receipt}": ("public", "/reports/REPORT"),
    "/receipts/{receipt}": ("public", "/receipts/ERASURE"),
    "/admin": ("admin", "/admin"),
}
"""What the specification asks for at each address, and an example of it."""

LEDGER = (
    "/d/quickstart/v1/docs?outcome=changed",
    "/d/quickstart/v1/docs?outcome=changed&step=pii",
    "/d/quickstart/v1/docs?outcome=dropped",
    "/d/quickstart/v1/doc/DROPPED",
)
"""What the ledger alone tells, which takes an auditor."""

SHOWN_AT = {
    "/d/quickstart": "listed",
    "/d/quickstart/v1": "metadata",
    "/losses/quickstart@v1": "metadata",
    "/losses/quickstart@v1?by=reason": "metadata",
    "/d/quickstart/v1/docs": "open",
    "/d/quickstart/v1/docs?text=the&language=en": "open",
    "/d/quickstart/v1/doc/KEPT": "open",
    "/report?of=quickstart@v1%23KEPT": "open",
}
"""From which visibility on everybody is let in where; nowhere else."""


def filled(hub: Hub, place: str) -> str:
    """Return *place* with an id, and a run, of *hub*."""
    run = hub.show("quickstart@v1").run.removeprefix("run:")
    kept, dropped = ids(hub, "kept")[0], ids(hub, "dropped")[0]
    for name, value in {"KEPT": kept, "DROPPED": dropped, "RUN": run, **receipts(hub)}.items():
        place = place.replace(name, value)
    return place


@cache
def receipts(hub: Hub) -> dict[str, str]:
    """Return the receipts of a request, a report and an erasure that found nobody."""
    request = hub.request("access", "host:nowhere.example").receipt
    report = hub.report(f"quickstart@v1#{ids(hub, 'kept')[0]}", "language").receipt
    erased = hub.erase(["host:nowhere.example"], reason="nobody").receipt or ""
    return {"REQUEST": request, "REPORT": report, "ERASURE": erased.removeprefix("receipt:")}


def twin(place: str) -> str:
    """Return the address of the JSON of *place*."""
    path, mark, query = place.partition("?")
    return ("/index" if path == "/" else path) + ".json" + mark + query


def test_every_address_has_a_door() -> None:
    """No page is served that the table does not know, none is known that is not served, and none goes untested."""
    assert {path for path, _, _ in PAGES} == set(DOORS) == set(NEEDS)
    assert set(FORMS) <= set(DOORS)


def test_nothing_is_served_beside_the_doors(asked: Hub) -> None:
    """Every route of the application is a page, its JSON, a file of ours, or the sign of life."""
    served = {route.path for route in application(asked).routes if isinstance(route, Route | Mount)}
    known = {("/index" if path == "/" else path) + ".json" for path in DOORS} | set(DOORS)

    assert served - known == {"/healthz", "/static"}


@pytest.mark.parametrize("path", NEEDS)
@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_what_it_must_and_nothing_else(private: Hub, tokens: dict[str, str], role: str, path: str) -> None:
    """In both forms; of a private dataset the public is not told that it is there."""
    needed, example = NEEDS[path]
    place, client = filled(private, example), asking(private)
    allowed = ROLES.index(role) >= ROLES.index(needed)
    hidden = role == "public" and ("{" in path or path == "/report") and "policies" not in path
    expected = (
        {303 if path == "/logout" else 200} if allowed else {404} if hidden else {401 if role == "public" else 403}
    )
    for one in (place, twin(place)):
        answer = client.get(one, headers=shown(tokens[role]))
        if path == "/d/{name}/{number}/doc/{doc_id}" and allowed:
            assert ("What happened to it" in answer.text or '"trace"' in answer.text) == (
                role not in ("public", "reader")
            ), one

        assert {answer.status_code} == expected, (one, answer.text[:500])
        assert tokens[role] == "" or tokens[role] not in answer.text


@pytest.mark.parametrize("place", LEDGER)
@pytest.mark.parametrize("role", ROLES)
def test_the_ledger_takes_an_auditor(private: Hub, tokens: dict[str, str], role: str, place: str) -> None:
    """Readers see what is kept; what was changed or dropped, and why, is evidence."""
    private.visibility("quickstart", "open")
    place, client = filled(private, place), asking(private)
    statuses = {client.get(one, headers=shown(tokens[role])).status_code for one in (place, twin(place))}

    if role == "public":
        assert statuses <= {401, 404}
    else:
        assert statuses == ({403} if role == "reader" else {200})


@pytest.mark.parametrize("level", LEVELS)
def test_a_visibility_shows_what_it_must_and_nothing_else(private: Hub, level: str) -> None:
    """To everybody, in both forms: what is not shown of a dataset that may be known takes a token."""
    private.visibility("quickstart", level)
    client = asking(private)
    places = {**dict.fromkeys((one for _, one in NEEDS.values() if "quickstart" in one), ""), **SHOWN_AT}
    for example, since in places.items():
        place = filled(private, example)
        for one in (place, twin(place)):
            status = client.get(one).status_code
            if since and LEVELS.index(level) >= LEVELS.index(since):
                assert status == 200, (level, one)
            elif "hostile" in one:
                assert status == 404, (level, one)
            else:
                assert status == (404 if level == "private" else 401), (level, one)


@pytest.mark.parametrize("level", LEVELS)
def test_the_door_lists_what_may_be_known(private: Hub, level: str) -> None:
    """A dataset that only shows its name has no numbers there; one that shows numbers has rounded ones."""
    private.visibility("quickstart", level)
    told = asking(private).get("/index.json").json()["datasets"]

    assert [one["name"] for one in told] == ([] if level == "private" else ["quickstart"])
    if level == "listed":
        assert set(told[0].values()) == {"quickstart", None}
    elif told:
        assert told[0]["documents"] == private.show("quickstart").documents // 5 * 5


def alike(client: TestClient, one: str, other: str, token: str) -> None:
    """Fail unless both addresses are answered alike, but for what was asked."""
    answers = [client.get(place, headers=shown(token)) for place in (one, other)]
    told = [re.sub("quickstart|nobodyyyy", "X", answer.text) for answer in answers]

    assert (answers[0].status_code, told[0]) == (answers[1].status_code, told[1]), one
    assert answers[0].status_code in (200, 404)


@pytest.mark.parametrize("whose", ["public", "reader of another", "admin of another"])
def test_nobody_learns_that_a_dataset_exists_which_they_may_not_know(private: Hub, whose: str) -> None:
    """Whatever is asked of it is answered as if it were not there, and no list, search or hint names it."""
    role = whose.partition(" ")[0]
    token = "" if role == "public" else private.add_token(role, ["hostile"]).token
    client = asking(private)
    examples = [one for _, one in NEEDS.values() if "quickstart" in one] + [*LEDGER, *SHOWN_AT]
    for example in (
        *examples,
        "/d/quickstart/v9",
        "/d/quickstart/first",
        "/find?q=quickstart@v9",
        "/find?q=quickstart",
    ):
        place = filled(private, example)
        for one in (place, twin(place)):
            alike(client, one, one.replace("quickstart", "nobodyyyy"), token)
    run = filled(private, "/runs/RUN")
    assert (
        client.get(run, headers=shown(token)).status_code == client.get("/runs/none", headers=shown(token)).status_code
    )
    for place in ("/index.json", "/find.json?q=the", "/d/quickstar.json", "/runs.json", f"/find.json?q=run:{run[6:]}"):
        assert "quickstart" not in client.get(place, headers=shown(token)).text.replace("quickstar not", ""), place


def test_a_token_for_one_dataset_opens_that_alone(private: Hub) -> None:
    """Lists, searches and runs hold what is of it; what concerns all datasets takes a token for all."""
    token = private.add_token("admin", ["hostile"]).token
    client = asking(private)

    def told(place: str) -> Any:
        answer = client.get(place, headers=shown(token))
        assert answer.status_code == 200
        return answer.json()

    assert [one["name"] for one in told("/index.json")["datasets"]] == ["hostile"]
    assert {one["dataset"] for one in told("/runs.json")["runs"]} == {"hostile"}
    found = told("/find.json?q=the")["result"]
    assert {one["version"] for one in found["searched"]} == {"hostile@v1"}
    assert {one["version"] for one in found["matches"]} <= {"hostile@v1"}
    assert client.get("/admin", headers=shown(token)).status_code == 403
    assert client.get("/d/hostile/v1/docs?outcome=dropped", headers=shown(token)).status_code == 200


def test_the_public_searches_what_is_open(private: Hub) -> None:
    """And finds what is kept there."""
    client = asking(private)
    assert not client.get("/find.json?q=the").json()["result"]["searched"]
    private.visibility("quickstart", "open")
    private.visibility("hostile", "metadata")
    found = client.get("/find.json?q=the").json()["result"]

    assert found["matches"]
    assert {one["version"] for one in found["searched"]} == {"quickstart@v1"}
    assert {one["outcome"] for one in found["matches"]} == {"kept"}


def test_datasets_may_be_open_while_a_hub_is_served(private: Hub) -> None:
    """And are not afterwards."""
    assert asking(private, opened=("quickstart",)).get("/d/quickstart/v1/docs").status_code == 200
    assert asking(private).get("/d/quickstart/v1/docs").status_code == 404
    assert {one.level for one in private.visibility().datasets} == {"private"}


def test_on_its_own_machine_nobody_is_asked(asked: Hub) -> None:
    """Unless a proxy sends others there."""
    client = TestClient(application(asked), base_url="http://127.0.0.1", follow_redirects=False)

    assert client.get("/admin").status_code == client.get("/d/quickstart/v1").status_code == 200
    for name in ("X-Forwarded-For", "Forwarded", "Via", "X-Real-IP", "X-Forwarded-Host"):
        assert client.get("/", headers={name: "192.0.2.1"}).status_code == 403
    assert client.get("/", headers={"Host": "hub.example"}).status_code == 400


def test_a_hub_that_receives_no_forms_still_shows_itself(private: Hub, tokens: dict[str, str]) -> None:
    """Nothing is posted there, whoever asks."""
    client = asking(private, receives=False)
    for path in FORMS:
        answer = client.post(path, headers={**shown(tokens["admin"]), "Origin": "https://hub.example"}, data={"a": "b"})
        assert answer.status_code == 403
    assert client.get("/d/quickstart/v1", headers=shown(tokens["reader"])).status_code == 200


class Asked:
    """A request whose address holds something."""

    def __init__(self, **path_params: str) -> None:
        self.path_params = path_params


@pytest.mark.parametrize("role", ROLES)
def test_an_address_that_names_no_dataset_takes_a_role_anywhere(asked: Hub, role: str) -> None:
    """Whatever else it holds, and if what it holds looks like a dataset's name."""
    door = Door(Role.CURATOR, of=())
    visitor = Visitor("x", Role(role))
    for request in (Asked(), Asked(receipt="0"), Asked(name="quickstart")):
        if Role(role).reaches(Role.CURATOR):
            assert admit(door, visitor, asked, request)  # type: ignore[arg-type]
        else:
            with pytest.raises(HTTPException):
                admit(door, visitor, asked, request)  # type: ignore[arg-type]
