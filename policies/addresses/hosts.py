"""Hosts: one normal form of all spellings of a host, and which host lies below which.

The rules are those of the URL Standard (https://url.spec.whatwg.org, section 3.5): percent-escapes are undone, scripts
are mapped by UTS #46 without transitional processing and written as A-labels, and what ends in a number is an IPv4
address. Where the standard sees two hosts, or none, and people mean one, this module is wider: dots at the end and
white space anywhere do not count, IPv6 addresses need no brackets, and an A-label counts as it is written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address
from typing import Final
from urllib.parse import unquote_to_bytes

PLAIN: Final = r"(?:[a-z0-9_-]+\.)*[a-z_][a-z0-9_-]*"
"""A host that is in its normal form without a closer look: no IPv4 address is spelled with a last label like this."""

_PLAIN: Final = re.compile(PLAIN)
_FORBIDDEN: Final = re.compile(r"[\x00-\x20\x7f#%/:<>?@\[\\\]^|]")  # the standard's forbidden domain code points
_NUMBER: Final = re.compile(r"0x(?P<hex>[0-9a-f]*)|0(?P<octal>[0-7]+)|(?P<decimal>0|[1-9][0-9]*)")
_NUMERIC: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_SPACE: Final = re.compile(r"[ \t-\r\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_JOINERS: Final = "\u200c\u200d"


@lru_cache(maxsize=1 << 14)
def canonical_host(host: str) -> str | None:
    """Return the normal form of *host*, which has no scheme, user and port; None if it can be no host.

    A name is in lower-case ASCII without a dot at its end; an IPv4 address has four decimal numbers; an IPv6 address is
    in brackets and compressed (RFC 5952).
    """
    if _PLAIN.fullmatch(host):
        return host
    if "[" in host or host.count(":") > 1:
        return _ipv6(without_space(host))
    decoded = unquote_to_bytes(host.encode("utf-8", "replace")).decode("utf-8", "replace")
    name = _ascii(without_space(decoded))
    name = None if name is None else name.rstrip(".")
    if not name or _FORBIDDEN.search(name):
        return None
    return _ipv4(name) if _NUMERIC.fullmatch(name.rpartition(".")[2]) else name


def without_space(text: str) -> str:
    """Return *text* without white space, which no host has."""
    return _SPACE.sub("", text)


def canonical_pattern(pattern: str) -> str | None:
    """Return the normal form of a host in which ``*`` may stand for any run of characters; None if it can be none."""
    if "*" not in pattern:
        return canonical_host(pattern)
    labels = [one if "*" in one else _ascii(one) for one in pattern.strip().lower().rstrip(".").split(".")]
    known = [one for one in labels if one is not None and one.isascii() and not _FORBIDDEN.search(one)]
    return ".".join(known) if len(known) == len(labels) else None


def on_host(host: str, wanted: str) -> bool:
    """Tell whether *host* is *wanted*, lies below it, or matches it as a pattern; both in normal form."""
    return fnmatchcase(host, wanted) if "*" in wanted else host == wanted or host.endswith(f".{wanted}")


def parents(host: str) -> Iterator[str]:
    """Yield the hosts that *host* (in normal form) lies below, the nearest first; an IP address lies below none."""
    if host.startswith("[") or _NUMERIC.fullmatch(host.rpartition(".")[2]):
        return
    while "." in host:
        host = host.partition(".")[2]
        yield host


def _ascii(name: str) -> str | None:
    """Write *name* in lower-case ASCII (UTS #46, section 4); None if it has a character or label that no name has."""
    if name.isascii():
        return name.lower()
    import idna  # its tables cost milliseconds, which few addresses need

    try:
        labels = idna.uts46_remap(name, std3_rules=False).split(".")
        return ".".join(one if one.isascii() else _a_label(one) for one in labels)
    except ValueError:  # idna.IDNAError, UnicodeError
        return None


def _a_label(label: str) -> str:
    """Return the A-label of *label*, which is mapped; ValueError if it is not valid (UTS #46, section 4.1)."""
    import idna

    joined = all(idna.valid_contextj(label, at) for at, char in enumerate(label) if char in _JOINERS)
    if not joined or unicodedata.category(label[0]).startswith("M"):
        raise ValueError("no label of a host")
    return "xn--" + label.encode("punycode").decode("ascii")


def _ipv4(name: str) -> str | None:
    """Return the address that *name*, which ends in a number, stands for (the standard's IPv4 parser)."""
    parts = name.split(".")
    numbers = [_number(part) for part in parts]
    known = [one for one in numbers if one is not None]
    if len(parts) > 4 or len(known) < len(parts):
        return None
    *first, last = known
    if any(one > 255 for one in first) or last >= 256 ** (4 - len(first)):
        return None
    whole = last + sum(one << 8 * (3 - at) for at, one in enumerate(first))
    return ".".join(str(byte) for byte in whole.to_bytes(4, "big"))


def _number(part: str) -> int | None:
    """Return the number that *part* is, in base 16, 8 or 10."""
    match = _NUMBER.fullmatch(part)
    if match is None or len(part) > 40:  # no longer one is small enough; converting a very long one fails
        return None
    if match["hex"] is not None:
        return int(match["hex"] or "0", 16)
    return int(match["octal"], 8) if match["octal"] else int(match["decimal"])


def _ipv6(text: str) -> str | None:
    """Return the address *text*, in brackets or not; one with a zone is no host of the web."""
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        address = None if "%" in bare else IPv6Address(bare)
    except AddressValueError:
        return None
    return None if address is None else f"[{_compressed(address.exploded.split(':'))}]"


def _compressed(groups: list[str]) -> str:
    """Write eight *groups* with the first of the longest runs of zeros as "::" (RFC 5952, section 4.2).

    Python's own form of addresses that carry an IPv4 address changed between its releases.
    """
    short = [one.lstrip("0") or "0" for one in groups]
    runs = [(end - start, -start) for start in range(8) for end in range(start + 2, 9) if {*short[start:end]} == {"0"}]
    if not runs:
        return ":".join(short)
    length, start = max(runs)
    return ":".join(short[:-start]) + "::" + ":".join(short[length - start :])
