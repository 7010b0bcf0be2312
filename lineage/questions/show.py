"""What a version is, in one object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lineage.control.retention import standing_of
from lineage.control.runs import get_run
from lineage.control.versions import get_version, revision_of
from lineage.hub import Hub
from lineage.references import VersionRef


@dataclass(frozen=True, slots=True)
class VersionSummary:
    """What a version is.

    Attributes:
        version: NAME@vN.
        documents: how many it keeps.
        bytes: of their texts.
        run: run:ID of the run that made it.
        recipe_digest: of that run's recipe.
        parents: the version that the run went on from, if any.
        created: RFC 3339, UTC.
        licenses: documents by licence.
        languages: documents by language.
        sources: documents by source.
        manifest_root: the digest of its files.
        not_done: recipe sections that were not applied, and what that means.
        pinned: since when, null if it is not.
        retired: since when, null if it is not.
        revision: how often an erasure changed it.
    """

    version: str
    documents: int
    bytes: int
    run: str
    recipe_digest: str
    parents: tuple[str, ...]
    created: str
    licenses: Mapping[str, int]
    languages: Mapping[str, int]
    sources: Mapping[str, int]
    manifest_root: str
    not_done: Mapping[str, str]
    pinned: str | None
    retired: str | None
    revision: int


def show_version(hub: Hub, ref: VersionRef) -> VersionSummary:
    """Return what version *ref* is; UnknownReference if there is none."""
    version = get_version(hub.db, ref)
    standing = standing_of(hub.db, version)
    return VersionSummary(
        version=version.name,
        documents=version.documents,
        bytes=version.bytes,
        run=f"run:{version.run}",
        recipe_digest=version.recipe_digest,
        parents=version.parents,
        created=version.created,
        licenses=version.licenses,
        languages=version.languages,
        sources=version.sources,
        manifest_root=version.manifest_root,
        not_done=get_run(hub.db, version.run).not_done,
        pinned=standing.pinned,
        retired=standing.retired,
        revision=revision_of(hub.db, version),
    )
