"""URLs: an address is taken apart once, brought into a normal form, and compared in it.

The parser is that of the URL Standard (https://url.spec.whatwg.org, section 4.4) with one addition: an address may
begin with its host, with or without "//" before it, as people write it. What then could as well be a file's name is
none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import urljoin

from policies.addresses.hosts import PLAIN, canonical_host, without_space

WEB: Final = ("http", "https")

_PORTS: Final = {"http": "80", "https": "443", "ws": "80", "wss": "443", "ftp": "21"}
"""Default ports of the schemes whose addresses hold a host however many slashes, of either kind, stand before it."""

_QUICK: Final = re.compile(rf"(https?)://({PLAIN})((?:/[!-\"$->@-\[\]-~]*)?)((?:\?[!-\"$-~]*)?)((?:#[!-~]*)?)")
"""A web address that the parser would only cut into pieces: scheme, host, path, query, fragment."""

_EDGES: Final = (
    "".join(map(chr, range(0x21)))
    + "\x7f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff"
    + "".join(map(chr, range(0x2000, 0x200C)))
)
_BREAKS: Final = str.maketrans("", "", "\t\r\n")
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*) *:")
_PORT: Final = re.compile(r"[0-9]{1,5}")
_SLASHES: Final = "/\\" + _EDGES
_BARE: Final = re.compile(r"(?P<host>[^\s/?#\\@:\[\]]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?(?=[/?#\\]|$)")
_NAMED: Final = re.compile(r"localhost|\[.*|(?:.*[^.])\.(?P<top>[a-z]{2,}|xn--[a-z0-9-]+)")
_FOUR: Final = re.compile(r"[0-9]+(?:\.[0-9]+){3}\.*")
_FILE: Final = re.compile(
    r"arc|arrow|bin|bmp|bz2|cfg|conf|csv|doc|docx|eml|epub|gif|gz|htm|html|ini|ipynb|jpeg|jpg|"
    r"js|json|jsonl|log|mp3|mp4|msg|odt|parquet|pdf|php|png|ppt|pptx|rtf|sql|svg|tar|tex|tgz|"
    r"tif|tiff|toml|tsv|txt|warc|wet|xhtml|xls|xlsx|xml|xz|yaml|yml|zst"
)
"""What names of files end in, and no host: none of these is a top-level domain."""

_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_UNSETTLED: Final = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]")  # an escape, or what needs one


@dataclass(frozen=True, slots=True)
class Url:
    """An address taken apart, without user information.

    Attributes:
        scheme: in lower case; empty where none is written.
        host: in normal form (policies.addresses.hosts).
        port: empty where none is written, or the default one of the scheme; else as written, without leading zeros.
        path: as written, with slashes where backslashes count as such; perhaps empty.
        query: as written, with its question mark; perhaps empty.
        fragment: likewise, with its number sign.
        bare: whether nothing stands before the host, no slashes either.
    """

    scheme: str
    host: str
    port: str
    path: str
    query: str
    fragment: str
    bare: bool = False

    @property
    def authority(self) -> str:
        """The host, with the port if it is not the default one."""
        return f"{self.host}:{self.port}" if self.port else self.host

    @property
    def has_port(self) -> bool:
        """Whether the port, if there is one, can be one."""
        return not self.port or (_PORT.fullmatch(self.port) is not None and int(self.port) < 1 << 16)

    @property
    def normal(self) -> str:
        """The normal form: that of RFC 3986, section 6.2.2, and an empty path is "/"; "//host/" without a scheme."""
        before = f"{self.scheme}://" if self.scheme else "//"
        path = spell(without_dots(self.path or "/"))
        return f"{before}{self.authority}{path}{spell(self.query)}{spell(self.fragment)}"


def parse(address: str) -> Url | None:
    """Take *address* apart; None if it holds no host, or one that cannot be one."""
    quick = _QUICK.fullmatch(address)
    if quick is not None:
        return Url(quick[1], quick[2], "", quick[3], quick[4], quick[5])
    text = address.strip(_EDGES).translate(_BREAKS)
    match = _SCHEME.match(text)
    scheme = match[1].lower() if match else ""
    rest = text[match.end() :] if match else text
    if scheme in _PORTS:
        return _split(scheme, rest.lstrip(_SLASHES))
    if scheme and rest.startswith("//"):
        return _split(scheme, rest[2:])
    if text[:1] in ("/", "\\"):
        return _split("", text.lstrip(_SLASHES)) if text[1:2] in ("/", "\\") else None
    return _split("", text, bare=True) if _is_bare(text) else None


def is_web(address: str) -> bool:
    """Tell whether *address* is one of the web with its scheme, http or https, which can be asked over the network."""
    url = parse(address)
    return url is not None and url.scheme in WEB and url.has_port


def host_of(address: str | None) -> str | None:
    """Return the host of *address* in normal form; None if it has none."""
    url = parse(address) if address else None
    return url.host if url else None


def normal_address(address: str) -> str:
    """Return the normal form of *address*; one that holds no host stays as it is."""
    url = parse(address)
    return url.normal if url else address


def asked_host(text: str) -> str | None:
    """Return the host that *text*, a host in any spelling, asks for; None if it is none, or says more than a host.

    Scheme, slashes, user information behind these, and port do not count. A path does, and so does what looks like an
    e-mail address: another question was meant.
    """
    bare = text.strip(_EDGES).translate(_BREAKS)
    url = parse(bare) or (None if "//" in bare or "@" in bare else _split("", bare))
    told = url is not None and url.has_port and url.path in ("", "/") and not url.query and not url.fragment
    return url.host if url and told and "*" not in url.host and not any(map(str.isspace, bare)) else None


def asked_prefix(text: str) -> str | None:
    """Return the normal form of *text*, the beginning of addresses down to the host at least; None if it is none."""
    url = parse(text)
    return None if url is None or url.bare or not url.has_port else url.normal


def beginnings(prefix: str) -> tuple[str, ...]:
    """Return with what the normal forms of addresses begin that *prefix*, in normal form, speaks of.

    Without a scheme it speaks of those of the web; and an address without one is meant by any of them.
    """
    scheme, colon, rest = prefix.partition("://")
    if colon and scheme in WEB:
        return prefix, f"//{rest}"
    return (prefix, *(f"{one}:{prefix}" for one in WEB)) if prefix.startswith("//") else (prefix,)


def without_dots(path: str) -> str:
    """Resolve the dot segments of *path* (RFC 3986, section 5.2.4), also such as are percent-encoded."""
    if "/." not in path and "/%2" not in path:
        return path
    *inner, last = (_dots(one) for one in path.split("/")[1:])
    kept: list[str] = []
    for segment in (*inner, *((last, "") if last in (".", "..") else (last,))):
        if segment == "..":
            kept[-1:] = []
        elif segment != ".":
            kept.append(segment)
    return "/" + "/".join(kept)


def spell(text: str) -> str:
    """Undo escapes of unreserved characters in *text*, write others in upper case, and escape what must be (UTF-8)."""
    return _UNSETTLED.sub(_settle, text)


def resolve(reference: str, base: str | None) -> str:
    """Resolve *reference* against *base* (RFC 3986, section 5); as it is where either is no address."""
    try:
        return urljoin(base or "", reference.strip())
    except ValueError:  # brackets that hold no IPv6 address
        return reference.strip()


def without_fragment(address: str) -> str:
    """Return *address* up to its fragment, and without a slash at its end."""
    return address.partition("#")[0].rstrip("/")


def _is_bare(text: str) -> bool:
    """Tell whether *text* begins with a host that could hardly be anything else."""
    head = text[: _end(text, "/\\?#")]
    if head.count(":") > 1 and not head.startswith("["):
        return canonical_host(head) is not None  # an IPv6 address without brackets
    match = _BARE.match(text)
    host = canonical_host(match["host"]) if match else None
    if match is None or host is None:
        return False
    named = _NAMED.fullmatch(host)
    return bool(named and not _FILE.fullmatch(named["top"] or "")) or _FOUR.fullmatch(match["host"]) is not None


def _split(scheme: str, text: str, bare: bool = False) -> Url | None:
    web = not scheme or scheme in _PORTS
    at = _end(text, "/\\?#" if web else "/?#")
    host, port = _host_and_port(text[:at])
    if host is None:
        return None
    before, mark, fragment = text[at:].partition("#")
    path, asked, query = before.partition("?")
    known = port in ("80", "443") if not scheme else port == _PORTS.get(scheme)
    path = path.replace("\\", "/") if web else path
    return Url(scheme, host, "" if known else port, path, asked + query, mark + fragment, bare)


def _end(text: str, stops: str) -> int:
    """Return where *text* meets the first of *stops*, or its end."""
    return min((at for at in map(text.find, stops) if at >= 0), default=len(text))


@lru_cache(maxsize=1 << 14)
def _host_and_port(authority: str) -> tuple[str | None, str]:
    compact = without_space(authority.rpartition("@")[2])
    host, _, port = compact.partition(":")
    if compact.startswith("["):
        host, closed, port = compact.partition("]")
        host, port = (host + closed, port[1:]) if port[:1] in ("", ":") else (compact, "")
    elif ":" in port:  # an IPv6 address without brackets
        host, port = compact, ""
    return canonical_host(host), spell(port.lstrip("0") or port[:1])


def _dots(segment: str) -> str:
    """Return a dot segment undisguised, any other as it is."""
    plain = segment.lower().replace("%2e", ".")
    return plain if plain in (".", "..") else segment


def _settle(found: re.Match[str]) -> str:
    """Resolve or respell a percent escape, or escape a character."""
    text = found[0]
    if len(text) == 1:
        return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))
    character = chr(int(text[1:], 16))
    return character if character in _UNRESERVED else text.upper()
