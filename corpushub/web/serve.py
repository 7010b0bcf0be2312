"""Serve a hub to browsers on this machine."""

from __future__ import annotations

import socket
from contextlib import suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final

from corpushub.errors import BadRequest
from lineage.errors import MissingLibrary

if TYPE_CHECKING:
    from collections.abc import Callable

    from corpushub.face.hub import Hub

PLACE: Final = "127.0.0.1:8420"
"""Where a hub is served unless told otherwise."""


def serve(hub: Hub, bind: str, say: Callable[[str], None]) -> None:
    """Serve *hub* at *bind*, HOST:PORT on this machine, until the process is told to end; port 0 is any free one.

    Args:
        hub: it.
        bind: the place.
        say: is told the address to open, once somebody is answered there.

    Raises:
        BadRequest: *bind* is no such place, or is taken.
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
    host, port = _local(bind)
    with _listening(host, port) as listener:
        shown = f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{listener.getsockname()[1]}/"
        settings: dict[str, Any] = {"log_level": "critical", "access_log": False, "server_header": False}
        server = uvicorn.Server(uvicorn.Config(application(hub), lifespan="off", timeout_keep_alive=5, **settings))
        say(f"the hub at {hub.home.path} is at {address} until this command is interrupted")
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])


def _local(bind: str) -> tuple[str, int]:
    """Return host and port of *bind*; BadRequest unless it is a place that this machine alone reaches."""
    host, mark, port = bind.rpartition(":")
    host = host.strip("[]")
    if not mark or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise BadRequest(f"{bind!r} is no place to serve at; write HOST:PORT, as {PLACE}")
    if host == "localhost":
        host = "127.0.0.1"
    try:
        loopback = ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        why = "others on the network could read every document, since nobody is asked who they are"
        raise BadRequest(f"{host!r} is not on this machine alone; {why}; serve at {PLACE}, and reach it by a tunnel")
    return host, int(port)


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
