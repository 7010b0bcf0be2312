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
"""Names of relations, properties and fields that hold a licence or something beside it; and RIGHTS."""

CONSENT: Final = ("noai", "noimageai", "tdm-", "content-usage", "content-signal")
"""What stands in meta elements that hold a consent signal."""

RIGHTS: Final = "rights"
SPELT_OUT: Final = "&#"
TRACES: Final = tuple(dict.fromkeys((*PROSE, *MARKUP, *CONSENT)))
EVERY: Final = frozenset((*TRACES, RIGHTS, SPELT_OUT))
"""All traces: a page that is said to have them is read without any gate."""

_BEFORE, _BEHIND = r"""[.:_"'=/#]""", r"""["'>/.]"""
_FIELD: Final = rf"{_BEFORE}[ \t\r\n]*rights(?:[^a-z]|$)|rights[ \t\r\n]*{_BEHIND}"
_REFERENCE: Final = (
    r"&#0*(?:4[5-9]|5[0-7]|6[5-9]|[78][0-9]|9[0-9]|1[01][0-9]|12[0-2])(?:[^0-9]|$)|&#x0*[2-7][0-9a-f](?:[^0-9a-f]|$)"
)
_ESCAPE: Final = r"\\u00[2-7]"
_HIDDEN: Final = re.compile(f"{_REFERENCE}|{_ESCAPE}")
_NAMED: Final = re.compile(_FIELD)
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


def traces_of(html: str) -> frozenset[str]:
    """Return the traces of rights in the source of a page; if there are none, parsing it would find nothing.

    "rights" counts only where it may be the name of a field (dc.rights), as prose that matters has other traces. Where
    ASCII letters are written as character references or JSON escapes, anything may be hidden: all traces then.
    """
    low = html.lower()
    if ("&#" in low or "\\u00" in low) and _HIDDEN.search(low):
        return EVERY
    found = {trace for trace in TRACES if trace in low}
    return frozenset(found | {RIGHTS}) if RIGHTS in low and _NAMED.search(low) else frozenset(found)
