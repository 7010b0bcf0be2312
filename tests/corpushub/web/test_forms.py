"""What a form must pass: a page of ours, a token of ours, of bounded size, not too often, and read strictly."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator
from typing import Any

import anyio
import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from corpushub.web import forms
from corpushub.web.forms import MOST_BYTES, TOKEN_SECONDS, Rate, Tokens, read_form

HOST = "http://127.0.0.1:8420"
OURS = {"Origin": HOST}
KIND = {"Content-Type": forms.KIND}


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        """Return what it was set to."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """It."""
    return Clock()


@pytest.fixture
def tokens(clock: Clock) -> Tokens:
    """Whoever makes tokens."""
    return Tokens(b"s" * 32, clock)


@pytest.fixture
def client(tokens: Tokens, clock: Clock) -> Iterator[TestClient]:
    """A browser before an application that tells what the form at /ask and its twin hold."""
    rate = Rate(often=2000, clock=clock)

    async def told(request: Request) -> Response:
        return JSONResponse(dict(await read_form(request, tokens, rate)))

    routes = [Route(path, told, methods=["POST"]) for path in ("/ask", "/ask.json")]
    with TestClient(Starlette(routes=routes), base_url=HOST) as opened:
        yield opened


@pytest.mark.parametrize("path", ["/ask", "/ask.json"])
@pytest.mark.parametrize("headers", [OURS, {"Referer": HOST + "/ask"}, {"Sec-Fetch-Site": "same-origin"}])
def test_a_form_of_ours_arrives(client: TestClient, tokens: Tokens, path: str, headers: dict[str, str]) -> None:
    """Whichever way the browser says where it comes from; the token is not among what was typed."""
    answer = client.post(path, data={"a": "ä €\r\nb", "token": tokens.make("/ask")}, headers=headers)

    assert (answer.status_code, answer.json()) == (200, {"a": "ä €\nb"})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": HOST + ".evil.example"},
        {"Origin": "http://["},
        {"Origin": "http://127.0.0.1:8421"},
        {"Referer": "https://evil.example/?" + HOST},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", **OURS},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
        {"Origin": "https://evil.example", "Referer": HOST + "/ask"},
    ],
)
def test_forms_of_foreign_pages_are_refused(client: TestClient, tokens: Tokens, headers: dict[str, str]) -> None:
    """Though they carry a token of ours; what says nothing of where it comes from is foreign."""
    answer = client.post("/ask", data={"token": tokens.make("/ask")}, headers=headers)

    assert answer.status_code == 403


def test_tokens_are_ours_fresh_and_of_that_form(client: TestClient, tokens: Tokens, clock: Clock) -> None:
    """One that is missing, forged, altered, of another form, hub or session, of the future or too old is refused."""
    good = tokens.make("/ask")
    opened, _, seal = good.partition(".")
    bad = [
        "",
        ".",
        good[:-1],
        good[:-1] + ("0" if good[-1] != "0" else "1"),
        f"{int(opened) + 1}.{seal}",
        f"{opened}.é",
    ]
    bad += ["9" * 5000 + "." + seal, tokens.make("/other"), Tokens(b"t" * 32, clock).make("/ask")]
    bad += [tokens.make("/ask", "somebody"), Tokens(b"s" * 32, lambda: clock.now + 60).make("/ask")]

    def status(token: str) -> int:
        return client.post("/ask", data={"token": token}, headers=OURS).status_code

    assert {status(token) for token in bad} == {403}
    assert client.post("/ask", data={"a": "b"}, headers=OURS).status_code == 403
    clock.now += TOKEN_SECONDS
    assert status(good) == 200
    clock.now += 1
    assert status(good) == 403


def test_large_forms_are_refused(client: TestClient, tokens: Tokens) -> None:
    """Whether they say so beforehand or not; one of just the size is not."""
    token = "token=" + tokens.make("/ask")
    rest = MOST_BYTES - len(token) - len("&a=")
    just, more = (f"{token}&a={'x' * length}".encode() for length in (rest, rest + 1))

    def status(content: Any, **headers: str) -> int:
        return client.post("/ask", content=content, headers={**OURS, **KIND, **headers}).status_code

    assert status(just) == 200
    assert status(more) == 413
    assert status(iter([more[:1000], more[1000:]])) == 413
    assert status(b"", **{"Content-Length": "9" * 30}) == 413


def test_what_is_no_form_is_refused(client: TestClient) -> None:
    """Nothing but what a form sends without files is read."""
    for kind in ("multipart/form-data; boundary=x", "application/json", "text/plain", ""):
        answer = client.post("/ask", content=b"a=b", headers={**OURS, "Content-Type": kind})
        assert answer.status_code == 415, kind


def test_slow_forms_are_given_up(tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever never finishes sending is told so after a while."""
    monkeypatch.setattr(forms, "BODY_SECONDS", 0.01)

    async def never() -> Any:
        await anyio.sleep_forever()

    async def sent() -> int:
        headers = [(b"host", b"h"), (b"origin", b"http://h"), (b"content-type", forms.KIND.encode())]
        scope = {"type": "http", "method": "POST", "path": "/ask", "headers": headers, "query_string": b""}
        try:
            await read_form(Request(scope, never), tokens, Rate())
        except HTTPException as error:
            return error.status_code
        return 200

    assert anyio.run(sent) == 408


def test_forms_at_random_are_read_or_refused(client: TestClient, tokens: Tokens) -> None:
    """A thousand bodies: none fails, and no answer of refusal repeats what stood in it."""
    draw = random.Random(18)
    token = f"token={tokens.make('/ask')}"
    pieces = ["a=1", "a=1", "b=%C3%A4", "%", "%ff=1", "x=%ff", "x=%00", "=", "&", ";", "a", "a=b=c", "x=" + "y" * 500]
    statuses = set()
    for _ in range(1000):
        parts = [token, *(draw.choice(pieces) for _ in range(draw.randint(0, 40 if draw.random() < 0.1 else 3)))]
        if draw.random() < 0.3:
            parts.append("".join(draw.choices(string.printable, k=9)))
        draw.shuffle(parts)
        body = "&".join(parts).encode() + draw.choice([b"", b"", b"", draw.randbytes(4)])
        answer = client.post("/ask", content=body, headers={**OURS, **KIND})
        statuses.add(answer.status_code)
        assert answer.status_code == 200 or len(answer.text) < 120

    assert statuses == {200, 400, 403}


def test_whoever_asks_too_often_waits(clock: Clock) -> None:
    """Others do not wait for them; after a while they may ask again."""
    rate = Rate(often=3, seconds=60, clock=clock)

    assert [rate.take("192.0.2.1") for _ in range(3)] == [0, 0, 0]
    assert rate.take("192.0.2.1") == pytest.approx(20)
    assert rate.take("192.0.2.2") == 0
    clock.now += 20
    assert rate.take("192.0.2.1") == 0
    assert rate.take("192.0.2.1") > 0


def test_many_names_do_not_help(clock: Clock) -> None:
    """Hosts of one network of IPv6 are one; all together may ask ten times as often; few names are remembered."""
    rate = Rate(often=3, seconds=60, peers=8, clock=clock)

    assert [rate.take(f"2001:db8::{one}") == 0 for one in range(4)] == [True, True, True, False]
    waits = [rate.take(f"2001:db8:0:{one:x}::1") for one in range(1, 40)]
    assert sum(not wait for wait in waits) == 27
    assert len(rate) <= 8


def test_too_many_forms_are_refused_with_when_to_come_again(tokens: Tokens, clock: Clock) -> None:
    """Before their bodies are read."""
    rate = Rate(often=1, clock=clock)

    async def told(request: Request) -> Response:
        return JSONResponse(dict(await read_form(request, tokens, rate)))

    client = TestClient(Starlette(routes=[Route("/ask", told, methods=["POST"])]), base_url=HOST)
    token = {"token": tokens.make("/ask")}
    first, second = (client.post("/ask", data=token, headers=OURS) for _ in range(2))

    assert (first.status_code, second.status_code) == (200, 429)
    assert int(second.headers["Retry-After"]) <= 61
