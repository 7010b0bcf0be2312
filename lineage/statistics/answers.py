"""What is answered from the statistics of a version: these themselves, and what was lost on the way to it."""

from __future__ import annotations

from dataclasses import dataclass

from lineage.control.retention import require_files, standing_of
from lineage.control.version_files import version_files
from lineage.control.versions import get_version, revision_of
from lineage.hub import Hub
from lineage.hub.home import FileKind
from lineage.references import VersionRef
from lineage.statistics.files import read_summary, summary_among
from lineage.statistics.losses import Losses, losses_of
from lineage.statistics.model import Statistics
from lineage.storage import query


@dataclass(frozen=True, slots=True)
class VersionStatistics:
    """The statistics of a version.

    Attributes:
        version: NAME@vN.
        revision: how often an erasure changed it.
        manifest_root: the digest of its files.
        statistics: what they hold and what was dropped on the way, in numbers.
    """

    version: str
    revision: int
    manifest_root: str
    statistics: Statistics


def show_statistics(hub: Hub, ref: VersionRef) -> VersionStatistics:
    """Return the statistics of version *ref*, from its summary; one that an earlier release made is counted now.

    Raises UnknownReference, VersionRetired if its files were removed, DamagedFile.
    """
    version = get_version(hub.db, ref)
    require_files(version, standing_of(hub.db, version))

    def paths(kind: FileKind) -> list[str]:
        return query.resolve_all(hub.home, version_files(hub.db, version, kind))

    summary = summary_among(paths("statistics"))
    if summary is not None:
        statistics = read_summary(summary)
    else:
        from lineage.statistics.whole import state_whole

        statistics = state_whole(paths("documents"), paths("ledger"), paths("profiles"))
    return VersionStatistics(version.name, revision_of(hub.db, version), version.manifest_root, statistics)


def show_losses(hub: Hub, ref: VersionRef, by: str) -> Losses:
    """Return what was kept and dropped on the way to version *ref*, *by* language, source or reason."""
    told = show_statistics(hub, ref)
    return losses_of(told.version, told.statistics, by)
