"""The profiles stage: join the rights profiles that all tasks met into the one file of the version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lineage.storage.parquet import write_profiles
from pipelines.execution.once import Once, names
from pipelines.execution.stage import FileReport
from pipelines.handover.workfiles import read_json, write_json
from policies.rights.profiles import Profile


def note_profiles(path: str, profiles: Mapping[str, Profile]) -> None:
    """Write the *profiles* that a task met to *path*, as JSON."""
    write_json(path, {name: profile.content for name, profile in profiles.items()})


@dataclass(frozen=True)
class ProfilesTask(Once[FileReport]):
    """Join profiles; holds some hundred bytes for each distinct one.

    Attributes:
        notes: what note_profiles wrote for each annotate task.
        data: folder of the version's profiles files.
        out: folder of the report.
    """

    notes: tuple[str, ...]
    data: str
    out: str

    @property
    def cost(self) -> int:
        """Return the number of files."""
        return len(self.notes)

    def inputs(self) -> Any:
        """Return what the output depends on."""
        return sorted(names(self.notes))

    def stands(self, report: FileReport) -> bool:
        """Tell whether the file is still there."""
        return report.is_there

    def work(self) -> FileReport:
        """Write the file; report it."""
        profiles: dict[str, str] = {}
        for path in self.notes:
            profiles |= read_json(path)
        return FileReport(self.id, write_profiles(profiles, self.data) if profiles else None)
