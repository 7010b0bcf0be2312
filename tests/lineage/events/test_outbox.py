from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lineage.control.runs import RunState, finish_run, get_run, run_inputs, save_run, start_run
from lineage.control.versions import Version
from lineage.events import openlineage, outbox
from lineage.events.outbox import API_KEY, REFUSALS, URL, Patience, catch_up, deliver, put
from lineage.hub import Hub
from lineage.hub.connection import now


class Receiver(ThreadingHTTPServer):
    """Takes events over HTTP; answers with the statuses it is given, then with 201."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.statuses: list[int] = []
        self.taken: list[dict[str, object]] = []
        self.keys: list[str | None] = []

    @property
    def url(self) -> str:
        """Where events are posted."""
        return f"http://127.0.0.1:{self.server_address[1]}/api/v1/lineage"


class Taking(BaseHTTPRequestHandler):
    """One request."""

    server: Receiver

    def do_POST(self) -> None:
        """Take an event, or refuse it."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.server.statuses.pop(0) if self.server.statuses else 201
        if status == 201:
            self.server.taken.append(json.loads(body))
            self.server.keys.append(self.headers.get("Authorization"))
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A receiver on loopback, named in the settings."""
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        monkeypatch.setenv(URL, server.url)
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def ended_run(hub: Hub, make_version: Callable[..., Version]) -> None:
    """A committed run whose start was told, and nothing else: as after a crash right behind the commit."""
    make_version("r1", [1])
    run = replace(get_run(hub.db, "r1"), finished=now())
    save_run(hub.db, run)
    put(hub.db, run, openlineage.started(run, run_inputs(hub.db, "r1")))


@pytest.mark.usefixtures("ended_run")
def test_file_gets_each_event_once(hub: Hub) -> None:
    """Without a receiver events are lines of a file, in order; the last event of a run is never forgotten."""
    catch_up(hub)
    catch_up(hub)
    assert deliver(hub) == outbox.Delivery(2, 0)
    assert deliver(hub) == outbox.Delivery(0, 0)
    (path,) = (hub.home.path / "openlineage").iterdir()
    assert [json.loads(line)["eventType"] for line in path.read_text().splitlines()] == ["START", "COMPLETE"]


@pytest.mark.usefixtures("ended_run")
def test_receiver_that_fails_first(hub: Hub, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a receiver does not take waits, in order, and the next command delivers it."""
    monkeypatch.setenv(API_KEY, "k")
    catch_up(hub)
    receiver.statuses = [503]
    assert deliver(hub) == outbox.Delivery(0, 2)
    receiver.statuses = [201, 500]
    assert deliver(hub) == outbox.Delivery(1, 1)
    assert deliver(hub) == outbox.Delivery(1, 0)
    assert [event["eventType"] for event in receiver.taken] == ["START", "COMPLETE"]
    assert receiver.keys == ["Bearer k", "Bearer k"]
    assert not (hub.home.path / "openlineage").exists()


@pytest.mark.usefixtures("ended_run")
def test_refused_event_does_not_stop_the_others(hub: Hub, receiver: Receiver) -> None:
    """An event that the receiver refuses for good is passed over, and left alone in the end."""
    catch_up(hub)
    receiver.statuses = [422]
    assert deliver(hub) == outbox.Delivery(1, 1)
    for _ in range(REFUSALS - 1):
        receiver.statuses = [422]
        deliver(hub)
    assert deliver(hub) == outbox.Delivery(0, 1)
    assert [event["eventType"] for event in receiver.taken] == ["COMPLETE"]


@pytest.mark.usefixtures("ended_run")
def test_silent_receiver_costs_bounded_time(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A receiver that accepts and never answers, or is not there, is tried once, until the patience ends."""
    catch_up(hub)
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setenv(URL, f"http://127.0.0.1:{port}/")
        assert deliver(hub, Patience(0.2, 1.0)) == outbox.Delivery(0, 2)
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()
    assert deliver(hub) == outbox.Delivery(0, 2)
    monkeypatch.setenv(URL, "file:///etc/passwd")
    assert deliver(hub) == outbox.Delivery(0, 2)


def test_failed_runs_are_told(hub: Hub, make_version: Callable[..., Version]) -> None:
    """A run that was recorded as failed gets its FAIL event; one that never told its start gets none."""
    make_version("r1", [1])
    run = replace(get_run(hub.db, "r1"), id="r2")
    start_run(hub.db, run)
    put(hub.db, run, openlineage.started(run, []))
    finish_run(hub.db, run, RunState.FAILED, "ShardsFailed")
    catch_up(hub)
    assert outbox.waiting(hub.db) == 2
