"""The pages where people show a token, put it away, and look after who may see what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse

from corpushub.requests.people import visitors
from corpushub.requests.people.visitors import Visitor
from corpushub.web import asked
from corpushub.web.forms import Form, only

if TYPE_CHECKING:
    from corpushub.face.hub import Hub
    from corpushub.requests.people.tokens import AccessTokens
    from corpushub.web.access.sessions import Sessions
    from lineage.control.people.accesses import Access
    from lineage.control.people.exports import ExportRecord
    from lineage.control.people.visibilities import DatasetVisibility

MOST: Final = 100
"""Most accesses, and most exports, that the page of the operators lists."""

SHOWN: Final = "shown"
"""The field into which a token is typed."""


@dataclass(frozen=True, slots=True)
class LoginPage:
    """Who somebody is here.

    Attributes:
        name: the id of the token that they have shown, "operator" or "public".
        role: what that lets them do.
        datasets: with these; null for all.
        token: what the form to log in must carry back; it opens nothing.
        token_out: likewise the one to log out.
    """

    name: str
    role: str
    datasets: Sequence[str] | None
    token: str = field(repr=False)
    token_out: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AdminPage:
    """Who may see what, and has seen it.

    Attributes:
        tokens: those that were made.
        datasets: what each shows to everybody.
        opened: those that are open while the hub is served, whatever they show otherwise.
        accesses: who saw what last.
        exports: what was handed out last.
    """

    tokens: AccessTokens
    datasets: Sequence[DatasetVisibility]
    opened: Sequence[str]
    accesses: Sequence[Access]
    exports: Sequence[ExportRecord]


def login(hub: Hub, request: Request) -> Any:
    """Tell who asks, and how to show a token."""
    asked.nothing(request)
    visitor: Visitor = request.state.visitor
    names = None if visitor.datasets is None else tuple(sorted(visitor.datasets))
    tokens = request.app.state.tokens
    return LoginPage(visitor.name, visitor.role, names, tokens.make("/login"), tokens.make("/logout"))


def log_in(hub: Hub, request: Request, form: Form) -> Any:
    """Begin a session of whoever holds the token that was typed."""
    secret = only(form, (SHOWN,)).get(SHOWN, "").strip()
    sessions: Sessions = request.app.state.sessions
    known = None if sessions.serving.trusting else visitors.bearer(hub, secret, {})
    if known is None:
        raise HTTPException(403, "that token opens nothing here: it is unknown, was revoked or has run out")
    begun = RedirectResponse("/", 303)
    sessions.begin(begun, known)
    return begun


def logout(hub: Hub, request: Request) -> Any:
    """Lead to the page that says who asks, where a session can be ended."""
    return RedirectResponse("/login", 303)


def log_out(hub: Hub, request: Request, form: Form) -> Any:
    """End the session of the browser that asks."""
    only(form, ())
    ended = RedirectResponse("/login", 303)
    request.app.state.sessions.end(ended)
    return ended


def admin(hub: Hub, request: Request) -> Any:
    """Tell who may see what, and has seen it."""
    asked.nothing(request)
    opened = request.app.state.sessions.serving.opened
    looks, exported = hub.accesses(limit=MOST).accesses, hub.exports().exports[:MOST]
    return AdminPage(hub.tokens(), hub.visibility().datasets, tuple(opened), looks, exported)
