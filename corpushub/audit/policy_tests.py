"""The answer of `policy test`: which cases of a policy have the verdict they expect."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from policies.rules.cases import Tried, run_cases
from policies.rules.policy_file import find_policy


def report(file: Path) -> dict[str, Any]:
    """Judge the cases at, or beside, *file*.

    Keys: ok, policy {name, version, digest}, cases [{name, passed, expected {verdict, rule}, found {verdict, rule,
    why}}].

    Raises:
        PolicyError: the policy or its tests cannot be read.
    """
    policy, tried = run_cases(find_policy(file))
    return {
        "ok": all(one.passed for one in tried),
        "policy": {"name": policy.name, "version": policy.version, "digest": policy.digest},
        "cases": [_told(one) for one in tried],
    }


def _told(one: Tried) -> dict[str, Any]:
    found = one.found
    return {
        "name": one.case.name,
        "passed": one.passed,
        "expected": {"verdict": str(one.case.verdict), "rule": one.case.rule},
        "found": {"verdict": str(found.verdict), "rule": found.rule, "why": found.why},
    }


def text(content: Mapping[str, Any]) -> str:
    """List the cases, and say of each that failed what was found instead."""
    lines = []
    for case in content["cases"]:
        expected, found = case["expected"], case["found"]
        lines.append(f"{'ok' if case['passed'] else 'FAILED':6}  {case['name']}")
        if not case["passed"]:
            wanted = expected["verdict"] + (f" by {expected['rule']}" if expected["rule"] else "")
            lines.append(f"        expected {wanted}; found {found['verdict']} by {found['rule']}: {found['why']}")
    passed = sum(case["passed"] for case in content["cases"])
    policy = content["policy"]
    return "\n".join([*lines, f"{policy['name']} {policy['version']}: {passed} of {len(content['cases'])} cases"])
