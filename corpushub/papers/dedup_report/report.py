"""What deduplication did to a version, with the settings it was done with."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from pydantic import ValidationError

from corpushub.recipe.model import Dedup
from lineage.control.runs import get_run
from lineage.control.versions import get_version
from lineage.hub import Hub
from lineage.questions.clusters import Clusters, Template
from lineage.questions.duplicates import Most, Orphans, Pairs, RecordCounts, Similarities, duplicates
from lineage.references import VersionRef


@dataclass(frozen=True, slots=True)
class DedupReport:
    """What deduplication did to a version, and how it was done.

    Attributes:
        threshold: the similarity that near-duplicates had to reach; null where the recipe asks for none.
        settings: the recipe's [dedup] section, with defaults; null where there is none that this release reads.
        version: this and what follows as in lineage.questions.duplicates.Duplicates.
        ok: whether each duplicate was dropped for a document that is kept.
        counts: records of the version.
        reasons: documents dropped for another one, by reason.
        clusters: survivors with what was dropped for them.
        templates: hosts with the most documents dropped for one of the same host.
        similarity: of near-duplicates.
        pairs: near-duplicates.
        orphans: duplicates whose survivor is not kept.
        out: the file it was written to as well, null if none.
    """

    threshold: float | None
    settings: Mapping[str, Any] | None
    version: str
    ok: bool
    counts: RecordCounts
    reasons: Mapping[str, int]
    clusters: Clusters
    templates: tuple[Template, ...]
    similarity: Similarities
    pairs: Pairs
    orphans: Orphans
    out: str | None


def dedup_report(hub: Hub, ref: VersionRef, most: Most) -> DedupReport:
    """Report on *ref* as lineage.questions.duplicates does, with threshold and settings from the recipe of its run."""
    settings = _settings(hub, ref)
    threshold = settings["threshold"] if settings and settings["near"] else None
    found = duplicates(hub, ref, threshold, most)
    told = {field.name: getattr(found, field.name) for field in fields(found)}
    return DedupReport(threshold=threshold, settings=settings, **told, out=None)


def _settings(hub: Hub, ref: VersionRef) -> Mapping[str, Any] | None:
    run = get_run(hub.db, get_version(hub.db, ref).run)
    try:
        section = tomllib.loads(run.recipe).get("dedup")
        return None if section is None else Dedup.model_validate(section).model_dump(mode="json")
    except (tomllib.TOMLDecodeError, ValidationError):
        return None
