"""Rights profiles: the distinct combinations of evidence that decide. Documents share them; decisions are made on them.

A profile holds what was found, normalised: no addresses, no raw values. It may stand in ledgers and reports.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from policies.rights import licenses
from policies.rights.credits import CREDITS
from policies.rights.evidence import Evidence, Scope, Where

LICENSE: Final = "license"
"""Name of the evidence that speaks of licences; every other name but those of credits is a signal's."""

NOT_UNDERSTOOD: Final = "NOASSERTION"
"""SPDX's word for a licence claim that nobody could interpret, in a profile's claims."""

_SPECIFIC: Final = (Scope.PAGE, Scope.SITE, Scope.DATASET)
_STRICTNESS: Final = {"deny": 0, "unknown": 1, "allow": 2}


@dataclass(frozen=True, slots=True, order=True)
class Signal:
    """What a consent signal says, the most restrictive of all that have its name.

    Attributes:
        name: "tdm", "train-ai", "robots:GPTBot", ...
        meaning: "allow", "deny" or "unknown".
        where: where it was found, a Where; several joined by commas, in order.
    """

    name: str
    meaning: str
    where: str


@dataclass(frozen=True)
class Profile:
    """One combination of evidence.

    Attributes:
        license: the SPDX expression that counts; None if no licence is known.
        claims: every expression claimed of the page, its site or dataset, sorted; NOT_UNDERSTOOD where one was not.
        signals: the consent signals, by name.
    """

    license: str | None = None
    claims: tuple[str, ...] = ()
    signals: tuple[Signal, ...] = ()

    @property
    def disagree(self) -> bool:
        """Whether the claims are not all the same."""
        return len(self.claims) > 1

    def extend(self, evidence: Iterable[Evidence]) -> Profile:
        """Return the profile with the signals of *evidence*, which says nothing of licences, added."""
        known = [
            Evidence("", Where(where), Scope.PAGE, "", signal.name, signal.meaning)
            for signal in self.signals
            for where in signal.where.split(",")
        ]
        return Profile(self.license, self.claims, _signals([*known, *evidence]))

    @cached_property
    def content(self) -> str:
        """The profile as canonical JSON: sorted keys, no white space."""
        signals = {signal.name: [signal.meaning, signal.where] for signal in self.signals}
        whole = {"license": self.license, "claims": self.claims, "signals": signals}
        return json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @cached_property
    def id(self) -> str:
        """The first 64 bits of the content's SHA-256, as 16 hex digits."""
        return hashlib.sha256(self.content.encode()).hexdigest()[:16]


def profile_of(evidence: Iterable[Evidence]) -> Profile:
    """Return the profile that *evidence* on one document amounts to, whatever its order.

    Evidence on a mere element of the page (a picture, a widget) takes no part, nor does whom to name. Of licence claims
    the most specific scope counts: page, then site, then dataset. Among several there the most restrictive class counts
    (see licenses.licence_class); different claims of that class all hold together (AND). A claim that is not understood
    is the most restrictive: it may say anything. Of signals with one name deny counts before unknown before allow.
    """
    found = [one for one in evidence if one.scope is not Scope.ELEMENT and one.name not in CREDITS]
    claims = [one for one in found if one.name == LICENSE]
    return Profile(
        license=_counting(claims),
        claims=tuple(sorted({_claimed(one) for one in claims})),
        signals=_signals([one for one in found if one.name != LICENSE]),
    )


@lru_cache(maxsize=4096)
def stated(license: str | None, where: Where, claimed: bool) -> Profile:
    """Return the profile of a document of which nothing but its source or record speaks.

    *license* is the normalised expression; None where the claim was not understood, or where, as *claimed* tells,
    there was none.
    """
    if not claimed:
        return Profile()
    scope = Scope.PAGE if where is Where.RECORD else Scope.DATASET
    return profile_of([Evidence(str(where), where, scope, "", LICENSE, license)])


def read_profile(content: str) -> Profile:
    """Return the profile whose canonical JSON is *content*."""
    whole = json.loads(content)
    signals = tuple(sorted(Signal(name, *said) for name, said in whole["signals"].items()))
    return Profile(whole["license"], tuple(whole["claims"]), signals)


def _claimed(claim: Evidence) -> str:
    return licenses.normalize(claim.meaning) or NOT_UNDERSTOOD


def _counting(claims: Sequence[Evidence]) -> str | None:
    for scope in _SPECIFIC:
        said = {_claimed(one) for one in claims if one.scope is scope}
        if said:
            return _strictest(said)
    return None


def _strictest(said: set[str]) -> str | None:
    if NOT_UNDERSTOOD in said:
        return None
    classes = {one: licenses.licence_class(one) for one in said}
    worst = sorted(one for one in said if classes[one] == max(classes.values()))
    return worst[0] if len(worst) == 1 else licenses.normalize(" AND ".join(f"({one})" for one in worst))


def _signals(found: Sequence[Evidence]) -> tuple[Signal, ...]:
    by_name: dict[str, list[Evidence]] = {}
    for one in found:
        by_name.setdefault(one.name, []).append(one)
    return tuple(_strictest_signal(name, some) for name, some in sorted(by_name.items()))


def _strictest_signal(name: str, found: Sequence[Evidence]) -> Signal:
    said = {_meaning(one) for one in found}
    meaning = min(said, key=lambda word: _STRICTNESS[word])
    return Signal(name, meaning, ",".join(sorted({one.where for one in found if _meaning(one) == meaning})))


def _meaning(signal: Evidence) -> str:
    """Return the signal's meaning; one that is no answer is reserved as unknown, never taken for a permission."""
    return signal.meaning if signal.meaning in _STRICTNESS else "unknown"
