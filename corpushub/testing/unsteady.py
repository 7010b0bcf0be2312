"""A proxy before a store that counts what is asked of it and, if told to, answers some of it as stores do on bad days.

It stands between the clients under test and a real endpoint, on loopback, and changes nothing but what it spoils.
"""

from __future__ import annotations

import http.client
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ERROR = "<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>A bad day.</Message></Error>"
PASSED_ON = frozenset({"content-type", "content-length", "etag", "last-modified", "content-range", "accept-ranges"})


class Fault(StrEnum):
    """How a request goes wrong."""

    INTERNAL = "500"
    SLOW_DOWN = "503"
    LATE = "an answer that takes its time"
    CUT = "a connection that ends in the midst of what is sent, be it the request or the answer"
    UNHEARD = "a connection that ends after the request was carried out"


FAULTS = tuple(Fault)


@dataclass(slots=True)
class Unsteady:
    """What a proxy has seen, and how it behaves.

    Attributes:
        address: its URL.
        every: one request in so many goes wrong, in turn in each of the ways; none at 0.
        late: seconds that a late answer takes.
        asked: requests by what they ask for: GET, HEAD, PUT, DELETE, POST, LIST.
        spoiled: requests that went wrong, by how.
        retried: requests of which their client says that they are not its first attempt.
    """

    address: str
    upstream: str
    every: int = 0
    late: float = 0.2
    asked: Counter[str] = field(default_factory=Counter)
    spoiled: Counter[Fault] = field(default_factory=Counter)
    retried: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fault(self, kind: str, attempt: str = "") -> Fault | None:
        """Count a request, and say how it goes wrong."""
        with self._lock:
            self.asked[kind] += 1
            self.retried += "attempt=" in attempt and "attempt=1" not in attempt.split("; ")
            if not self.every or self.asked.total() % self.every:
                return None
            fault = FAULTS[self.spoiled.total() % len(FAULTS)]
            self.spoiled[fault] += 1
            return fault


@contextmanager
def unsteady(upstream: str) -> Iterator[Unsteady]:
    """Stand before the store at *upstream* while the block lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    host, port = server.server_address[:2]
    state = Unsteady(f"http://{host!s}:{port}", urlsplit(upstream).netloc)
    vars(server)["state"] = state
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _handle(self) -> None:
        state: Unsteady = vars(self.server)["state"]
        fault = state.fault(self._kind(), self.headers.get("amz-sdk-request", ""))
        pieces = self._body()
        if fault is Fault.CUT and self.command in {"PUT", "POST"}:
            next(pieces, None)  # the first of two
            self._hang_up()
            return
        body = b"".join(pieces)
        if fault in {Fault.INTERNAL, Fault.SLOW_DOWN}:
            code = {"500": "InternalError", "503": "SlowDown"}[fault]
            self._answer(int(fault), {"content-type": "application/xml"}, ERROR.format(code=code).encode())
            return
        if fault is Fault.LATE:
            threading.Event().wait(state.late)
        status, headers, content = self._ask(state.upstream, body)
        if fault is Fault.UNHEARD or (fault is Fault.CUT and not content):
            self._hang_up()
        elif fault is Fault.CUT:
            self._answer(status, headers, content, content[: len(content) // 2])
            self._hang_up()
        else:
            self._answer(status, headers, content)

    do_GET = do_HEAD = do_PUT = do_DELETE = do_POST = _handle  # noqa: N815 (names of http.server)

    def _kind(self) -> str:
        return "LIST" if self.command == "GET" and "list-type" in parse_qs(urlsplit(self.path).query) else self.command

    def _body(self) -> Iterator[bytes]:
        """Yield what the request sends, in pieces."""
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return
        size = int(self.headers.get("Content-Length") or 0)
        yield self.rfile.read(size // 2)
        yield self.rfile.read(size - size // 2)

    def _ask(self, upstream: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(upstream)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in {"transfer-encoding", "content-length", "expect"}:
                    connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            content = answer.read()
            kept = {name: value for name, value in answer.getheaders() if _is_passed_on(name.lower())}
            return answer.status, kept, content
        finally:
            connection.close()

    def _answer(self, status: int, headers: dict[str, str], content: bytes, sent: bytes | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() != "content-length":
                self.send_header(name, value)
        length = headers.get("Content-Length", "0") if self.command == "HEAD" else str(len(content))
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content if sent is None else sent)

    def _hang_up(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


def _is_passed_on(name: str) -> bool:
    return name in PASSED_ON or name.startswith("x-amz-")
