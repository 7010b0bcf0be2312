"""Asking a site whether a request is its own: little, of public addresses alone, in bounded time."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from corpushub.requests.people import sites
from corpushub.requests.people.asking import Challenge
from corpushub.requests.people.sites import MOST_BYTES, ask_site, fetch_file, is_public, text_records

CHALLENGE = Challenge("/.well-known/corpushub-request.txt", "_corpushub-request", "corpushub-request=abc")


def nothing(*_: str) -> list[str]:
    """Find nothing."""
    raise OSError("nothing there")


def never(*_: str) -> bytes:
    """Have no file."""
    raise OSError("nothing there")


def test_the_file_or_the_record_says_so() -> None:
    """The line among others; the record is asked for below the site's name; nothing else will do."""
    asked: list[str] = []

    def records(name: str) -> list[str]:
        asked.append(name)
        return ["v=spf1 -all", "corpushub-request=abc"]

    by_file = ask_site("a.example", CHALLENGE, lambda *_: b"# mine\r\n corpushub-request=abc \r\n", nothing)
    by_record = ask_site("a.example", CHALLENGE, never, records)

    assert by_file is not None
    assert "file" in by_file
    assert by_record is not None
    assert "DNS TXT" in by_record
    assert asked == ["_corpushub-request.a.example"]
    assert ask_site("a.example", CHALLENGE, lambda *_: b"corpushub-request=abcd", lambda _: ["x"]) is None
    assert ask_site("a.example", CHALLENGE, lambda *_: b"\xff\xfe corpushub", nothing) is None
    assert ask_site("a.example", CHALLENGE, never, nothing) is None


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("::7f00:1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b:1::7f00:1", False),
        ("2002:7f00:1::1", False),
        ("2001:0:7f00:1::1", False),
    ],
)
def test_only_public_addresses_are_asked(address: str, public: bool) -> None:
    """No network's own, in whatever form of IPv6 it hides."""
    assert is_public(address) is public


@pytest.mark.parametrize("found", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], []])
def test_a_name_that_leads_inside_is_not_asked(found: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even if only one of its addresses does."""
    told = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in found]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: told)
    monkeypatch.setattr(socket, "create_connection", lambda *_: pytest.fail("somebody was asked"))

    with pytest.raises(OSError, match="not public"):
        fetch_file("inside.example", CHALLENGE.file)


def test_the_address_that_was_looked_at_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is asked for again may lead elsewhere, so it is not; and the port is that of https."""
    told = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443))]
    asked: list[object] = []

    def refused(place: object, _: float) -> socket.socket:
        asked.append(place)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: told)
    monkeypatch.setattr(socket, "create_connection", refused)
    with pytest.raises(ConnectionRefusedError):
        fetch_file("site.example", CHALLENGE.file)

    assert asked == [("93.184.216.34", 443)]


def test_records_are_asked_of_the_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    """A record in pieces is one text; a name that has none is an error like any other."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def serve() -> None:
            for _ in range(2):
                asked, whom = server.recvfrom(4096)
                question = dns.message.from_wire(asked)
                answer = dns.message.make_response(question)
                name = question.question[0].name
                if str(name).startswith("_corpushub-request.a."):
                    answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", '"corpushub-" "request=abc"'))
                else:
                    answer.set_rcode(dns.rcode.NXDOMAIN)
                server.sendto(answer.to_wire(), whom)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], server.getsockname()[1]
        monkeypatch.setattr(dns.resolver, "default_resolver", resolver)

        assert text_records("_corpushub-request.a.example") == ["corpushub-request=abc"]
        with pytest.raises(OSError, match="NXDOMAIN"):
            text_records("_corpushub-request.b.example")
        thread.join(10)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a key and a certificate for site.example, which it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "site.example")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("site.example")]), critical=False)
        .sign(key, SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "site.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + made.public_bytes(Encoding.PEM))
    return path


@contextmanager
def site(certificate: Path, answer: Callable[[ssl.SSLSocket], None]) -> Iterator[int]:
    """Have a site on this machine that does *answer* to whoever asks it; yield its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            try:
                plain, _ = listener.accept()
                with context.wrap_socket(plain, server_side=True) as secure:
                    secure.recv(4096)
                    answer(secure)
            except OSError:
                pass  # whoever asked went away

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)


def fetched(certificate: Path, answer: Callable[[ssl.SSLSocket], None], host: str = "site.example") -> bytes:
    """Return what is taken of a site that does *answer*."""
    with site(certificate, answer) as port:
        context = ssl.create_default_context(cafile=str(certificate))
        return sites._fetch_from("127.0.0.1", host, CHALLENGE.file, port, context)


def test_a_file_is_read_up_to_a_bound(certificate: Path) -> None:
    """And no further."""
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"

    assert fetched(certificate, lambda it: it.sendall(head + b"corpushub-request=abc\n")) == b"corpushub-request=abc\n"
    assert len(fetched(certificate, lambda it: it.sendall(head + b"x" * 100_000))) == MOST_BYTES


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        b"no answer at all",
        b"",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 500 + b"\r\n",
    ],
)
def test_redirections_and_what_is_no_answer_are_not_followed(certificate: Path, answer: bytes) -> None:
    """A site says so itself, or does not."""
    with pytest.raises(OSError, match="the site"):
        fetched(certificate, lambda it: it.sendall(answer))


def test_a_certificate_must_be_the_sites(certificate: Path) -> None:
    """Of another name, or of nobody known, it will not do."""
    with pytest.raises(ssl.SSLCertVerificationError):
        fetched(certificate, lambda it: None, "other.example")
    with site(certificate, lambda it: None) as port, pytest.raises(ssl.SSLCertVerificationError):
        sites._fetch_from("127.0.0.1", "site.example", CHALLENGE.file, port)


def test_a_site_that_drips_is_given_up(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it sends something."""
    monkeypatch.setattr(sites, "SECONDS", 0.3)
    gone = threading.Event()

    def drip(it: ssl.SSLSocket) -> None:
        it.sendall(b"HTTP/1.1 200 OK\r\n")
        while not gone.wait(0.05):
            it.sendall(b"A: b\r\n")

    began = time.monotonic()
    try:
        with pytest.raises(OSError, match="too long"):
            fetched(certificate, drip)
    finally:
        gone.set()
    assert time.monotonic() - began < 5
