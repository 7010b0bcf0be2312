"""What papers are made of: everything on record about a version, read once. No document is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from corpushub.papers.fields import Answer, Origin, not_known, said
from corpushub.papers.measures import Measures
from lineage.control.costs.energy import UNRATED
from lineage.control.costs.totals import RunEnergy, energy_of_run
from lineage.control.documentation.model import Documentation, SourceDocumentation
from lineage.control.documentation.records import documentation_of
from lineage.control.erasures import Revision, revisions_of_dataset
from lineage.control.runs import Run, get_run, run_inputs
from lineage.control.version_files import version_files
from lineage.control.versions import Version, get_version, list_versions, revision_of
from lineage.hub import Hub
from lineage.references import VersionRef
from lineage.statistics.answers import show_statistics
from lineage.storage.files import DataFile, open_parquet
from lineage.storage.tables import DOCUMENTS

ACQUIRED: Final = ("public", "licensed", "bought", "user", "synthetic", "own-crawl")
"""How a source can have been acquired, as recipes say it."""

ARCHIVES: Final = ("warc", "arc", "wet")
"""Connectors of what a crawler fetched."""


@dataclass(frozen=True)
class Facts:
    """A version, as it is on record.

    Attributes:
        version: what the control database says of it.
        revision: how often an erasure changed it.
        run: the run that made it.
        documentation: what people wrote of it.
        measures: its numbers.
        files: its documents files, those without rows aside.
        columns: the documents' columns that may be exported, with their Arrow types.
        inputs: files that the run read, by source.
        versions: those of the dataset up to this one, oldest first.
        energy: what its run cost until it was made, by the rates that were named when it ran; None if that is unknown.
        revisions: erasures that changed this version, oldest first.
    """

    version: Version
    revision: int
    run: Run
    documentation: Documentation
    measures: Measures
    files: tuple[DataFile, ...]
    columns: tuple[tuple[str, str], ...]
    inputs: dict[str, int]
    versions: tuple[Version, ...]
    revisions: tuple[Revision, ...]
    energy: RunEnergy | None

    @property
    def name(self) -> str:
        """The version and its revision: NAME@vN.R."""
        return f"{self.version.name}.{self.revision}"

    @property
    def title(self) -> str:
        """The dataset's title, its name if it has none."""
        return self.documentation.title or self.version.dataset

    def prose(self, field: str) -> Answer:
        """Answer with what [documentation] says under *field*."""
        words = getattr(self.documentation, field)
        if words:
            return said(words, Origin.DOCUMENTATION)
        return not_known(f"the recipe's [documentation] has no {field}.")

    def acquired(self, *ways: str) -> tuple[SourceDocumentation, ...]:
        """Return the sources that were acquired in one of *ways*."""
        return tuple(one for one in self.documentation.sources if one.acquired in ways)

    @cached_property
    def undeclared(self) -> tuple[SourceDocumentation, ...]:
        """The sources of which nobody said how they were acquired."""
        return tuple(one for one in self.documentation.sources if one.acquired not in ACQUIRED)

    @cached_property
    def crawled(self) -> tuple[SourceDocumentation, ...]:
        """The sources whose files are web archives, whoever crawled them."""
        return tuple(one for one in self.documentation.sources if one.connector in ARCHIVES)

    @property
    def previous(self) -> Version | None:
        """The version that this one followed."""
        return next((one for one in self.versions if one.number == self.version.parent), None)

    @property
    def not_done(self) -> Answer:
        """Answer with the parts of a recipe that the run left out."""
        if not self.run.not_done:
            return said("Nothing that a recipe can ask for was left out.", Origin.CONTROL)
        left = "; ".join(f"{name}: {words}" for name, words in sorted(self.run.not_done.items()))
        return said(f"Left out: {left}.", Origin.CONTROL)


def facts_of(hub: Hub, ref: VersionRef) -> Facts:
    """Return what is on record about *ref*.

    Raises:
        UnknownReference: there is no such version.
        DamagedFile: its statistics cannot be read.
    """
    version = get_version(hub.db, ref)
    files = tuple(file for file in version_files(hub.db, version, "documents") if file.rows)
    return Facts(
        version=version,
        revision=revision_of(hub.db, version),
        run=get_run(hub.db, version.run),
        documentation=documentation_of(hub, version),
        measures=Measures(show_statistics(hub, ref).statistics),
        files=files,
        columns=_columns([hub.home.resolve(file.path) for file in files]),
        inputs=dict(Counter(one.source for one in run_inputs(hub.db, version.run))),
        versions=tuple(
            reversed([one for one in list_versions(hub.db, version.dataset) if one.number <= version.number])
        ),
        revisions=tuple(one for one in revisions_of_dataset(hub.db, version.dataset) if one.number == version.number),
        energy=energy_of_run(hub.db, version.run, UNRATED, afterwards=False),
    )


def _columns(paths: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return names and types of the columns that all files at *paths* have; of none, those of every version."""
    schemas = []
    for path in paths:
        with open_parquet(path) as file:
            schemas.append({field.name: str(field.type) for field in file.schema_arrow})
    first = schemas[0] if schemas else {field.name: str(field.type) for field in DOCUMENTS}
    return tuple((name, kind) for name, kind in first.items() if all(one.get(name) == kind for one in schemas))
