"""The application: which address is answered by what, in which form, and what happens where there is no answer.

An answer is made by one function for both its page and its JSON; an address that ends in ``.json`` asks for the second.
Reading writes nothing, and nothing leaves the host: pages load what they need from here and run no script. What forms
send passes corpushub.web.forms before anything is done about it.
"""

from __future__ import annotations

import difflib
import logging
import secrets
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson
from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from corpushub.errors import BadRequest, HubError
from corpushub.printable import json_printable
from corpushub.requests.people.noting import note
from corpushub.requests.people.visitors import Visitor
from corpushub.web.access.doors import DOORS, UNKNOWN, Door, admit
from corpushub.web.access.sessions import Serving, Sessions
from corpushub.web.addresses import FORMS, JSON, PAGES, Answerer, Receiver
from corpushub.web.forms import Form, Rate, Tokens, read_form
from corpushub.web.render import page
from lineage.control.versions import list_datasets
from lineage.errors import BadFilter, LineageError, UnknownReceipt, UnknownReference, VersionRetired
from lineage.hub.own_secrets import secret_of
from lineage.storage.as_json import as_json

if TYPE_CHECKING:
    from corpushub.face.hub import Hub

STATIC: Final = Path(__file__).parent / "static"

LOCAL: Final = ("localhost", "127.0.0.1", "[::1]")
"""Names by which a browser on this machine asks: under another one, a page of a stranger may be asking for its sake."""

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # browsers say of a form where it comes from only if pages may
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

MOST_ASKED: Final = 8 << 10
"""Bytes of the longest query that is looked at."""

AT_ONCE: Final = 4
"""Answers that are made at once; those that read data files may take the memory of a query each (Bounds)."""

MOST_WAITING: Final = 64
"""Those who wait for that at most: whoever asks then is told to ask again, and not kept waiting."""

AGAIN_SECONDS: Final = 2
"""When they may ask again."""

_log = logging.getLogger(__name__)


def application(hub: Hub, serving: Serving | None = None) -> Starlette:
    """Return the application over *hub*, by default for browsers on this machine."""
    serving = serving or Serving()
    routes = [
        Route("/healthz", _healthy),
        Mount("/static", StaticFiles(directory=STATIC), name="static"),
    ]
    turns = _Turns()
    for path, name, answerer in PAGES:
        receiver = FORMS.get(path)
        endpoint = _Endpoint(hub, name, DOORS[path], (answerer, receiver), turns)
        methods = ["GET", "POST"] if receiver else ["GET"]
        twins = ("/index.json" if path == "/" else path + JSON, path)
        routes += [Route(address, endpoint.answer, methods=methods) for address in twins]
    told = {HTTPException: _not_served, Exception: _failed}
    hosts = [*LOCAL, *serving.hosts]
    layers = [Middleware(_Headers), Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False)]
    made = Starlette(routes=routes, middleware=layers, exception_handlers=told)  # type: ignore[arg-type]
    made.state.tokens, made.state.rate = Tokens(secret_of(hub.home, "forms")), Rate()
    made.state.sessions = Sessions(hub, serving, secret_of(hub.home, "sessions"))
    return made


async def _healthy(request: Request) -> Response:
    return PlainTextResponse("ok\n")


class _Turns:
    """Has AT_ONCE answers made at once, while MOST_WAITING others wait for their turn."""

    def __init__(self) -> None:
        self._limiter, self._asked = CapacityLimiter(AT_ONCE), 0

    async def take(self, make: Callable[[], Response]) -> Response | None:
        """Return what *make* makes in a thread; None if too many wait."""
        if self._asked >= AT_ONCE + MOST_WAITING:
            return None
        self._asked += 1
        try:
            return await to_thread.run_sync(make, limiter=self._limiter)
        finally:
            self._asked -= 1


class _Endpoint:
    """Answers requests for one kind of page, and does what its form asks, if it has one."""

    def __init__(self, hub: Hub, name: str, door: Door, does: tuple[Answerer, Receiver | None], turns: _Turns) -> None:
        self._hub, self._name, self._door, self._turns = hub, name, door, turns
        self._answerer, self._receiver = does

    async def answer(self, request: Request) -> Response:
        """Answer *request*, as a page or as JSON, in a thread, as soon as fewer than AT_ONCE others are answered."""
        form = None
        if request.method == "POST":
            if not request.app.state.sessions.serving.receives:
                raise HTTPException(403, "nothing was done: no forms are received here")
            form = await read_form(request, request.app.state.tokens, request.app.state.rate)
        made = await self._turns.take(partial(self._made, request, form))
        if made is None:
            made = _told(request, 503, f"too many ask at once; ask again in {AGAIN_SECONDS} seconds")
            made.headers["Retry-After"] = str(AGAIN_SECONDS)
        return made

    def _made(self, request: Request, form: Form | None) -> Response:
        json, name = request.url.path.endswith(JSON), self._name
        try:
            if len(request.url.query) > MOST_ASKED:
                raise HTTPException(414, "the question is too long")
            visitor = request.state.visitor = request.app.state.sessions.visitor(request)
            full = admit(self._door, visitor, self._hub, request)
            if form is None or self._receiver is None:
                found = self._shown(request, visitor, full)
            else:
                found = self._received(request, visitor, form)
        except (LineageError, HubError) as error:
            said = str(error).replace(str(self._hub.home.path), "HUB")  # where that is, nobody needs to know
            return _told(request, _status(error), f"{said}{_nearest(self._hub, request, error)}")
        if isinstance(found, Response):
            return found
        if not full and self._door.shows:
            name = f"public-{name}"
        return _json(name, found) if json else HTMLResponse(page(name, found, twin=_twin(request), visitor=visitor))

    def _received(self, request: Request, visitor: Visitor, form: Form) -> Any:
        """Return what comes of *form*, once it has been noted what that shows."""
        found = self._receiver(self._hub, request, form) if self._receiver else None
        if not isinstance(found, Response):
            note(self._hub, visitor, self._door.reveals(found))
        return found

    def _shown(self, request: Request, visitor: Visitor, full: bool) -> Any:
        """Return what *visitor* is shown, all of it or what is told to such as them, once that has been noted."""
        found, door = self._answerer(self._hub, request), self._door
        if isinstance(found, Response):
            return found
        if not full and door.told is not None:
            found = door.told(found, visitor)
            if found is None:
                raise UnknownReference(UNKNOWN)
        note(self._hub, visitor, (door.reveals if full else door.reveals_told)(found))
        return found


def _json(name: str, answer: Any) -> Response:
    content = orjson.dumps({"schema": f"corpushub.web.{name}/1", **as_json(answer)}, option=orjson.OPT_NON_STR_KEYS)
    return Response(json_printable(content.decode()), media_type="application/json")


def _twin(request: Request) -> str:
    """Return the address of the JSON of the page that *request* asks for."""
    path = "/index" if request.url.path == "/" else request.url.path
    return path + JSON + ("?" + request.url.query if request.url.query else "")


def _status(error: Exception) -> int:
    """Return the HTTP status that says what kind of *error* it is."""
    kinds = ((BadFilter, 400), (BadRequest, 400), (VersionRetired, 410), (UnknownReference, 404), (UnknownReceipt, 404))
    return next((status for kind, status in kinds if isinstance(error, kind)), 503)


def _nearest(hub: Hub, request: Request, error: Exception) -> str:
    """Return a hint to the dataset whose name is most like the one that is not there."""
    name = request.path_params.get("name")
    visitor = getattr(request.state, "visitor", None)
    if not isinstance(error, UnknownReference) or name is None or visitor is None or visitor.datasets is not None:
        return ""
    names = list_datasets(hub.db)
    near = difflib.get_close_matches(name, names, 1) if name not in names else []
    return f"; the nearest name is {near[0]}" if near else ""


def _told(request: Request, status: int, message: str) -> Response:
    """Say in the form that was asked for why there is no answer."""
    if request.url.path.endswith(JSON):
        content = {"schema": "corpushub.error/1", "error": status, "message": message}
        return Response(json_printable(orjson.dumps(content).decode()), status, media_type="application/json")
    visitor = getattr(request.state, "visitor", None)
    return HTMLResponse(page("error", {"status": status, "message": message}, visitor=visitor), status)


async def _not_served(request: Request, error: HTTPException) -> Response:
    told = _told(request, error.status_code, error.detail)
    told.headers.update(error.headers or {})
    return told


async def _failed(request: Request, error: Exception) -> Response:
    """Give a number by which the log names the error; what it says may quote a document, and is not shown."""
    number = secrets.token_hex(4)
    _log.error("request %s failed: %s", number, type(error).__name__)
    return _told(request, 500, f"an error of this program; the log of `corpushub serve` names it by {number}")


class _Headers:
    """Adds HEADERS to every response."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        async def sent(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] += [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
            await send(message)

        await self._app(scope, receive, sent)
