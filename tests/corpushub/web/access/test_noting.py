"""Each text, finding and story that is shown is noted before, and nothing else; what cannot be noted is not shown."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import corpushub
from corpushub.face.hub import Hub
from corpushub.requests.people import noting
from corpushub.web import app, render
from lineage.control.people import accesses
from tests.corpushub.web.access.conftest import asking, ids, shown

NOTHING = (
    *("/", "/login", "/d/quickstart", "/d/quickstart/v1", "/losses/quickstart@v1", "/lineage/quickstart@v1", "/runs"),
    *("/diff/quickstart@v1...hostile@v1", "/papers/quickstart@v1", "/admin", "/d/quickstart/v1/docs?outcome=dropped"),
    *("/d/quickstart/v1/docs?language=xx", "/d/nobody", "/d/quickstart/v1/doc/00", "/nowhere", "/healthz"),
)


@pytest.fixture
def copy(hub: Hub, tmp_path: Path) -> Iterator[Hub]:
    """A copy of the hub, in which nobody was shown anything yet."""
    shutil.copytree(hub.home.path, tmp_path / "hub")
    with corpushub.open(tmp_path / "hub") as opened:
        with opened.db.begin() as connection:
            connection.exec_driver_sql("DELETE FROM accesses")
        yield opened


def noted(hub: Hub) -> list[tuple[str, str, str | None, str]]:
    """Return who was shown what, the first first."""
    found = reversed(hub.accesses(limit=10_000).accesses)
    return [(one.who, one.version, one.doc_id, one.what) for one in found]


def test_each_reveal_is_noted(copy: Hub) -> None:
    """Who, which version and document, and what of it; with nothing of what it says, nor of where who asks is."""
    made, client = copy.add_token("auditor"), asking(copy)
    who, headers = made.known.id, shown(made.token)
    kept, dropped = ids(copy, "kept"), ids(copy, "dropped")
    before = len(noted(copy))

    def told(place: str) -> list[tuple[str, str, str | None, str]]:
        at = len(noted(copy))
        assert client.get(place, headers=headers).status_code == 200
        return noted(copy)[at:]

    name = "quickstart@v1"
    assert before == len(kept)  # the list that ids() has read, as the operator
    assert {one[0] for one in noted(copy)} == {"operator"}
    assert told(f"/d/quickstart/v1/doc/{kept[0]}") == [(who, name, kept[0], "text and story")]
    assert told(f"/d/quickstart/v1/doc/{dropped[0]}.json") == [(who, name, dropped[0], "story")]
    assert told("/d/quickstart/v1/docs.json?limit=3") == [(who, name, one, "snippet") for one in kept[:3]]
    found = client.get("/find.json?q=ferry", headers=headers).json()["result"]["matches"]
    assert {one[2] for one in told("/find.json?q=ferry")} == {one["doc_id"] for one in found if one["snippet"]} != set()
    audit = client.get("/audit/quickstart@v1.json?policy=strict-commercial", headers=headers).json()["audit"]
    named = {example["doc_id"] for finding in audit["findings"] for example in finding["examples"]}
    assert {one[1:] for one in told("/audit/quickstart@v1?policy=strict-commercial")} == {
        (name, one, "finding") for one in named
    }
    assert named


def test_what_shows_no_text_is_not_noted(copy: Hub) -> None:
    """Numbers, names, lists of what was dropped, and whatever is refused."""
    client, admin = asking(copy), copy.add_token("admin").token
    ids(copy, "dropped")
    for place in NOTHING:
        path, mark, query = place.partition("?")
        for one in (place, ("/index" if path == "/" else path) + ".json" + mark + query):
            client.get(one, headers=shown(admin))
            client.get(one)

    assert noted(copy) == []


def test_everybody_is_noted_as_everybody(copy: Hub) -> None:
    """And a reader, who is shown the text alone, as shown that."""
    copy.visibility("quickstart", "open")
    kept, reader, client = ids(copy, "kept")[0], copy.add_token("reader"), asking(copy)
    at = len(noted(copy))
    client.get(f"/d/quickstart/v1/doc/{kept}")
    client.get("/d/quickstart/v1/docs?limit=2")
    client.get(f"/d/quickstart/v1/doc/{kept}.json", headers=shown(reader.token))

    assert [(one[0], one[3]) for one in noted(copy)[at:]] == [
        *(("public", "text"), ("public", "snippet"), ("public", "snippet"), (reader.known.id, "text"))
    ]


@pytest.mark.parametrize("where", ["asked", "trusted"])
def test_what_cannot_be_noted_is_not_shown(copy: Hub, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """Not to an admin, not to the operator, in neither form; what needs no note is shown as before."""
    kept = ids(copy, "kept")[0]
    headers = shown(copy.add_token("admin").token)
    client = asking(copy) if where == "asked" else TestClient(app.application(copy), base_url="http://127.0.0.1")
    text = client.get(f"/d/quickstart/v1/doc/{kept}.json", headers=headers).json()["released"]["text"]

    def failing(*_: Any) -> None:
        raise OSError("the disk is full, said somebody's text")

    monkeypatch.setattr(noting, "put_accesses", failing)
    for place in (f"/d/quickstart/v1/doc/{kept}", "/d/quickstart/v1/docs", "/find.json?q=the", "/audit/quickstart@v1"):
        answer = client.get(place, headers=headers)
        assert answer.status_code == 503, place
        assert "not shown" in answer.text
        assert text[:40] not in answer.text
        assert "somebody" not in answer.text
    assert client.get("/d/quickstart/v1", headers=headers).status_code == 200


def test_it_is_noted_before_it_is_shown(copy: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the page is made, the note stands already."""
    made, kept = [], ids(copy, "kept")[0]
    page = render.page

    def watched(*given: Any, **how: Any) -> str:
        made.append(noted(copy)[-1][2:])
        return page(*given, **how)

    monkeypatch.setattr(app, "page", watched)
    asking(copy).get(f"/d/quickstart/v1/doc/{kept}", headers=shown(copy.add_token("admin").token))

    assert made == [(kept, "text and story")]


def test_a_hub_that_may_only_be_read_shows_texts_to_its_operator_alone(
    copy: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose files they are anyway; nobody else's look could be noted."""
    kept, headers = ids(copy, "kept")[0], shown(copy.add_token("admin").token)
    at = len(noted(copy))
    monkeypatch.setattr(copy.db, "read_only", True)
    here = TestClient(app.application(copy), base_url="http://127.0.0.1")

    assert asking(copy).get(f"/d/quickstart/v1/doc/{kept}", headers=headers).status_code == 503
    assert asking(copy).get("/d/quickstart/v1", headers=headers).status_code == 200
    assert here.get(f"/d/quickstart/v1/doc/{kept}").status_code == 200
    assert len(noted(copy)) == at


def test_an_erasure_forgets_which_document_was_seen_and_not_that_it_was(copy: Hub) -> None:
    """Its id is nowhere; who saw it can be told by the receipt. The page of what is erased leaves no new id."""
    kept, made, client = ids(copy, "kept")[0], copy.add_token("auditor"), asking(copy)
    client.get(f"/d/quickstart/v1/doc/{kept}", headers=shown(made.token))
    report = copy.erase(f"doc:{kept}", "asked for")
    client.get(f"/d/quickstart/v1/doc/{kept}", headers=shown(made.token))
    seen = copy.accesses(who=made.known.id).accesses

    assert report.verified
    assert [(one.doc_id, one.receipt) for one in seen] == [(None, report.receipt)]
    assert kept not in repr(copy.accesses(limit=10_000))


def test_old_notes_are_forgotten_by_clean(copy: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """After 400 days, and when it is told to."""
    ids(copy, "kept")
    with copy.db.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE accesses SET at = '2020-01-01T00:00:00.000000Z' WHERE id IN (SELECT min(id) FROM accesses)"
        )
    held = len(noted(copy))

    assert copy.clean().accesses == 1
    assert len(noted(copy)) == held
    assert copy.clean(remove=True).accesses == 1
    assert len(noted(copy)) == held - 1
    assert copy.clean().accesses == 0


def test_notes_are_asked_by_who_what_and_when(copy: Hub) -> None:
    """One condition each, and all together."""
    kept, made = ids(copy, "kept"), copy.add_token("auditor")
    asking(copy).get(f"/d/quickstart/v1/doc/{kept[0]}", headers=shown(made.token))
    (mine,) = copy.accesses(who=made.known.id).accesses

    assert {one.who for one in copy.accesses(doc_id=kept[0]).accesses} == {"operator", made.known.id}
    assert copy.accesses("quickstart", who=made.known.id, doc_id=kept[0], since=mine.at).accesses == (mine,)
    assert not copy.accesses("hostile").accesses
    assert not copy.accesses(since="2999-01-01").accesses
    assert (len(copy.accesses(limit=2).accesses), copy.accesses(limit=2).complete) == (2, False)
    assert accesses.DAYS == 400
