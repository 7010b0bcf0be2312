"""What looks for rights signals: in pages and their headers, in the files of their sites, in registries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa

from pipelines.rights.decide import ADDRESS
from pipelines.rights.site_files import CollectedSites, SiteFilesTask, open_sites
from policies.consent.agents import Agents, shipped_agents
from policies.consent.registries import Registries
from policies.rights.evidence import Evidence

if TYPE_CHECKING:
    from pipelines.captures.extraction.parsed import ParsedPages
    from policies.markup import Page


@dataclass(frozen=True, slots=True)
class PageFinder:
    """Reads what pages, and their Link headers, say about licences and consent: one parse of each that says anything.

    Attributes:
        agents: the AI user agents that meta elements may address; None for the shipped list.
        parsed: holds the pages that are parsed, for who takes their text; None if nobody does.
    """

    agents: Agents | None = None
    parsed: ParsedPages | None = None

    def settings(self) -> Any:
        """Return the agents."""
        return _told(self.agents)

    def __call__(self, captures: pa.RecordBatch) -> dict[int, list[Evidence]]:
        """Return the evidence that *captures* hold, by row."""
        from pipelines.rights.pages import rights_evidence  # heavy, and a driver only names finders

        return rights_evidence(captures, self._more, self.parsed)

    def holding(self, parsed: ParsedPages) -> Self:
        """Return the finder that holds the pages it parses in *parsed*."""
        return replace(self, parsed=parsed)

    def _more(self, page: Page) -> list[Evidence]:
        from policies.consent.headers import meta_evidence
        from policies.consent.rsl import embedded_terms

        return [*meta_evidence(page.metas, self.agents), *embedded_terms(page)]


@dataclass(frozen=True, slots=True)
class SiteFinder:
    """Reads headers, and looks addresses up in the files of their sites and in registries.

    Attributes:
        sites: has collected the files of sites, beforehand; None if the recipe names none.
        registries: paths of registry files.
        digest: of what the registries say.
        agents: the AI user agents that robots.txt is asked about; None for the shipped list.
    """

    sites: SiteFilesTask | CollectedSites | None = None
    registries: tuple[str, ...] = ()
    digest: str = ""
    agents: Agents | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to workers without the list of site files, which may be long: they open what was made of it."""
        sites = self.sites and CollectedSites(self.sites.id, self.sites.table_path)
        return type(self), (sites, self.registries, self.digest, self.agents)

    def settings(self) -> Any:
        """Return the agents and what identifies the files."""
        return [_told(self.agents), self.sites.id if self.sites else None, self.digest]

    def __call__(self, captures: pa.RecordBatch) -> dict[int, list[Evidence]]:
        """Return what is said of *captures* (columns ADDRESS, captured_at, rights_headers), by row."""
        from pipelines.rights.sites import consent_evidence

        uris, instants, headers = (captures[name] for name in (ADDRESS, "captured_at", "rights_headers"))
        sites = open_sites(self.sites.table_path, self.agents) if self.sites else None
        return consent_evidence(uris, instants, headers, sites, self._registries())

    def of_contents(self, content_ids: pa.Array) -> list[list[Evidence]]:
        """Return what the registries say of texts by their *content_ids* (32 bytes each)."""
        from pipelines.rights.sites import content_evidence

        registries = self._registries()
        return content_evidence(content_ids, registries) if registries else [[] for _ in content_ids]

    def _registries(self) -> Registries | None:
        return _open_registries(self.registries) if self.registries else None


def _told(agents: Agents | None) -> list[Any]:
    agents = agents or shipped_agents()
    return [agents.date, list(agents.tokens)]


@lru_cache(maxsize=1)
def _open_registries(paths: tuple[str, ...]) -> Registries:
    return Registries.load(paths)
