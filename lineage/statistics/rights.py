"""From profiles to consent and evidence: each profile once, with the documents that share it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import orjson

from lineage.statistics.model import UNKNOWN, Consent, EvidenceCount

NOTHING: Final = "nothing"
_NOT_UNDERSTOOD: Final = "NOASSERTION"

Row = Mapping[str, Any]
"""A row of the breakdown "profile"."""


def consent_of(rows: Iterable[Row], profiles: Mapping[str, str]) -> tuple[Consent, ...]:
    """Count documents by consent signal, answer and where it was found; *profiles* are canonical JSON by id."""
    kept, dropped = _by_side(rows, profiles, _signals)
    names = sorted({*kept, *dropped}, key=lambda name: (-kept[name] - dropped[name], name))
    return tuple(
        Consent(kind, answer, where, kept[kind, answer, where], dropped[kind, answer, where])
        for kind, answer, where in names
    )


def evidence_of(rows: Iterable[Row], profiles: Mapping[str, str]) -> tuple[EvidenceCount, ...]:
    """Count documents by kind of evidence; see EvidenceCount."""
    kept, dropped = _by_side(rows, profiles, _kinds)
    names = sorted({*kept, *dropped}, key=lambda name: (-kept[name] - dropped[name], name))
    return tuple(EvidenceCount(name, kept[name], dropped[name]) for name in names)


def with_signal(profiles: Mapping[str, str], signal: str) -> list[str]:
    """Return the ids of the *profiles* with a consent signal: kind, answer and where it stood, joined by spaces."""
    return [name for name, content in profiles.items() if signal in map(" ".join, _signals(orjson.loads(content)))]


def _by_side(rows: Iterable[Row], profiles: Mapping[str, str], names: Any) -> tuple[Counter[Any], Counter[Any]]:
    """Count what *names* says of each profile, among kept documents and among dropped ones."""
    sides: dict[str, Counter[Any]] = {"kept": Counter(), "dropped": Counter()}
    for row in rows:
        content = profiles.get(row["key"])
        for name in names(None if content is None else orjson.loads(content)):
            sides[row["second"]][name] += row["documents"]
    return sides["kept"], sides["dropped"]


def _signals(profile: Row | None) -> Iterator[tuple[str, str, str]]:
    for name, (meaning, where) in (profile or {}).get("signals", {}).items():
        yield name, meaning, where


def _kinds(profile: Row | None) -> Iterator[str]:
    if profile is None:
        yield UNKNOWN
        return
    claims, places = profile["claims"], {where for _, said in profile["signals"].values() for where in said.split(",")}
    if claims:
        yield "license"
    if len(claims) > 1:
        yield "license-disagreement"
    if _NOT_UNDERSTOOD in claims:
        yield "license-unclear"
    yield from (f"signal-{place}" for place in sorted(places))
    if not claims and not places:
        yield NOTHING
