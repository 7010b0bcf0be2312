"""What a version is, in one object."""

from __future__ import annotations

from typing import Any

from lineage.control.retention import standing_of
from lineage.control.runs import get_run
from lineage.control.versions import get_version, revision_of
from lineage.hub import Hub
from lineage.references import VersionRef


def show_version(hub: Hub, ref: VersionRef) -> dict[str, Any]:
    """Return what version *ref* is.

    Keys: version, documents, bytes, run, recipe_digest, parents, created, licenses, languages, sources,
    manifest_root, not_done (recipe sections that were not applied), pinned, retired (since when, or null),
    revision (how often an erasure changed it, 0 for never). Raises
    UnknownReference if there is no such version.
    """
    version = get_version(hub.db, ref)
    standing = standing_of(hub.db, version)
    return {
        "version": version.name,
        "documents": version.documents,
        "bytes": version.bytes,
        "run": f"run:{version.run}",
        "recipe_digest": version.recipe_digest,
        "parents": [] if version.parent is None else [f"{version.dataset}@v{version.parent}"],
        "created": version.created,
        "licenses": dict(version.licenses),
        "languages": dict(version.languages),
        "sources": dict(version.sources),
        "manifest_root": version.manifest_root,
        "not_done": dict(get_run(hub.db, version.run).not_done),
        "pinned": standing.pinned,
        "retired": standing.retired,
        "revision": revision_of(hub.db, version),
    }
