"""Places on the web: the site that a page is of, and the path that the site's rules are matched against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from policies.addresses.urls import WEB, parse, without_dots

_DEFAULTS: Final = {"http": "80", "https": "443"}


@dataclass(frozen=True, slots=True)
class Place:
    """A web address, without user information and fragment.

    Attributes:
        scheme: "http" or "https".
        host: in normal form.
        port: empty for the default one.
        path: path and query, without dot segments, else as written; "/" at least.
    """

    scheme: str
    host: str
    port: str
    path: str

    @property
    def authority(self) -> str:
        """The host, with the port if it is not the default one."""
        return f"{self.host}:{self.port}" if self.port else self.host

    @property
    def origin(self) -> str:
        """Return scheme and authority: what one robots.txt is for (RFC 9309, section 2.3)."""
        return f"{self.scheme}://{self.authority}"

    @property
    def full_authority(self) -> str:
        """The host with its port, the default one too."""
        return f"{self.host}:{self.port or _DEFAULTS[self.scheme]}"


def locate(uri: str) -> Place | None:
    """Take *uri* apart; None if it is no web address. One without a scheme is taken for http."""
    url = parse(uri)
    if url is None or (url.scheme and url.scheme not in WEB):
        return None
    return Place(url.scheme or "http", url.host, url.port, without_dots(url.path or "/") + url.query)
