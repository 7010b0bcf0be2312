"""From a page's evidence to its licence: the most specific scope first, then the most restrictive."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from policies.evidence import Evidence, Scope
from policies.licenses import licence_class, normalize

_ORDER: Final = (Scope.PAGE, Scope.SITE, Scope.DATASET)


@dataclass(frozen=True, slots=True)
class PageLicense:
    """The licence of a page's text.

    Attributes:
        expression: SPDX; None if nothing that is understood speaks of the page.
        disagreeing: whether claims about the page, its site or its dataset differ, one not understood included.
        basis: the evidence that decided.
    """

    expression: str | None
    disagreeing: bool
    basis: Evidence | None


def page_license(evidence: Iterable[Evidence]) -> PageLicense:
    """Resolve the licence claims among *evidence*, the same whatever their order.

    1. What speaks of an element of the page (a picture, a widget, a quotation) never decides, nor does what is not
       understood.
    2. Claims about the page go before those about the site, and these before those about the source's dataset.
    3. Among them the most restrictive counts (policies.licenses.licence_class); of several equally restrictive ones all
       do, joined by AND, as nobody can say which of them may be left out.
    """
    claims = sorted(one for one in evidence if one.name == "license" and one.scope is not Scope.ELEMENT)
    known = [one for one in claims if one.meaning is not None]
    disagreeing = len({one.meaning for one in claims}) > 1
    for scope in _ORDER:
        if chosen := [one for one in known if one.scope is scope]:
            expression, basis = _most_restrictive(chosen)
            return PageLicense(expression, disagreeing, basis)
    return PageLicense(None, disagreeing, None)


def _most_restrictive(claims: Sequence[Evidence]) -> tuple[str | None, Evidence]:
    worst = max(licence_class(one.meaning) for one in claims)
    basis = [one for one in claims if licence_class(one.meaning) == worst]
    meanings = sorted({one.meaning for one in basis if one.meaning})
    joined = meanings[0] if len(meanings) == 1 else " AND ".join(f"({one})" for one in meanings)
    return normalize(joined) or meanings[0], basis[0]
