"""What persons ask and send, in a browser: told alike everywhere, and kept nowhere by value."""

from __future__ import annotations

import logging
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import corpushub
from corpushub.face.hub import Hub
from corpushub.requests.people.in_here import in_here
from corpushub.web.app import application
from corpushub.web.forms import Rate
from lineage.hub.database import rows
from lineage.storage.as_json import as_json
from tests.corpushub.conftest import call
from tests.corpushub.persons import MAIL, holds

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


@pytest.fixture
def copy(persons_hub: Path, findings_key: None, tmp_path: Path) -> Iterator[Hub]:
    """A hub with persons in it, to be changed."""
    shutil.copytree(persons_hub, tmp_path / "hub")
    with corpushub.open(tmp_path / "hub") as opened:
        yield opened


def browser(hub: Hub) -> TestClient:
    """A browser on this machine, which follows no redirection by itself."""
    return TestClient(application(hub), base_url="http://127.0.0.1:8420", follow_redirects=False)


ERASURE = {"right": "erasure", "purpose": "all", "kind": "email", "value": MAIL, "contact": "zanzibarine@b.example"}


def test_a_request_goes_from_the_form_to_its_proof(copy: Hub, caplog: pytest.LogCaptureFixture) -> None:
    """Each state is a page and its JSON, at an address that only who sent it knows; nothing that was typed is kept."""
    caplog.set_level(logging.DEBUG)
    client = browser(copy)
    sent = send(client, "/requests", **ERASURE, words="zanzibarine words")
    place = sent.headers["location"]
    receipt = place.removeprefix("/requests/")

    def seen(state: str) -> str:
        page, twin = client.get(place), client.get(place + ".json").json()
        assert twin["status"]["state"] == state
        assert twin["status"] == call("requests", "show", "1", "--hub", copy.home.path)["status"]
        assert receipt in page.text
        assert MAIL not in page.text
        return page.text

    assert sent.status_code == 303
    assert re.fullmatch("[a-z2-7]{26}", receipt)
    assert "find out whether you may ask" in seen("received")
    copy.verify_request(1, "by a letter")
    seen("verified")
    copy.plan_request(1)
    assert "/d/scanned/v1" in seen("planned")
    (proof,) = copy.grant_request(1).status.proofs
    assert f"/receipts/{proof.removeprefix('receipt:')}" in seen("done")
    shown = client.get(f"/receipts/{proof.removeprefix('receipt:')}.json").json()
    assert shown == {**call("show", proof, "--hub", copy.home.path), "schema": "corpushub.web.receipt/1"}
    assert "nothing of what was erased was found" in client.get(f"/receipts/{proof.removeprefix('receipt:')}").text
    assert not [one for word in ("zanzibarine", MAIL, receipt) for one in holds(copy.home.path, word)]
    assert not [word for word in ("zanzibarine", MAIL) if word in caplog.text]


def test_who_has_no_receipt_sees_nothing(copy: Hub) -> None:
    """Not by another, not by the number, not by the digest that the hub keeps; and operators see no value on a page."""
    client = browser(copy)
    place = send(client, "/requests.json", **ERASURE).headers["location"]
    (row,) = rows(copy.db, "SELECT receipt FROM person_requests")

    assert client.get(place).json()["status"]["number"] == 1
    for other in ("1", row["receipt"], "a" * 26, place.rpartition("/")[2][:-6]):
        assert client.get(f"/requests/{other}").status_code == 404
        assert client.get(f"/reports/{other}").status_code == 404
    assert client.get("/receipts/0123456789abcdef").status_code == 404
    queue = client.get("/requests")
    assert "zanzibarine" not in queue.text + client.get("/requests.json").text
    assert client.get("/requests.json").json()["queue"] == as_json(copy.requests())


def test_a_site_is_told_how_to_show_that_it_asks(copy: Hub) -> None:
    """The page has the file, the record and the line; they say nothing of the receipt."""
    client = browser(copy)
    place = send(client, "/requests", right="opt-out", purpose="train", kind="host", value="kitchen.example").headers[
        "location"
    ]
    challenge = client.get(place + ".json").json()["status"]["challenge"]

    assert all(challenge[name] in client.get(place).text for name in ("file", "record", "content"))
    assert place.rpartition("/")[2] not in challenge["content"]


def test_a_report_goes_from_the_document_to_its_answer(copy: Hub) -> None:
    """Its words are kept without personal data, and whoever has the receipt sees what became of it."""
    client = browser(copy)
    (one, *_) = copy.find(host="kitchen.example", within="plain").matches
    page = f"/d/plain/v1/doc/{one.doc_id}"
    (form,) = re.findall(r'href="(/report\?of=[^"]+)"', client.get(page).text)
    ref = f"plain@v1#{one.doc_id}"
    token = token_of(client, form)
    words = f"Write to {MAIL} or call +1 212-555-0187: <b>wrong</b>"
    sent = client.post("/reports", data={"token": token, "of": ref, "problem": "license", "words": words}, headers=OURS)
    place = sent.headers["location"]
    told = client.get(place + ".json").json()["report"]

    assert told == {
        key: value for key, value in call("reports", "show", "1", "--hub", copy.home.path).items() if key != "schema"
    }
    assert told["document"] == ref
    assert told["words"] == "Write to <EMAIL_ADDRESS_1> or call <PHONE_NUMBER_1>: <b>wrong</b>"
    assert "<b>wrong" not in client.get(place).text
    assert not holds(copy.home.path / "hub.sqlite", MAIL)
    assert client.get("/reports.json").json()["open"] == as_json(copy.reports())
    call("reports", "close", "1", "--answer", "the licence was right", "--hub", copy.home.path)
    assert "the licence was right" in client.get(place).text
    assert "No report is open" in client.get("/reports").text


@pytest.mark.parametrize(
    ("place", "fields"),
    [
        ("/requests", {**ERASURE, "value": "zanzibarine"}),
        ("/requests", {**ERASURE, "right": "zanzibarine"}),
        ("/requests", {**ERASURE, "more": "zanzibarine"}),
        ("/requests", {}),
        ("/reports", {"of": "plain@v1#nonsense", "problem": "other"}),
        ("/reports", {"of": "plain@v1", "problem": "other"}),
        ("/reports", {"of": "plain#" + "0" * 32, "problem": "other"}),
        ("/reports", {"of": "plain@v1#" + "0" * 32, "problem": "other"}),
        ("/reports", {"of": "plain@v1#" + "0" * 32, "problem": "zanzibarine"}),
        ("/reports", {"of": "plain@v1#" + "0" * 32, "problem": "other", "words": "zanzibarine" * 1000}),
    ],
)
def test_what_cannot_be_sent_is_refused(copy: Hub, place: str, fields: dict[str, str]) -> None:
    """Nothing is recorded, and what was typed is not repeated."""
    client = browser(copy)
    token = client.app.state.tokens.make(place)  # type: ignore[attr-defined]
    answer = client.post(place, data={"token": token, **fields}, headers=OURS)

    assert answer.status_code in (400, 404)
    assert "zanzibarine" not in answer.text
    assert (copy.requests().requests, copy.reports().reports) == ((), ())


def test_forms_at_random_change_nothing_that_they_may_not(copy: Hub) -> None:
    """Three hundred: each is answered, refused or not found; none fails, and the pages of all go on."""
    client = browser(copy)
    client.app.state.rate = Rate(often=10_000)  # type: ignore[attr-defined]
    draw = random.Random(18)
    names = ["right", "purpose", "kind", "value", "contact", "words", "of", "problem", "x"]
    values = ["", "erasure", "opt-out", "all", "train", "email", "host", "kitchen.example", MAIL, "text", "license"]
    values += ["\ud7ff", "\u202e", "'", "a" * 3000, "plain@v1#" + "0" * 32, "plain", "../..", "{{ 7 }}", "0"]
    statuses = set()
    for _ in range(300):
        place = draw.choice(["/in-here", "/requests", "/reports", "/requests.json"])
        form = {name: draw.choice(values) for name in draw.sample(names, draw.randint(0, 6))}
        token = client.app.state.tokens.make(place)  # type: ignore[attr-defined]
        statuses.add(client.post(place, data={"token": token, **form}, headers=OURS).status_code)

    assert statuses <= {200, 303, 400, 404}
    assert client.get("/requests").status_code == client.get("/reports").status_code == 200


def test_forms_are_shown_without_what_does_the_work(persons_hub: Path) -> None:
    """Whoever serves loads no recognizers, kernels or engines until somebody needs them; nor for a search."""
    program = f"""
import sys
import corpushub
from starlette.testclient import TestClient
from corpushub.web.app import application
from corpushub.requests.people.in_here import in_here
with corpushub.open({str(persons_hub)!r}) as hub:
    client = TestClient(application(hub), base_url="http://localhost")
    pages = [client.get(place).status_code for place in ("/", "/in-here", "/requests", "/reports")]
    for kind, value in (("site", "a.example"), ("text", "somebody's text"), ("email", "a@b.example")):
        in_here(hub, kind, value)
    heavy = sorted({{"apache_beam", "numba", "presidio_analyzer", "spacy"}} & set(sys.modules))
sys.exit(f"{{pages}} {{heavy}}" if heavy or set(pages) != {{200}} else 0)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_a_hub_that_may_only_be_read_takes_nothing(copy: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """And says so."""
    monkeypatch.setattr(type(copy.home), "is_writable", False)
    sent = send(browser(copy), "/requests", **ERASURE)

    assert sent.status_code == 503
    assert "may only be read" in sent.text


def test_too_many_forms_are_refused(copy: Hub) -> None:
    """By whoever sends them, for a minute."""
    client = browser(copy)
    client.app.state.rate = Rate(often=2)  # type: ignore[attr-defined]
    statuses = [send(client, "/in-here", kind="site", value="a.example").status_code for _ in range(3)]

    assert statuses == [200, 200, 429]


def test_an_erasure_forgets_what_reports_say(copy: Hub) -> None:
    """Of the documents that it takes out, and in words that speak of who is erased; other reports stay."""
    (one, *_) = copy.find(host="kitchen.example", within="plain").matches
    (other, *_) = copy.find(host="orchard.example", within="plain").matches
    about, beside = f"plain@v1#{one.doc_id}", f"plain@v1#{other.doc_id}"
    for ref, words in ((about, "this one"), (beside, "zanzibarine zebedee wrote it"), (beside, "nobody wrote it")):
        copy.report(ref, "other", words)
    done = copy.erase([f"email:{MAIL}", "name:Zanzibarine Zebedee"], "a test")

    assert done.verified, done.remains
    assert [(one.document, one.words, one.closed is not None) for one in copy.reports(every=True).reports] == [
        (None, None, True),
        (beside, None, False),
        (beside, "nobody wrote it", False),
    ]
