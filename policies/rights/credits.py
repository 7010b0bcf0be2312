"""Whom to name: title and author of a document, for the licences that ask for attribution.

An author is a person. Title and author are therefore kept only where a licence asks for them, only beside the text, and
never where the text had such names removed; see pipelines.rights.credits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from policies.rights.evidence import Evidence

TITLE: Final = "title"
AUTHOR: Final = "author"

CREDITS: Final = (TITLE, AUTHOR)
"""Names of the evidence, and of the columns, that say whom to name; they decide nothing."""


@dataclass(frozen=True, slots=True)
class Credit:
    """What an attribution says of a document, beside its address and licence; None where nobody knows."""

    title: str | None = None
    author: str | None = None


def credit_of(evidence: Iterable[Evidence]) -> Credit:
    """Return the first title and all authors that *evidence* names, authors joined by "; "."""
    found: dict[str, dict[str, None]] = {name: {} for name in CREDITS}
    for one in evidence:
        if one.name in found:
            found[one.name][one.value] = None
    return Credit(next(iter(found[TITLE]), None), "; ".join(found[AUTHOR]) or None)
