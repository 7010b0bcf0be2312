"""In what the address of a document may differ from one that is asked for and still be meant; whoever asks is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from policies.addresses.columns import key_of
from policies.addresses.redaction import REDACTED
from policies.addresses.urls import WEB, Url, host_of, normal_address, parse

EXACT: Final = "exact"
"""Character by character the same."""

SPELLING: Final = "spelling"
"""The same in normal form: letter case, escapes, dot segments, other writings of the host."""

TOLERANCES: Final = ("scheme", "port", "slash", "fragment")
"""What may differ beyond spelling: http, https or none; a default port that is written; slashes at the end of the path;
the fragment."""

_SCHEMES: Final = ("", *WEB)
_DEFAULT_PORTS: Final = ("", "80", "443")
_AUTHORITY: Final = re.compile(r"(?i)\s*(?:(?:https?|ftp|wss?)\s*:|[a-z][a-z0-9+.-]*:(?=//))?[\s/\\]*([^/\\?#]*)")
_WRITTEN_PORT: Final = re.compile(r"[^:]+:\s*[0-9]*\s*|.*\]\s*:\s*[0-9]*\s*")


@dataclass(frozen=True, slots=True)
class AskedAddress:
    """An address that is asked for, taken apart once.

    Attributes:
        uri: as asked, redacted.
        url: its normal form.
        key: what brings another address into that form.
        has_port: whether a port is written.
    """

    uri: str
    url: Url
    key: Callable[[str], str]
    has_port: bool

    @classmethod
    def of(cls, uri: str) -> AskedAddress | None:
        """Take *uri*, which is redacted, apart; None if it holds no host."""
        normal = key_of(uri)
        url = parse(normal)
        key = key_of if REDACTED.search(normal) else normal_address  # redaction marks what it takes, and costs more
        return None if url is None else cls(uri, url, key, _has_port(uri))

    def matched_by(self, address: str | None) -> str | None:
        """Return by what *address*, as it is stored, is the one asked for; None if it is another.

        That is EXACT, SPELLING, or those of TOLERANCES that it takes, in their order, joined by ", ".
        """
        if address is None or address == self.uri:
            return None if address is None else EXACT
        if host_of(address) != self.url.host:  # most are of another, and need no normal form
            return None
        url = parse(self.key(address))
        if url is None or not _may_be_meant(url, self.url):
            return None
        return ", ".join(self._differences(url, address)) or SPELLING

    def _differences(self, url: Url, address: str) -> Iterator[str]:
        if url.scheme != self.url.scheme:
            yield "scheme"
        if url.port != self.url.port or _has_port(address) != self.has_port:
            yield "port"
        if url.path != self.url.path:
            yield "slash"
        if url.fragment != self.url.fragment:
            yield "fragment"


def differing(matched_by: str | None) -> int:
    """Return how much an address that was matched so differs: 0 not at all, 1 in spelling, one more each tolerance."""
    if matched_by in (EXACT, SPELLING):
        return int(matched_by == SPELLING)
    return 2 + (matched_by or "").count(",")


def _may_be_meant(one: Url, other: Url) -> bool:
    if (one.host, one.query) != (other.host, other.query) or one.path.rstrip("/") != other.path.rstrip("/"):
        return False
    if one.scheme in _SCHEMES and other.scheme in _SCHEMES:
        return one.port == other.port or (one.port in _DEFAULT_PORTS and other.port in _DEFAULT_PORTS)
    return (one.scheme, one.port) == (other.scheme, other.port)


def _has_port(address: str) -> bool:
    """Tell whether a port is written in *address*, if only its colon."""
    found = _AUTHORITY.match(address)
    return found is not None and _WRITTEN_PORT.fullmatch(found[1].rpartition("@")[2]) is not None
