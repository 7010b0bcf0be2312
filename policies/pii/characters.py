"""The spellings of one character: itself, styled, composed or not, as programs escape it; and what hides between two.

Patterns are read by RE2 and by the module ``regex`` alike. See policies.pii.disguises for what is made of them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from html.entities import html5
from typing import Final

UNSEEN: Final = (
    "\u00ad\u034f\u061c\u0640\u064b-\u0652\u115f\u1160\u3164\uffa0\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\ufff0-\ufffb\U000e0000-\U000e0fff"
)
"""Characters that nobody sees, as the inside of a class."""

AMP: Final = "&(?:amp;|#0*38;|#[xX]0*26;)*"
"""What references begin with, however often they were escaped."""

PERCENT: Final = "%(?:25)*"
"""Likewise of percent escapes."""

_TAG: Final = "</?[a-zA-Z][^<>]*>(?:[^<>]*[\"'] ?/?>)?"  # with what an attribute holds behind a >
GAP: Final = (
    f"(?:[{UNSEEN}]"
    f"|{AMP}(?:shy|zwnj|zwj|ZeroWidthSpace|NoBreak);"
    rf"|{AMP}#(?:0*(?:173|820[3-7]|8288|65279)|[xX]0*(?:[aA][dD]|200[b-fB-F]|2060|[fF][eE][fF][fF]));?"
    r"|\\+u(?:00[aA][dD]|200[b-fB-F]|2060|[fF][eE][fF][fF])"
    f"|{PERCENT}[cC]2{PERCENT}[aA][dD]|{PERCENT}[eE]2{PERCENT}8(?:0{PERCENT}8[b-fB-F]|1{PERCENT}[aA]0)"
    r"|=[cC]2=[aA][dD]|=[eE]2=8(?:0=8[b-fB-F]|1=[aA]0)|=\r?\n"
    rf"|{_TAG}|<!--[^<]*-->)*"
)
"""What may stand between two characters and is not seen."""

ANY_GAP: Final = (
    rf"(?:[{UNSEEN}]|&[#a-zA-Z0-9;]*|\\[\\u0-9a-fA-F]*|[%=][0-9a-fA-F]*|=\r?\n|<[^<]*>)*"  # all of GAP, and more
)
"""The same for sieves, of few states: RE2 is slow where it has many."""

HYPHENS: Final = "\\-\u2010-\u2015\u2212\ufe58\ufe63\uff0d"
"""Hyphens and dashes, as the inside of a class."""

_NAMED: Final = {"-": ["hyphen", "dash", "minus", "ndash", "mdash"]}  # beside those of the characters themselves
_STYLED: Final = (range(0xD800), range(0xE000, 0x10000), range(0x1D400, 0x1D800), range(0x1F100, 0x1F200))


@cache
def spelled(character: str) -> str:
    """Return a pattern of the spellings of *character*."""
    forms = dict.fromkeys(form for one in (character, character.lower(), character.upper()) for form in _composed(one))
    single = "".join(dict.fromkeys(one for form in forms if len(form) == 1 for one in _alike(form)))
    words = [GAP.join(map(_alone, form)) for form in forms if len(form) > 1]
    escapes = [one for form in forms if len(form) == 1 for one in _escapes(form)]
    slashes, hyphens = "" if character.isalnum() else r"\\*", HYPHENS if character == "-" else ""
    return "(?:" + "|".join(dict.fromkeys([f"{slashes}[{_in_class(single)}{hyphens}]", *words, *escapes])) + ")"


def _alone(character: str) -> str:
    return "(?:" + "|".join([_quoted(character), *_escapes(character)]) + ")"


def _composed(character: str) -> Iterable[str]:
    yield character
    yield unicodedata.normalize("NFD", character)


def _escapes(character: str) -> Iterable[str]:
    """Return the escapes of *character* in HTML, URLs, mail and JSON."""
    code = ord(character)
    yield rf"{AMP}#(?:0*{code}|[xX]0*{_hex(f'{code:x}')});?"
    if names := [*_names().get(character, ()), *_NAMED.get(character, ())]:
        yield f"{AMP}(?:{'|'.join(names)});"
    octets = [_hex(f"{one:02x}") for one in character.encode()]
    yield "".join(f"{PERCENT}{one}" for one in octets)
    yield "".join(f"={one}" for one in octets)
    units = character.encode("utf-16-be").hex()
    yield "".join(rf"\\+u{_hex(units[at : at + 4])}" for at in range(0, len(units), 4))
    yield rf"\\+(?:u\{{0*{_hex(f'{code:x}')}\}}|U{_hex(f'{code:08x}')})"
    if code < 256:
        octet = _hex(f"{code:02x}")
        yield rf"\\+x{octet}"
        if code > 127:  # of ISO 8859-1 and Windows-1252
            yield f"(?:{PERCENT}|=){octet}"


@cache
def _names() -> Mapping[str, list[str]]:
    """Return the names that HTML has for each character."""
    found: dict[str, list[str]] = {}
    for name, character in html5.items():
        if name.endswith(";"):
            found.setdefault(character, []).append(name[:-1])
    return found


def _hex(digits: str) -> str:
    return "".join(f"[{one}{one.upper()}]" if one.isalpha() else one for one in digits)


@cache
def _styles() -> Mapping[str, str]:
    """Return the characters whose compatibility form is another one, by that in lower case; digits by their value."""
    found: dict[str, list[str]] = {}
    for codes in _STYLED:
        for code in codes:
            character = chr(code)
            if (plain := _plain(character)) != character and len(plain) == 1:
                found.setdefault(plain, []).append(character)
    return {plain: "".join(some) for plain, some in found.items()}


def _plain(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    return unicodedata.normalize("NFKC", character).lower()


def _alike(character: str) -> str:
    return character + _styles().get(_plain(character), "")


def _in_class(characters: str) -> str:
    return "".join(f"\\{one}" if one in "\\]^[-&~|" else one for one in characters)


def _quoted(character: str) -> str:
    return character if character.isalnum() or not character.isascii() else f"\\{character}"
