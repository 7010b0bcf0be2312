"""Choose the character encoding of a fetched body, and decode it."""

from __future__ import annotations

import codecs
import re

from resiliparse.parse.encoding import detect_encoding, map_encoding_to_html5

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF16_LE, "utf-16-le"))
_PRESCAN = 1024
_XML_DECLARATION = re.compile(rb"\s*<\?xml[^>]{1,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")


def choose_encoding(body: bytes, declared: str | None, markup: bool) -> tuple[str, int]:
    """Return the name (as Python knows it) of the encoding of *body*, and how many bytes its byte order mark takes.

    The order is that of the HTML standard, section 13.2.3.2: a byte order mark, then what the transport *declared*,
    then, in *markup*, what the first 1024 bytes say; then a guess by the bytes. Labels mean what the Encoding standard
    says (latin1 is windows-1252); an unknown label counts as none.
    """
    for mark, name in _MARKS:
        if body.startswith(mark):
            return name, len(mark)
    known = map_encoding_to_html5(declared, fallback_utf8=False) if declared else None
    if known is None and markup:
        known = _xml_encoding(body)
    return known or _detect(body, markup), 0


def decode_body(body: bytes, declared: str | None, markup: bool) -> tuple[str, str]:
    """Return *body* decoded, undecodable bytes as U+FFFD, and the name of the encoding chosen for it."""
    name, skip = choose_encoding(body, declared, markup)
    return body[skip:].decode(name, "replace"), name


def _xml_encoding(body: bytes) -> str | None:
    found = _XML_DECLARATION.match(body[:_PRESCAN])
    name: str | None = map_encoding_to_html5(found[1].decode("ascii", "replace"), fallback_utf8=False) if found else None
    return _readable(name, body) if name else None


def _detect(body: bytes, markup: bool) -> str:
    return _readable(detect_encoding(body, from_html_meta=markup) or "utf-8", body)


def _readable(name: str, body: bytes) -> str:
    """Return UTF-8 for a UTF-16 that cannot be, since the declaration was read as ASCII (HTML standard, 13.2.3.2)."""
    return "utf-8" if name.startswith("utf-16") and 0 not in body[:_PRESCAN] else name
