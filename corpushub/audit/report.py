"""Answer whether a version may be used, under any policy: its profiles judged, joined with its documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from corpushub.audit.advice import advice
from corpushub.audit.answer import Audit, AuditPolicy, Example, Finding, LicenseShare
from corpushub.audit.changes import Comparable, changes_since
from lineage.control.versions import Version, get_version
from lineage.errors import BadFilter
from lineage.hub import Hub
from lineage.questions.documents.population import Population, population
from lineage.questions.profiles import read_profiles
from lineage.references import VersionRef
from policies.rights.evidence import Where
from policies.rights.profiles import Profile, read_profile, stated
from policies.rules.conditions import Answer
from policies.rules.engine import FACTS, Decisions, Policy, Verdict
from policies.rules.policy_file import find_policy, load_policy
from policies.rules.review import Conflict, edited, mixed, obligations, without_derivatives

DEFAULT = "permissive"
"""The shipped policy of an audit that names none."""

MOST = 10
"""Sources, hosts and languages named for each finding."""


@dataclass(frozen=True, slots=True)
class AuditOptions:
    """What an audit shall say besides the verdicts.

    Attributes:
        examples: documents named for each finding.
        sizes: whether to add up the bytes of text by licence, which reads every text.
    """

    examples: int = 5
    sizes: bool = False


@dataclass(frozen=True)
class Judged:
    """A population, judged: groups of documents (profile, license, facts, documents) and the answer for each."""

    groups: pa.Table
    decisions: Decisions

    @cached_property
    def counts(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """The documents of each answer, by its code."""
        return np.bincount(self.decisions.codes, self.groups["documents"], len(self.decisions.verdicts)).astype(
            np.int64
        )

    @property
    def verdicts(self) -> dict[str, int]:
        """The documents that are allowed, denied, unknown."""
        found = dict.fromkeys(map(str, (Answer.ALLOW, Answer.DENY, Answer.UNKNOWN)), 0)
        for verdict, count in zip(self.decisions.verdicts, self.counts.tolist(), strict=True):
            found[verdict.verdict] += count
        return found

    @property
    def findings(self) -> list[int]:
        """The codes of what is not allowed, the most documents first."""
        verdicts = self.decisions.verdicts
        codes = [code for code, one in enumerate(verdicts) if one.verdict is not Answer.ALLOW and self.counts[code]]
        return sorted(codes, key=lambda code: (-self.counts[code], verdicts[code].rule, verdicts[code].why))

    def licenses(self, verdict: Answer | None = None) -> dict[str | None, int]:
        """Count the documents, all or those with *verdict*, by licence."""
        found: dict[str | None, int] = {}
        for _, license, documents in self.rows(verdict):
            found[license] = found.get(license, 0) + documents
        return found

    def rows(self, verdict: Answer | None = None) -> list[tuple[Verdict, str | None, int]]:
        """Return verdict, licence and documents of each group, of all or those with *verdict*."""
        groups = zip(
            self.decisions.codes.tolist(),
            self.groups["license"].to_pylist(),
            self.groups["documents"].to_pylist(),
            strict=True,
        )
        judged = ((self.decisions.verdicts[code], license, documents) for code, license, documents in groups)
        return [row for row in judged if verdict is None or row[0].verdict is verdict]


def audit(
    hub: Hub, ref: VersionRef, policy_file: Path | None, wanted: AuditOptions, since: VersionRef | None = None
) -> Audit:
    """Judge every document of *ref* under the policy at *policy_file*, whatever policy it was made under.

    *since* names a version to compare with, judged under the same policy.

    Raises:
        PolicyError, LineageError: the policy or the version cannot be read.
    """
    policy = policy_of(policy_file)
    version = get_version(hub.db, ref)
    before = None if since is None else _compared(hub, get_version(hub.db, since), policy)
    with population(hub, version) as documents:
        judged = judge(hub, version, policy, documents)
        found = _findings(version, documents, judged, wanted.examples)
        conflicts = _conflicts(documents, judged)
        sizes = documents.text_bytes() if wanted.sizes else {}
    report = Audit(
        version=version.name,
        compliant=not found and not (conflicts and policy.refuse_conflicts),
        population=int(judged.counts.sum()),
        verdicts=judged.verdicts,
        findings=found,
        conflicts=conflicts,
        obligations=obligations(judged.rows(Answer.ALLOW)),
        licenses=_licenses(judged, sizes),
        policy=_described(policy),
    )
    changes = None if before is None else changes_since(before, _comparable(version, judged))
    return replace(report, since=changes, advice=advice(report, policy))


def policy_of(file: Path | None) -> Policy:
    """Return the policy at *file*, or shipped under that name; by default DEFAULT."""
    return load_policy(find_policy(file or DEFAULT))


def _described(policy: Policy) -> AuditPolicy:
    names = ("purpose", "actor", "jurisdiction")
    terms = {name: getattr(policy, name) or None for name in names}
    return AuditPolicy(policy.name, policy.version, policy.digest, **terms)


def judge(hub: Hub, version: Version, policy: Policy, documents: Population) -> Judged:
    """Judge *documents*, those of *version*, and tell them which finding each is of; see Population.answer."""
    names = ["profile", "license", *(name for name in FACTS if name in policy.uses)]
    groups = documents.groups(names)
    profiles = {name: read_profile(content) for name, content in read_profiles(hub, version).items()}
    ids = _profile_ids(groups, profiles)
    columns = {name: groups[name].combine_chunks() for name in names[2:]}
    decisions = policy.decide_all({**columns, "profile": ids}, profiles)
    judged = Judged(groups, decisions)
    places = {code: place for place, code in enumerate(judged.findings)}
    answers = [places.get(code) for code in range(len(decisions.verdicts))]
    documents.answer(names, groups, pa.array(answers, pa.int64()).take(pa.array(decisions.codes)))
    return judged


def groups_of(hub: Hub, ref: VersionRef, policy_file: Path, verdict: str | None, finding: int | None) -> pa.Table:
    """Return the groups of the documents of *ref* that the policy gives *verdict*, or that its *finding* is about.

    Findings are numbered from 1, as an audit tells them.

    Raises:
        BadFilter: there is no such verdict or finding.
        PolicyError, LineageError: the policy or the version cannot be read.
    """
    version = get_version(hub.db, ref)
    with population(hub, version) as documents:
        judged = judge(hub, version, policy_of(policy_file), documents)
    if finding is not None:
        found = judged.findings
        if not 1 <= finding <= len(found):
            raise BadFilter(f"finding={finding} is none of the {len(found)} that this policy has here")
        codes = [found[finding - 1]]
    elif verdict in [*Answer]:
        codes = [code for code, one in enumerate(judged.decisions.verdicts) if one.verdict == verdict]
    else:
        raise BadFilter(f"verdict={verdict!r} is none of {', '.join(Answer)}")
    return judged.groups.filter(pa.array(np.isin(judged.decisions.codes, codes)))


def _profile_ids(groups: pa.Table, profiles: dict[str, Profile]) -> pa.StringArray:
    """Return the profile of each group; documents of earlier releases have none but their licence makes one."""
    ids = []
    for name, license in zip(groups["profile"].to_pylist(), groups["license"].to_pylist(), strict=True):
        if name not in profiles:
            profile = stated(license, Where.SOURCE, license is not None)
            profiles[profile.id] = profile
            name = profile.id
        ids.append(name)
    return pa.array(ids, pa.string())


def _findings(version: Version, documents: Population, judged: Judged, examples: int) -> list[Finding]:
    codes = judged.findings
    spread = documents.spread(MOST) if codes else {}
    named = documents.examples(examples) if codes else {}
    found = []
    for place, code in enumerate(codes):
        verdict, counts = judged.decisions.verdicts[code], spread.get(place, {})
        found.append(
            Finding(
                rule=verdict.rule,
                verdict=verdict.verdict,
                count=int(judged.counts[code]),
                why=verdict.why,
                sources=counts.get("sources", {}),
                hosts=counts.get("hosts", {}),
                languages=counts.get("languages", {}),
                examples=[Example(**row, ref=f"{version.name}#{row['doc_id']}") for row in named.get(place, [])],
            )
        )
    return found


def _conflicts(documents: Population, judged: Judged) -> list[Conflict]:
    counts = judged.licenses()
    return [*edited(documents.edited(without_derivatives(counts))), *mixed(counts)]


def _licenses(judged: Judged, sizes: Mapping[str | None, int]) -> list[LicenseShare]:
    """Return for each licence its documents, bytes of text if added up, and verdicts; most documents first."""
    verdicts: dict[str | None, dict[str, int]] = {}
    for verdict, license, documents in judged.rows():
        counts = verdicts.setdefault(license, {})
        counts[verdict.verdict.value] = counts.get(verdict.verdict.value, 0) + documents
    rows = [
        LicenseShare(license or "unknown", sum(counts.values()), sizes.get(license) if sizes else None, counts)
        for license, counts in verdicts.items()
    ]
    return sorted(rows, key=lambda row: (-row.documents, row.license))


def _compared(hub: Hub, version: Version, policy: Policy) -> Comparable:
    """Judge *version* for a comparison."""
    with population(hub, version) as documents:
        return _comparable(version, judge(hub, version, policy, documents))


def _comparable(version: Version, judged: Judged) -> Comparable:
    verdicts = judged.decisions.verdicts
    return Comparable(
        version=version.name,
        population=int(judged.counts.sum()),
        verdicts=judged.verdicts,
        findings={(verdicts[code].rule, verdicts[code].why): int(judged.counts[code]) for code in judged.findings},
        licenses={license or "unknown": count for license, count in judged.licenses().items()},
    )
