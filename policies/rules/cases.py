"""Tests of a policy, written by its authors: evidence given, verdict expected. TOML, beside the policy."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from policies import toml
from policies.addresses.urls import asked_host
from policies.errors import InvalidPolicy
from policies.rights import licenses
from policies.rights.evidence import Evidence, Scope, Where
from policies.rights.profiles import LICENSE, profile_of
from policies.rules.conditions import Answer, Facts
from policies.rules.engine import Policy, Verdict
from policies.rules.policy_file import load_policy, read_text, refuse_unknown, string

SUFFIX: Final = ".tests.toml"

_KEYS: Final = ("policy", "case")
_CASE_KEYS: Final = ("name", "license", "evidence", "host", "language", "date", "verdict", "rule")
_EVIDENCE_KEYS: Final = ("kind", "where", "scope", "value", "name", "meaning")


@dataclass(frozen=True, slots=True)
class Case:
    """One test.

    Attributes:
        name: what it shows.
        evidence: what is known of a document.
        facts: of the document too.
        verdict: what the policy must answer.
        rule: id of the rule that must decide; None for any.
    """

    name: str
    evidence: tuple[Evidence, ...]
    facts: Facts
    verdict: Answer
    rule: str | None


@dataclass(frozen=True, slots=True)
class Tried:
    """A case and what the policy answered."""

    case: Case
    found: Verdict

    @property
    def passed(self) -> bool:
        """Whether the answer is the expected one."""
        same_rule = self.case.rule is None or self.case.rule == self.found.rule
        return same_rule and self.case.verdict is self.found.verdict


def load_cases(path: Path) -> tuple[Path, tuple[Case, ...]]:
    """Read the tests at *path*, or beside the policy at *path*; return the policy's file and the cases.

    Raises:
        MissingPolicy: there is no such file.
        InvalidPolicy: it is not TOML, has an unknown key or word, or no case.
    """
    tests = path if path.name.endswith(SUFFIX) else path.with_name(path.stem + SUFFIX)
    try:
        content = toml.loads(read_text(tests))
        refuse_unknown(content, _KEYS)
        cases = tuple(_case(table) for table in content.get("case", []))
        if not cases:
            raise InvalidPolicy("there is no [[case]]")
        return tests.parent / string({"policy": tests.name.removesuffix(SUFFIX) + ".toml", **content}, "policy"), cases
    except tomllib.TOMLDecodeError as error:
        raise InvalidPolicy(f"the tests {tests} are not valid TOML: {error}; nothing was decided") from error
    except InvalidPolicy as error:
        raise InvalidPolicy(f"{error} in the tests {tests}; nothing was decided") from None


def run_cases(path: Path) -> tuple[Policy, list[Tried]]:
    """Judge every case of the tests at, or beside, *path*; return the policy with the answers, in order."""
    file, cases = load_cases(path)
    policy = load_policy(file)
    return policy, [Tried(case, policy.decide(profile_of(case.evidence), case.facts)) for case in cases]


def _case(table: Mapping[str, Any]) -> Case:
    refuse_unknown(dict(table), _CASE_KEYS)
    for key in ("name", "verdict"):
        if key not in table:
            raise InvalidPolicy(f"a [[case]] lacks the key {key!r}")
    try:
        evidence = tuple(_evidence(one) for one in table.get("evidence", []))
        facts = Facts(_host(table.get("host")), table.get("language"), _date(table.get("date")))
        return Case(table["name"], (*_declared(table), *evidence), facts, Answer(table["verdict"]), table.get("rule"))
    except (ValueError, TypeError, KeyError) as error:
        raise InvalidPolicy(f"{error} in the case {table['name']!r}") from error


def _host(value: Any) -> str | None:
    host = None if value is None else asked_host(str(value))
    if value is not None and host is None:
        raise ValueError(f"{value!r} is no host")
    return host


def _date(value: Any) -> str | None:
    return None if value is None else str(value)


def _declared(table: Mapping[str, Any]) -> tuple[Evidence, ...]:
    claim = table.get("license")
    if claim is None:
        return ()
    meaning = licenses.normalize(claim)
    return (Evidence("declared", Where.SOURCE, Scope.DATASET, claim, LICENSE, meaning),)


def _evidence(table: Mapping[str, Any]) -> Evidence:
    refuse_unknown(dict(table), _EVIDENCE_KEYS)
    where, scope = Where(table.get("where", "body")), Scope(table.get("scope", "page"))
    return Evidence(
        table.get("kind", "test"), where, scope, table.get("value", ""), table["name"], table.get("meaning")
    )
