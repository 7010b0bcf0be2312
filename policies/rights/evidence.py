"""What speaks about the rights in a document: one record for each signal, kept as it was found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LONGEST_VALUE: Final = 500
"""Code points of a raw value that are kept; licence statements and header lines are shorter."""


class Where(StrEnum):
    """The part of a capture, or beside it, in which a signal was found."""

    HEADER = "header"  # HTTP response header
    HEAD = "head"  # the page's head
    BODY = "body"
    FOOTER = "footer"  # footer of the page, by markup or place
    SITE = "site"  # a file of the host: robots.txt, tdmrep.json, ai.txt
    SOURCE = "source"  # declared in the recipe for the whole source
    RECORD = "record"  # a field of the record: a licence column
    REGISTRY = "registry"  # a list that an operator dropped in


class Scope(StrEnum):
    """What a signal speaks of, the most specific first."""

    ELEMENT = "element"  # a picture, a widget, a quotation within the page
    PAGE = "page"
    SITE = "site"
    DATASET = "dataset"


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """One rights signal.

    Attributes:
        kind: how it is written: "rel-license", "json-ld", "robots", "content-signal", ...
        where: where it was found.
        scope: what it speaks of.
        value: as written, at most LONGEST_VALUE code points; shown to people, never stored in ledger or lineage.
        name: what it decides: "license", or a signal such as "train-ai", "tdm", "noai"; "robots:GPTBot".
        meaning: the normalised answer: an SPDX expression for "license"; "allow", "deny" or "unknown" for a signal.
            None where a licence claim is not understood.
        at: when it was fetched, RFC 3339 in UTC; empty if that is the capture's own time.
    """

    kind: str
    where: Where
    scope: Scope
    value: str
    name: str
    meaning: str | None
    at: str = ""
