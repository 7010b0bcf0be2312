"""What was said of the rights in a document, as an answer and as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policies.rights.evidence import Scope, Where


@dataclass(frozen=True, slots=True)
class QuotedClaim:
    """Something that speaks of the rights in a document, as it stands in its source.

    Attributes:
        kind: what it is, such as rel-license or robots.
        where: in which part of the capture, or beside it.
        scope: what it speaks of.
        name: license, or the signal.
        meaning: an SPDX expression, or allow, deny or unknown; null if it is not understood.
        quote: what stands there, shortened, without personal data; null where that could not be made sure.
        at: as of when, RFC 3339 in UTC; null if that is not known.
        file: the file of the site that says it, or the source's own; null where it is a registry.
        line: of the robots.txt, from 1; null elsewhere, and where no line of it says so.
        group: the user-agent line whose group says it, in lower case; null likewise.
    """

    kind: str
    where: Where
    scope: Scope
    name: str
    meaning: str | None
    quote: str | None
    at: str | None
    file: str | None
    line: int | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentEvidence:
    """What was said of the rights in a document.

    Attributes:
        claims: all that was found again, in the order in which a run looks for it.
        gone: what could not be read again, each in a sentence; empty if everything was.
    """

    claims: Sequence[QuotedClaim]
    gone: Sequence[str]


def text(evidence: DocumentEvidence | None) -> str:
    """Show the claims, one on a line, for the trace of a document; agents that are allowed are counted."""
    if evidence is None:
        return ""
    lines = ["\n\n  evidence"]
    allowed = 0
    for one in evidence.claims:
        if one.name.startswith("robots:") and one.meaning == "allow":
            allowed += 1
            continue
        place = "".join(
            (f" {one.file or ''}", f":{one.line}" if one.line else "", f" [{one.group}]" if one.group else "")
        )
        said = f'"{one.quote}"' if one.quote else "(not shown)"
        lines.append(f"  {one.name:12} {one.meaning or 'not understood'} ({one.where}, {one.at or 'no date'}){place}")
        lines.append(f"               {said}")
    lines += [f"  robots       allow: {allowed} agents"] if allowed else []
    lines += [f"  not read     {one}" for one in evidence.gone]
    return "\n".join(lines if len(lines) > 1 else [*lines, "  none"])
