"""Whose request it is: a token that is shown with it, or was shown before, as a cookie that we signed says.

A cookie says which token was shown, and until when that counts; the token itself is not in it. It counts only while its
token does, which is asked each time, so that a stolen cookie ends with it.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from corpushub.requests.people import visitors
from corpushub.requests.people.visitors import Visitor
from lineage.hub import Hub

COOKIE: Final = "__Host-corpushub"
"""Browsers take a cookie of such a name only over https, from this host alone and for all of it."""

SECONDS: Final = 12 * 3600
"""How long a session lasts."""


FORWARDED: Final = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
"""What proxies add to requests: not everybody who can connect then is on this machine."""


@dataclass(frozen=True, slots=True)
class Serving:
    """How a hub is served.

    Attributes:
        trusting: whether whoever can connect is the operator: so on the hub's own machine.
        hosts: names by which browsers ask for it, beside those of this machine.
        opened: datasets that show everything to everybody while it is served.
        receives: whether forms are received.
    """

    trusting: bool = True
    hosts: Sequence[str] = ()
    opened: Sequence[str] = ()
    receives: bool = True


@dataclass(frozen=True, slots=True)
class Sessions:
    """Begins sessions, ends them, and tells whose a request is.

    Attributes:
        hub: whose tokens open it.
        serving: how it is served.
        secret: with which cookies are signed.
        clock: tells the time in seconds since 1970.
    """

    hub: Hub
    serving: Serving
    secret: bytes = field(repr=False)
    clock: Callable[[], float] = time.time

    def visitor(self, request: Request) -> Visitor:
        """Return whoever asks.

        Raises:
            HTTPException: 401: a token is shown that opens nothing; 403: others ask where nobody is asked who they are.
        """
        if self.serving.trusting:
            if any(name in request.headers for name in FORWARDED):
                raise HTTPException(
                    403, "this came through a proxy: serve the hub with --accounts, or all of it is shown"
                )
            return visitors.operator()
        shown = visitors.shown_by(self.hub, self.serving.opened)
        kind, _, secret = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            if (known := visitors.bearer(self.hub, secret.strip(), shown)) is not None:
                return known
            why = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            raise HTTPException(401, "that token opens nothing here: it is unknown, was revoked or has run out", why)
        id_ = self._opened(request.cookies.get(COOKIE, ""))
        known = visitors.holder(self.hub, id_, shown) if id_ else None
        return known or visitors.anybody(shown)

    def begin(self, response: Response, visitor: Visitor) -> None:
        """Let *response* begin a session of *visitor*."""
        ends = str(int(self.clock()) + SECONDS)
        value = f"{visitor.name}.{ends}.{self._seal(visitor.name, ends)}"
        response.set_cookie(COOKIE, value, SECONDS, path="/", secure=True, httponly=True, samesite="strict")

    def end(self, response: Response) -> None:
        """Let *response* end the session of the browser that gets it."""
        response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")

    def _opened(self, cookie: str) -> str | None:
        """Return the id of the token that was shown when *cookie* was made; None if it is not ours, or too old."""
        id_, _, rest = cookie.partition(".")
        ends, _, sealed = rest.partition(".")
        if not (cookie.isascii() and ends.isdigit() and len(ends) <= 12):
            return None
        ours = hmac.compare_digest(sealed, self._seal(id_, ends))
        return id_ if ours and self.clock() < int(ends) else None

    def _seal(self, id_: str, ends: str) -> str:
        return hmac.new(self.secret, f"session\0{id_}\0{ends}".encode(), hashlib.sha256).hexdigest()
