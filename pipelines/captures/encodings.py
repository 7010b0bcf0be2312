"""Choose the character encoding of a fetched body, and decode it.

The names are those of the Encoding standard in lower case (pipelines.captures.labels), as is what they decode to
(pipelines.captures.decoders).
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Final

from chardetng_py import detect

from pipelines.captures.decoders import decode_as
from pipelines.captures.labels import encoding_named
from policies.addresses.urls import host_of

_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32le"),  # to the standard a UTF-16 that begins with a NUL, which no text does
    (codecs.BOM_UTF32_BE, "utf-32be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_BE, "utf-16be"),
    (codecs.BOM_UTF16_LE, "utf-16le"),
)
_PRESCAN: Final = 1024
_COMMENT: Final = re.compile(rb"<!--.*?-->", re.DOTALL)
_XML_DECLARATION: Final = re.compile(rb"\s*<\?xml[^>]{1,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_META: Final = re.compile(rb"<meta[\s/][^>]{0,1000}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)

_NOT_ASCII: Final = re.compile(rb"[\x80-\xff]")
_UTF8_SEQUENCE: Final = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_CUT_SEQUENCE: Final = re.compile(
    rb"[\xe0-\xef][\x80-\xbf](?![\x80-\xbf])|[\xf0-\xf4][\x80-\xbf]{1,2}(?![\x80-\xbf])|\xed[\xa0-\xbf][\x80-\xbf]"
)
"""UTF-8 of which the end is missing, and halves of UTF-16 written as if they were characters."""

_SHIFTED: Final = re.compile(rb"\x1b(?:\$[@B]|\([IJ])")
"""What changes to the characters of ISO-2022-JP."""

_LABEL: Final = re.compile(r"[a-z0-9-]+")
_RENAMED: Final = {"cp874": "windows-874"}  # what chardetng_py calls as Python does

_SHARE, _SHORT, _TIMES = 0.05, 3, 10  # of UTF-16, bytes that are zero, how many are too few to tell, and how lopsided

_GUESSED_BYTES: Final = 1 << 18
"""Bytes, from the first that is not ASCII, by which an encoding is guessed."""

_BY_CHANCE: Final = 3
"""Sequences of UTF-8 that a text in a multi-byte encoding may be made of by chance; with more of them it is UTF-8."""

_MULTI_BYTE: Final = frozenset({"big5", "euc-jp", "euc-kr", "gb18030", "gbk", "shift_jis"})

_GARBLED, _GARBLED_OTHERS = 0.01, 0.1
"""Shares of a text, and of its characters beyond ASCII, that must be broken for another encoding than the one that was
declared to be tried."""

_SOUND: Final = 5
"""Whole sequences of UTF-8 for each broken one that make a body UTF-8 all the same."""

_CONTROLS: Final = bytes({*range(0x20), 0x7F} - set(b"\t\n\f\r\x1b"))
_CONTROLS_ABOVE: Final = re.compile(rb"\xc2[\x80-\x9f]")
"""Controls of ASCII, and those above, in UTF-8: hardly any text holds them, and many read in a wrong encoding do."""

_HALF_WIDTH: Final = re.compile(r"[\uff61-\uff9f]")
"""What Shift_JIS makes of EUC-JP, beside some that is broken."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A body as text.

    Attributes:
        text: decoded; bytes that cannot be are U+FFFD.
        encoding: the name of the encoding that it was decoded from.
        contradicted: the name of the encoding that was declared, where the body is plainly not in it; else None.
    """

    text: str
    encoding: str
    contradicted: str | None = None


def decode_body(body: bytes, declared: str | None, markup: bool, uri: str | None = None) -> Decoded:
    """Decode *body*, whose encoding may be *declared*, and which was captured at *uri*.

    The order is that of the HTML standard, section 13.2.3.2: a byte order mark, then what the transport declared, then,
    in *markup*, what the first 1024 bytes say; then a guess: UTF-8 if the bytes are that, else as chardetng has it.
    Labels mean what the Encoding standard says (latin1 is windows-1252); an unknown label counts as none. A declaration
    that the bytes contradict is not followed: they are UTF-8 and it is not, or they are far from what it says and close
    to what they look like.
    """
    for mark, name in _MARKS:
        if body.startswith(mark):
            return Decoded(decode_as(body[len(mark) :], name), name)
    named = _declared(declared) or (_written_inside(body[:_PRESCAN]) if markup else None)
    if named is None:
        name = _told(body) or _legacy(body, uri)
        return Decoded(decode_as(body, name), name)
    evident = _evident(body, named)
    if evident is not None:
        return Decoded(decode_as(body, evident), evident, named)
    text = decode_as(body, named)
    return _better(body, text, named, uri) or Decoded(text, named)


def _declared(label: str | None) -> str | None:
    return encoding_named(label) if label else None


def _written_inside(head: bytes) -> str | None:
    """Return the encoding that a meta element or an XML declaration names.

    A UTF-16 that was found by reading ASCII is UTF-8, and x-user-defined is windows-1252 (HTML standard, section
    13.2.3.2).
    """
    found = _XML_DECLARATION.match(head) or _META.search(_COMMENT.sub(b"", head))
    name = _declared(found[1].decode("ascii", "replace")) if found else None
    return {"utf-16le": "utf-8", "utf-16be": "utf-8", "x-user-defined": "windows-1252"}.get(name or "", name)


def _evident(body: bytes, named: str) -> str | None:
    """Return the encoding that *body* is evidently in, unless it is the one *named*; None for none."""
    found = _told(body)
    if found in (None, named) or not body:
        return None
    if found != "utf-8" or named.startswith("utf-16"):
        return found
    sequences = len(_UTF8_SEQUENCE.findall(body))
    by_chance = named in _MULTI_BYTE and sequences <= _BY_CHANCE and "\ufffd" not in decode_as(body, named)
    return "utf-8" if sequences and not by_chance else None


def _told(body: bytes) -> str | None:
    """Return the encoding that the bytes of *body* tell by themselves: UTF-16, UTF-8, ISO-2022-JP; None for no such.

    UTF-16 is told by the zeros among its first bytes. UTF-8 may have some broken sequences, and its last character may
    be cut off.
    """
    head = body[: min(_PRESCAN, len(body) & ~1)]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) > max(_SHARE * len(head), _SHORT) and _TIMES * min(even, odd) <= max(even, odd):
        return "utf-16be" if even > odd else "utf-16le"
    if body.isascii():
        return "iso-2022-jp" if _SHIFTED.search(body) else "utf-8"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(body)
    except UnicodeDecodeError:
        broken = body.decode("utf-8", "replace").count("\ufffd")
        return "utf-8" if len(_UTF8_SEQUENCE.findall(body)) > max(_SOUND * broken, _BY_CHANCE) else None
    return "utf-8"


def _better(body: bytes, text: str, named: str, uri: str | None) -> Decoded | None:
    """Return *body* in a likelier encoding than the one *named*, by which it reads as *text*; None if there is none.

    It is looked for where much of the text is broken and, of UTF-8, where there is more that is broken than characters
    beyond ASCII; it must leave a tenth of that.
    """
    source = text.encode()
    broken = _broken(source)
    if broken and named == "shift_jis":
        broken += len(_HALF_WIDTH.findall(text))
    beyond = len(source) - len(text)  # at least as many as there are characters beyond ASCII
    if broken <= max(_GARBLED * len(text), _GARBLED_OTHERS * beyond / 2) or named == "replacement":
        return None
    if named == "utf-8" and len(_UTF8_SEQUENCE.findall(body)) + sum(map(len, _CUT_SEQUENCE.findall(body))) >= broken:
        return None
    guess = _legacy(body, uri)
    other = decode_as(body, guess)
    return Decoded(other, guess, named) if guess != named and 10 * _broken(other.encode()) <= broken else None


def _broken(source: bytes) -> int:
    """Return how many code points of *source* (UTF-8) hardly any text holds: controls, and U+FFFD."""
    controls = len(source) - len(source.translate(None, _CONTROLS))
    if source.isascii():
        return controls
    return controls + len(_CONTROLS_ABOVE.findall(source)) + source.count("\ufffd".encode())


def _legacy(body: bytes, uri: str | None) -> str:
    """Return the encoding that *body*, which is not UTF-8, is most likely in."""
    first = _NOT_ASCII.search(body)
    start = max(first.start() - 1, 0) if first else 0
    label = (host_of(uri) or "").rpartition(".")[2]
    found = detect(body[start : start + _GUESSED_BYTES], tld=label.encode() if _LABEL.fullmatch(label) else None)
    return encoding_named(_RENAMED.get(found, found)) or "windows-1252"
