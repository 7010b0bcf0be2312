"""The profiles stage: join the rights profiles that all tasks met into the one file of the version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lineage.storage.parquet import write_profiles
from pipelines.execution.merging import FAN
from pipelines.execution.once import Once, names
from pipelines.execution.stage import Executor, FileReport, Report
from pipelines.handover.lists import name_of, read_list, write_list
from pipelines.handover.workfiles import read_json, write_json
from policies.rights.profiles import Profile


def note_profiles(path: str, profiles: Mapping[str, Profile]) -> None:
    """Write the *profiles* that a task met to *path*, as JSON."""
    write_json(path, {name: profile.content for name, profile in profiles.items()})


@dataclass(frozen=True, slots=True)
class NotesReport(Report):
    """Path of joined notes."""

    notes: str


@dataclass(frozen=True)
class NotesTask(Once[NotesReport]):
    """Join the notes of several tasks into one; holds some hundred bytes for each distinct profile.

    Attributes:
        notes: path of the list of what note_profiles wrote.
        out: folder of outputs.
    """

    notes: str
    out: str

    def inputs(self) -> Any:
        """Return what the output depends on."""
        return names([self.notes])

    def work(self) -> NotesReport:
        """Write the joined notes."""
        path = f"{self.path}.profiles"
        write_json(path, _joined(self.notes))
        return NotesReport(self.id, path)


@dataclass(frozen=True)
class ProfilesTask(Once[FileReport]):
    """Write the version's profiles file; holds some hundred bytes for each distinct profile.

    Attributes:
        notes: path of the list of notes.
        data: folder of the version's profiles files.
        out: folder of the report.
    """

    notes: str
    data: str
    out: str

    def inputs(self) -> Any:
        """Return what the output depends on."""
        return names([self.notes])

    def stands(self, report: FileReport) -> bool:
        """Tell whether the file is still there."""
        return report.is_there

    def work(self) -> FileReport:
        """Write the file; report it."""
        profiles = _joined(self.notes)
        return FileReport(self.id, write_profiles(profiles, self.data) if profiles else None)


def join_profiles(notes: Sequence[str], data: str, out: str, execute: Executor) -> list[FileReport]:
    """Join *notes*, level by level, into the profiles file of a version in the folder *data*; files go to *out*."""
    left = sorted(notes, key=name_of)
    while len(left) > FAN:
        groups = [write_list(out, left[at : at + FAN]) for at in range(0, len(left), FAN)]
        left = [report.notes for report in execute([NotesTask(group, out) for group in groups])]
    return execute([ProfilesTask(write_list(out, left), data, out)])


def _joined(notes: str) -> dict[str, str]:
    profiles: dict[str, str] = {}
    for path in read_list(notes):
        profiles |= read_json(path)
    return dict(sorted(profiles.items()))
