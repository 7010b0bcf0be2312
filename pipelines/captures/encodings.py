"""Choose the character encoding of a fetched body, and decode it."""

from __future__ import annotations

import codecs
import re

from resiliparse.parse.encoding import detect_encoding, map_encoding_to_html5

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF16_LE, "utf-16-le"))
_PRESCAN = 1024
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_XML_DECLARATION = re.compile(rb"\s*<\?xml[^>]{1,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_META = re.compile(rb"<meta[\s/][^>]{0,1000}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)


def choose_encoding(body: bytes, declared: str | None, markup: bool) -> tuple[str, int]:
    """Return the name (as Python knows it) of the encoding of *body*, and how many bytes its byte order mark takes.

    The order is that of the HTML standard, section 13.2.3.2: a byte order mark, then what the transport *declared*,
    then, in *markup*, what the first 1024 bytes say; then a guess: UTF-8 if the bytes are that, else by their
    statistics. Labels mean what the Encoding standard says (latin1 is windows-1252); an unknown label counts as none.
    """
    for mark, name in _MARKS:
        if body.startswith(mark):
            return name, len(mark)
    return _known(declared) or (_written_inside(body[:_PRESCAN]) if markup else None) or _guess(body), 0


def decode_body(body: bytes, declared: str | None, markup: bool) -> tuple[str, str]:
    """Return *body* decoded, undecodable bytes as U+FFFD, and the name of the encoding chosen for it."""
    name, skip = choose_encoding(body, declared, markup)
    return body[skip:].decode(name, "replace"), name


def _known(label: str | None) -> str | None:
    name: str | None = map_encoding_to_html5(label, fallback_utf8=False) if label else None
    return name


def _written_inside(head: bytes) -> str | None:
    """Return the encoding that a meta element or an XML declaration names.

    A UTF-16 that was found by reading ASCII is UTF-8 (HTML standard, section 13.2.3.2).
    """
    found = _XML_DECLARATION.match(head) or _META.search(_COMMENT.sub(b"", head))
    name = _known(found[1].decode("ascii", "replace")) if found else None
    return "utf-8" if name and name.startswith("utf-16") else name


def _guess(body: bytes) -> str:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(body)
    except UnicodeDecodeError:
        return detect_encoding(body) or "utf-8"
    return "utf-8"
