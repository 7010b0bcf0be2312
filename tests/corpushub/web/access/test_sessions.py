"""Tokens as they are shown: by programs, by a page, by a cookie; and how each ends."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from corpushub.face.hub import Hub
from corpushub.requests.people import visitors
from corpushub.web.access.sessions import COOKIE, SECONDS, Serving, Sessions
from corpushub.web.app import application
from lineage.hub.connection import timestamp
from tests.corpushub.web.access.conftest import HOST, asking, shown

OURS = {"Origin": f"https://{HOST}"}
PLACE = "/d/quickstart/v1.json"


def fields(page: str) -> dict[str, str]:
    """Return the hidden fields of the form on *page*."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)">', page))


def log_in(client: TestClient, token: str) -> Any:
    """Show *token* on the page for it; return the answer."""
    return client.post("/login", data={**fields(client.get("/login").text), "shown": token}, headers=OURS)


def test_a_token_is_shown_on_a_page_and_put_away_again(private: Hub) -> None:
    """From then on a cookie shows it: signed, for this host, over https, out of reach of scripts and other sites."""
    client, token = asking(private), private.add_token("reader").token
    assert client.get(PLACE).status_code == 404
    answer = log_in(client, token)
    cookie = answer.headers["set-cookie"]

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    for part in (f"{COOKIE}=", "HttpOnly", "Secure", "SameSite=strict", "Path=/", f"Max-Age={SECONDS}"):
        assert part in cookie
    assert "Domain" not in cookie
    assert token not in cookie
    assert client.get(PLACE).status_code == 200
    assert "as reader" in client.get("/").text
    ended = client.post("/logout", data=fields(client.get("/login").text), headers=OURS)
    assert (ended.status_code, ended.headers["location"]) == (303, "/login")
    assert client.get(PLACE).status_code == 404


@pytest.mark.parametrize("wrong", ["", "corpushub_" + "A" * 43, "id", "\ud7ff", "a" * 10_000])
def test_what_is_no_token_begins_nothing(private: Hub, wrong: str, caplog: pytest.LogCaptureFixture) -> None:
    """The refusal repeats nothing of it, nor does the log."""
    client, made = asking(private), private.add_token("reader")
    wrong = made.known.id if wrong == "id" else wrong
    answer = log_in(client, wrong)

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert not wrong or wrong not in answer.text + caplog.text


def test_a_form_of_another_site_begins_nothing(private: Hub) -> None:
    """Neither without our token, nor from another page."""
    client, token = asking(private), private.add_token("reader").token
    good = {**fields(client.get("/login").text), "shown": token}

    assert client.post("/login", data=good, headers={"Origin": "https://evil.example"}).status_code == 403
    assert client.post("/login", data={"shown": token}, headers=OURS).status_code == 403
    assert client.post("/logout", data=good, headers=OURS).status_code == 403
    assert client.post("/login", data=good, headers=OURS).status_code == 303


@pytest.mark.parametrize("end", ["revoked", "expired"])
@pytest.mark.parametrize("how", ["bearer", "cookie"])
def test_what_has_ended_opens_nothing_at_once(
    private: Hub, monkeypatch: pytest.MonkeyPatch, end: str, how: str
) -> None:
    """A token that is revoked or has run out, and each cookie that was made for it, though its own time goes on."""
    client, made = asking(private), private.add_token("admin", days=0.1)
    headers = shown(made.token) if how == "bearer" else {}
    if how == "cookie":
        log_in(client, made.token)
    assert client.get(PLACE, headers=headers).status_code == 200
    if end == "revoked":
        private.revoke_token(made.known.id)
    else:
        later = timestamp(datetime.now(UTC) + timedelta(days=0.1, seconds=1))
        monkeypatch.setattr(visitors, "now", lambda: later)

    assert client.get(PLACE, headers=headers).status_code == (401 if how == "bearer" else 404)
    assert client.get("/admin", headers=headers).status_code == 401


@pytest.mark.parametrize("secret", ["", "x", "corpushub_" + "A" * 43, "é", "a b", "A" * 5000])
def test_a_bearer_that_is_none_is_refused_everywhere(private: Hub, secret: str) -> None:
    """Also where nothing is needed: who shows a token wants to know that it is no good."""
    client = asking(private)
    for place in ("/", "/index.json", PLACE, "/admin"):
        answer = client.get(place, headers={b"Authorization": f"Bearer {secret}".encode()})
        assert answer.status_code == 401, place
        assert "Bearer" in answer.headers["www-authenticate"]
        assert len(secret) < 5 or secret not in answer.text
    assert client.get("/", headers={"Authorization": "Basic eDp5"}).status_code == 200


def test_cookies_that_we_did_not_sign_open_nothing(private: Hub) -> None:
    """Whatever of one is changed, and whoever else signed it."""
    client, made, other = asking(private), private.add_token("reader"), private.add_token("admin")
    log_in(client, made.token)
    good = client.cookies[COOKIE]
    id_, ends, seal = good.split(".")
    foreign = Sessions(private, Serving(), b"another secret of 32 bytes ......")
    client.cookies.clear()
    wrong = [
        *(
            f"{other.known.id}.{ends}.{seal}",
            f"{id_}.{int(ends) + 1}.{seal}",
            f"{id_}.{ends}.{'0' * 64}",
            f"{id_}.{ends}.",
        ),
        *(f"{id_}.{ends}", id_, "", "..", f"{id_}.x.{seal}", f"{id_}.{'9' * 400}.{seal}", good + "0", good[:-1]),
        f"{id_}.{ends}.{foreign._seal(id_, ends)}",
        f"{id_}.{ends}.{seal.upper()}",
    ]
    for one in wrong:
        assert client.get(PLACE, headers={"Cookie": f"{COOKIE}={one}"}).status_code == 404, one
    assert client.get(PLACE, headers={"Cookie": f"{COOKIE}={good}"}).status_code == 200


def test_a_session_ends_by_itself(private: Hub) -> None:
    """After twelve hours, be its token good for longer."""
    made = private.add_token("reader")
    known = visitors.bearer(private, made.token, {})
    assert known is not None
    for late, opens in ((SECONDS - 1, True), (SECONDS, False)):
        clock = [1_000_000.0]
        sessions = Sessions(private, Serving(trusting=False), b"s" * 32, lambda: clock[0])  # noqa: B023
        value = f"{known.name}.{int(clock[0]) + SECONDS}.{sessions._seal(known.name, str(int(clock[0]) + SECONDS))}"
        clock[0] += late
        assert (sessions._opened(value) == known.name) == opens


def test_sessions_outlive_the_process(private: Hub) -> None:
    """The secret that signs them is the hub's."""
    client, made = asking(private), private.add_token("reader")
    log_in(client, made.token)

    assert asking(private).get(PLACE, headers={"Cookie": f"{COOKIE}={client.cookies[COOKIE]}"}).status_code == 200


def test_no_token_is_shown_where_nobody_is_asked(private: Hub) -> None:
    """The page says so."""
    client = TestClient(application(private), base_url="http://127.0.0.1:8420")
    page = client.get("/login")

    assert "need not show a token" in page.text
    assert not fields(page.text)


def test_pages_about_tokens_hold_none(private: Hub) -> None:
    """What operators see of tokens opens nothing."""
    made = private.add_token("admin", note="of the night")
    answers = [
        asking(private).get(one, headers=shown(made.token)).text for one in ("/admin", "/admin.json", "/login.json")
    ]

    assert all(made.known.id in answer for answer in answers)
    assert "of the night" in answers[0]
    assert not any(made.token in answer or visitors.digest_of(made.token) in answer for answer in answers)
