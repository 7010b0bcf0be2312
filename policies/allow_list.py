"""Decide by licence: a policy file lists what is allowed and what is not, and says what happens to the unknown."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Final

import pyarrow as pa

from policies import licenses

NOT_LISTED: Final = "not-listed"
UNKNOWN_LICENCE: Final = "unknown-licence"

_CONDITIONS: Final = {"NC", "ND", "SA"}


class Answer(StrEnum):
    """What a policy says about a licence."""

    ALLOW = "allow"
    DENY = "deny"
    UNKNOWN = "unknown"


_FREEDOM: Final = {Answer.DENY: 0, Answer.UNKNOWN: 1, Answer.ALLOW: 2}


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of an allow or deny list.

    Attributes:
        license: an SPDX id, or a pattern in which * stands for any run of characters. In an allow list a pattern
            never matches a licence with a condition (NC, ND, SA) that the pattern does not spell out, so that
            "CC-BY-*" means the versions of CC BY.
        reason: why, in plain language; empty if the file gives none.
    """

    license: str
    reason: str = ""

    def matches(self, licence: str) -> bool:
        """Return whether the rule names *licence*, whatever its conditions."""
        return fnmatchcase(licence.lower(), self.license.lower())

    def permits(self, licence: str) -> bool:
        """Return whether the rule, in an allow list, means *licence*."""
        spelled = self.license == "*" or not _conditions(licence) - _conditions(self.license)
        return spelled and self.matches(licence)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for one licence expression, the rule that gave it, and why in plain language."""

    verdict: Answer
    rule: str
    why: str


@dataclass(frozen=True, slots=True)
class Decisions:
    """The answers for n documents: verdict, rule and why are string arrays of length n without nulls."""

    verdict: pa.StringArray
    rule: pa.StringArray
    why: pa.StringArray


@dataclass(frozen=True, slots=True)
class Finding:
    """How many documents one rule keeps out, and why; the caller adds examples."""

    rule: str
    verdict: Answer
    count: int
    why: str


@dataclass(frozen=True, slots=True)
class Audit:
    """A population judged: documents by verdict (they sum to the population) and the findings, largest first."""

    verdicts: dict[str, int]
    findings: list[Finding]

    @property
    def compliant(self) -> bool:
        """Whether every document is allowed."""
        return not self.findings


@dataclass(frozen=True)
class Policy:
    """A licence allow list. Within one licence deny overrides allow; what no rule names is denied.

    Attributes:
        name: how reports call it.
        version: the version its authors gave it.
        purpose: what the documents are wanted for.
        allow: the licences that may be used.
        deny: the licences that may not, though allowed by a pattern.
        unknown: what happens where no licence is known: DENY leaves the verdict unknown, so that it is not released;
            ALLOW lets the document in.
    """

    name: str
    version: str
    purpose: str
    allow: tuple[Rule, ...]
    deny: tuple[Rule, ...] = ()
    unknown: Answer = Answer.DENY

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of the policy's content; layout and comments of its file do not count."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    def decide(self, expression: str | None) -> Verdict:
        """Judge a licence *expression* (or any claim that licenses.normalize understands); None is unknown.

        Of alternatives (OR) the most favourable counts: the user of the text may choose. Of conditions that hold
        together (AND) the least favourable counts. An exception (WITH) only adds permissions: unless a rule names
        the whole, the licence before it is judged.
        """
        tree = licenses.parse(expression)
        if tree is None:
            return self._undecided()
        return licenses.fold(tree, self._judge, best=_most_favourable, worst=_least_favourable)  # type: ignore[no-any-return]

    def decide_all(self, expressions: pa.StringArray) -> Decisions:
        """Judge each of *expressions* (string n), working once for each distinct one."""
        encoded = expressions.dictionary_encode(null_encoding="encode")
        verdicts = [self.decide(value) for value in encoded.dictionary.to_pylist()]

        def column(values: Sequence[str]) -> pa.StringArray:
            return pa.array(values, pa.string()).take(encoded.indices)

        return Decisions(
            verdict=column([one.verdict for one in verdicts]),
            rule=column([one.rule for one in verdicts]),
            why=column([one.why for one in verdicts]),
        )

    def _judge(self, licence: str) -> Verdict:
        names = {licence, licenses.base_licence(licence)}
        for rule in self.deny:
            if any(rule.matches(name) for name in names):
                return Verdict(Answer.DENY, f"deny {rule.license}", rule.reason or f"{rule.license} is denied.")
        for rule in self.allow:
            if any(rule.permits(name) for name in names):
                return Verdict(Answer.ALLOW, f"allow {rule.license}", rule.reason or f"{rule.license} is allowed.")
        return Verdict(Answer.DENY, NOT_LISTED, f"{licence} is not on the allow list of {self.name}.")

    def _undecided(self) -> Verdict:
        if self.unknown is Answer.ALLOW:
            return Verdict(Answer.ALLOW, UNKNOWN_LICENCE, f"No licence is known; {self.name} allows that.")
        return Verdict(Answer.UNKNOWN, UNKNOWN_LICENCE, f"No licence is known; {self.name} does not allow that.")


def audit_counts(policy: Policy, counts: Mapping[str | None, int]) -> Audit:
    """Judge a population given as documents by licence expression (None where no licence is known)."""
    verdicts = {answer.value: 0 for answer in Answer}
    found: dict[Verdict, int] = {}
    for expression, count in counts.items():
        verdict = policy.decide(expression)
        verdicts[verdict.verdict] += count
        if verdict.verdict is not Answer.ALLOW and count:
            found[verdict] = found.get(verdict, 0) + count
    findings = [Finding(one.rule, one.verdict, count, one.why) for one, count in found.items()]
    return Audit(verdicts, sorted(findings, key=lambda finding: (-finding.count, finding.rule, finding.why)))


def _conditions(licence: str) -> set[str]:
    return _CONDITIONS.intersection(licence.upper().replace("*", "-").split("-"))


def _most_favourable(verdicts: Sequence[Verdict]) -> Verdict:
    return max(verdicts, key=lambda verdict: _FREEDOM[verdict.verdict])


def _least_favourable(verdicts: Sequence[Verdict]) -> Verdict:
    return min(verdicts, key=lambda verdict: _FREEDOM[verdict.verdict])
