"""Which addresses name the same page: URLs in a normal form, and ids of it."""

from __future__ import annotations

import hashlib
import re
from typing import Final
from urllib.parse import unquote, urlsplit

import numpy as np
import numpy.typing as npt
import pyarrow as pa

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
_HOST: Final = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]")
_REDACTED: Final = re.compile(r"%3C(?:SECRET|EMAIL)%3E")
_UNSETTLED: Final = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]")  # an escape, or what needs one
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def url_ids(uris: pa.StringArray) -> npt.NDArray[np.uint8]:
    """Return uint8 (n, 16): the same bytes for addresses of the same page, zeros for those that take no part."""
    ids = np.zeros((len(uris), 16), np.uint8)
    for row, uri in enumerate(uris.to_pylist()):
        page = None if uri is None else normalize_url(uri)
        if page is not None:
            ids[row] = np.frombuffer(hashlib.sha256(page.encode()).digest(), np.uint8, 16)
    return ids


def normalize_url(uri: str) -> str | None:
    """Return the normal form of an absolute http(s) address; None for any other, which takes no part.

    The rules, beyond RFC 3986 section 6.2.2 where they say so; applying them twice changes nothing:

    - scheme and host are lower case, https counts as http, and user information is left out;
    - the host is in ASCII (IDNA 2003), without leading "www." labels and trailing dots; the ports 80 and 443 go;
    - percent escapes are upper case; those of unreserved characters are resolved, and all else that may not stand in
      an address is escaped as UTF-8;
    - dot segments are resolved; session ids in the path go (";jsessionid=...", "/(S(...))"), and then, as often as it
      helps, a last segment that is a server's default page (index.html, default.aspx, ...) and trailing slashes;
    - query parameters in TRACKING and SESSION go, "sid" where its value is 16 or more letters and digits, and empty
      ones; the others are sorted by name, those of one name left in their order; "+" counts as a blank;
    - the fragment goes, unless it is a route inside a page that scripts draw ("#!..." or "#/...").

    Where redaction (policies.uris) has left <SECRET> or <EMAIL> in what remains, addresses of different pages may have
    become equal: these take no part.
    """
    try:
        parts = urlsplit(uri.strip())
        host, port = _host(parts.hostname or ""), parts.port
    except ValueError:  # a host or port that cannot be one
        return None
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(host):
        return None
    place = host if port in {None, 80, 443} else f"{host}:{port}"
    query = _query(parts.query)
    fragment = parts.fragment if parts.fragment.startswith(("!", "/")) else ""
    ending = (f"?{query}" if query else "") + (f"#{_escape(fragment)}" if fragment else "")
    page = f"http://{place}{_path(parts.path)}{ending}"
    return None if _REDACTED.search(page) else page


def _host(name: str) -> str:
    if ":" in name:
        return f"[{name}]"
    name = unquote(name).lower()
    name = (name if name.isascii() else name.encode("idna").decode()).rstrip(".")
    while name.startswith("www.") and name.count(".") > 1:
        name = name[4:]
    return name


def _path(path: str) -> str:
    path = _escape(path)
    while (shorter := _PATH_SESSION.sub("", path)) != path:  # without one session id another may come to light
        path = shorter
    segments: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            segments[-1:] = []
        elif segment != ".":
            segments.append(segment)
    path = "".join(f"/{segment}" for segment in segments)
    while (shorter := _DEFAULT_PAGE.sub("", path.rstrip("/"))) != path:
        path = shorter
    return path


def _query(query: str) -> str:
    parameters = (one for one in _escape(query.replace("+", "%20")).split("&") if one and not _NOISE.match(one))
    return "&".join(sorted(parameters, key=lambda one: one.partition("=")[0]))


def _escape(text: str) -> str:
    return _UNSETTLED.sub(lambda found: _settle(found[0]), text)


def _settle(found: str) -> str:
    """Resolve or respell a percent escape, or escape a character."""
    if len(found) == 1:
        return "".join(f"%{byte:02X}" for byte in found.encode())
    character = chr(int(found[1:], 16))
    return character if character in _UNRESERVED else found.upper()
