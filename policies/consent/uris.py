"""Take web addresses apart: where they point, and the path that rules are matched against."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_WEB: Final = re.compile(r"(https?)://(?:[^/?#@]*@)*+([^/?#@]++)([^#]*)", re.IGNORECASE | re.DOTALL)
_PORT: Final = re.compile(r"(.*?)(?::(\d*))?", re.DOTALL)
_DEFAULTS: Final = {"http": "80", "https": "443"}


@dataclass(frozen=True, slots=True)
class Place:
    """A web address, without user information and fragment.

    Attributes:
        scheme: "http" or "https".
        authority: host in lower case and ASCII, without a dot at its end; with the port if it is not the default one.
        path: path and query as written; "/" at least.
    """

    scheme: str
    authority: str
    path: str

    @property
    def origin(self) -> str:
        """Return scheme and authority: what one robots.txt is for (RFC 9309, section 2.3)."""
        return f"{self.scheme}://{self.authority}"

    @property
    def host(self) -> str:
        """Return the authority without a port."""
        return self.authority.partition("]")[0] + "]" if self.authority[0] == "[" else self.authority.partition(":")[0]


def locate(uri: str) -> Place | None:
    """Take *uri* apart; None if it is no absolute http or https address."""
    match = _WEB.match(uri.strip())
    if match is None:
        return None
    scheme = match[1].lower()
    host, port = _host_and_port(match[2])
    if not host:
        return None
    path = match[3] if match[3].startswith("/") else f"/{match[3]}"
    return Place(scheme, host if port in ("", _DEFAULTS[scheme]) else f"{host}:{port}", path)


@lru_cache(maxsize=1 << 12)
def _host_and_port(authority: str) -> tuple[str, str]:
    host, port = (authority, "") if authority.endswith("]") else _split(authority)
    return ascii_host(host), port.lstrip("0")


def _split(authority: str) -> tuple[str, str]:
    match = _PORT.fullmatch(authority)
    return (match[1], match[2] or "") if match else (authority, "")


def ascii_host(host: str) -> str:
    """Spell *host* in lower case, ASCII (IDNA 2003 where Python can, as it stands where not), without a final dot."""
    host = host.strip().lower().rstrip(".")
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host
