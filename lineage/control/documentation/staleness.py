"""Which words about a version may not hold any more, since the facts that they speak of have moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from lineage.control.documentation.facts import Facts, facts_of, moved
from lineage.control.documentation.model import Documentation, FactKind, Rested
from lineage.control.documentation.records import documentation_of
from lineage.control.erasures import revisions_of_dataset
from lineage.control.versions import Version, list_versions
from lineage.hub import Hub
from lineage.hub.connection import timestamp

SUMMARY: Final = "eu-ai-act"
"""The public summary of training content, a paper, which must be renewed after SUMMARY_DAYS whatever has moved."""

SUMMARY_DAYS: Final = 180
PAPERS: Final = "papers"
"""All papers of a version: those made before an erasure tell of documents that are gone."""


@dataclass(frozen=True, slots=True)
class StaleField:
    """Words, or papers, that may not hold any more.

    Attributes:
        field: a prose field of the documentation, "papers" for all of them, or "eu-ai-act" for that summary.
        kind: of the facts that have moved; "age" where only time has passed.
        cause: what has moved.
        since: since when, RFC 3339, UTC.
    """

    field: str
    kind: FactKind | str
    cause: str
    since: str


def stale_fields(hub: Hub, version: Version, now: datetime, papers: str | None = None) -> tuple[StaleField, ...]:
    """Return which words about *version* are stale at the time *now*, in the order of the fields, papers last.

    *papers* is when its papers were made (RFC 3339, UTC); without it they count as made when its words were recorded.
    """
    documentation = documentation_of(hub, version)
    facts = facts_of(hub.db, version, documentation.sources)
    found = [one for name, rest in documentation.rests.items() for one in _of_field(name, rest, facts)]
    dated = [replace(one, since=_since(hub, version, documentation, one)) for one in found]
    made = papers or documentation.written or version.created
    return (*dated, *_of_papers(hub, version, made), *_of_summary(version, documentation, now))


def _of_field(name: str, rest: Rested, facts: Mapping[FactKind, Facts]) -> Iterator[StaleField]:
    for kind, then in rest.facts.items():
        yield from (StaleField(name, kind, cause, "") for cause in moved(kind, then, facts[kind]))


def _since(hub: Hub, version: Version, documentation: Documentation, stale: StaleField) -> str:
    """Return when the facts moved: with the last erasure, or with the first version in which they had moved so."""
    rest = documentation.rests[stale.field]
    if stale.kind == "pii" and (erased := _erasures(hub, version, rest.since)):
        return erased[0]
    written = int(rest.version.rpartition("@v")[2])
    own = [one for one in list_versions(hub.db, version.dataset) if written < one.number <= version.number]
    for one in reversed(own):
        said = documentation_of(hub, one).sources
        there = facts_of(hub.db, one, said)[stale.kind]  # type: ignore[index]
        if any(moved(stale.kind, rest.facts[stale.kind], there)):  # type: ignore[arg-type,index]
            return one.created
    return documentation.written or version.created


def _erasures(hub: Hub, version: Version, since: str) -> Sequence[str]:
    """Return when erasures changed *version* after *since*, the oldest first."""
    own = [one.created for one in revisions_of_dataset(hub.db, version.dataset) if one.number == version.number]
    return sorted(one for one in own if one > since)


def _of_papers(hub: Hub, version: Version, made: str) -> Iterator[StaleField]:
    for one in revisions_of_dataset(hub.db, version.dataset):
        if one.number == version.number and one.created > made:
            cause = f"receipt:{one.receipt} took {one.documents} documents out: revision {one.revision}"
            yield StaleField(PAPERS, "pii", cause, one.created)


def _of_summary(version: Version, documentation: Documentation, now: datetime) -> Iterator[StaleField]:
    written = max((rest.since for rest in documentation.rests.values()), default=version.created)
    due = datetime.fromisoformat(written) + timedelta(days=SUMMARY_DAYS)
    if now >= due:
        cause = f"{SUMMARY_DAYS} days have passed since its words were written or confirmed"
        yield StaleField(SUMMARY, "age", cause, timestamp(due))
