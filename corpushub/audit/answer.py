"""The answer of an audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from corpushub.audit.changes import Changes
from policies.rules.conditions import Answer
from policies.rules.review import Conflict, Obligation


@dataclass(frozen=True, slots=True)
class Example:
    """A document that a finding is about.

    Attributes:
        doc_id: its id.
        license: an SPDX expression; null if none is known.
        uri: its address, redacted; null if it has none.
        source: its source in the recipe.
        profile: id of its rights profile; null in versions of earlier releases.
        ref: what `trace` takes.
    """

    doc_id: str
    license: str | None
    uri: str | None
    source: str
    profile: str | None
    ref: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What is not allowed, for one reason.

    Attributes:
        rule: id of the rule that decided.
        verdict: deny or unknown.
        count: documents.
        why: in plain language.
        sources: these with most documents, and how many.
        hosts: likewise.
        languages: likewise.
        examples: documents with the smallest ids, as many as were asked for.
    """

    rule: str
    verdict: Answer
    count: int
    why: str
    sources: Mapping[str, int]
    hosts: Mapping[str, int]
    languages: Mapping[str, int]
    examples: Sequence[Example]


@dataclass(frozen=True, slots=True)
class LicenseShare:
    """A licence and what has it.

    Attributes:
        license: an SPDX expression, or "unknown".
        documents: how many have it.
        bytes: of their texts; null unless they were added up.
        verdicts: documents by verdict.
    """

    license: str
    documents: int
    bytes: int | None
    verdicts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class AuditPolicy:
    """The policy that was judged by.

    Attributes:
        name: what it is called.
        version: the version its authors gave it.
        digest: SHA-256 (hex) of its content.
        purpose: what the documents are wanted for.
        actor: who wants them; null if the policy does not say.
        jurisdiction: whose law it was written for; null likewise.
    """

    name: str
    version: str
    digest: str
    purpose: str | None
    actor: str | None
    jurisdiction: str | None


@dataclass(frozen=True, slots=True)
class Audit:
    """Whether a version may be used.

    Attributes:
        version: which one.
        compliant: whether every document is allowed, and the policy refuses no conflict that there is.
        population: documents, of which each has one verdict.
        verdicts: documents that are allowed, denied, unknown.
        findings: what is not allowed, the most documents first.
        conflicts: licences that contradict each other, or what was done to the texts.
        obligations: what is due if the allowed documents are used, the most documents first.
        licenses: by documents, the most first.
        policy: which one judged.
        since: what is different from another version; null unless that was asked for.
        advice: what would make the version comply, the step with most effect first.
    """

    version: str
    compliant: bool
    population: int
    verdicts: Mapping[str, int]
    findings: Sequence[Finding]
    conflicts: Sequence[Conflict]
    obligations: Sequence[Obligation]
    licenses: Sequence[LicenseShare]
    policy: AuditPolicy
    since: Changes | None = None
    advice: Sequence[str] = ()
