"""What a policy says, in words: each condition as the clauses that must all hold, and what no rule decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from policies.rules.conditions import ABSENT, Answer, Condition
from policies.rules.engine import NOT_LISTED, UNKNOWN_LICENCE, Policy

_ANSWERS = {Answer.ALLOW: "allowed", Answer.DENY: "denied", Answer.UNKNOWN: "unknown"}


def clauses(condition: Condition) -> tuple[str, ...]:
    """Return the clauses of *condition*, all of which must hold; none means that it always holds."""
    return tuple(_clauses(condition))


def _clauses(condition: Condition) -> Iterable[str]:
    if condition.license:
        yield f"the licence is {_either(condition.license)}"
    if condition.licensed is not None:
        yield "a licence is known" if condition.licensed else "no licence is known"
    if condition.permits:
        yield f"the licence permits all of {', '.join(condition.permits)}"
    if condition.bans:
        yield f"the licence bans {_either(condition.bans)}"
    if condition.duties:
        yield f"the licence asks for {_either(condition.duties)}"
    if condition.disagree is not None:
        yield "claims about the licence disagree" if condition.disagree else "claims about the licence agree"
    for name, wanted in condition.signals:
        yield _signal(name, wanted)
    if condition.any_signal:
        yield _either([_signal(name, wanted) for name, wanted in condition.any_signal])
    if condition.hosts:
        yield f"the host is {_either(condition.hosts)}, or below"
    if condition.languages:
        yield f"the language is {_either(condition.languages)}"
    if condition.after:
        yield f"it was captured on {condition.after} or later"
    if condition.before:
        yield f"it was captured before {condition.before}"


def _signal(name: str, wanted: str) -> str:
    return f"no signal {name} was found" if wanted == ABSENT else f"the signal {name} says {wanted}"


def _either(names: Sequence[str]) -> str:
    return " or ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def otherwise(policy: Policy) -> dict[str, str]:
    """Return what becomes of documents that no rule of *policy* decides, by the name that reports have for it."""
    unknown = "unknown, so that they are not released" if policy.unknown is Answer.DENY else "allowed"
    return {
        UNKNOWN_LICENCE: f"Documents of which no licence is known, and about which no rule decides, are {unknown}.",
        NOT_LISTED: f"Documents under a licence for which no rule holds are {_ANSWERS[policy.otherwise]}.",
    }
