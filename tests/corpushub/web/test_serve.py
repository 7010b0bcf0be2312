"""The command that serves: where it may, as long as it is wanted."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest

import corpushub
from corpushub.errors import BadRequest
from corpushub.face.hub import Hub
from corpushub.web.serve import serve
from corpushub.web.serve import serving as serving_of
from lineage.errors import UnknownReference
from tests.corpushub.web.conftest import serving


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Hub]:
    """A hub without a dataset."""
    with corpushub.open(tmp_path / "hub") as opened:
        opened.home.create()
        yield opened


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


@pytest.mark.parametrize("bind", ["example.org:80", "8420", "127.0.0.1:http", "127.0.0.1:65536", ":80"])
def test_what_is_no_place_is_refused(hub: Hub, bind: str) -> None:
    """The message says how one is written."""
    with pytest.raises(BadRequest, match="HOST:PORT"):
        serve(hub, bind, print)


@pytest.mark.parametrize("bind", ["0.0.0.0:0", "192.0.2.1:80", "[::]:0"])
def test_others_are_served_only_where_somebody_could_be_let_in(empty: Hub, bind: str) -> None:
    """Without a token that is good the command refuses, and says how to make one; what ended is none."""
    for _ in range(2):
        with pytest.raises(BadRequest, match="corpushub token add"):
            serve(empty, bind, print)
        empty.revoke_token(empty.add_token("admin").known.id)


@pytest.mark.parametrize("bind", ["0.0.0.0", "::", "192.0.2.1"])
def test_a_hub_is_asked_for_by_its_names(empty: Hub, bind: str) -> None:
    """Of an address that is every address it must be told which; of another it is one."""
    empty.add_token("reader")
    host = ip_address(bind)
    if host.is_unspecified:
        with pytest.raises(BadRequest, match="--host"):
            serving_of(empty, host)
    else:
        assert serving_of(empty, host).hosts == ("192.0.2.1",)
    served = serving_of(empty, host, hosts=["Hub.Example"])
    assert "hub.example" in served.hosts
    assert not served.trusting
    with pytest.raises(BadRequest, match="no name"):
        serving_of(empty, host, hosts=["*"])


def test_on_this_machine_tokens_are_asked_for_if_somebody_says_so(empty: Hub) -> None:
    """Otherwise whoever can connect is the operator, and what is for others means nothing."""
    here = ip_address("127.0.0.1")

    assert serving_of(empty, here).trusting
    assert not serving_of(empty, here, accounts=True).trusting
    assert not serving_of(empty, here, read_only=True).receives
    with pytest.raises(BadRequest, match="--accounts"):
        serving_of(empty, here, public=["d"])
    with pytest.raises(BadRequest, match="--accounts"):
        serving_of(empty, here, hosts=["hub.example"])
    with pytest.raises(UnknownReference):
        serving_of(empty, here, accounts=True, public=["nobody"])


def test_a_hub_that_asks_for_tokens_is_served_by_the_command(hub: Hub) -> None:
    """The public sees what is opened for this time, by the name that was given."""
    with serving(hub, "--accounts", "--host", "hub.example", "--public", "quickstart", "--read-only") as (_, address):

        def told(name: str) -> bytes:
            asked = urllib.request.Request(f"{address}d/{name}/v1.json", headers={"Host": "hub.example"})
            with urllib.request.urlopen(asked) as answer:
                return bytes(answer.read())

        assert b"public-version" in told("quickstart")
        with pytest.raises(urllib.error.HTTPError, match="404"):
            told("hostile")


def test_a_place_that_is_taken_is_told(hub: Hub) -> None:
    """The message names it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"

        with pytest.raises(BadRequest, match=place):
            serve(hub, place, print)


def test_who_is_let_in_is_told_without_what_runs_and_writes_need(hub: Hub) -> None:
    """The pages that hold no text are answered by a process that has loaded no engine, and nothing that writes."""
    heavy = ["apache_beam", "numba", "presidio_analyzer", "spacy", "pyiceberg", "sqlalchemy", "cryptography"]
    program = f"""
import sys, corpushub
from starlette.testclient import TestClient
from corpushub.web.access.sessions import Serving
from corpushub.web.app import application
with corpushub.open({str(hub.home.path)!r}) as hub:
    client = TestClient(application(hub, Serving(trusting=False)), base_url="http://127.0.0.1")
    assert client.get("/").status_code == client.get("/login").status_code == 200
    assert client.get("/", headers={{"Authorization": "Bearer x"}}).status_code == 401
print([name for name in {heavy} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr
