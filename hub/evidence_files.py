"""Show what files say about rights: one object for each capture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.files import list_files
from hub.scan_files import captures
from pipelines.page_rights import rights_evidence
from policies.evidence import LONGEST_VALUE, Evidence, Scope, Where
from policies.licenses import normalize
from policies.resolution import page_license
from policies.uris import redact_uri


@dataclass(frozen=True, slots=True)
class Found:
    """One capture and its evidence.

    Attributes:
        uri: as captured, None if it has none.
        evidence: everything it says.
    """

    uri: str | None
    evidence: Sequence[Evidence]


def evidence_files(patterns: Sequence[str], field: str = "text") -> Iterator[dict[str, Any]]:
    """Yield what each capture of the files that *patterns* name says, in order; *field* holds the text in tables.

    Raises:
        ConnectorError: a file is missing or not of its format.
    """
    for file in list_files(patterns, "."):
        for batch in captures(file.path, {"text": field}):
            claims, uris = batch["license"].to_pylist(), batch["uri"].to_pylist()
            for uri, claim, found in zip(uris, claims, rights_evidence(batch), strict=True):
                yield describe(Found(uri, [*_declared(claim), *found]))


def describe(found: Found) -> dict[str, Any]:
    """Return one capture for people and scripts.

    Keys: uri (redacted), evidence [{kind, where, value, scope, name, meaning}], license (SPDX expression or null),
    disagreeing, signals {name: allow, deny or unknown; the most restrictive}, profile (null: decided by a policy).
    """
    resolved = page_license(found.evidence)
    return {
        "uri": None if found.uri is None else redact_uri(found.uri),
        "evidence": [_shown(one) for one in found.evidence],
        "license": resolved.expression,
        "disagreeing": resolved.disagreeing,
        "signals": _signals(found.evidence),
        "profile": None,
    }


def _shown(one: Evidence) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "where": one.where.value,
        "value": one.value,
        "scope": one.scope.value,
        "name": one.name,
        "meaning": one.meaning,
    }


def _signals(evidence: Sequence[Evidence]) -> dict[str, str]:
    order = ("allow", "unknown", "deny")
    found: dict[str, str] = {}
    for one in evidence:
        if one.name != "license" and one.meaning in order:
            found[one.name] = max(found.get(one.name, "allow"), one.meaning, key=order.index)
    return dict(sorted(found.items()))


def _declared(claim: str | None) -> list[Evidence]:
    """Return the evidence of a record's own licence field."""
    if claim is None:
        return []
    return [Evidence("record", Where.RECORD, Scope.PAGE, claim[:LONGEST_VALUE], "license", normalize(claim))]
