"""Policies decide by licence, three-valued, and deny overrides."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.allow_list import Answer, Policy, Rule, audit_counts

POLICY = Policy(
    name="test",
    version="1",
    purpose="train",
    allow=(Rule("MIT"), Rule("CC-BY-*", "Name the author."), Rule("Apache-2.0"), Rule("BSD-*")),
    deny=(Rule("BSD-4-Clause", "Its advertising clause."), Rule("*-NC-*")),
)
LICENCES = st.sampled_from(
    ["MIT", "CC-BY-4.0", "CC-BY-NC-4.0", "GPL-2.0-only", "BSD-4-Clause", "BSD-3-Clause", "LicenseRef-x", None, "?"]
)


@pytest.mark.parametrize(
    ("expression", "verdict", "rule"),
    [
        ("MIT", "allow", "allow MIT"),
        ("CC-BY-4.0", "allow", "allow CC-BY-*"),
        ("CC-BY-3.0-IGO", "allow", "allow CC-BY-*"),
        ("CC-BY-SA-4.0", "deny", "not-listed"),
        ("CC-BY-ND-4.0", "deny", "not-listed"),
        ("CC-BY-NC-4.0", "deny", "deny *-NC-*"),
        ("BSD-3-Clause", "allow", "allow BSD-*"),
        ("BSD-4-Clause", "deny", "deny BSD-4-Clause"),
        ("MIT OR GPL-2.0-only", "allow", "allow MIT"),
        ("GPL-2.0-only OR MIT", "allow", "allow MIT"),
        ("MIT AND GPL-2.0-only", "deny", "not-listed"),
        ("MIT AND CC-BY-4.0", "allow", "allow MIT"),
        ("Apache-2.0 WITH LLVM-exception", "allow", "allow Apache-2.0"),
        ("MIT WITH LicenseRef-scancode-commons-clause", "deny", "not-listed"),
        ("LicenseRef-Own", "deny", "not-listed"),
        ("mit license", "allow", "allow MIT"),
        ("no licence at all", "unknown", "unknown-licence"),
        (None, "unknown", "unknown-licence"),
    ],
)
def test_decides(expression: str | None, verdict: str, rule: str) -> None:
    """Each expression gets the verdict and the rule that gave it."""
    decided = POLICY.decide(expression)
    assert (decided.verdict, decided.rule) == (verdict, rule)
    assert decided.why


def test_reasons_are_passed_on() -> None:
    """A rule's plain-language reason is the verdict's why."""
    assert POLICY.decide("CC-BY-4.0").why == "Name the author."


def test_a_star_alone_allows_every_known_licence_but_not_the_unknown() -> None:
    """Allowing everything still does not allow what nobody knows."""
    policy = Policy("all", "1", "train", (Rule("*"),))
    assert policy.decide("CC-BY-NC-4.0").verdict is Answer.ALLOW
    assert policy.decide(None).verdict is Answer.UNKNOWN


def test_unknown_is_allowed_only_when_the_policy_says_so() -> None:
    """The unknown key lets documents without a licence in."""
    policy = Policy("lenient", "1", "train", (Rule("MIT"),), unknown=Answer.ALLOW)
    assert policy.decide(None).verdict is Answer.ALLOW
    assert policy.decide("GPL-2.0-only").verdict is Answer.DENY


@given(st.lists(LICENCES, max_size=30))
def test_decide_all_agrees_with_decide(expressions: list[str | None]) -> None:
    """The array form gives the same verdicts in order."""
    decisions = POLICY.decide_all(pa.array(expressions, pa.string()))
    single = [POLICY.decide(expression) for expression in expressions]
    assert decisions.verdict.to_pylist() == [one.verdict.value for one in single]
    assert decisions.rule.to_pylist() == [one.rule for one in single]
    assert decisions.why.to_pylist() == [one.why for one in single]


@given(st.dictionaries(LICENCES, st.integers(0, 1000)))
def test_audit_counts_sum_to_the_population(counts: dict[str | None, int]) -> None:
    """Verdicts partition the population, and findings are exactly what is not allowed."""
    audit = audit_counts(POLICY, counts)
    assert sum(audit.verdicts.values()) == sum(counts.values())
    assert sum(finding.count for finding in audit.findings) == audit.verdicts["deny"] + audit.verdicts["unknown"]
    assert audit.compliant == (audit.verdicts["allow"] == sum(counts.values()))


def test_audit_lists_the_largest_finding_first() -> None:
    """Findings are ordered by count and name the licence that is not listed."""
    audit = audit_counts(POLICY, {"GPL-2.0-only": 2, None: 5, "MIT": 9})
    assert [(one.rule, one.verdict.value, one.count) for one in audit.findings] == [
        ("unknown-licence", "unknown", 5),
        ("not-listed", "deny", 2),
    ]
    assert "GPL-2.0-only" in audit.findings[1].why


def test_digest_is_of_the_content() -> None:
    """Equal policies have equal digests; any change of a rule changes it."""
    same = Policy(POLICY.name, POLICY.version, POLICY.purpose, POLICY.allow, POLICY.deny)
    other = Policy(POLICY.name, POLICY.version, POLICY.purpose, POLICY.allow[:-1], POLICY.deny)
    assert same.digest == POLICY.digest != other.digest
    assert len(POLICY.digest) == 64
