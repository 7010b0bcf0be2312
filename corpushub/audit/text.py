"""An audit as text for a terminal, and as one line for each document named."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from corpushub.audit.answer import Audit, Finding
from corpushub.audit.changes import Change, Changes, FindingChange
from corpushub.text.answers import table
from policies.rules.review import Conflict


def text(report: Audit) -> str:
    """Show the verdicts, then what speaks against the version, what is due, and last the answer."""
    policy = report.policy
    lines = [
        f"{report.version}  {report.population:,} documents  policy {policy.name} {policy.version}",
        "",
        table([[n, verdict] for verdict, n in report.verdicts.items()]),
    ]
    for finding in report.findings:
        lines += ["", *_finding(finding)]
    lines += _section("conflicts", (f"{_pair(one)}: {one.why}" for one in report.conflicts))
    lines += _section("obligations", (f"{one.documents:,} documents: {one.what}" for one in report.obligations))
    if report.since:
        lines += _since(report.since)
    lines += _section("to comply", report.advice)
    return "\n".join([*lines, "", "compliant" if report.compliant else "not compliant"])


def _section(title: str, sentences: Iterable[str]) -> list[str]:
    listed = [f"  {sentence}" for sentence in sentences]
    return ["", title, *listed] if listed else []


def _pair(conflict: Conflict) -> str:
    pairs = zip(conflict.licenses, conflict.documents, strict=True)
    return ", ".join(f"{name} ({count:,})" for name, count in pairs)


def _finding(finding: Finding) -> list[str]:
    lines = [f"  {finding.verdict}: {finding.count:,} documents · {finding.rule}", f"    {finding.why}"]
    lines += [
        f"    {kind}: " + ", ".join(f"{name} {n:,}" for name, n in spread.items())
        for kind, spread in (("sources", finding.sources), ("hosts", finding.hosts))
        if spread
    ]
    lines += [f"    {one.ref}  {one.license or 'no licence'}  {one.uri or ''}".rstrip() for one in finding.examples]
    if finding.examples and len(finding.examples) < finding.count:
        lines.append(f"    {len(finding.examples)} of {finding.count:,}; --examples N names more")
    return lines


def _since(changes: Changes) -> list[str]:
    def row(name: str, change: Change | FindingChange) -> list[Any]:
        return [change.before, "->", change.now, name]

    rows = [row("documents", changes.population)]
    rows += [row(name, change) for name, change in changes.verdicts.items()]
    rows += [row(f"{one.rule}: {one.why}", one) for one in changes.findings]
    return ["", f"since {changes.version}", table(rows)]


def lines(report: Audit) -> str:
    """Return one line for each document named, and for each conflict: reference, verdict, rule, reason, by tabs."""
    rows: list[tuple[str, ...]] = [
        (one.ref, finding.verdict, finding.rule, finding.why) for finding in report.findings for one in finding.examples
    ]
    rows += [
        (report.version, finding.verdict, finding.rule, f"{finding.count} documents: {finding.why}")
        for finding in report.findings
        if not finding.examples
    ]
    rows += [(report.version, "conflict", one.kind, one.why) for one in report.conflicts]
    return "\n".join("\t".join(row) for row in rows)
