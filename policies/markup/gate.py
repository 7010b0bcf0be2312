"""Tell pages that cannot speak of rights from those that may, without parsing them."""

from __future__ import annotations

import re
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

PROSE: Final = (
    "licen",
    "commons",
    "reserv",
    "public domain",
    "cc by",
    "cc-by",
    "cc0 1",
    "lizen",
    "vorbehalten",
    "droits",
    "riservati",
    "voorbehouden",
)
"""One of these, in lower case, stands in every text that speaks of a licence or of reserved rights."""

MARKUP: Final = ("licen", "copyright", "usageinfo", "isaccessibleforfree")
"""Names of relations, properties and fields that hold a licence or something beside it; fields of rights beside."""

CONSENT: Final = ("noai", "noimageai", "tdm-", "content-usage", "content-signal")
"""What stands in meta elements that hold a consent signal."""

TRACES: Final = tuple(dict.fromkeys((*PROSE, *MARKUP, *CONSENT)))

_BEFORE, _BEHIND = r"""[.:_"'=/#]""", r"""["'>/.]"""
_FIELD: Final = rf"{_BEFORE}[ \t\r\n]*rights(?:[^a-z]|$)|rights[ \t\r\n]*{_BEHIND}"
_REFERENCE: Final = (
    r"&#0*(?:4[5-9]|5[0-7]|6[5-9]|[78][0-9]|9[0-9]|1[01][0-9]|12[0-2])(?:[^0-9]|$)|&#x0*[2-7][0-9a-f](?:[^0-9a-f]|$)"
)
_ESCAPE: Final = r"\\u00[2-7]"
_REFERENCED: Final = re.compile(b"&#(?:" + _REFERENCE.replace("&#", "").encode() + b")")
_ESCAPED: Final = re.compile(_ESCAPE.encode())
_ANY: Final = "|".join((*TRACES, _FIELD, _REFERENCE, _ESCAPE))


def may_speak_each(pages: pa.StringArray | pa.LargeStringArray) -> pa.BooleanArray:
    """Tell for each source of *pages* (string n) whether it may hold a rights signal: bool n, null where it is null.

    False only if parsing would find none. RE2 looks for all traces in one pass; it is built anew for each call, so a
    call should have many pages.
    """
    return pc.match_substring_regex(pages, _ANY, ignore_case=True)


def may_speak(html: str) -> bool:
    """Tell whether the page *html* may hold a rights signal."""
    return bool(may_speak_each(pa.array([html], pa.large_string()))[0].as_py())


def hides_letters(low: bytes) -> bool:
    """Tell whether the source *low* (UTF-8, lower case) writes ASCII as character references or JSON escapes."""
    return (b"&#" in low and _REFERENCED.search(low) is not None) or (
        b"\\u00" in low and _ESCAPED.search(low) is not None
    )
