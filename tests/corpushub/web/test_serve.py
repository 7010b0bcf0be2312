"""The command that serves: where it may, as long as it is wanted."""

from __future__ import annotations

import signal
import socket
import urllib.request

import pytest

from corpushub.errors import BadRequest
from corpushub.face.hub import Hub
from corpushub.web.serve import serve
from tests.corpushub.web.conftest import serving


def test_serves_until_interrupted(hub: Hub) -> None:
    """It tells where, answers there, and ends well when interrupted, which is how it is meant to end."""
    with serving(hub) as (process, address):
        with urllib.request.urlopen(f"{address}healthz") as answer:
            assert answer.read() == b"ok\n"
        with urllib.request.urlopen(f"{address}index.json") as answer:
            assert b"quickstart" in answer.read()
        process.send_signal(signal.SIGINT)

        assert process.wait(60) in (0, 130)


def test_slow_clients_stop_nobody(hub: Hub) -> None:
    """Twenty clients that never finish asking keep nobody else from an answer."""
    with serving(hub) as (_, address):
        host, _, port = address.removeprefix("http://").rstrip("/").rpartition(":")
        slow = [socket.create_connection((host, int(port))) for _ in range(20)]
        for one in slow:
            one.sendall(b"GET / HT")
        with urllib.request.urlopen(f"{address}healthz", timeout=60) as answer:
            assert answer.status == 200
        for one in slow:
            one.close()


@pytest.mark.parametrize("bind", ["0.0.0.0:0", "192.0.2.1:80", "[::]:0", "example.org:80", "8420", "127.0.0.1:http"])
def test_serves_to_this_machine_alone(hub: Hub, bind: str) -> None:
    """Nobody else is let in as long as nobody is asked who they are."""
    with pytest.raises(BadRequest):
        serve(hub, bind, print)


def test_a_place_that_is_taken_is_told(hub: Hub) -> None:
    """The message names it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"

        with pytest.raises(BadRequest, match=place):
            serve(hub, place, print)
