"""Parse structured field dictionaries exactly as RFC 9651 does: one flaw anywhere, and there is no dictionary."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_KEY: Final = r"[a-z*][a-z0-9_.*-]*"
_TOKEN: Final = r"[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*+"
_OTHERS: Final = "|".join(
    (
        r"-?[0-9]{1,12}\.[0-9]{1,3}+",  # Decimal, section 3.3.2
        r"-?[0-9]{1,15}+",  # Integer, section 3.3.1
        r'"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*+"',  # String, section 3.3.3
        r":[A-Za-z0-9+/=]*+:",  # Byte Sequence, section 3.3.5
        r"\?[01]",  # Boolean, section 3.3.6
        r"@-?[0-9]{1,15}+",  # Date, section 3.3.7
        r'%"(?:[\x20\x21\x23\x24\x26-\x7e]|%[0-9a-f]{2})*+"',  # Display String, section 3.3.8
    )
)
_BARE: Final = rf"(?:{_OTHERS}|{_TOKEN})"
_PARAMETERS: Final = rf"(?:;[ ]*{_KEY}(?:={_BARE})?+)*+"
_ITEM: Final = rf"{_BARE}{_PARAMETERS}"
_LIST: Final = rf"\([ ]*+(?:{_ITEM}(?:[ ]++{_ITEM})*+[ ]*+)?+\)"
_MEMBER: Final = re.compile(
    rf"(?P<key>{_KEY})(?:=(?:(?P<list>{_LIST})|(?P<other>{_OTHERS})|(?P<token>{_TOKEN})))?+{_PARAMETERS}"
)
_COMMA: Final = re.compile(r"[ \t]*,[ \t]*")


@dataclass(frozen=True, slots=True)
class Member:
    """The value of a key, its parameters left out.

    Attributes:
        token: the value if it is a Token, else None.
    """

    token: str | None


def parse_dictionary(text: str) -> dict[str, Member] | None:
    """Parse *text* as a Dictionary (RFC 9651, section 4.2.2); of a repeated key the last value stands.

    Returns None where the text is not a Dictionary. An empty text is an empty Dictionary.
    """
    text = text.strip(" ")
    found: dict[str, Member] = {}
    at = 0
    while at < len(text):
        member = _MEMBER.match(text, at)
        if member is None:
            return None
        found[member["key"]] = Member(member["token"])
        at = member.end()
        if not text[at:].strip(" \t"):
            return found
        comma = _COMMA.match(text, at)
        if comma is None or comma.end() == len(text):
            return None
        at = comma.end()
    return found
