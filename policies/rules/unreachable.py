"""Rules that can never fire: no licence meets their condition, or an earlier rule takes all that they would."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from policies.rights import licenses
from policies.rules.conditions import Answer, Condition, Rule

_OTHER: Final = "LicenseRef-any-other"
"""Stands for all references that no rule names."""


def unreachable(rules: Sequence[Rule]) -> Iterator[tuple[Rule, str]]:
    """Yield each rule that can never fire, and why.

    A rule fires where it decides. That cannot be if no licence there is meets its condition; or if whatever meets it
    also meets a rule that comes before it: a deny rule wherever it stands, or one of the same verdict further up.
    """
    worlds = [_licences(rule) for rule in rules]
    for place, rule in enumerate(rules):
        if rule.when.asks_licence and not worlds[place]:
            yield rule, "no licence meets its condition"
            continue
        for other, stronger in enumerate(rules):
            first = _goes_before(stronger, rule, other < place)
            if first and worlds[place] <= worlds[other] and _includes(stronger.when, rule.when):
                yield rule, f"rule {stronger.id!r} decides wherever it would"
                break


def _goes_before(one: Rule, other: Rule, above: bool) -> bool:
    if one is other:
        return False
    return above if one.verdict is other.verdict else _ORDER[one.verdict] < _ORDER[other.verdict]


_ORDER: Final = {Answer.DENY: 0, Answer.UNKNOWN: 1, Answer.ALLOW: 2}


def _licences(rule: Rule) -> frozenset[str | None]:
    """Return the licences, None for no known one, that meet what the rule asks of a licence."""
    allowing = rule.verdict is Answer.ALLOW
    named = {one for one in rule.when.license if one.startswith("LicenseRef-") or " WITH " in one}
    worlds: set[str | None] = {*_known(), *(one.replace("*", "x") for one in named), _OTHER, None}
    return frozenset(one for one in worlds if rule.when.of_licence(one, allowing=allowing))


def _includes(wide: Condition, narrow: Condition) -> bool:
    """Tell whether whatever meets the other parts of *narrow* meets those of *wide*."""
    same = ("disagree", "any_signal", "hosts", "languages")
    if any(getattr(wide, part) not in (None, (), getattr(narrow, part)) for part in same):
        return False
    later = not wide.after or (narrow.after and narrow.after >= wide.after)
    sooner = not wide.before or (narrow.before and narrow.before <= wide.before)
    return bool(set(wide.signals) <= set(narrow.signals) and later and sooner)


@cache
def _known() -> frozenset[str]:
    return frozenset(licenses.known_ids())
