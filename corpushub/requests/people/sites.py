"""Ask a site whether a request is its own: by a file on it, or a DNS TXT record; the one place where a hub asks others.

Whoever sends a request chooses whom the hub asks, so it asks little: one file by https, port 443 alone, of an address
that is everybody's to reach, never inside of a network; no redirection is followed, and answers are bounded in size and
time. The address that was looked at is the one that is asked.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from corpushub.requests.people.asking import Challenge

MOST_BYTES: Final = 16 << 10
"""Of the file that is read; what follows is not."""

SECONDS: Final = 10.0
"""For each of the two ways, from the first packet to the last."""

Asked = Callable[[str, "Challenge"], str | None]
"""Asks a site, by its host; returns what of it holds the line that it should, None if nothing does."""

Fetch = Callable[[str, str], bytes]
"""Returns the beginning of a file, by host and path; OSError if there is none."""

Resolve = Callable[[str], Iterable[str]]
"""Returns the texts of the DNS TXT records of a name; OSError if it cannot be asked."""


def ask_site(host: str, challenge: Challenge, fetch: Fetch | None = None, resolve: Resolve | None = None) -> str | None:
    """Return whether the file or else the record of *host* holds what *challenge* says, and which; None if neither.

    Args:
        host: in normal form.
        challenge: the file, the record and the line.
        fetch: gets files; by default fetch_file.
        resolve: asks for records; by default text_records.
    """
    try:
        lines = (fetch or fetch_file)(host, challenge.file).decode("utf-8", "replace").splitlines()
        if challenge.content in (line.strip() for line in lines):
            return f"the file {challenge.file} of the site"
    except OSError:
        pass  # there is no such file: it may be the record
    try:
        if challenge.content in (text.strip() for text in (resolve or text_records)(f"{challenge.record}.{host}")):
            return f"the DNS TXT record {challenge.record} of the site"
    except OSError:
        pass
    return None


def is_public(address: str) -> bool:
    """Tell whether *address*, of IP, is one that everybody reaches: no network's own, and none that leads there.

    An address of IPv6 that carries one of IPv4 is as public as that.
    """
    known = ip_address(address)
    if isinstance(known, IPv6Address):
        carried = known.ipv4_mapped or known.sixtofour
        if known.teredo or known in _TRANSLATED:
            return False
        if carried is not None:
            return is_public(str(carried))
    return known.is_global and not known.is_multicast and not known.is_reserved


class _Translated:
    """The networks of IPv6 that stand for addresses of IPv4 (RFC 6052, RFC 8215, and RFC 4291, section 2.5.5.1)."""

    def __contains__(self, address: IPv6Address) -> bool:
        top = int(address) >> 32
        return top in (0, 0x0064FF9B << 64) or int(address) >> 80 == 0x0064FF9B0001


_TRANSLATED: Final = _Translated()


def fetch_file(host: str, path: str) -> bytes:
    """Return the first MOST_BYTES of the file at *path* of *host*, asked by https.

    Raises:
        OSError: there is none, the site redirects elsewhere, is at no public address, or took longer than SECONDS.
    """
    try:
        found = socket.getaddrinfo(host.strip("[]"), 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise OSError("the site has no address") from error
    addresses = [str(one[4][0]) for one in found]
    if not addresses or not all(is_public(one) for one in addresses):
        raise OSError("the site is at an address that is not public")
    return _fetch_from(addresses[0], host, path)


def _fetch_from(address: str, host: str, path: str, port: int = 443, context: ssl.SSLContext | None = None) -> bytes:
    """Do as fetch_file does, from the site's *address*, whose certificate must be for *host*."""
    plain = socket.create_connection((address, port), SECONDS)
    with _ended_after(plain, SECONDS) as over:
        secure = (context or ssl.create_default_context()).wrap_socket(plain, server_hostname=host.strip("[]"))
        connection = http.client.HTTPSConnection(host.strip("[]"), timeout=SECONDS)
        connection.sock = secure
        try:
            connection.request("GET", path, headers={"User-Agent": "corpushub", "Accept": "text/plain"})
            answer = connection.getresponse()
            content = answer.read(MOST_BYTES)
            if over.is_set():
                raise OSError("the site took too long")
            if answer.status != 200:
                raise OSError(f"the site answers {answer.status}")
            return content
        except (http.client.HTTPException, ValueError) as error:
            raise OSError("the site's answer cannot be read") from error
        finally:
            connection.close()


@contextmanager
def _ended_after(connection: socket.socket, seconds: float) -> Iterator[threading.Event]:
    """Take the *connection* away from whoever reads it when *seconds* are over, which the event tells.

    A drop at a time is no answer: each wait is short, and there are many.
    """
    descriptor, over = connection.dup(), threading.Event()

    def end() -> None:
        over.set()
        with suppress(OSError):  # the other side was faster
            descriptor.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield over
    finally:
        timer.cancel()
        timer.join()
        descriptor.close()
        connection.close()


def text_records(name: str) -> list[str]:
    """Return the texts of the DNS TXT records of *name*, as this machine's resolver has them.

    Raises:
        OSError: it has none, cannot be asked, or dnspython (of the extra corpushub[web]) is not installed.
    """
    try:
        import dns.exception
        import dns.resolver
    except ModuleNotFoundError as error:
        raise OSError("dnspython is not installed; install corpushub[web]") from error
    try:
        answer = dns.resolver.resolve(name, "TXT", lifetime=SECONDS)
    except (dns.exception.DNSException, UnicodeError) as error:
        raise OSError(f"the name has no such record ({type(error).__name__})") from error
    return [b"".join(one.strings).decode("utf-8", "replace") for one in answer]
