"""From what a page says to one piece of evidence: the licence that is meant, or that nobody can tell."""

from __future__ import annotations

import re
from typing import Final

from policies.addresses.urls import host_of, resolve
from policies.rights.evidence import LONGEST_VALUE, Evidence, Scope, Where
from policies.rights.licenses import normalize

RESERVED: Final = "LicenseRef-AllRightsReserved"
"""What "all rights reserved" means: nothing beyond what the law allows."""

_TERMS: Final = "LicenseRef-terms-"
_PUBLISHERS: Final = frozenset(
    {
        "apache.org",
        "choosealicense.com",
        "creativecommons.org",
        "fsf.org",
        "gnu.org",
        "opendatacommons.org",
        "opensource.org",
        "spdx.org",
    }
)
"""Hosts whose pages are licences: an address there that is not understood is no site's own terms."""

_ADDRESS: Final = re.compile(
    r"(?:https?:)?//\S+|/\S*|\.\.?/\S*|[\w./-]+\.(?:html?|php|txt|pdf|aspx?)(?:[?#]\S*)?", re.IGNORECASE
)
_HOST: Final = re.compile(r"[a-z0-9.-]{1,100}")


def licence(kind: str, place: tuple[Where, Scope], value: str, base: str | None) -> Evidence:
    """Return the evidence of a licence that *value* names: an address (relative to *base*), an expression or a name."""
    where, scope = place
    return Evidence(kind, where, scope, kept(value), "license", meaning_of(value, base))


def kept(value: str) -> str:
    """Return *value* as evidence keeps it: blanks joined, at most LONGEST_VALUE code points."""
    return " ".join(value[: 4 * LONGEST_VALUE].split())[:LONGEST_VALUE]


def meaning_of(value: str, base: str | None) -> str | None:
    """Return the SPDX expression of what *value* names; a site's own terms are LicenseRef-terms-HOST; else None."""
    text = value.strip()
    known = normalize(text)
    return known if known else _own_terms(text, base)


def _own_terms(text: str, base: str | None) -> str | None:
    if not _ADDRESS.fullmatch(text):
        return None
    host = host_of(resolve(text, base))
    if host is None or not _HOST.fullmatch(host) or host.removeprefix("www.") in _PUBLISHERS:
        return None
    return _TERMS + host
