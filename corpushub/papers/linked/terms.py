"""What licences permit, ask for and forbid, as offers of ODRL 2.2: the table of policies/rights/permissions.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from corpushub.papers.facts import Facts
from corpushub.papers.fields import Json
from policies.rights.permissions import Terms, effective, terms_of
from policies.rules.review import address

_ACTIONS: Final = {
    "reproduce": "odrl:reproduce",
    "share": "odrl:distribute",
    "adapt": "odrl:derive",
    "commercial": "http://creativecommons.org/ns#CommercialUse",
    "derivatives": "http://creativecommons.org/ns#DerivativeWorks",
    "field-of-use": "odrl:use",
    "attribution": "http://creativecommons.org/ns#Attribution",
    "notice": "http://creativecommons.org/ns#Notice",
    "share-alike": "http://creativecommons.org/ns#ShareAlike",
    "source": "http://creativecommons.org/ns#SourceCode",
    "state-changes": "odrl:inform",
}
"""Words of permissions, duties and bans, as ODRL and Creative Commons call them."""


def offers(facts: Facts) -> list[Json]:
    """Return an offer for each licence of the documents; one that nobody can read permits nothing, and says so."""
    names = sorted(str(row[0]) for row in facts.measures.licenses.rows)
    return [_offer(name) for name in names] or [_unknown("none")]


def _offer(expression: str) -> Mapping[str, Json]:
    terms = [terms_of(one) for one in effective(expression)]
    if not terms or not all(one.known for one in terms):
        return _unknown(expression)
    permits = frozenset.intersection(*(one.permits for one in terms))
    return {
        **_head(expression),
        "url": " ".join(map(address, effective(expression))),
        "odrl:permission": _rules("odrl:Permission", permits, _all(terms, "duties")),
        "odrl:prohibition": _rules("odrl:Prohibition", _all(terms, "bans"), frozenset()),
    }


def _head(name: str) -> Mapping[str, Json]:
    return {"@type": ["sc:CreativeWork", "odrl:Offer"], "name": name}


def _unknown(name: str) -> Mapping[str, Json]:
    return {**_head(name), "description": "Not known to this hub: what this licence permits is not in its table."}


def _all(terms: list[Terms], what: str) -> frozenset[str]:
    return frozenset().union(*(getattr(one, what) for one in terms))


def _rules(kind: str, words: frozenset[str], duties: frozenset[str]) -> list[Json]:
    """Return a rule for each of *words*, a permission with the *duties* that come with it."""
    owed: list[Json] = [{"@type": "odrl:Duty", "odrl:action": {"@id": _ACTIONS[duty]}} for duty in sorted(duties)]
    with_duties: Mapping[str, Json] = {"odrl:duty": owed} if owed else {}
    return [{"@type": kind, "odrl:action": {"@id": _ACTIONS[word]}, **with_duties} for word in sorted(words)]
