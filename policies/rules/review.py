"""What follows from the licences of a whole release: duties to meet, contradictions, and what would mend them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Final

from policies.rights import licenses
from policies.rights.permissions import at_odds, effective, terms_of
from policies.rules.engine import Verdict

_DUTIES: Final = {
    "attribution": "name the title, author and address of each text and its licence (`--attribution FILE` lists them)",
    "notice": "pass the licence text or its address on, with copyright notices",
    "state-changes": "say that texts were changed, and how",
    "share-alike": "license changed works under the same terms",
    "source": "offer the works in the form in which they are best changed",
}
"""What the duties of licences mean for a dataset."""

_DEDICATIONS: Final = {
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-PDM-1.0": "https://creativecommons.org/publicdomain/mark/1.0/",
}

SHARE_ALIKE: Final = "share-alike"
EDITED: Final = "no-derivatives-edited"


@dataclass(frozen=True, slots=True)
class Obligation:
    """Something to do if the allowed documents are used.

    Attributes:
        duty: a word of permissions.DUTIES, or an obligation that a rule spells out.
        documents: how many documents it is due for.
        licenses: these by expression; "unknown" where none is known.
        what: what it means in plain words.
    """

    duty: str
    documents: int
    licenses: dict[str, int]
    what: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Licences of one release that contradict each other, or what was done to it.

    Attributes:
        kind: SHARE_ALIKE or EDITED.
        licenses: the licences at odds, sorted.
        documents: how many documents each has, edited ones for EDITED.
        why: in plain words.
    """

    kind: str
    licenses: tuple[str, ...]
    documents: tuple[int, ...]
    why: str


def obligations(allowed: Iterable[tuple[Verdict, str | None, int]]) -> list[Obligation]:
    """Add up what is due for groups of allowed documents: their verdict, licence and number; the most first."""
    found: dict[str, dict[str, int]] = {}
    for verdict, license, documents in allowed:
        for duty in verdict.obligations:
            counts = found.setdefault(duty, {})
            counts[license or "unknown"] = counts.get(license or "unknown", 0) + documents
    due = [
        Obligation(duty, sum(counts.values()), dict(sorted(counts.items())), _DUTIES.get(duty, duty))
        for duty, counts in found.items()
    ]
    return sorted(due, key=lambda one: (-one.documents, one.duty))


def mixed(counts: Mapping[str | None, int]) -> list[Conflict]:
    """Return the pairs of licences among *counts* (documents by expression) that no changed work can hold together.

    A dataset is a collection, in which each text keeps its licence, as long as nothing joins texts into one work.
    """
    by_licence: dict[str, int] = {}
    for expression, documents in counts.items():
        for licence in effective(expression):
            by_licence[licence] = by_licence.get(licence, 0) + documents
    return [
        Conflict(SHARE_ALIKE, pair, (by_licence[pair[0]], by_licence[pair[1]]), _why_mixed(*pair))
        for pair in combinations(sorted(by_licence), 2)
        if at_odds(*pair)
    ]


def _why_mixed(one: str, other: str) -> str:
    if all("share-alike" in terms_of(each).duties for each in (one, other)):
        return f"{one} and {other} each ask that changed works carry their own terms, and neither accepts the other's."
    alike, strict = (one, other) if "share-alike" in terms_of(one).duties else (other, one)
    words = {"commercial": "commercial use", "derivatives": "changed works"}
    banned = " and ".join(words[ban] for ban in sorted(terms_of(strict).bans & words.keys()))
    if banned:
        return f"{alike} asks that changed works carry its terms, and {strict} forbids {banned}."
    return f"{alike} forbids what {strict} permits, and asks that changed works carry its terms."


def without_derivatives(expressions: Iterable[str | None]) -> list[str]:
    """Return those of *expressions* that let no changed text be passed on, sorted."""
    return sorted(
        expression
        for expression in expressions
        if expression and any("derivatives" in terms_of(one).bans for one in effective(expression))
    )


def edited(counts: Mapping[str, int]) -> list[Conflict]:
    """Return a conflict for each licence without derivatives of which *counts* edited documents are in the release."""
    why = "{} lets no changed text be passed on, and cleaning or scrubbing changed these."
    return [Conflict(EDITED, (name,), (n,), why.format(name)) for name, n in sorted(counts.items()) if n]


@lru_cache(maxsize=4096)
def asks_attribution(expression: str | None) -> bool:
    """Tell whether the licence *expression* asks that title and author be named."""
    return any("attribution" in terms_of(one).duties for one in effective(expression))


def attributed(expressions: Iterable[str | None]) -> dict[str, str]:
    """Return those of *expressions* that ask for attribution, each with the addresses of its licences."""
    return {
        expression: " ".join(map(address, effective(expression)))
        for expression in sorted(one for one in expressions if one)
        if asks_attribution(expression)
    }


def address(licence: str) -> str:
    """Return where the text of *licence* stands: at Creative Commons for theirs, else in the SPDX list."""
    name = licenses.base_licence(licence)
    if name.startswith("LicenseRef-"):
        return name
    if name in _DEDICATIONS:
        return _DEDICATIONS[name]
    parts = name.split("-")
    if parts[0] == "CC" and parts[1] in ("BY", "NC", "ND", "SA"):
        numbers = [place for place, part in enumerate(parts) if part[0].isdigit()]
        code = "-".join(parts[1 : numbers[0]]).lower()
        port = "".join(f"{part.lower()}/" for part in parts[numbers[0] + 1 :])
        return f"https://creativecommons.org/licenses/{code}/{parts[numbers[0]]}/{port}"
    return f"https://spdx.org/licenses/{name}.html"
