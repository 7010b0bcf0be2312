"""Going on from the newest version: an unchanged recipe whose sources have grown reads only what is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from corpushub.recipe.inputs import Input
from lineage.commit.release import Release
from lineage.control.runs import Run, RunInput, get_run, run_inputs
from lineage.control.version_files import first_versions, version_files
from lineage.control.versions import Version
from lineage.hub import Hub
from lineage.hub.home import FileKind, Home
from lineage.storage.files import DataFile
from pipelines.handover.parts import PartFile
from pipelines.release.stage import add_up

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Reused:
    """What a run takes over from the version that it goes on from.

    Attributes:
        version: that version.
        documents: how many it has.
        files: of the run's files, those that were read for it, and are not read again.
    """

    version: str
    documents: int
    files: int


@dataclass(frozen=True, slots=True)
class Base:
    """The version that a run goes on from.

    Attributes:
        version: the version.
        files: its files by kind.
        parts: its index files, each with the version that took its documents in.
        texts: where its documents files stand.
        unread: the inputs that no run before has read.
    """

    version: Version
    files: Mapping[FileKind, Sequence[DataFile]]
    parts: tuple[PartFile, ...]
    texts: tuple[str, ...]
    unread: tuple[Input, ...]

    def at(self, home: Home) -> dict[FileKind, Sequence[DataFile]]:
        """Return its files by kind, by where they stand."""
        return {
            kind: [replace(file, path=home.resolve(file.path)) for file in some] for kind, some in self.files.items()
        }

    def extend(self, release: Release) -> Release:
        """Return *release* with this version's files before its own; its statistics are of all."""
        old = self.version
        return Release(
            run=release.run,
            documents=[*self.files["documents"], *release.documents],
            ledger=[*self.files["ledger"], *release.ledger],
            index=[*self.files["index"], *release.index],
            profiles=_distinct([*self.files["profiles"], *release.profiles]),
            statistics=release.statistics,
            signals=release.signals,
            licenses=add_up([old.licenses, release.licenses]),
            languages=add_up([old.languages, release.languages]),
            sources=add_up([old.sources, release.sources]),
            text_bytes=old.bytes + (release.text_bytes or 0),
        )

    def summary(self, inputs: Sequence[Input]) -> Reused:
        """Say what a run over *inputs* takes over."""
        return Reused(self.version.name, self.version.documents, len(inputs) - len(self.unread))


def base_for(hub: Hub, newest: Version | None, recipe: str, inputs: Sequence[Input]) -> Base | None:
    """Return what a run of the recipe with digest *recipe* over *inputs* can go on from; None if it must read them all.

    That is *newest* if it was made by the same recipe, all that it was made of is still there, every new input is a
    file of documents, and it has an index. Files that its run could not read count as new.
    """
    if newest is None or newest.recipe_digest != recipe:
        return None
    index = version_files(hub.db, newest, "index")
    known = _read_by(get_run(hub.db, newest.run), run_inputs(hub.db, newest.run))
    unread = tuple(item for item in inputs if _key(item.record()) not in known)
    gone = known - {_key(item.record()) for item in inputs}
    if gone or not unread or any(item.robots for item in unread) or not (index or newest.documents == 0):
        return None
    files: dict[FileKind, Sequence[DataFile]] = {
        "documents": version_files(hub.db, newest, "documents"),
        "ledger": version_files(hub.db, newest, "ledger"),
        "index": index,
        "profiles": version_files(hub.db, newest, "profiles"),
        "statistics": version_files(hub.db, newest, "statistics"),
    }
    epochs = first_versions(hub.db, newest.dataset, "index")
    parts = tuple(_part(hub.home, file, epochs[file.path]) for file in index)
    return Base(newest, files, parts, tuple(hub.home.resolve(file.path) for file in files["documents"]), unread)


def _distinct(files: Sequence[DataFile]) -> list[DataFile]:
    """Return *files* without repeats: a run that met no new profile makes the file of the version before again."""
    return list({file.sha256: file for file in files}.values())


def _part(home: Home, file: DataFile, epoch: int) -> PartFile:
    return PartFile(home.resolve(file.path).removesuffix(".index"), file.rows, file.bytes, epoch)


def _read_by(run: Run, inputs: Sequence[RunInput]) -> set[Key]:
    """Return the inputs of a version, but for the files that its run says it could not read."""
    return {_key(item) for item in inputs if f"file {item.name}" not in run.not_done}


def _key(item: RunInput) -> Key:
    return item.source, item.name, item.sha256
