"""XHTML as HTML: a page that is XML rewritten so that a parser of HTML makes the same elements of it."""

from __future__ import annotations

import re
from html import escape, unescape
from typing import Final

XHTML: Final = "application/xhtml+xml"
"""The media type of pages that are XML."""

_ATTRIBUTES: Final = r"""(?:\s++[^\s"'<>/=]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'<>]++))?+)*+\s*+"""
_CDATA: Final = r"<!\[CDATA\[(?P<{}>.*?)(?:\]\]>|\Z)"

_MARKUP: Final = re.compile(
    r"<!--(?P<comment>.*?(?:-->|\Z))|" + _CDATA.format("data") + r"|<\?[^<>?]*+(?:(?!\?>)[>?][^<>?]*+)*+\?>"
    r"|(?P<doctype><!DOCTYPE[^\[<>]*+)\[(?:[^\]\"']++|\"[^\"]*+\"|'[^']*+')*+(?:\]\s*+>)?+"
    rf"|(?P<program><(?P<kind>script|style)(?=[\s>]){_ATTRIBUTES}>)"
    rf"(?P<code>(?:[^<]++|{_CDATA.format('held')}|<(?!/(?P=kind)))*+)"
    rf"|(?P<tag><(?P<name>[a-z][^\s/<>\"'=]*+){_ATTRIBUTES})(?P<closed>/>)?+",
    re.IGNORECASE | re.DOTALL,
)
"""Each alternative takes along all that it looked at, so that hostile pages take linear time too."""

_CODE: Final = re.compile(_CDATA.format("data") + r"|&#?\w+;", re.DOTALL)
_TAG_IN_CODE: Final = re.compile("<(?=/|script)", re.IGNORECASE)

_VOID_NAMES: Final = """
    area base basefont bgsound br col embed frame hr image img input keygen link meta param source track wbr
"""
_VOID: Final = frozenset(_VOID_NAMES.split())
"""Elements that a parser of HTML closes by itself."""


def as_html(page: str) -> str:
    """Return the XHTML *page* as HTML.

    Elements that close themselves get an end tag, CDATA sections become text; processing instructions and the inner
    part of a document type, which HTML would show in part, are left out. What is no XML stays as it is.
    """
    return _MARKUP.sub(_rewritten, page)


def _rewritten(found: re.Match[str]) -> str:
    name = found["name"]
    if name is not None:
        if not found["closed"] or name.lower() in _VOID:
            return found[0]
        return f"{found['tag'].rstrip()}></{name}>"
    if found["comment"] is not None:
        return f"<!-- {found['comment']}" if found["comment"].startswith((">", "->")) else found[0]
    if found["data"] is not None:
        return escape(found["data"], quote=False)
    if found["program"] is not None:
        return found["program"] + _TAG_IN_CODE.sub(r"\\u003c", _CODE.sub(_said, found["code"]))
    return f"{found['doctype']}>" if found["doctype"] else ""


def _said(found: re.Match[str]) -> str:
    """Return what a CDATA section or a character reference in a script stands for."""
    return unescape(found[0]) if found["data"] is None else found["data"]
