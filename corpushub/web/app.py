"""The application: which address is answered by what, in which form, and what happens where there is no answer.

An answer is made by one function for both its page and its JSON; an address that ends in ``.json`` asks for the second.
Reading writes nothing, and nothing leaves the host: pages load what they need from here and run no script. What forms
send passes corpushub.web.forms before anything is done about it.
"""

from __future__ import annotations

import difflib
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import orjson
from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from corpushub.errors import BadRequest, HubError
from corpushub.printable import json_printable
from corpushub.requests.people.noting import note
from corpushub.requests.people.visitors import Visitor
from corpushub.web import answers, asked, people
from corpushub.web.access import pages, public
from corpushub.web.access.doors import DOORS, UNKNOWN, Door, admit, require_conditions, require_ledger, visitor_of
from corpushub.web.access.sessions import Serving, Sessions
from corpushub.web.forms import Form, Rate, Tokens, read_form
from corpushub.web.render import page
from lineage.control.people.roles import Role, Visibility
from lineage.control.runs import get_run
from lineage.control.versions import list_datasets
from lineage.errors import BadFilter, BadReference, LineageError, UnknownReceipt, UnknownReference, VersionRetired
from lineage.hub.own_secrets import secret_of
from lineage.references import DocumentRef, RunRef, parse, parse_version
from lineage.statistics.model import LOSS_KEYS
from lineage.storage.as_json import as_json

if TYPE_CHECKING:
    from corpushub.face.hub import Hub

STATIC: Final = Path(__file__).parent / "static"

JSON: Final = ".json"
"""What an address ends in that asks for JSON."""

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

MOST_LISTED: Final = 200
"""Most documents that a diff lists, and most runs."""

MOST_PAIRS, MOST_CLUSTERS = 10, 50
"""Most near-duplicates of each kind that are named, and most clusters and hosts."""

SECONDS: Final = 2.0
"""How long a search may take."""

AT_ONCE: Final = 4
"""Answers that are made at once; those that read data files may take the memory of a query each (Bounds)."""

MOST_WAITING: Final = 64
"""Those who wait for that at most: whoever asks then is told to ask again, and not kept waiting."""

AGAIN_SECONDS: Final = 2
"""When they may ask again."""

Answerer = Callable[["Hub", Request], Any]
"""Makes the answer to a request, or a response of its own."""

Receiver = Callable[["Hub", Request, Form], Any]
"""Does what a form asks, and makes the answer, likewise."""

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


def _datasets(hub: Hub, request: Request) -> Any:
    asked.nothing(request)
    return answers.datasets(hub)


def _dataset(hub: Hub, request: Request) -> Any:
    asked.nothing(request)
    return answers.dataset(hub, request.path_params["name"])


def _version(hub: Hub, request: Request) -> Any:
    asked.nothing(request)
    return answers.version(hub, asked.version(request))


def _documents(hub: Hub, request: Request) -> Any:
    ref, wanted = parse_version(asked.version(request)), asked.conditions(request)
    require_conditions(visitor_of(request), ref.dataset, wanted)
    return answers.documents(hub, ref, wanted)


def _document(hub: Hub, request: Request) -> Any:
    asked.nothing(request)
    ref = parse(f"{asked.version(request)}#{request.path_params['doc_id']}")
    assert isinstance(ref, DocumentRef)
    visitor = visitor_of(request)
    try:
        found = answers.document(hub, ref)
    except UnknownReference:
        if visitor.may(Role.AUDITOR, ref.version.dataset):
            raise
        raise UnknownReference(UNKNOWN) from None  # the ledger tells what else becomes of documents
    if found.released is None and visitor.may(Role.READER, ref.version.dataset):
        require_ledger(visitor, ref.version.dataset)
    return found


def _find(hub: Hub, request: Request) -> Any:
    text, visitor = asked.text(request), visitor_of(request)
    if (place := _place_of(hub, visitor, text)) is not None:
        return RedirectResponse(place + (JSON if request.url.path.endswith(JSON) else ""), 303)
    found = public.found(answers.found(hub, text, SECONDS, _read_by(hub, visitor)), visitor)
    only = found.result.matches[:2]
    if len(only) == 1 and not request.url.path.endswith(JSON):
        return RedirectResponse(document_place(only[0].version, only[0].doc_id), 303)
    return found


def _losses(hub: Hub, request: Request) -> Any:
    by = asked.among(request, "by", LOSS_KEYS)
    return hub.losses(request.path_params["ref"], by=by)


def _diff(hub: Hub, request: Request) -> Any:
    wanted = asked.changed(request)
    found = hub.diff(request.path_params["old"], request.path_params["new"], listed=MOST_LISTED, asked=wanted)
    return answers.DiffPage(wanted, found)


def _dedup(hub: Hub, request: Request) -> Any:
    asked.nothing(request)
    return hub.dedup_report(request.path_params["ref"], pairs=MOST_PAIRS, clusters=MOST_CLUSTERS)


def _lineage(hub: Hub, request: Request) -> Any:
    opened, only_sources = asked.drawn(request)
    return answers.lineage(hub, request.path_params["ref"], opened, only_sources=only_sources)


def _provenance(hub: Hub, request: Request) -> Any:
    from lineage.questions.prov import as_prov

    asked.nothing(request)
    content = orjson.dumps(as_prov(hub.trace_version(request.path_params["ref"])), option=orjson.OPT_INDENT_2)
    return Response(json_printable(content.decode()), media_type="application/json")


def _audit(hub: Hub, request: Request) -> Any:
    from policies.rules.policy_file import shipped, shipped_names  # only audits judge

    chosen = asked.among(request, "policy", shipped_names())
    return answers.audit(hub, request.path_params["ref"], shipped(chosen), chosen, shipped_names())


def _policies(hub: Hub, request: Request) -> Any:
    from corpushub.web.policy_pages import policies  # only they read rules

    asked.nothing(request)
    return policies(hub)


def _policy(hub: Hub, request: Request) -> Any:
    from corpushub.web.policy_pages import policy_page  # only they read rules

    asked.nothing(request)
    return policy_page(hub, request.path_params["name"])


def _papers(hub: Hub, request: Request) -> Any:
    from corpushub.papers.formats import FORMATS  # only papers are made of so much

    return answers.papers(hub, parse_version(request.path_params["ref"]), asked.among(request, "as", [*FORMATS]))


def _runs(hub: Hub, request: Request) -> Any:
    asked.nothing(request)
    return hub.runs(limit=MOST_LISTED)


def _run(hub: Hub, request: Request) -> Any:
    asked.nothing(request)
    return hub.show_run(f"run:{request.path_params['run']}")


PAGES: Final[tuple[tuple[str, str, Answerer], ...]] = (
    ("/", "datasets", _datasets),
    ("/find", "found", _find),
    ("/d/{name}", "dataset", _dataset),
    ("/d/{name}/{number}", "version", _version),
    ("/d/{name}/{number}/docs", "documents", _documents),
    ("/d/{name}/{number}/doc/{doc_id}", "document", _document),
    ("/losses/{ref}", "losses", _losses),
    ("/dedup/{ref}", "dedup", _dedup),
    ("/lineage/{ref}", "lineage", _lineage),
    ("/lineage/{ref}/prov", "prov", _provenance),
    ("/audit/{ref}", "audit", _audit),
    ("/diff/{old}...{new}", "diff", _diff),
    ("/papers/{ref}", "papers", _papers),
    ("/policies", "policies", _policies),
    ("/policies/{name}", "policy", _policy),
    ("/runs", "runs", _runs),
    ("/runs/{run}", "run", _run),
    (people.IN_HERE, "in_here", people.ask_in_here),
    (people.REQUESTS, "requests", people.ask_request),
    (people.REQUESTS + "/{receipt}", "request", people.show_request),
    (people.NEW_REPORT, "new_report", people.ask_report),
    (people.REPORTS, "reports", people.list_reports),
    (people.REPORTS + "/{receipt}", "report", people.show_report),
    ("/receipts/{receipt}", "receipt", people.show_receipt),
    ("/login", "login", pages.login),
    ("/logout", "login", pages.logout),
    ("/admin", "admin", pages.admin),
)
"""Addresses, the names of their templates and schemas, and what answers."""

FORMS: Final[Mapping[str, Receiver]] = {
    "/login": pages.log_in,
    "/logout": pages.log_out,
    people.IN_HERE: people.answer_in_here,
    people.REQUESTS: people.take_request,
    people.REPORTS: people.take_report,
}
"""What does what a form at an address of PAGES asks; whatever is posted elsewhere is refused."""


def version_place(ref: str) -> str:
    """Return the address of the page of version *ref*, NAME@vN."""
    name, _, number = ref.partition("@")
    return f"/d/{name}/{number}"


def document_place(version: str, doc_id: str) -> str:
    """Return the address of the page of a document."""
    return f"{version_place(version)}/doc/{doc_id}"


def documents_place(version: str, **conditions: Any) -> str:
    """Return the address of the list of the documents that meet *conditions*; None asks nothing."""
    wanted = {name: value for name, value in conditions.items() if value is not None}
    return f"{version_place(version)}/docs" + ("?" + urlencode(wanted) if wanted else "")


def _read_by(hub: Hub, visitor: Visitor) -> list[str] | None:
    """Return the datasets whose texts *visitor* may read, None for all."""
    if visitor.datasets is None:
        return None
    names = list_datasets(hub.db)
    return [one for one in names if visitor.may(Role.READER, one) or visitor.level_of(one).reaches(Visibility.OPEN)]


def _place_of(hub: Hub, visitor: Visitor, text: str) -> str | None:
    """Return the address of what the reference *text* names, None if it is none that *visitor* may know of here."""
    try:
        ref = parse(text)
        named = get_run(hub.db, ref.run) if isinstance(ref, RunRef) else parse_version(text.partition("#")[0])
    except BadReference:
        return None
    except UnknownReference:
        if visitor.datasets is None:
            raise
        raise UnknownReference(UNKNOWN) from None
    if not (visitor.may(Role.READER, named.dataset) or visitor.level_of(named.dataset).reaches(Visibility.METADATA)):
        return f"/d/{named.dataset}" if visitor.knows(named.dataset) else None
    if isinstance(ref, RunRef):
        return f"/runs/{hub.show_run(text).run.removeprefix('run:')}"
    if isinstance(ref, DocumentRef):
        return document_place(hub.show(str(ref.version)).version, ref.doc_id)
    if ref.dataset not in list_datasets(hub.db):
        return None
    return version_place(hub.show(str(ref)).version) if ref.number else f"/d/{ref.dataset}"


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
