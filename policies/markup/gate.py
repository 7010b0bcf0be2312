"""Tell pages that cannot speak of rights from those that may, without parsing them."""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from policies.markup.traces import Traces

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
_NO_AI: Final = r"no[ \t_-]+(?:image[ \t_-]*)?ai(?:[^a-z]|$)|noimage[ \t_-]+ai(?:[^a-z]|$)"
_UNSEEN: Final = r"(?:&#?[a-z0-9]{2,24};|[^ -~\t\r\n])*"
_SPLIT_AI: Final = _UNSEEN.join("no") + f"(?:{_UNSEEN}{_UNSEEN.join('image')})?" + _UNSEEN + _UNSEEN.join("ai")
"""noai and noimageai with characters in between that are not shown, or references to them."""

_ESCAPE: Final = r"\\u00[2-7]"
_HIDDEN: Final = frozenset({"reference", "escape"})
"""Names of what may hide a letter."""

_FORMS: Final = frozenset({"json", "itemprop", "property", "rights"})
"""Names of forms that readers ask for; by themselves they say nothing."""

SOURCE: Final = Traces(
    (*TRACES, *sorted(_FORMS)),
    {
        "no ai": ("no", _NO_AI),
        "split ai": ("n", _SPLIT_AI),
        "field": ("rights", _FIELD),
        "reference": ("&#", _REFERENCE),
        "escape": ("\\u00", _ESCAPE),
    },
)
"""Looks for all that a gate asks of a page's source."""

_TEXT: Final = Traces(PROSE)
_ANY: Final = "|".join((*TRACES, _NO_AI, _SPLIT_AI, _FIELD, _REFERENCE, _ESCAPE))


def may_speak_each(pages: pa.StringArray | pa.LargeStringArray) -> pa.BooleanArray:
    """Tell for each source of *pages* (string n) whether it may hold a rights signal: bool n, null where it is null.

    False only if parsing would find none. Without Hyperscan RE2 looks at all pages in one pass.
    """
    if not SOURCE.quick:
        return pc.match_substring_regex(pages, _ANY, ignore_case=True)
    return pa.array([_speaks(page.as_buffer()) if page.is_valid else None for page in pages], pa.bool_())


def may_speak(html: str) -> bool:
    """Tell whether the page *html* may hold a rights signal."""
    return _speaks(html.encode("utf-8", "replace"))


def _speaks(source: Any) -> bool:
    return not _FORMS.issuperset(SOURCE.found(source))


def source_traces(source: bytes) -> frozenset[str] | None:
    """Return which of TRACES and of the names of forms stand in *source* (UTF-8).

    None where it may hide any of them, as it writes ASCII letters as character references or JSON escapes.
    """
    found = SOURCE.found(source)
    return found if _HIDDEN.isdisjoint(found) else None


def text_traces(text: str) -> list[str]:
    """Return which of PROSE stand in *text*, in their order."""
    found = _TEXT.found(text.encode("utf-8", "replace"))
    return [trace for trace in PROSE if trace in found]
