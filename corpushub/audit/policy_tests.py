"""The answer of `policy test`: which cases of a policy have the verdict they expect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from policies.rules.cases import Tried, run_cases
from policies.rules.conditions import Answer
from policies.rules.identity import PolicyIdentity
from policies.rules.policy_file import find_policy


@dataclass(frozen=True, slots=True)
class Expected:
    """What a case expects.

    Attributes:
        verdict: that the policy must give.
        rule: id of the rule that must decide; null for any.
    """

    verdict: Answer
    rule: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """What the policy says.

    Attributes:
        verdict: of the policy.
        rule: id of the rule that gave it.
        why: in plain language.
    """

    verdict: Answer
    rule: str
    why: str


@dataclass(frozen=True, slots=True)
class JudgedCase:
    """A case and what became of it.

    Attributes:
        name: what it shows.
        passed: whether the policy says what is expected.
        expected: that.
        found: what the policy says.
    """

    name: str
    passed: bool
    expected: Expected
    found: Found


@dataclass(frozen=True, slots=True)
class PolicyTest:
    """The cases of a policy.

    Attributes:
        ok: whether each has what it expects.
        policy: which policy it was.
        cases: in the order of the file.
    """

    ok: bool
    policy: PolicyIdentity
    cases: Sequence[JudgedCase]


def judge_cases(file: Path) -> PolicyTest:
    """Judge the cases at, or beside, *file*.

    Raises:
        PolicyError: the policy or its tests cannot be read.
    """
    policy, tried = run_cases(find_policy(file))
    return PolicyTest(all(one.passed for one in tried), policy.identity, [_told(one) for one in tried])


def _told(one: Tried) -> JudgedCase:
    expected, found = Expected(one.case.verdict, one.case.rule), one.found
    return JudgedCase(one.case.name, one.passed, expected, Found(found.verdict, found.rule, found.why))


def text(tested: PolicyTest) -> str:
    """List the cases, and say of each that failed what was found instead."""
    lines = []
    for case in tested.cases:
        expected, found = case.expected, case.found
        lines.append(f"{'ok' if case.passed else 'FAILED':6}  {case.name}")
        if not case.passed:
            wanted = expected.verdict + (f" by {expected.rule}" if expected.rule else "")
            lines.append(f"        expected {wanted}; found {found.verdict} by {found.rule}: {found.why}")
    passed = sum(case.passed for case in tested.cases)
    return "\n".join([*lines, f"{tested.policy.name} {tested.policy.version}: {passed} of {len(tested.cases)} cases"])
