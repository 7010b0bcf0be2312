"""Which addresses name the same page: URLs in a normal form, and ids of it."""

from __future__ import annotations

import hashlib
import re
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from policies.addresses.redaction import REDACTED
from policies.addresses.urls import WEB, parse, spell, without_dots

TRACKING: Final = (
    "utm_*|mtm_*|matomo_*|pk_*|piwik_*|hsa_*|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|"
    "li_fat_id|igshid|igsh|srsltid|epik|mc_cid|mc_eid|mkt_tok|vero_id|vero_conv|oly_anon_id|oly_enc_id|_openstat|_ga|"
    "_gl|_hsenc|_hsmi"
)
"""Query parameters that say how a reader came, not what is shown; case is ignored."""

SESSION: Final = (
    "jsessionid|phpsessid|aspsessionid*|asp.net_sessionid|sessionid|session_id|sessid|oscsid|zenid|cfid|cftoken"
)
"""Parameters, of the query or behind ";" in the path, that name a visit; case is ignored."""


def _pattern(names: str) -> str:
    return re.escape(names).replace(r"\|", "|").replace(r"\*", "[^=;/]*")


_DEFAULT_PAGE: Final = re.compile(
    r"(?i)/(?:index\.(?:x?html?|shtml|php[345]?|aspx?|jspx?|cgi)|default\.(?:html?|aspx?))$"
)
_NOISE: Final = re.compile(
    rf"(?i)(?:{_pattern(TRACKING)}|{_pattern(SESSION)})(?:=.*)?$|sid=(?=[^=]*\d)[a-z0-9,-]{{16,}}$"
)
_PATH_SESSION: Final = re.compile(rf"(?i);(?:{_pattern(SESSION)})=[^;/]*|/\((?:[a-z]\([a-z0-9]{{24}}\))+\)(?=/)")


def url_ids(uris: pa.StringArray) -> npt.NDArray[np.uint8]:
    """Return uint8 (n, 16): the same bytes for addresses of the same page, zeros for those that take no part."""
    ids = np.zeros((len(uris), 16), np.uint8)
    for row, uri in enumerate(uris.to_pylist()):
        page = None if uri is None else normalize_url(uri)
        if page is not None:
            ids[row] = np.frombuffer(hashlib.sha256(page.encode()).digest(), np.uint8, 16)
    return ids


def normalize_url(uri: str) -> str | None:
    """Return the normal form of a web address; None for any other, which takes no part.

    The rules, beyond RFC 3986 section 6.2.2 where they say so; applying them twice changes nothing:

    - scheme and host are in normal form (policies.addresses.urls), https counts as http, user information is left out;
    - the host has no leading "www." labels; the ports 80 and 443 go;
    - a scheme may be missing, but a name alone takes no part: it could as well be a file's;
    - percent escapes are upper case; those of unreserved characters are resolved, and all else that may not stand in
      an address is escaped as UTF-8;
    - dot segments are resolved; session ids in the path go (";jsessionid=...", "/(S(...))"), and then, as often as it
      helps, a last segment that is a server's default page (index.html, default.aspx, ...) and trailing slashes;
    - query parameters in TRACKING and SESSION go, "sid" where its value is 16 or more letters and digits, and empty
      ones; the others are sorted by name, those of one name left in their order; "+" counts as a blank;
    - the fragment goes, unless it is a route inside a page that scripts draw ("#!..." or "#/...").

    Where redaction (policies.addresses.redaction) has left <SECRET> or <EMAIL> in what remains, addresses of different
    pages may have become equal: these take no part.
    """
    url = parse(uri)
    if url is None or (url.scheme and url.scheme not in WEB) or not url.has_port or (url.bare and not url.path):
        return None
    host = _without_www(url.host)
    place = host if url.port in ("", "80", "443") else f"{host}:{url.port}"
    query = _query(url.query[1:])
    route = url.fragment[1:] if url.fragment.startswith(("#!", "#/")) else ""
    ending = (f"?{query}" if query else "") + (f"#{spell(route)}" if route else "")
    page = f"http://{place}{_path(url.path)}{ending}"
    return None if REDACTED.search(page) else page


def _without_www(host: str) -> str:
    while host.startswith("www.") and host.count(".") > 1:
        host = host[4:]
    return host


def _path(path: str) -> str:
    path = spell(path)
    while (shorter := _PATH_SESSION.sub("", path)) != path:  # without one session id another may come to light
        path = shorter
    path = without_dots(path)
    while (shorter := _DEFAULT_PAGE.sub("", path.rstrip("/"))) != path:
        path = shorter
    return path


def _query(query: str) -> str:
    parameters = (one for one in spell(query.replace("+", "%20")).split("&") if one and not _NOISE.match(one))
    return "&".join(sorted(parameters, key=lambda one: one.partition("=")[0]))
