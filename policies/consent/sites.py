"""Files of sites, as they were fetched: which of them speaks of a page, by host and time, and what it says.

Rule of time: of a file's records the newest that was fetched at or before the page is used, else the earliest after it;
then the evidence's kind ends in "-later". Undated records count as older than all others. Rule of place: a robots.txt
is for one scheme, host and port (RFC 9309, section 2.3); where none was kept for those, or only a redirect, the one
kept for the host without a scheme is used, then the one of the other scheme on its default port.

Rule of status (RFC 9309, section 2.3.1): 2xx is read; 4xx but 429 means that there are no restrictions; a redirect, to
another host too, is followed to its end over at most five hops; all else (a redirect whose end is not there, 429, 5xx,
no answer), which the RFC takes as "disallow all", leaves robots.txt "unknown".
The other files are read where they were found, and say nothing where they were not. A licence file (LICENSE, COPYING)
speaks of what is in its folder and below, unless a nearer folder has one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import product
from typing import Final, TypeVar

import pyarrow as pa

from policies.addresses.places import Place, locate
from policies.consent import ai_txt, tdmrep
from policies.consent.agents import Agents, shipped_agents
from policies.consent.ai_txt import AiFile
from policies.consent.preferences import ALLOW, UNKNOWN
from policies.consent.robots import RobotsFile, Told, decode, robots_evidence
from policies.consent.rsl import RslFile
from policies.consent.site_records import SiteTable
from policies.consent.tdmrep import TdmFile
from policies.markup.license_files import file_evidence, is_license_file
from policies.rights.evidence import Evidence

ROBOTS: Final = "/robots.txt"
LATER: Final = "-later"
"""Ends the kind of evidence from a file that was fetched only after the page."""

HOPS: Final = 5
"""Redirects in a row that are followed (RFC 9309, section 2.3.1.2)."""

_PARSED: Final = 2048
_ANSWERED: Final = 1 << 14
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Parsed = TypeVar("Parsed")
Chosen = tuple[int, bool]
"""A row of the table, and whether it was fetched after the page."""


class SiteFiles:
    """Answers what sites say about their pages; parsed files and answers are kept, the most recent of them.

    Attributes:
        table: the records.
        agents: the AI user agents that robots.txt and ai.txt are asked about.
    """

    def __init__(self, table: SiteTable, agents: Agents | None = None) -> None:
        self.table = table
        self.agents = agents or shipped_agents()
        self._robots = _kept(lambda body: RobotsFile(table.body(body)), _PARSED)
        self._ai = _kept(lambda body: AiFile(table.body(body)), _PARSED)
        self._tdm = _kept(lambda body: TdmFile(table.body(body)), _PARSED)
        self._rsl = _kept(lambda body: RslFile(table.body(body)), _PARSED)
        self._licensed_folders = lru_cache(_ANSWERED)(self._find_licensed_folders)
        self._answers_shown = lru_cache(_ANSWERED)(self._show)

    @classmethod
    def load(cls, source: pa.NativeFile, agents: Agents | None = None) -> SiteFiles:
        """Open the file that SiteTable.write made; a memory-mapped one costs no memory until it is asked."""
        return cls(SiteTable.load(source), agents)

    def site_evidence(self, uri: str, captured_at: int | None) -> list[Evidence]:
        """Return what robots.txt, tdmrep.json, ai.txt, RSL and licence files of its site say of the page at *uri*.

        *captured_at* is in microseconds since 1970; None for an unknown time, of which the newest files speak. A site
        without records, and an address that is not of the web, have no evidence.
        """
        place = locate(uri)
        if place is None:
            return []
        robots = self._followed(self._choose(place, ROBOTS, captured_at), captured_at)
        answers, uses = self._read_robots(robots, place.path) if robots else ((), [])
        found: list[Evidence] = []
        for one in uses:
            found += (self._terms(one, place, captured_at) if one.name == "rsl" else None) or [one]
        for path, read in ((tdmrep.PATH, self._read_tdm), (ai_txt.PATH, self._read_ai)):
            chosen = self._choose(place, path, captured_at)
            if chosen and _found(self.table.status(chosen[0])):
                found += self._dated(read(chosen[0], place.path), chosen)
        found += self._licences(place, captured_at)
        return [*answers, *dict.fromkeys(found)]

    def robots_behind(self, uri: str, captured_at: int | None) -> tuple[str, RobotsFile | None] | None:
        """Return the address of the robots.txt that speaks of the page at *uri*, and the file; None without any record.

        The file is None where it was not found. An address of a folder's file has no scheme.
        """
        place = locate(uri)
        chosen = self._followed(self._choose(place, ROBOTS, captured_at), captured_at) if place else None
        if chosen is None:
            return None
        row = chosen[0]
        address = f"{self.table.origin(row)}{self.table.path(row)}"
        return address, self._robots(self.table.body_of(row)) if _found(self.table.status(row)) else None

    def terms(self, pointer: Evidence, uri: str, captured_at: int | None) -> list[Evidence]:
        """Return what the RSL document that *pointer* names says of the page at *uri*; the pointer if it was not kept.

        A document that was read and does not speak of the page says nothing.
        """
        place = locate(uri)
        told = self._terms(pointer, place, captured_at) if place else None
        return [pointer] if told is None else told

    def _terms(self, pointer: Evidence, place: Place, captured_at: int | None) -> list[Evidence] | None:
        address = locate(pointer.value if "://" in pointer.value else f"{place.origin}/{pointer.value.lstrip('/')}")
        chosen = self._choose(address, address.path, captured_at) if address else None
        if chosen is None or not _found(self.table.status(chosen[0])):
            return None
        return self._dated(self._rsl(self.table.body_of(chosen[0])).evidence(place.authority, place.path), chosen)

    def _licences(self, place: Place, captured_at: int | None) -> list[Evidence]:
        """Return what the licence files of the nearest folder above *place* that has any say."""
        for origin, folder in product(_origins(place), _folders(place.path)):
            chosen = [self._choose(place, path, captured_at) for path in self._licensed_folders(origin).get(folder, ())]
            read = [one for one in chosen if one and _found(self.table.status(one[0]))]
            if read:
                return [each for one in read for each in self._dated([self._licence(one[0])], one)]
        return []

    def _licence(self, row: int) -> Evidence:
        return file_evidence(decode(self.table.body(self.table.body_of(row))), self.table.path(row))

    def _find_licensed_folders(self, origin: str) -> dict[str, list[str]]:
        """Return the paths of the licence files of *origin* by their folders."""
        found: dict[str, list[str]] = {}
        for path in filter(is_license_file, self.table.paths(origin)):
            found.setdefault(path.rpartition("/")[0], []).append(path)
        return found

    def _read_robots(self, chosen: Chosen, path: str) -> tuple[tuple[Evidence, ...], list[Evidence]]:
        """Return what robots.txt says about fetching, and about use."""
        if not _found(self.table.status(chosen[0])):
            return self._answers_shown(chosen, None), []
        file = self._robots(self.table.body_of(chosen[0]))
        agents = self.agents.tokens
        return self._answers_shown(chosen, file.answers(agents, path)), self._dated(file.uses(agents, path), chosen)

    def _show(self, chosen: Chosen, answers: tuple[Told, ...] | None) -> tuple[Evidence, ...]:
        """Make evidence of *answers*, None where there was no file; sites answer alike for most of their pages."""
        if answers is not None:
            said = [robots_evidence(agent, *told) for agent, told in zip(self.agents.tokens, answers, strict=True)]
        else:
            status = self.table.status(chosen[0])
            meaning = ALLOW if status and 400 <= status < 500 and status != 429 else UNKNOWN
            shown = f"HTTP {status}" if status else "no answer"
            said = [robots_evidence(agent, meaning, shown) for agent in self.agents.tokens]
        return tuple(self._dated(said, chosen))

    def _read_tdm(self, row: int, path: str) -> list[Evidence]:
        return self._tdm(self.table.body_of(row)).evidence(path)

    def _read_ai(self, row: int, path: str) -> list[Evidence]:
        return self._ai(self.table.body_of(row)).evidence(self.agents.tokens, path)

    def _choose(self, place: Place, path: str, captured_at: int | None) -> Chosen | None:
        """Choose the record of the file at *path* that speaks of *place*; a redirect if there is nothing else."""
        redirect: Chosen | None = None
        for origin in _origins(place):
            rows = self.table.rows(origin, path)
            straight = [row for row in rows if not _redirected(self.table.status(row))]
            if straight:
                return self._at(straight, captured_at)
            redirect = redirect or (self._at(rows, captured_at) if rows else None)
        return redirect

    def _followed(self, chosen: Chosen | None, captured_at: int | None) -> Chosen | None:
        """Return the end of the redirects that begin with *chosen*; *chosen* where it is not there."""
        at = chosen
        for _ in range(HOPS):
            target = self.table.target(at[0]) if at and _redirected(self.table.status(at[0])) else None
            place = locate(target) if target else None
            if at is None or place is None:
                break
            end = self._choose(place, place.path, captured_at)
            at = (end[0], at[1] or end[1]) if end else None
        return chosen if at is None or _redirected(self.table.status(at[0])) else at

    def _at(self, rows: Sequence[int], captured_at: int | None) -> Chosen:
        if captured_at is None:
            return rows[-1], False
        before = [row for row in rows if (at := self.table.at(row)) is None or at <= captured_at]
        return (before[-1], False) if before else (rows[0], True)

    def _dated(self, said: Sequence[Evidence], chosen: Chosen) -> list[Evidence]:
        row, later = chosen
        micros = self.table.at(row)
        at = "" if micros is None else rfc3339(micros)
        end = LATER if later else ""
        return [Evidence(one.kind + end, one.where, one.scope, one.value, one.name, one.meaning, at) for one in said]


def rfc3339(micros: int) -> str:
    """Write microseconds since 1970 as a time in UTC, to the second."""
    return (_EPOCH + timedelta(microseconds=micros)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _kept(read: Callable[[int], Parsed], most: int) -> Callable[[int], Parsed]:
    return lru_cache(most)(read)


def _origins(place: Place) -> list[str]:
    other = {"http": "https", "https": "http"}[place.scheme]
    bare = place.host == place.authority
    return [place.origin, f"//{place.authority}", *([f"{other}://{place.host}"] if bare else [])]


def _folders(path: str) -> list[str]:
    """Return the folders that the file at *path* is in, the innermost first: "/a/b", "/a", ""."""
    parts = path.partition("?")[0].split("/")[:-1]
    return ["/".join(parts[:end]) for end in range(len(parts), 0, -1)]


def _found(status: int | None) -> bool:
    return status is not None and 200 <= status < 300


def _redirected(status: int | None) -> bool:
    return status is not None and 300 <= status < 400
