"""The robots.txt and other site files that a recipe names: read once into one file, which every worker maps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from connectors.streams.files import DigestedFile
from pipelines.execution.once import Once
from pipelines.execution.stage import Report
from pipelines.handover.workfiles import reading, writing
from policies.consent.agents import Agents

if TYPE_CHECKING:
    from policies.consent.sites import SiteFiles


@dataclass(frozen=True, slots=True)
class SiteFilesReport(Report):
    """Records of a table, their origins and distinct bodies, and captures passed over, by why."""

    records: int
    origins: int
    bodies: int
    passed_over: Mapping[str, int]


@dataclass(frozen=True)
class SiteFilesTask(Once[SiteFilesReport]):
    """Collect the site files of all archives and folders that a recipe names.

    Attributes:
        sources: the files. Each is a WARC or ARC file, or one site file, which is named by its host: HOST.txt is a
            robots.txt, and so is HOST/robots.txt; beside that HOST/ai.txt, HOST/tdmrep.json, HOST/LICENSE
            and any other HOST/PATH of an RSL document.
        out: folder for the table and the report.
    """

    sources: tuple[DigestedFile, ...]
    out: str

    def inputs(self) -> Any:
        """Return names and digests of the files."""
        return sorted([source.name, source.sha256] for source in self.sources)

    @property
    def cost(self) -> int:
        """Return the files' stored bytes."""
        return sum(source.size for source in self.sources)

    @property
    def table_path(self) -> str:
        """Return where the table stands once the task is done."""
        return f"{self.path}.sites"

    def work(self) -> SiteFilesReport:
        """Write the table; report its records, origins and distinct bodies, and the captures that were passed over.

        Raises:
            MissingSource, UnreadableSource: a file cannot be read, or its name tells no host.
            TooManySiteFiles: they are more than a table holds.
        """
        from pipelines.rights.site_reader import SiteReader  # heavy, and a driver only plans and reads reports
        from policies.consent.site_records import SiteTable

        passed_over: Counter[str] = Counter()
        table = SiteTable.of(SiteReader(passed_over).read(self.sources))
        with writing(self.table_path) as file:
            table.write(file)
        counts = (len(table), table.origins, table.bodies)
        return SiteFilesReport(self.id, *counts, {why: many for why, many in sorted(passed_over.items()) if many})


@dataclass(frozen=True, slots=True)
class CollectedSites:
    """What a SiteFilesTask has made: its id, and where its table stands."""

    id: str
    table_path: str


@lru_cache(maxsize=1)
def open_sites(path: str, agents: Agents | None = None) -> SiteFiles:
    """Open the table at *path* (of a SiteFilesTask that is done), once per process; a local one is mapped."""
    from policies.consent.sites import SiteFiles

    with reading(path) as file:
        return SiteFiles.load(file, agents)
