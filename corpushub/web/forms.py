"""What every form must pass before anything is done about it.

A POST says from which page of this hub it comes, carries a token that this hub made for that form not long ago, is an
ordinary form of at most 1 MiB, and is not one of too many. What was typed is in no address, message or log: whoever is
refused is told what is wrong with the form, and never what stood in it.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from anyio import fail_after
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

TOKEN: Final = "token"
"""The field that carries a form's token."""

MOST_BYTES: Final = 1 << 20
"""Of a form."""

MOST_FIELDS: Final = 32
"""Of a form."""

TOKEN_SECONDS: Final = 8 * 3600
"""How long a form that was opened may be sent."""

BODY_SECONDS: Final = 30.0
"""How long a form may take to arrive."""

KIND: Final = "application/x-www-form-urlencoded"

Form = Mapping[str, str]
"""What was typed, by field; the token is not among it."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Makes and checks what says that a form is ours: a time, and an HMAC of it, the form's address and who opened it.

    Attributes:
        secret: of the HMAC.
        clock: tells the time in seconds since 1970.
    """

    secret: bytes = field(repr=False)
    clock: Callable[[], float] = time.time

    def make(self, path: str, whose: str = "") -> str:
        """Return a token for the form at *path*, for *whose* session, if there are sessions."""
        opened = str(int(self.clock()))
        return f"{opened}.{self._seal(opened, path, whose)}"

    def is_good(self, token: str, path: str, whose: str = "") -> bool:
        """Tell whether *token* was made for the form at *path* and *whose* session, and is not too old."""
        opened, _, sealed = token.partition(".")
        if not (opened.isascii() and opened.isdigit() and len(opened) <= 12 and sealed.isascii()):
            return False
        fresh = 0 <= self.clock() - int(opened) <= TOKEN_SECONDS
        return hmac.compare_digest(sealed, self._seal(opened, path, whose)) and fresh

    def _seal(self, opened: str, path: str, whose: str) -> str:
        message = "\0".join((path.removesuffix(".json"), opened, whose))
        return hmac.new(self.secret, message.encode(), hashlib.sha256).hexdigest()


class Rate:
    """Counts how often peers ask, as buckets that fill again with time; at most *peers* are remembered.

    All together may ask ten times as often as one of them, so that whoever asks in many names is refused, too.

    Args:
        often: how often a peer may ask at once.
        seconds: how long it takes until it may do so again.
        peers: how many are remembered; of those that asked longest ago nothing is known.
        clock: tells the time, in seconds.
    """

    def __init__(
        self, often: int = 20, seconds: float = 60.0, peers: int = 4096, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._often, self._seconds, self._most, self._clock = often, seconds, peers, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._all = (10.0 * often, clock())
        self._lock = threading.Lock()

    def take(self, peer: str | None) -> float:
        """Return 0 if *peer* may ask now, else after how many seconds it may."""
        name = _peer(peer)
        with self._lock:
            now = self._clock()
            own = self._filled(*self._left.pop(name, (float(self._often), now)), now, 1)
            every = self._filled(*self._all, now, 10)
            wait = max(self._until_one(own, 1), self._until_one(every, 10))
            taken = 0 if wait else 1
            self._all = (every - taken, now)
            self._left[name] = (own - taken, now)
            while len(self._left) > self._most:
                self._left.popitem(last=False)
        return wait

    def __len__(self) -> int:
        """Return how many peers are remembered."""
        return len(self._left)

    def _filled(self, left: float, since: float, now: float, times: int) -> float:
        most = times * self._often
        return min(float(most), left + (now - since) * most / self._seconds)

    def _until_one(self, left: float, times: int) -> float:
        return 0.0 if left >= 1 else (1 - left) * self._seconds / (times * self._often)


def _peer(address: str | None) -> str:
    """Return what stands for whoever asks from *address*: of IPv6 its network, for a host there has many."""
    try:
        known = ip_address(address or "")
    except ValueError:
        return ""
    if isinstance(known, IPv6Address) and known.ipv4_mapped is None:
        return str(known.exploded[:19])
    return str(known)


def require_own_page(request: Request) -> None:
    """Refuse *request* unless a page of this hub sent it, as browsers say and programs must: Origin, or its like.

    Raises:
        HTTPException: 403.
    """
    headers, host = request.headers, request.headers.get("host", "")
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    origin = headers.get("referer") if origin is None else origin
    foreign = site not in (None, "same-origin") or (origin is not None and _netloc(origin) != host)
    if foreign or (site is None and origin is None):
        raise HTTPException(403, "nothing was done: the form does not come from a page of this hub; open it here")


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


async def read_form(request: Request, tokens: Tokens, rate: Rate, *, whose: str = "") -> Form:
    """Return what *request* sends, once it has passed everything that this module asks.

    Args:
        request: a POST.
        tokens: who makes tokens.
        rate: how often peers may send forms.
        whose: the session of who sends, if there are sessions.

    Raises:
        HTTPException: 403 (a foreign page, a token that is missing, forged or too old), 408, 413, 415, 429, or 400
            (fields that are no text, too many, or there twice).
    """
    require_own_page(request)
    if wait := rate.take(request.client.host if request.client else None):
        headers = {"Retry-After": str(int(wait) + 1)}
        raise HTTPException(429, f"too many forms at once; send it again in {int(wait) + 1} seconds", headers)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != KIND:
        raise HTTPException(415, f"nothing was done: what was sent is no form; send it as {KIND}")
    found = _fields(await _body(request))
    if not tokens.is_good(found.pop(TOKEN, ""), request.url.path, whose):
        raise HTTPException(403, "nothing was done: the form was open for too long, or is not ours; open it again")
    return found


async def _body(request: Request) -> bytes:
    """Return the bytes of *request*, at most MOST_BYTES, that arrive within BODY_SECONDS."""
    large = HTTPException(413, f"nothing was done: a form has at most {MOST_BYTES >> 20} MiB")
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and (len(length) > 9 or int(length) > MOST_BYTES):
        raise large
    body = bytearray()
    try:
        with fail_after(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise large
    except TimeoutError:
        raise HTTPException(408, "nothing was done: the form did not arrive in time") from None
    except ClientDisconnect:
        raise HTTPException(400, "nothing was done: the form did not arrive") from None
    return bytes(body)


def _fields(body: bytes) -> dict[str, str]:
    """Return the fields of the form *body*; HTTPException 400, which quotes none of it, if they are none."""
    broken = HTTPException(400, "nothing was done: the form cannot be read; open it again")
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            encoding="utf-8",
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise broken from None
    found = dict(pairs)
    if len(found) != len(pairs) or any("\0" in text for pair in pairs for text in pair):
        raise broken
    return {name: value.replace("\r\n", "\n") for name, value in found.items()}


def only(form: Form, known: Collection[str]) -> Form:
    """Return *form* if it has no other fields than *known*; HTTPException 400, which quotes none, if it has."""
    if not set(form) <= set(known):
        raise HTTPException(400, "nothing was done: the form has fields that are not asked for; open it again")
    return form
