"""Serve a hub to browsers: on its own machine to whoever works there, elsewhere to those who show a token."""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, Any, Final

from corpushub.errors import BadRequest
from lineage.errors import MissingLibrary

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from corpushub.face.hub import Hub
    from corpushub.web.access.sessions import Serving

PLACE: Final = "127.0.0.1:8420"
"""Where a hub is served unless told otherwise."""

Address = IPv4Address | IPv6Address

_NAME: Final = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


def serve(hub: Hub, bind: str, say: Callable[[str], None], **how: Any) -> None:
    """Serve *hub* at *bind*, HOST:PORT, until the process is told to end; port 0 is any free one.

    Args:
        hub: it.
        bind: the place.
        say: is told the address to open, once somebody is answered there.
        how: see serving.

    Raises:
        BadRequest: *bind* is no such place, is taken, or nobody could be let in there.
        UnknownReference: a dataset that is to be open is not there.
        HomeError: there is no hub.
        MissingLibrary: the extra corpushub[web] is not installed.
    """
    hub.require()
    try:
        import uvicorn

        from corpushub.web.app import application
    except ModuleNotFoundError as error:
        message = f"the library {error.name} is not installed; nothing was served; install corpushub[web]"
        raise MissingLibrary(message) from error
    host, port = _place(bind)
    served = serving(hub, host, **how)
    with _listening(str(host), port) as listener:
        shown = f"[{host}]" if host.version == 6 else str(host)
        address = f"http://{shown}:{listener.getsockname()[1]}/"
        settings: dict[str, Any] = {"log_level": "critical", "access_log": False, "server_header": False}
        app = application(hub, served)
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", timeout_keep_alive=5, **settings))
        say(f"the hub at {hub.home.path} is at {address} until this command is interrupted")
        if not served.trusting:
            say("whoever asks shows a token; browsers take its cookie over https alone: put a proxy with TLS before it")
            if hub.db.read_only:
                say("the hub may only be read, and cannot note who sees what: it shows no texts, findings and stories")
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])


def serving(
    hub: Hub,
    host: Address,
    *,
    accounts: bool = False,
    hosts: Sequence[str] = (),
    public: Sequence[str] = (),
    read_only: bool = False,
) -> Serving:
    """Return how *hub* is served at *host*.

    Args:
        hub: it.
        host: where.
        accounts: whether a token is asked for on this machine, too, as behind a proxy.
        hosts: by which names browsers ask for it.
        public: datasets that are open while it is served.
        read_only: whether forms are refused.

    Raises:
        BadRequest: nobody is asked who they are, so that an option would mean nothing; or nobody could be let in.
        UnknownReference: a dataset that is to be open is not there.
    """
    from corpushub.requests.people.tokens import any_good
    from corpushub.web.access.sessions import Serving
    from lineage.control.versions import get_version
    from lineage.references import VersionRef

    trusting = host.is_loopback and not accounts
    if trusting and (public or hosts):
        raise BadRequest("here nobody is asked who they are, and all is shown; nothing was served; add --accounts")
    if wrong := [one for one in hosts if not _NAME.fullmatch(one)]:
        raise BadRequest(f"{wrong[0]!r} is no name of a host; nothing was served; write --host hub.example.org")
    if not host.is_loopback and not any_good(hub):
        why = "others on the network are asked for a token, and this hub has none that is good"
        raise BadRequest(f"{why}; nothing was served; make one: `corpushub token add --role reader`")
    if host.is_unspecified and not hosts:
        raise BadRequest(f"{host} is no name that browsers ask for; nothing was served; give it by --host NAME")
    for name in public:
        get_version(hub.db, VersionRef(name))
    own = [] if host.is_loopback or host.is_unspecified else [f"[{host}]" if host.version == 6 else str(host)]
    return Serving(trusting, (*own, *(one.lower() for one in hosts)), tuple(public), receives=not read_only)


def _place(bind: str) -> tuple[Address, int]:
    """Return address and port of *bind*; BadRequest if it is none."""
    host, mark, port = bind.rpartition(":")
    host = host.strip("[]")
    if not mark or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise BadRequest(f"{bind!r} is no place to serve at; write HOST:PORT, as {PLACE}")
    try:
        return ip_address("127.0.0.1" if host == "localhost" else host), int(port)
    except ValueError:
        raise BadRequest(f"{host!r} is no address of this machine; write HOST:PORT, as {PLACE}") from None


def _listening(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise BadRequest(f"nothing can be served at {host}:{port} ({error.strerror}); name another place") from error
    return listener
