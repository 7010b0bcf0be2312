"""The rules of a policy: an answer, a reason in plain language, and conditions that may be true, false or unknown.

Truth values are Kleene's: True, False, and None where the facts do not tell. A conjunction is false if a part is, else
unknown if a part is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final

from policies.addresses.hosts import on_host
from policies.rights import licenses
from policies.rights.permissions import Terms, terms_of
from policies.rights.profiles import Profile, Signal

Truth = bool | None
"""True, False, or None for unknown."""

SUFFIXED: Final = ("robots", "registry")
"""Names of signals that take a suffix: "robots:GPTBot", "robots:*", "registry:NAME"."""

SIGNALS: Final = (
    *("train-ai", "ai-input", "ai-index", "search", "tdm", "noai", "noimageai", "rsl", "reserved"),
    *SUFFIXED,
)
"""Names of signals that conditions may use."""

ABSENT: Final = "absent"
"""In a condition: no signal of that name was found."""

_CONDITIONS: Final = {"NC", "ND", "SA"}


class Answer(StrEnum):
    """What a policy says about documents of a profile."""

    ALLOW = "allow"
    DENY = "deny"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules may ask of a document beside its profile.

    Attributes:
        host: in normal form (policies.addresses.hosts); None if the document has no address.
        language: code; None where it is not known (yet).
        date: when it was captured, YYYY-MM-DD; None if unknown.
    """

    host: str | None = None
    language: str | None = None
    date: str | None = None


NO_FACTS: Final = Facts()


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold for a rule to apply: all that is given, and of each list any member.

    Attributes:
        license: SPDX ids, or patterns in which * stands for any run of characters.
        permits: uses (permissions.PERMITS), all of which the licence must permit.
        bans: bans (permissions.BANS), one of which the licence must have.
        duties: duties (permissions.DUTIES), one of which the licence must impose.
        licensed: whether a licence must be known.
        disagree: whether claims must disagree.
        signals: (name or pattern, "allow", "deny", "unknown" or ABSENT), all of which must have been found.
        any_signal: likewise, one of which must have been found.
        hosts: hosts with their subdomains, or patterns, in normal form.
        languages: codes.
        after: captured on this day (YYYY-MM-DD) or later; empty for no bound.
        before: captured before this day.
    """

    license: tuple[str, ...] = ()
    permits: tuple[str, ...] = ()
    bans: tuple[str, ...] = ()
    duties: tuple[str, ...] = ()
    licensed: bool | None = None
    disagree: bool | None = None
    signals: tuple[tuple[str, str], ...] = ()
    any_signal: tuple[tuple[str, str], ...] = ()
    hosts: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    after: str = ""
    before: str = ""

    @property
    def asks_licence(self) -> bool:
        """Whether it depends on which licence there is."""
        return bool(self.license or self.permits or self.bans or self.duties) or self.licensed is not None

    @property
    def asks_around(self) -> bool:
        """Whether it depends on anything but the licence."""
        around = (self.signals, self.any_signal, self.hosts, self.languages, self.after, self.before)
        return any(around) or self.disagree is not None

    @property
    def asks_signals(self) -> bool:
        """Whether it depends on consent signals."""
        return bool(self.signals or self.any_signal)

    def of_licence(self, licence: str | None, *, allowing: bool) -> Truth:
        """Tell whether the parts that speak of the licence hold; *allowing*: for the sake of an allow rule.

        Then a pattern never matches a licence with a condition (NC, ND, SA) that it does not spell out, so that
        "CC-BY-*" means the versions of CC BY. Where no licence is known only *licensed* can be told.
        """
        parts: list[Truth] = [] if self.licensed is None else [(licence is not None) == self.licensed]
        if licence is None:
            return both([*parts, *(None for asked in (self.license, self.permits, self.bans, self.duties) if asked)])
        if self.license:
            parts.append(any(names(pattern, licence, allowing=allowing) for pattern in self.license))
        return both([*parts, *self._of_terms(terms_of(licence))])

    def _of_terms(self, terms: Terms) -> Iterable[Truth]:
        if self.permits:
            yield terms.permits.issuperset(self.permits) if terms.known else None
        if self.bans:
            yield not terms.bans.isdisjoint(self.bans) if terms.known else None
        if self.duties:
            yield not terms.duties.isdisjoint(self.duties) if terms.known else None

    def of_profile(self, profile: Profile) -> Truth:
        """Tell whether the parts that speak of claims and signals hold."""
        parts: list[Truth] = [] if self.disagree is None else [profile.disagree == self.disagree]
        parts += [_found(name, wanted, profile.signals) for name, wanted in self.signals]
        if self.any_signal:
            parts.append(_any_found(self.any_signal, profile.signals))
        return both(parts)

    def of_facts(self, facts: Facts) -> Truth:
        """Tell whether the parts that speak of host, language and date hold; a document without address has no host."""
        parts: list[Truth] = []
        if self.hosts:
            parts.append(facts.host is not None and any(on_host(facts.host, host) for host in self.hosts))
        if self.languages:
            parts.append(None if facts.language is None else facts.language in self.languages)
        if self.after:
            parts.append(None if facts.date is None else facts.date >= self.after)
        if self.before:
            parts.append(None if facts.date is None else facts.date < self.before)
        return both(parts)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        id: names it in ledger and reports.
        verdict: what it answers where its condition holds.
        reason: why, in plain language.
        when: its condition.
        obligations: what must be done if the documents are used, in plain words.
    """

    id: str
    verdict: Answer
    reason: str
    when: Condition = Condition()
    obligations: tuple[str, ...] = ()


def both(parts: Iterable[Truth]) -> Truth:
    """Return the conjunction of *parts*; of none it is true."""
    result: Truth = True
    for part in parts:
        if part is False:
            return False
        if part is None:
            result = None
    return result


def names(pattern: str, licence: str, *, allowing: bool) -> bool:
    """Tell whether *pattern* names *licence*, or the licence before its exception."""
    return any(
        _matches(pattern, name) and (not allowing or pattern == "*" or not _conditions(name) - _conditions(pattern))
        for name in {licence, licenses.base_licence(licence)}
    )


def _matches(pattern: str, name: str) -> bool:
    if "*" not in pattern:
        return pattern.lower() == name.lower()
    return _compiled(pattern).fullmatch(name) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.IGNORECASE)


@lru_cache(maxsize=8192)
def _conditions(licence: str) -> frozenset[str]:
    return frozenset(_CONDITIONS.intersection(licence.upper().replace("*", "-").split("-")))


def _found(name: str, wanted: str, signals: tuple[Signal, ...]) -> Truth:
    """Tell whether a signal called *name* says *wanted*; one that nobody understands may say it."""
    said = {one.meaning for one in signals if one.name == name or ("*" in name and fnmatchcase(one.name, name))}
    if wanted == ABSENT:
        return not said
    if wanted in said:
        return True
    return None if "unknown" in said and wanted != "unknown" else False


def _any_found(wanted: tuple[tuple[str, str], ...], signals: tuple[Signal, ...]) -> Truth:
    """Tell whether one of *wanted* was found; as _found for each of them, in one pass over *signals*."""
    if any(_found(name, ABSENT, signals) for name in _absent_of(wanted)):
        return True
    result: Truth = False
    for signal in signals:
        words = _wanted_of(signal.name, wanted)
        if signal.meaning in words:
            return True
        if words and signal.meaning == "unknown":
            result = None
    return result


@lru_cache(maxsize=1024)
def _absent_of(wanted: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    return tuple(name for name, word in wanted if word == ABSENT)


@lru_cache(maxsize=1 << 14)
def _wanted_of(name: str, wanted: tuple[tuple[str, str], ...]) -> frozenset[str]:
    """Return what *wanted* asks of signals called *name*, ABSENT left out."""
    return frozenset(word for pattern, word in wanted if word != ABSENT and fnmatchcase(name, pattern))
