"""What would make a version comply: one sentence for each step, from the findings of its audit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from corpushub.audit.answer import Audit, Finding
from policies.rules.engine import UNKNOWN_LICENCE, Policy
from policies.rules.review import EDITED


def advice(report: Audit, policy: Policy) -> list[str]:
    """Say what would make the version of *report* comply with *policy*, the step with most effect first."""
    return [*_release(report, policy), *_unknown(report.findings), *_sources(report), *_conflicts(report, policy)]


def _release(report: Audit, policy: Policy) -> Iterable[str]:
    kept, lost = report.verdicts["allow"], report.population - report.verdicts["allow"]
    name = report.version.partition("@")[0]
    if lost:
        yield (
            f"Put this policy ({policy.name} {policy.version}) into the recipe's [policy] section and run it again, or "
            f"take them out of what is there with `corpushub withdraw {name} --policy FILE`, which reads no source: "
            f"the new version leaves {lost:,} documents out and keeps at most {kept:,}."
        )


def _unknown(findings: Sequence[Finding]) -> Iterable[str]:
    for finding in findings:
        if finding.rule == UNKNOWN_LICENCE:
            names = ", ".join(finding.sources)
            yield (
                f"{finding.count:,} documents have no known licence. If you know it, declare it with "
                f"`license` in the recipe's sources {names}, with what proves it; then run again."
            )


def _sources(report: Audit) -> Iterable[str]:
    """Name sources that a finding takes whole: leaving these out is simpler than filtering."""
    for finding in report.findings:
        if len(finding.sources) == 1 and finding.rule != UNKNOWN_LICENCE and len(report.findings) > 1:
            (source,) = finding.sources
            yield (
                f"What rule {finding.rule} keeps out ({finding.count:,}) comes from source {source} alone: "
                "look there first."
            )


def _conflicts(report: Audit, policy: Policy) -> Iterable[str]:
    """Say once for each kind of conflict what can be done: the conflicts themselves are listed in the report."""
    weight = "" if policy.refuse_conflicts else " The policy only reports this."
    edited = [conflict for conflict in report.conflicts if conflict.kind == EDITED]
    if edited:
        names, count = ", ".join(one.licenses[0] for one in edited), sum(one.documents[0] for one in edited)
        yield f"Release texts under {names} unchanged, or leave them out: {count:,} were edited.{weight}"
    pairs = [" and ".join(one.licenses) for one in report.conflicts if one.kind != EDITED]
    if pairs:
        what = pairs[0] if len(pairs) == 1 else f"what contradicts each other ({len(pairs)} pairs of licences)"
        yield f"Release {what} as separate datasets, or never join their texts into one work.{weight}"
