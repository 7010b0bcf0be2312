"""Fates of documents of earlier versions, as an index tells them, as drops of this run.

As in a run over everything, what was dropped for one reason takes no part where the next is looked for; only
near-duplicates do, whose neighbours are compared with the document that they were dropped for. A new record may have
the id of an older one that was dropped, and is dropped for the document that that one was dropped for. An index names
it by its id, and a run knows it by its number: so the two are joined, in one task, or in shares of the hashed ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipelines.dedup.catalogue import Catalogue, Numbering, Numbers
from pipelines.dedup.drops import CONFLICT, EXACT, NEAR, REASONS, REFUSED, REPEATED, STAYED, URL, Drops
from pipelines.dedup.grouping import id_keys
from pipelines.dedup.refusals import aside
from pipelines.errors import SidecarMismatch
from pipelines.execution.once import Once, names
from pipelines.execution.stage import Report
from pipelines.handover.parts import FRESH
from pipelines.handover.runs import RANGES, KeyRange, RunList, even_lows, share_keys, write_run
from pipelines.handover.sections import Array

JOINED = (EXACT, NEAR, URL)
"""Codes of those that a new record is dropped for where it has their id; others have the id of a document before."""


@dataclass(frozen=True, slots=True)
class AdoptReport(Report):
    """Paths of the drops, one for each of REASONS, and of what release refused."""

    drops: Sequence[str]
    refused: str


@dataclass(frozen=True)
class AdoptTask(Once[AdoptReport]):
    """Read the fates of the documents of earlier versions as drops of this run, one file for each of REASONS.

    As in a run over everything, what was dropped for one reason takes no part where the next is looked for; only
    near-duplicates do, whose neighbours are compared with the document they were dropped for. What release refused is
    in a file of its own. Holds about 60 bytes for each document of earlier versions.

    Attributes:
        catalogue: path of the catalogue.
        out: folder of outputs.
    """

    catalogue: str
    out: str

    @property
    def cost(self) -> int:
        """Return a small number: the task reads a few columns."""
        return 1

    def inputs(self) -> Any:
        """Return what the output depends on."""
        return names([self.catalogue])

    def work(self) -> AdoptReport:
        """Write the files of drops."""
        catalogue, lows = Catalogue.load(self.catalogue), Numbering.load(self.catalogue).lows
        earlier = Catalogue(tuple(part for part in catalogue.parts if part.epoch < FRESH))
        codes = np.concatenate([*earlier.read("code")])
        drops = _adopted(earlier, codes)
        paths = [f"{self.path}-{reason}.drops" for reason in REASONS]
        for code, path in enumerate(paths):
            drops.take(np.flatnonzero(drops.codes == code)).write(path, lows)
        aside(np.flatnonzero(codes == REFUSED)).write(f"{self.path}-refused.drops", lows)
        return AdoptReport(self.id, paths, f"{self.path}-refused.drops")


def _adopted(earlier: Catalogue, codes: Array) -> Drops:
    """Return the drops of earlier versions, their winners by number."""
    ids, doc_ids, similarities = (np.concatenate([*earlier.read(name)]) for name in ("doc_id", "winner", "similarity"))
    dropped, kept = np.flatnonzero(codes < len(REASONS)), np.flatnonzero(codes == STAYED)
    winners = kept[_places(ids[kept], doc_ids[dropped])]
    return Drops(dropped, winners, doc_ids[dropped], similarities[dropped], codes[dropped])


@dataclass(frozen=True, slots=True)
class FatesReport(Report):
    """What a span holds, and what of it is to be joined.

    Attributes:
        gone: path of the drops whose id another document has too, for each of these reasons.
        refused: path of what release refused.
        dropped: path of the JOINED, a run by the hashed id of whom they were dropped for.
        kept: path of the kept documents, a run by hashed id.
    """

    gone: Sequence[str]
    refused: str
    dropped: str
    kept: str


@dataclass(frozen=True)
class FatesTask(Once[FatesReport]):
    """Read the fates of a span of documents of earlier versions, and send those who must meet to one share.

    What takes no part names itself as its winner, which nobody asks for. Holds some 60 bytes for each document.

    Attributes:
        span: which span of the catalogue.
        shares: of how many equal shares of the hashed ids each will be read by one task.
        catalogue: path of the catalogue.
        out: folder of outputs.
    """

    span: int
    shares: int
    catalogue: str
    out: str

    def inputs(self) -> Any:
        """Return what the output depends on."""
        return [self.span, self.shares, names([self.catalogue])]

    def work(self) -> FatesReport:
        """Write the drops and the runs."""
        catalogue, numbering = Catalogue.load(self.catalogue, self.span), Numbering.load(self.catalogue)
        codes = np.concatenate([*catalogue.read("code")])
        lows = even_lows(min(self.shares, RANGES))
        paths = [f"{self.path}-{name}.drops" for name in (REASONS[REPEATED], REASONS[CONFLICT], "refused")]
        for code, path in zip((REPEATED, CONFLICT, REFUSED), paths, strict=True):
            aside(np.flatnonzero(codes == code) + catalogue.base).write(path, numbering.lows)
        dropped, kept = (np.flatnonzero(which) + catalogue.base for which in (np.isin(codes, JOINED), codes == STAYED))
        self._send(catalogue, dropped, "winner", ("similarity", "code"), f"{self.path}.dropped", lows)
        self._send(catalogue, kept, "doc_id", (), f"{self.path}.kept", lows)
        return FatesReport(self.id, paths[:2], paths[2], f"{self.path}.dropped", f"{self.path}.kept")

    @staticmethod
    def _send(catalogue: Catalogue, numbers: Numbers, name: str, more: Sequence[str], path: str, lows: Array) -> None:
        """Write documents as a run by the hash of the id that they have under *name*."""
        columns = {one: np.concatenate([*catalogue.read(one)])[numbers - catalogue.base] for one in (name, *more)}
        ids = columns.pop(name)
        write_run(path, id_keys(ids), {"number": numbers, "id": ids, **columns}, lows)


@dataclass(frozen=True, slots=True)
class JoinReport(Report):
    """Paths of the drops, one for each of JOINED."""

    drops: Sequence[str]


@dataclass(frozen=True)
class JoinTask(Once[JoinReport]):
    """Find the numbers of the documents that others of earlier versions were dropped for, in one share.

    Attributes:
        share: which share of the hashed ids.
        shares: how many there are.
        kept: path of the list of runs of kept documents.
        dropped: path of the list of runs of JOINED ones.
        catalogue: path of the catalogue.
        out: folder of outputs.
    """

    share: int
    shares: int
    kept: str
    dropped: str
    catalogue: str
    out: str

    def inputs(self) -> Any:
        """Return what the output depends on."""
        return [self.share, self.shares, names([self.kept, self.dropped, self.catalogue])]

    def work(self) -> JoinReport:
        """Write the drops."""
        low, high = share_keys(self.share, self.shares)
        with KeyRange(RunList.load(self.kept).between(low, high), low, high) as table:
            numbers, ids = table.read("number"), table.read("id")
        with KeyRange(RunList.load(self.dropped).between(low, high), low, high) as table:
            dropped, winners, similarities, codes = map(table.read, ("number", "id", "similarity", "code"))
        drops = Drops(dropped, numbers[_places(ids, winners)], winners, similarities, codes)
        lows, paths = Numbering.load(self.catalogue).lows, [f"{self.path}-{REASONS[code]}.drops" for code in JOINED]
        for code, path in zip(JOINED, paths, strict=True):
            drops.take(np.flatnonzero(codes == code)).write(path, lows)
        return JoinReport(self.id, paths)


def _places(ids: Array, wanted: Array) -> Numbers:
    """Return where each of *wanted* stands among distinct *ids*; SidecarMismatch if one does not."""
    keys, sought = (np.ascontiguousarray(column).view("S16").ravel() for column in (ids, wanted))
    order = np.argsort(keys)
    places = (
        order[np.minimum(np.searchsorted(keys[order], sought), max(len(keys) - 1, 0))] if len(sought) else order[:0]
    )
    if (keys[places] != sought).any():
        raise SidecarMismatch("the index names survivors that it does not hold; nothing was committed; run with --full")
    return places
